import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import type { Content } from "../../kernel/protocol/message";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** What front-ends show while a cell is written; `¦` is the cursor. */

let folder: TemporaryFolder;
let kernel: RunningKernel;

function ask(type: string, marked: string, more: Content = {}): Promise<Content> {
  const cursor = marked.indexOf("¦");
  const code = cursor < 0 ? marked : marked.slice(0, cursor) + marked.slice(cursor + 1);
  const cursor_pos = [...code.slice(0, cursor < 0 ? code.length : cursor)].length;
  return kernel.client.request("shell", type, { code, cursor_pos, ...more });
}

async function inspect(marked: string, detail_level = 0): Promise<string | undefined> {
  const { found, data } = await ask("inspect_request", marked, { detail_level });
  return found === true ? (data as Record<string, string>)["text/plain"] : undefined;
}

interface Item {
  text: string;
  type: string;
  start: number;
  end: number;
  signature: string;
  documentation: string;
}

async function complete(marked: string): Promise<{ matches: string[]; items: Item[]; replaced: string }> {
  const reply = await ask("complete_request", marked);
  const { matches, metadata, cursor_start, cursor_end } = reply as Record<string, never>;
  const items = (metadata as { _jupyter_types_experimental: Item[] })._jupyter_types_experimental;
  const code = [...marked.replace("¦", "")];
  return { matches, items, replaced: code.slice(cursor_start, cursor_end).join("") };
}

function write(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(folder.path, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

beforeAll(async () => {
  folder = temporaryFolder();
  write({
    "notebooks/lib.ts": "/** Adds one. */\nexport const increment = (x: number) => x + 1;\n",
    "notebooks/data/rows.csv": "",
    "notebooks/.hidden": "",
    "src/models.ts": "export const a = 1;\n",
    "node_modules/installed/package.json": '{ "name": "installed", "main": "i.js" }',
    "node_modules/installed/i.js": "",
    "node_modules/@scope/inner/package.json": '{ "name": "@scope/inner", "main": "i.js" }',
    "node_modules/@scope/inner/i.js": "",
  });
  kernel = await startKernel(path.join(folder.path, "notebooks"));
  const { error } = await run(
    kernel.client,
    `import * as tf from "@tensorflow/tfjs";
import { asModel, integratedGradients, neuron, saliency } from "gradlens";
import { increment } from "./lib";
/**
 * Trains.
 * @param epochs how often
 * @param rate how fast
 * @returns the loss
 */
function train(epochs: number, rate = 0.1) { return epochs * rate; }
/** From text. */
function over(a: string): void;
/** From a number. */
function over(a: number, b: boolean): void;
function over(..._rest: unknown[]) {}
/** A point in the plane. */
class Point { constructor(readonly x: number, readonly y: number) {}
  /** To the origin. */
  distance() { return Math.hypot(this.x, this.y); }
}
interface Options { /** Whether to shuffle. */ shuffle?: boolean; mode?: "fast" | "exact" }
/** Runs. */
const runAll = (_options: Options) => 1;
const inner = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2], name: "deep" })], name: "inner" });
const net = tf.sequential({ layers: [inner, tf.layers.dense({ units: 2, name: "head" })] });
const models = { small: asModel(tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: "only" })] })) };
const x = tf.ones([1, 2]);`,
  );
  expect(error?.traceback).toBeUndefined();
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("inside the parentheses of a call, its signature is told", () => {
  it.each([
    [
      "with nothing written",
      "train(¦",
      /^train\(epochs: number, rate\?: number\): number\n\nTrains\.\n\nepochs: how often$/,
    ],
    ["with the parameter that is written", "train(5, ¦", /\n\nrate: how fast$/],
    ["after a literal", "train(5¦", /^train\(epochs/],
    ["with what is behind it", "const loss = train(¦5, 0.1);\nloss", /^train\(epochs/],
    ["in the next line", "train(\n  5,\n  ¦\n)", /^train\(epochs[\s\S]*rate: how fast$/],
    ["of the innermost call", "train(Math.max(1,¦", /^max\(\.\.\.values: number\[\]\)/],
    ["of the outer call behind the inner", "train(Math.max(1, 2), ¦", /^train\(epochs/],
    ["of a method", "[1, 2].map(¦", /^map\(callbackfn:[\s\S]*Calls a defined callback function/],
    ["of a constructor", "new Point(1, ¦", /^Point\(x: number, y: number\): Point/],
    ["of an imported function", "increment(¦", /^increment\(x: number\): number\n\nAdds one\./],
    ["of a variable that holds a function", "runAll(¦", /^runAll\(_options: Options\): number\n\nRuns\./],
    [
      "of the overload that fits, before the others",
      "over(5, ¦)",
      /^over\(a: number, b: boolean\): void\nover\(a: string\): void\n\nFrom a number\./,
    ],
    ["in the object of its options", "runAll({ ¦ })", /^runAll\(_options/],
  ])("%s", async (_title, code, expected) => {
    expect(await inspect(code)).toMatch(expected);
  });

  it("below what the name at the cursor is", async () => {
    expect(await inspect("train(¦x.rank)")).toMatch(/^const x: tf\.Tensor[\s\S]*\n\ntrain\(epochs: number/);
  });

  it("but not inside of a function's body, nor outside", async () => {
    expect(await inspect("[1].forEach((each) => {\n  ¦\n})")).toBeUndefined();
    expect(await inspect("train(5); ¦")).toBeUndefined();
  });

  it("with its tags on the second level of detail", async () => {
    expect(await inspect("train(¦", 1)).toContain("@returns the loss");
    expect(await inspect("train(¦", 0)).not.toContain("@returns");
  });
});

describe("a method of gradlens", () => {
  const docstring =
    /Integrated gradients: what each input adds to the score[\s\S]*IG\(x\) = [\s\S]*1703\.01365/;

  it("shows its documentation with the cursor on its name", async () => {
    for (const code of [
      "integrated¦Gradients(net, x)",
      "integratedGradients¦(net, x)",
      "¦integratedGradients",
      "const m = integratedGradients¦",
    ])
      expect(await inspect(code)).toMatch(docstring);
  });

  it("shows it anywhere in the call, too", async () => {
    for (const code of [
      "integratedGradients(¦",
      "integratedGradients(net, ¦)",
      "integratedGradients(net, x, { ¦",
    ])
      expect(await inspect(code)).toMatch(docstring);
  });

  it("completes its options, each with what it is", async () => {
    const { items, matches } = await complete("integratedGradients(net, x, { ¦ })");
    expect(matches).toEqual(expect.arrayContaining(["baseline", "layer", "steps", "target"]));
    expect(items.map(({ text }) => text)).toEqual(matches);
    expect(items.filter(({ documentation }) => documentation === "").map(({ text }) => text)).toEqual([]);
    expect(items.find(({ text }) => text === "steps")).toMatchObject({
      type: "property",
      signature: "number",
      documentation: expect.stringContaining("Default 50"),
    });
    expect((await complete("integratedGradients(net, x, { ba¦")).matches).toEqual(["baseline"]);
  });

  it("says what an option is where it is written, as JupyterLab asks about what it completes", async () => {
    for (const code of [
      "integratedGradients(net, x, { steps¦",
      "integratedGradients(net, x, { ste¦ps: 20 })",
    ])
      expect(await inspect(code)).toMatch(
        /^\(property\) .*steps\?: number\n\nNodes on the path\. Default 50\./,
      );
  });

  it("completes the values that an option has", async () => {
    const { matches, replaced } = await complete('integratedGradients(net, x, { rule: "mid¦" })');
    expect([matches, replaced]).toEqual([["midpoint"], "mid"]);
  });
});

describe("names of layers complete", () => {
  it.each([
    ["of the model in the call", 'saliency(net, x, { layer: "¦" })', ["inner", "inner/deep", "head"]],
    ["as they begin", 'saliency(net, x, { layer: "he¦', ["head"]],
    ["of a model that asModel made, in an object", 'saliency(models.small, x, { layer: "¦" })', ["only"]],
    [
      "where a side is told, too",
      'saliency(net, x, { layer: { layer: "inner/¦", side: "input" } })',
      ["inner/deep"],
    ],
    ["in a list", 'saliency(net, x, { layer: ["head", "in¦"] })', ["inner", "inner/deep"]],
    ["for a neuron", 'saliency(net, x, { target: neuron("h¦", 1) })', ["head"]],
    [
      "of all models for a method with other defaults",
      'saliency.with({ layer: "¦" })',
      ["deep", "inner", "inner/deep", "head"],
    ],
  ])("%s", async (_title, code, expected) => {
    const { matches } = await complete(code);
    expect(matches.filter((name) => !/^dense|^sequential/.test(name))).toEqual(expected);
  });

  it("and nothing else does where no layer is named", async () => {
    expect((await complete('const text: "alpha" | "beta" = "¦"')).matches).toEqual(["alpha", "beta"]);
  });
});

describe("inside the quotes complete", () => {
  it.each([
    ["files and folders beside the notebook", 'import { a } from "./¦', ["data", "lib"], ""],
    ["those of the folder above", 'import { a } from "../¦"', ["node_modules", "notebooks", "src"], ""],
    ["those of another folder", 'import { a } from "../src/mo¦"', ["models"], "mo"],
    ["paths of a dynamic import", 'await import("./li¦")', ["lib"], "li"],
    ["paths of require", 'require("./li¦")', ["lib"], "li"],
    ["installed packages", 'import * as i from "inst¦"', ["installed"], "inst"],
    ["packages of a scope", 'import * as i from "@sc¦"', ["@scope/inner"], "@sc"],
    ["the rest of a scope", 'import * as i from "@scope/¦"', ["inner"], ""],
    ["gradlens, that needs no install", 'import { a } from "gradl¦"', ["gradlens"], "gradl"],
    ["modules of Node.js", 'import fs from "node:fs/¦"', ["promises"], ""],
    ["files in any other string", 'const text = "data/¦"', ["rows.csv"], ""],
    ["folders in any other string", 'tf.loadLayersModel("../no¦")', ["node_modules/", "notebooks/"], "no"],
  ])("%s", async (_title, code, expected, replaced) => {
    const found = await complete(code);
    expect([[...found.matches].sort(), found.replaced]).toEqual([expected, replaced]);
  });

  it("packages beside modules of Node.js, all that begin alike", async () => {
    expect((await complete('import x from "@tensorflow/tfjs¦"')).matches).toContain("tfjs");
    expect((await complete('import x from "f¦"')).matches).toEqual(
      expect.arrayContaining(["fs", "fs/promises"]),
    );
  });
});

it("completions carry kinds", async () => {
  const kind = async (code: string, name: string) =>
    (await complete(code)).items.find(({ text }) => text === name)?.type;
  expect(await kind("trai¦", "train")).toBe("function");
  expect(await kind("Poi¦", "Point")).toBe("class");
  expect(await kind("new Point(1, 2).¦", "distance")).toBe("function");
  expect(await kind("new Point(1, 2).¦", "x")).toBe("property");
  expect(await kind("mod¦", "models")).toBe("constant");
  expect(await kind("whi¦", "while")).toBe("keyword");
  expect(await kind("const o: Opt¦", "Options")).toBe("interface");
  expect(await kind('import "./¦"', "lib")).toBe("path");
  expect(await kind('import "¦"', "installed")).toBe("module");
});

it("places of completions are in code points", async () => {
  const { items, replaced } = await complete("const s = '🎉🎉'; new Point(1, 2).dis¦");
  expect(replaced).toBe("dis");
  expect(items).toMatchObject([{ text: "distance", start: 32, end: 35, documentation: "To the origin." }]);
});

it("a question mark before a name asks as one behind it does", async () => {
  const page = async (code: string) => {
    const { payload } = await kernel.client.execute(code);
    return (payload as { data: Record<string, string> }[])[0]?.data["text/plain"];
  };
  expect(await page("?Math.max")).toContain("Math.max(...values: number[]): number");
  expect(await page("?train")).toBe(await page("train?"));
  expect(await page("??train")).toContain("@returns the loss");
  expect(await page("?nobody")).toBe("nobody: nothing known; Tab completes the names there are.");
});
