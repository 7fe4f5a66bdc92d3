/** The explorer of a notebook's cell: nets that travel into the page, nets that answer from the kernel, and what comes back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as digits from "../../notebooks/data/digits";
import { asModel, type Explorer, explorer, io, type Net, saliency } from "../../src";
import { launchChromium } from "../chromium";
import { graphModel, placeholder } from "../graph-models";
import { relativeDifference, smallCnn } from "../models";
import { connect, shownBy } from "./kernel-bridge";
import { close, drawnAndSettled, type Opened, root, settled, told, watched } from "./opened";

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await launchChromium();
  folder = mkdtempSync(join(tmpdir(), "gradlens-explorer-"));
}, 120_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a cell's output, with this process as its kernel or with none. */
async function opened(explored: Explorer, kernel: boolean): Promise<Opened> {
  const page = await watched(browser, {});
  const { html, open } = await shownBy(explored);
  if (kernel) await connect(page.page, open);
  const file = join(folder, "cell.html");
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${html.replace("data-gradlens-explorer", 'id="explorer" data-gradlens-explorer')}`,
  );
  await page.page.goto(pathToFileURL(file).href);
  await settled(page.page);
  return page;
}

/** Map of the open tab, as the page made it. */
const mapInPage = ({ page }: Opened): Promise<number[]> =>
  told(page, "Array.from(store.answers.saliency.values.data)");

const says = ({ page }: Opened): Promise<string> => told(page, "store.net.says");

class Doubled extends tf.layers.Layer {
  static readonly className = "Doubled";
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0]!, 2);
  }
}
tf.serialization.registerClass(Doubled);

const digitsNet = async (): Promise<Net> => {
  const net = await io.loadModel(join(root, "notebooks/data/models/digits-cnn"));
  return asModel(net as tf.LayersModel, { classes: [..."0123456789"], range: [0, 1], data: digits.test.x });
};

describe("a net that travels", () => {
  it("plays without a kernel, and what is painted comes back where there is one", async () => {
    const ex = explorer(await digitsNet());
    const heard: string[] = [];
    const end = ex.on("change", ({ state }) => heard.push(state));
    const page = await opened(ex, true);
    expect(await says(page)).toBe("It runs in this page.");
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    await told(page.page, "(store.paint('input', 9, 0.75), true)");
    await drawnAndSettled(page.page);
    await expect.poll(() => ex.input.data[9]).toBe(0.75);
    expect(Array.from(ex.input.data)).toEqual(
      await told(page.page, "Array.from(Float32Array.from(store.cells))"),
    );
    expect(ex.input.shape).toEqual([8, 8, 1]);
    const map = await ex.map;
    expect(map.method).toBe("saliency");
    expect(relativeDifference(await mapInPage(page), map.values.data)).toBeLessThan(1e-5);
    // The same promise until something changes.
    expect(await ex.map).toBe(map);
    await told(
      page.page,
      "(store.change({ tab: 'path', baseline: 'mean', target: 3, rule: 'right', steps: 20 }), true)",
    );
    await drawnAndSettled(page.page);
    await expect.poll(async () => (await ex.map).method).toBe("integratedGradients");
    const path = await ex.map;
    expect(path.target).toEqual([3]);
    const inPage = await told<number[]>(page.page, "Array.from(store.answers.path.values.data)");
    expect(relativeDifference(inPage, path.values.data)).toBeLessThan(1e-5);
    end();
    const { length } = heard;
    const { state } = ex;
    await close(page);
    // Another page of the same explorer opens where that one was left.
    const again = await opened(ex, true);
    await expect.poll(() => told<string>(again.page, "store.state.tab")).toBe("path");
    await drawnAndSettled(again.page);
    expect(await told<number>(again.page, "store.state.target")).toBe(3);
    expect(await told<number>(again.page, "store.cells[9]")).toBe(0.75);
    expect([heard.length, ex.state]).toEqual([length, state]);
    await close(again);
    const alone = await opened(ex, false);
    await told(alone.page, "(store.paint('input', 9, 0.5), true)");
    await drawnAndSettled(alone.page);
    expect((await mapInPage(alone)).some((value) => value !== 0)).toBe(true);
    await close(alone);
  }, 300_000);

  it("may be a graph model, and takes inputs in its own units", async () => {
    const net = await graphModel(
      [placeholder("x", [-1, 6]), { name: "w", op: "Const" }, { name: "y", op: "MatMul", input: ["x", "w"] }],
      {
        w: tf.tensor2d([
          [1, 0],
          [0, 2],
          [3, 0],
          [0, -1],
          [1, 1],
          [0, 0.5],
        ]),
      },
    );
    const ex = explorer(net, [[0, 50, 100, -100, 25, 75]], { grid: [2, 3] });
    const page = await opened(ex, false);
    expect(await says(page)).toBe("It runs in this page.");
    expect(await told(page.page, "[store.net.rows, store.net.columns]")).toEqual([2, 3]);
    expect(await told(page.page, "store.net.range")).toEqual([-100, 100]);
    const [low] = await told<number[][]>(page.page, "[Array.from(store.answers.saliency.input.data)]");
    expect(low).toEqual([0, 50, 100, -100, 25, 75]);
    const map = await saliency(net, [[0, 50, 100, -100, 25, 75]]);
    expect(await mapInPage(page)).toEqual(Array.from(map.values.data));
    await close(page);
  }, 300_000);
});

describe("a net that stays in the kernel", () => {
  const nets: [string, RegExp, () => Net][] = [
    [
      "a function",
      /stays in the notebook's kernel, since it is a function/,
      () => (x: tf.Tensor) => tf.stack([tf.sum(tf.square(x), [1, 2]), tf.sum(x, [1, 2])], 1),
    ],
    [
      "a layer of one's own",
      /stays in the notebook's kernel, since this page cannot read it \(Unknown layer: Doubled/,
      () =>
        tf.sequential({
          layers: [
            tf.layers.flatten({ inputShape: [4, 4] }),
            new Doubled({}),
            tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }) }),
          ],
        }),
    ],
  ];
  it.each(nets)(
    "%s answers from there, and without it the page says so",
    async (_, why, make) => {
      const example = Array.from({ length: 4 }, (_, y) => Array.from({ length: 4 }, (_, x) => (x + y) / 8));
      const net = make();
      const ex = explorer(net, [example]);
      const page = await opened(ex, true);
      expect(await says(page)).toMatch(why);
      expect(await told(page.page, "store.failure")).toBe("");
      const map = await saliency(asModel(net, { range: [0, 1] }), [example]);
      expect(relativeDifference(await mapInPage(page), map.values.data)).toBeLessThan(1e-5);
      await told(page.page, "(store.change({ tab: 'path' }), true)");
      await drawnAndSettled(page.page);
      const delta = await told<number>(page.page, "store.answers.path.convergenceDelta[0]");
      expect(Math.abs(delta)).toBeLessThan(1e-3);
      await close(page);
      const alone = await opened(ex, false);
      await expect
        .poll(() => alone.page.locator(".happening").innerText())
        .toContain("This net runs in the notebook's kernel, which is not there.");
      await close(alone);
    },
    120_000,
  );

  it("a black box is asked what leaving pixels out does", async () => {
    const box = asModel(
      (x: unknown) => {
        const { data, shape } = x as { data: Float32Array; shape: number[] };
        return Array.from({ length: shape[0]! }, (_, i) => [
          data[4 * i]! * data[4 * i + 1]!,
          data[4 * i + 2]!,
        ]);
      },
      { outputs: ["product", "third"], range: [0, 1] },
    );
    const ex = explorer(box, [[0.5, 0.75, 0.25, 1]], { grid: [2, 2] });
    const page = await opened(ex, true);
    expect(await says(page)).toContain("since it is a black box");
    expect(await mapInPage(page)).toEqual([0.375, 0.375, 0, 0]);
    expect((await ex.map).method).toBe("featureAblation");
    await close(page);
  }, 300_000);
});

describe("explorer()", () => {
  it("says what it cannot show", () => {
    const cnn = smallCnn(1);
    expect(() => explorer(cnn)).toThrow(
      "explorer(): expected inputs that are a picture of one channel, or a list, got",
    );
    const list = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [6] })] });
    expect(() => explorer(list, undefined, { grid: [2, 2] })).toThrow(
      "explorer(): expected a grid of 6 cells, got 2 × 2",
    );
    expect(() => explorer(asModel(list, { range: [0, 1] }), [[2, 0, 0, 0, 0, 0]])).toThrow(
      "explorer(): expected examples from 0 to 1, got 2",
    );
    expect(() => explorer(list, undefined, { gird: [2, 3] } as object)).toThrow(
      /explorer\(\): expected .*grid/,
    );
    expect(() => explorer(list).on("paint" as "change", () => {})).toThrow('expected the event "change"');
  });
});
