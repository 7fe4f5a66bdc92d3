import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

function write(file: string, text: string): void {
  const target = path.join(folder.path, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}

function install(name: string, manifest: object, files: Record<string, string>): void {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", ...manifest }));
  for (const [file, text] of Object.entries(files)) write(`node_modules/${name}/${file}`, text);
}

beforeAll(async () => {
  folder = temporaryFolder();
  install(
    "common",
    { main: "index.js", types: "index.d.ts" },
    {
      "index.js": "exports.kind = 'commonjs';",
      "index.d.ts": "export const kind: string;",
    },
  );
  const esm = {
    type: "module",
    exports: {
      ".": { types: "./index.d.ts", import: "./index.js" },
      "./sub": { types: "./sub.d.ts", import: "./sub.js" },
    },
  };
  install("only-esm", esm, {
    "index.js": "export const kind = 'esm'; export default function () { return 'default'; }",
    "index.d.ts": "export const kind: string; export default function (): string;",
    "sub.js": "export const sub = 1;",
    "sub.d.ts": "export const sub: number;",
  });
  install("top-level-await", esm, {
    "index.js": "export const kind = await Promise.resolve('awaited'); export default { d: 2 };",
    "index.d.ts": "export const kind: string; declare const d: { d: number }; export default d;",
    "sub.js": "export const sub = await 2;",
    "sub.d.ts": "export const sub: number;",
  });
  write(
    "helper.ts",
    "import { deep } from './lib/deep';\nexport const label: string = 'helper ' + deep;\nexport const later = () => import('./data.json');\n",
  );
  write(
    "fails.ts",
    "interface Unused { a: 1 }\n\nexport function fails(): never {\n  throw new Error('in a file');\n}\n",
  );
  write("lib/deep.ts", "export const deep = 'deep';\n");
  write("data.json", '{ "rows": [1, 2, 3] }');
  write("plain.mjs", "export const mjs = await Promise.resolve('mjs');\n");
  write("plain.d.mts", "export const mjs: string;\n");
  kernel = await startKernel(folder.path);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("static imports", () => {
  it("of CommonJS, ES modules with exports maps, and modules with top-level await", async () => {
    expect((await cell("import { kind } from 'common'; kind")).text).toBe("'commonjs'");
    expect(
      (
        await cell(
          "import make, { kind as k2 } from 'only-esm'; import { sub } from 'only-esm/sub'; [make(), k2, sub]",
        )
      ).text,
    ).toBe("[ 'default', 'esm', 1 ]");
    expect(
      (
        await cell(
          "import d, * as tla from 'top-level-await'; import { sub as s2 } from 'top-level-await/sub'; [d.d, tla.kind, s2]",
        )
      ).text,
    ).toBe("[ 2, 'awaited', 2 ]");
    expect((await cell("[make(), tla.kind]")).text).toBe("[ 'default', 'awaited' ]");
  });

  it("of JSON and TypeScript beside the notebook", async () => {
    expect(
      (
        await cell(
          "import data from './data.json'; import { label, later } from './helper'; [data.rows.length, label]",
        )
      ).text,
    ).toBe("[ 3, 'helper deep' ]");
    expect((await cell("(await later()).default.rows")).text).toBe("[ 1, 2, 3 ]");
    const { error } = await cell("import { fails } from './fails'; fails()");
    expect(error?.traceback).toContain("fails.ts:4:9)");
  });

  it("of a .mjs file with top-level await", async () => {
    expect((await cell("import { mjs } from './plain.mjs'; mjs")).text).toBe("'mjs'");
  });

  it("write nothing to stderr", async () => {
    expect(
      (
        await cell(
          "import { kind as k3 } from 'only-esm'; import * as punycode from 'node:punycode'; [k3, typeof punycode]",
        )
      ).stderr,
    ).toBe("");
  });
});

it("dynamic imports are real ones, resolved from the notebook", async () => {
  expect(
    (
      await cell(
        "const a = await import('top-level-await'); const b = await import('common'); [a.kind, b.kind]",
      )
    ).text,
  ).toBe("[ 'awaited', 'commonjs' ]");
  expect((await cell("(await import('./helper')).label")).text).toBe("'helper deep'");
  expect((await cell("(await import('node:fs')).existsSync('data.json')")).text).toBe("true");
  expect((await cell("const name = 'missing-one'; await import(name)")).error?.evalue).toContain(
    "missing-one",
  );
});

it("a cell can make its own require", async () => {
  const { text, error } = await cell(
    "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n[require('common').kind, (await import('common')).kind]",
  );
  expect([text, error?.evalue]).toEqual(["[ 'commonjs', 'commonjs' ]", undefined]);
  expect((await cell("import { kind as k4 } from 'common'; [require('common').kind, k4]")).text).toBe(
    "[ 'commonjs', 'commonjs' ]",
  );
});

it("a cell can be a module for later cells", async () => {
  await cell("/** @module geometry */\nexport const area = (r: number) => Math.PI * r * r;");
  expect((await cell("import { area } from './geometry'; area(1).toFixed(2)")).text).toBe("'3.14'");
});

it("finds a package that was installed after a cell missed it", async () => {
  const code = "import { answer } from 'arrives-late'; answer";
  expect((await cell(code)).error?.evalue).toContain("Cannot find module 'arrives-late'");
  install(
    "arrives-late",
    { main: "index.js", types: "index.d.ts" },
    {
      "index.js": "exports.answer = 42;",
      "index.d.ts": "export const answer: number;",
    },
  );
  expect((await cell(code)).text).toBe("42");
  expect((await cell("label")).text).toBe("'helper deep'");
});

it("finds a file that was written after a cell missed it", async () => {
  const code = "import { written } from './written'; written";
  expect((await cell(code)).status).toBe("error");
  write("written.ts", "export const written = 'now';\n");
  expect((await cell(code)).text).toBe("'now'");
});

describe("an edit of a file beside the notebook is seen by the next cell that imports it", () => {
  it("also when the file failed before", async () => {
    write("mended.ts", "throw new Error('at load');\nexport const state = 'broken';\n");
    const code = "import { state } from './mended'; state";
    expect((await cell(code)).error?.evalue).toBe("at load");
    write("mended.ts", "export const state = 'mended';\n");
    expect((await cell("1")).text).toBe("1");
    expect((await cell(code)).text).toBe("'mended'");
  });

  it("also when its name was declared anew meanwhile", async () => {
    write("lib/changing.ts", "export const state2: string = 'one';\n");
    const code = "import { state2 } from './lib/changing'; state2";
    expect((await cell(code)).text).toBe("'one'");
    await cell("const state2 = 'mine';");
    write("lib/changing.ts", "export const state2: number = 2;\n");
    expect((await cell("state2")).text).toBe("'mine'");
    expect((await cell(code)).text).toBe("2");
  });

  it("also behind other files, which are loaded once as long as nothing changes", async () => {
    write("inner.ts", "export const inner = 'first';\n");
    write("counted.json", '{ "n": 1 }');
    write(
      "outer.ts",
      "import { inner } from './inner';\nimport data from './counted.json';\n" +
        "export const outer = inner + data.n;\nexport const loads = ((globalThis as any).loads = ((globalThis as any).loads ?? 0) + 1);\n",
    );
    write("outermost.ts", "export * from './outer';\n");
    const code = "import { outer, loads } from './outermost'; [outer, loads]";
    expect((await cell(code)).text).toBe("[ 'first1', 1 ]");
    expect((await cell(code)).text).toBe("[ 'first1', 1 ]");
    write("inner.ts", "export const inner = 'second';\n");
    expect((await cell(code)).text).toBe("[ 'second1', 2 ]");
    write("counted.json", '{ "n": 22, "more": "typed" }');
    expect((await cell(code)).text).toBe("[ 'second22', 3 ]");
    expect((await cell("import counted from './counted.json'; counted.more.length")).text).toBe("5");
  });
});

describe("in a folder without node_modules", () => {
  let bare: TemporaryFolder;
  let lone: RunningKernel;
  beforeAll(async () => {
    bare = temporaryFolder();
    lone = await startKernel(bare.path);
  });
  afterAll(async () => {
    await lone?.stop();
    bare?.remove();
  });

  it("Node's types are there", async () => {
    const { text } = await run(
      lone.client,
      "import { readFileSync } from 'node:fs'; const b: Buffer = Buffer.from('a'); setTimeout(() => {}, 1); typeof readFileSync",
    );
    expect(text).toBe("'function'");
  });

  it("TensorFlow.js is there, typed, silent, and shown readably", async () => {
    const { text, stderr } = await run(
      lone.client,
      "import * as tf from '@tensorflow/tfjs';\nconst t: tf.Tensor2D = tf.tensor2d([[1, 2], [3, 4]]);\nt",
    );
    expect(text).toBe("Tensor float32 [2, 2]\n[[1, 2],\n [3, 4]]");
    expect(stderr).toBe("");
    expect((await run(lone.client, "const wrong: string = tf.scalar(1);")).error?.evalue).toContain("TS2322");
    expect((await run(lone.client, "t.dispose(); t")).text).toBe("Tensor float32 [2, 2] (disposed)");
  });

  it("TensorFlow.js reads and writes file:// models", async () => {
    const made = await run(
      lone.client,
      `import * as tf from "@tensorflow/tfjs";
      const small = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 3 })] });
      await small.save("file://" + process.cwd() + "/small");
      (await tf.loadLayersModel("file://" + process.cwd() + "/small/model.json")).countParams()`,
    );
    expect(made.text).toBe("9");
    expect(made.stderr).toBe("");
  });

  it("gradlens is there, typed, with the same TensorFlow.js", async () => {
    const { text, error } = await run(
      lone.client,
      "import { saliency, asModel } from 'gradlens';\n[typeof saliency, typeof asModel]",
    );
    expect(error).toBeUndefined();
    expect(text).toBe("[ 'function', 'function' ]");
    expect(
      (await run(lone.client, "import * as gl from 'gradlens'; gl.notExported")).error?.evalue,
    ).toContain("TS2339");
    expect(
      (
        await run(
          lone.client,
          "Object.keys(require.cache).filter((file) => /tf-core.node.js$/.test(file)).length",
        )
      ).text,
    ).toBe("1");
    expect((await run(lone.client, "typeof (await import('gradlens')).saliency")).text).toBe("'function'");
  });
});

it("a local package wins over the forwarded one", async () => {
  const own = temporaryFolder();
  const place = path.join(own.path, "node_modules", "@tensorflow", "tfjs");
  mkdirSync(place, { recursive: true });
  writeFileSync(
    path.join(place, "package.json"),
    JSON.stringify({ name: "@tensorflow/tfjs", version: "0.0.1", main: "i.js", types: "i.d.ts" }),
  );
  writeFileSync(path.join(place, "i.js"), "exports.mine = 'local';");
  writeFileSync(path.join(place, "i.d.ts"), "export const mine: string;");
  const other = await startKernel(own.path);
  try {
    expect((await run(other.client, "import { mine } from '@tensorflow/tfjs'; mine")).text).toBe("'local'");
  } finally {
    await other.stop();
    own.remove();
  }
});
