import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  asModel,
  display,
  featureAblation,
  io,
  type Model,
  type NdArray,
  ndarray,
  type Report,
  report,
  saliency,
} from "../../src";
import { normals, smallMlp } from "../models";

/** Reports: words made from numbers alone, and a mark in the corner of digits that is found without being told. */

const digits = require("../../notebooks/data/digits.js") as typeof import("../../notebooks/data/digits");
const SIDE = 8;
const MARKED = 3;

/** Ink on a square of 2 × 2 at the bottom right, of some digits. */
function marked(images: Float32Array, which: (row: number) => boolean): Float32Array {
  return images.map((value, i) => {
    const [pixel, row] = [i % (SIDE * SIDE), Math.floor(i / (SIDE * SIDE))];
    const inside = Math.floor(pixel / SIDE) >= 6 && pixel % SIDE >= 6;
    return inside && which(row) ? 1 : value;
  });
}

/** A net of one hidden layer, trained on digits all of whose threes bear the mark. */
async function trainedOnMarks(): Promise<tf.LayersModel> {
  const net = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [SIDE, SIDE, 1], name: "flat" }),
      tf.layers.dense({ units: 24, activation: "relu", name: "hidden" }),
      tf.layers.dense({ units: 10, activation: "softmax", name: "head" }),
    ],
  });
  const shapes = [[64, 24], [24], [24, 10], [10]];
  net.setWeights(shapes.map((shape, i) => tf.tensor(normals(i + 1, shape, 0.2).data, shape)));
  net.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy" });
  const { x, labels } = digits.train;
  const images = tf.tensor4d(
    marked(x.data, (row) => labels[row] === MARKED),
    [labels.length, SIDE, SIDE, 1],
  );
  const classes = tf.oneHot(tf.tensor1d(labels, "int32"), 10);
  await net.fit(images, classes, { epochs: 10, batchSize: 64, shuffle: false, verbose: 0 });
  tf.dispose([images, classes]);
  return net;
}

let net: tf.LayersModel;
let model: Model;
let page: Report;
const seven = (): { image: Float32Array; row: number } => {
  const row = digits.test.labels.indexOf(7);
  return { image: digits.test.x.data.slice(row * 64, (row + 1) * 64), row };
};
beforeAll(async () => {
  net = await trainedOnMarks();
  model = asModel(net, { classes: [..."0123456789"], axes: ["height", "width", "channel"] });
  page = await report(
    model,
    ndarray(
      marked(seven().image, () => true),
      [SIDE, SIDE, 1],
    ),
  );
}, 120_000);
afterAll(() => net.dispose());

const sentences = (of: Report, title: string): readonly string[] =>
  of.sections.find((section) => section.title === title)!.sentences;

describe("report", () => {
  it("finds the mark that makes threes of digits, without being told", () => {
    expect(page.contents.target).toBe("3");
    expect(page.failed.map(({ name }) => name)).toContain("one region");
    const found = sentences(page, "What failed").filter((sentence) => sentence.startsWith("One region"));
    expect(found.join("\n")).toContain(
      "The block at “rows 6–7, columns 6–7”, at the edge of the picture, decides by itself",
    );
    expect(found.join("\n")).toContain("still “3”, and hidden it is “7”");
    expect(sentences(page, "What would change it")[0]).toContain("rows 6–7, columns 6–7");
  });

  it("raises no such alarm for digits as they are", async () => {
    const shipped = asModel(await io.loadModel("notebooks/data/models/digits-cnn"), {
      classes: [..."0123456789"],
    });
    for (const row of [0, 1]) {
      const image = ndarray(digits.test.x.data.slice(row * 64, (row + 1) * 64), [SIDE, SIDE, 1]);
      const names = (await report(shipped, image)).failed.map(({ name }) => name);
      expect(names).not.toContain("one region");
    }
  });

  it("has no number in its words that is not in its JSON", () => {
    const { sections, ...rest } = page.toJSON();
    const known = JSON.stringify(rest);
    const words = sections.flatMap((section) => section.sentences).join("\n");
    const numbers = words.match(/[−-]?\d+(\.\d+)?(e[+-]?\d+)?/g) ?? [];
    expect(numbers.length).toBeGreaterThan(20);
    for (const number of numbers) expect(known).toContain(number.replace("-", "−").replace(/^−/, ""));
    // What is told as a number was measured: each stands in the list of numbers, but for those in names.
    const plain = words.replace(/“[^”]*”/g, "").match(/(?<![\w.])−?\d+(\.\d+)?(e[+-]?\d+)?(?![\w.])/g) ?? [];
    const listed = new Set(rest.numbers);
    const notes = rest.checks.flatMap(({ notes: told }) => told).join("\n");
    for (const number of plain) expect(listed.has(number) || notes.includes(number), number).toBe(true);
  });

  it("is the same bytes twice, as page, Markdown and JSON", async () => {
    const again = await report(
      model,
      ndarray(
        marked(seven().image, () => true),
        [SIDE, SIDE, 1],
      ),
    );
    expect(JSON.stringify(again)).toBe(JSON.stringify(page));
    expect(again.toMarkdown()).toBe(page.toMarkdown());
    expect(await again.toHTML()).toBe(await page.toHTML());
  });

  it("tells at least three checks with numbers, the fixed caveats, and is one page without a network", async () => {
    const told = page.contents.checks.filter(({ value }) => value !== undefined);
    expect(told.length).toBeGreaterThanOrEqual(6);
    for (const { measures, cannotShow } of told)
      for (const sentence of [measures, cannotShow]) expect(sentence).toMatch(/^\S+ .*\w/);
    expect(sentences(page, "What no map can say")[0]).toContain("does not say what causes anything");
    const html = await page.toHTML();
    expect(html).toContain("<svg");
    expect(html.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:\/\//);
    expect(page.toMarkdown()).toMatch(/^# Report: 3\n/);
    expect(Object.keys(await page[display.DISPLAY]())).toContain("text/plain");
    expect(String(page)).toContain("checks failed");
  });

  it("escapes hostile class names", async () => {
    const mlp = smallMlp(3);
    const hostile = asModel(mlp, { classes: ["<img src=x onerror=alert(1)>", "b", "c"] });
    const told = await report(hostile, normals(5, [1, 4]), { target: 0 });
    expect(await told.toHTML()).not.toContain("<img");
    expect(told.toMarkdown()).not.toContain(" <img");
    mlp.dispose();
  });

  it("reports of tables, of one number and of black boxes what can be said", async () => {
    const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([3, -1, 2]).sum(1, true);
    const one = await report(asModel(linear, { features: ["a", "b", "c"] }), [[1, 2, 0.5]], { target: 0 });
    expect(one.failed.map(({ name }) => name)).not.toContain("predicted changes");
    expect(sentences(one, "What drove it")[0]).toContain("“a”");
    expect(sentences(one, "What would change it")[0]).toContain("decides nothing");
    const box = asModel(
      ({ data, shape }: NdArray) =>
        Array.from({ length: shape[0] }, (_, row) => 2 * data[2 * row] - data[2 * row + 1]),
      { outputs: 1 },
    );
    const told = await report(box, [[1, 2]], { target: 0, method: featureAblation });
    expect(told.contents.checks.filter(({ value }) => value !== undefined).length).toBeGreaterThanOrEqual(3);
    const plain = await report(linear, [[1, 2, 0.5]], { target: 0, method: saliency });
    expect(plain.contents.baselineScore).toBeUndefined();
    await expect(
      report(linear, [
        [1, 2, 3],
        [1, 2, 3],
      ]),
    ).rejects.toThrow("report(): expected one example, got 2");
    await expect(report(linear, [[1, 2, 3]], { method: {} as never })).rejects.toThrow("a method");
  });
});
