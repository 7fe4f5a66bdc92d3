import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium";
import { relativeDifference } from "../models";

const root = join(__dirname, "../..");
const runtime = dirname(require.resolve("onnxruntime-web"));

/** The same program for Node and for a page. */
const PROGRAM = `
  const tf = require("@tensorflow/tfjs");
  const { display, integratedGradients, random, saliency } = require("./dist/src/index.js");
  module.exports = async (engine) => {
    const stream = random(3);
    const numbers = (n) => Float32Array.from({ length: n }, () => stream.normal());
    const model = tf.sequential({ layers: [
      tf.layers.conv2d({ inputShape: [12, 12, 1], filters: 6, kernelSize: 3, activation: "tanh", name: "conv" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ] });
    model.setWeights(model.getWeights().map((w) => tf.tensor(numbers(w.size), w.shape)));
    const x = { data: numbers(144), shape: [12, 12, 1] };
    const maps = [
      await saliency(model, x, { engine }),
      await integratedGradients(model, x, { engine, steps: 200 }),
      await integratedGradients(model, x, { engine, steps: 200, layer: "conv" }),
    ];
    const spec = display.heatmap(maps[1].toView()).toVegaLite();
    return {
      engines: maps.map((map) => map.engine + " on " + map.backend),
      warnings: maps.flatMap((map) => map.warnings),
      values: maps.map((map) => [...map.values.data]),
      text: String(maps[1]),
      spec: spec.$schema,
    };
  };`;

interface Answer {
  engines: string[];
  warnings: string[];
  values: number[][];
  text: string;
  spec: string;
}

const TYPES: Record<string, string> = {
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};
/** What makes a page's memory its own, so that it may be shared by threads. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

let server: Server;
let address: string;
let browser: Browser;
let bundle: string;
let warned: string[];
let expected: Answer;

beforeAll(async () => {
  const built = await build({
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
  bundle = built.outputFiles[0]?.text as string;
  warned = built.warnings.map(({ text }) => text);
  const node: { exports?: (engine: string) => Promise<Answer> } = {};
  new Function("require", "module", PROGRAM)(
    (id: string) => require(id.startsWith(".") ? join(root, id) : id),
    node,
  );
  expected = await (node.exports as (engine: string) => Promise<Answer>)("eager");
  server = createServer(({ url }, response) => {
    const path = new URL(url as string, "http://page").pathname;
    const isolated = path.startsWith("/isolated/") ? ISOLATED : {};
    if (path.endsWith("/")) {
      response.writeHead(200, { "content-type": "text/html", ...isolated });
      response.end("<!doctype html><title>bundle</title><link rel=icon href=data:,>");
      return;
    }
    const file = path.split("/").pop() as string;
    response.writeHead(200, {
      "content-type": TYPES[file.split(".").pop() as string] as string,
      ...isolated,
    });
    response.end(readFileSync(join(runtime, file)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** What the program gives in a page that is served, with the files of ONNX Runtime; it asks nothing of anyone else. */
async function inPage(engine: string, { served = true, isolated = false } = {}): Promise<Answer> {
  const page: Page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(blob|data):/.test(url)) complaints.push(`asked for ${url}`);
  });
  try {
    await page.goto(`${address}/${isolated ? "isolated" : "plain"}/`);
    if (served) await page.evaluate(`globalThis[Symbol.for("gradlens.host")] = { onnxRuntime: "runtime" }`);
    await page.addScriptTag({ content: bundle });
    expect(await page.evaluate("globalThis.crossOriginIsolated")).toBe(isolated);
    return (await page.evaluate(`program(${JSON.stringify(engine)})`)) as Answer;
  } finally {
    expect(complaints).toEqual([]);
    await page.close();
  }
}

/** The convergence delta of a fine path is rounding alone. */
function withoutRounding(text: string): string {
  return text.replace(/δ \S+/, "δ");
}

function same(answer: Answer): void {
  expect(answer.warnings).toEqual([]);
  expect(answer.spec).toBe(expected.spec);
  expect(withoutRounding(answer.text)).toBe(withoutRounding(expected.text));
  answer.values.forEach((values, m) => {
    expect(relativeDifference(values, expected.values[m] as number[])).toBeLessThan(1e-5);
  });
}

describe("the library runs in a page, bundled, without a network, with the same maps", () => {
  it("is bundled without a complaint of the bundler", () => expect(warned).toEqual([]));

  it("on the cpu engine", async () => {
    const answer = await inPage("eager");
    same(answer);
    expect(answer.engines).toEqual(Array(3).fill("eager on cpu"));
  }, 120_000);

  it.each([
    ["one thread", false],
    ["threads, in a page of its own memory", true],
  ])(
    "on the compiled engine in WebAssembly, with %s",
    async (_, isolated) => {
      const answer = await inPage("compiled", { isolated });
      same(answer);
      expect(answer.engines).toEqual(Array(3).fill("compiled on onnxruntime-web"));
    },
    120_000,
  );

  it("chooses by itself: the compiled engine where its files are served, else eager", async () => {
    const [there, gone] = [await inPage("auto"), await inPage("auto", { served: false })];
    same(there);
    same(gone);
    expect(there.engines).toEqual(["eager on cpu", ...Array(2).fill("compiled on onnxruntime-web")]);
    expect(gone.engines).toEqual(Array(3).fill("eager on cpu"));
  }, 120_000);

  it("says what to serve when the compiled engine is wanted", async () => {
    await expect(inPage("compiled", { served: false })).rejects.toThrow(/expected .* to hold onnxRuntime/);
  }, 120_000);
});
