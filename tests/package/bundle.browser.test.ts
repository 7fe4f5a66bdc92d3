import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { launchChromium } from "../chromium";

const root = join(__dirname, "../..");

/** The same program for Node and for a page. */
const PROGRAM = `
  const tf = require("@tensorflow/tfjs");
  const { display, integratedGradients, random, saliency } = require("./dist/src/index.js");
  module.exports = async () => {
    const stream = random(3);
    const numbers = (n) => Float32Array.from({ length: n }, () => stream.normal());
    const model = tf.sequential({ layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: "relu" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ] });
    model.setWeights(model.getWeights().map((w) => tf.tensor(numbers(w.size), w.shape)));
    const x = { data: numbers(36), shape: [6, 6, 1] };
    const maps = [await saliency(model, x), await integratedGradients(model, x)];
    const spec = display.heatmap(maps[1].toView()).toVegaLite();
    return { values: maps.map((map) => [...map.values.data]), text: String(maps[1]), spec: spec.$schema };
  };`;

interface Answer {
  values: number[][];
  text: string;
  spec: string;
}

it("the library runs in a page, bundled, offline, with the same maps", async () => {
  const bundle = await build({
    stdin: { contents: PROGRAM, resolveDir: root },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "program",
    logLevel: "silent",
    // Static pictures are drawn in Node.
    external: ["vega", "vega-lite", "@resvg/resvg-wasm"],
  });
  const node: { exports?: () => Promise<Answer> } = {};
  new Function("require", "module", PROGRAM)(
    (id: string) => require(id.startsWith(".") ? join(root, id) : id),
    node,
  );
  const expected = await (node.exports as () => Promise<Answer>)();

  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ offline: true });
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.setContent("<!doctype html><title>bundle</title>");
    await page.addScriptTag({ content: bundle.outputFiles[0]?.text as string });
    const answer = (await page.evaluate("program()")) as Answer;
    expect(complaints).toEqual([]);
    expect(answer.spec).toBe(expected.spec);
    expect(answer.text).toBe(expected.text);
    answer.values.forEach((values, m) => {
      const scale = Math.max(...(expected.values[m] as number[]).map(Math.abs));
      values.forEach((value, i) => {
        expect(Math.abs(value - (expected.values[m]?.[i] as number))).toBeLessThanOrEqual(1e-6 * scale);
      });
    });
  } finally {
    await browser.close();
  }
}, 120_000);
