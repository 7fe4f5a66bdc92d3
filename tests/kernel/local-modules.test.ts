import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import {
  type CellResult,
  run,
  runInterrupted,
  startKernel,
  type TemporaryFolder,
  temporaryFolder,
} from "./kernel";

/** The user's own modules, imported as people write it; the notebook is in a folder of the project. */

let folder: TemporaryFolder;
let notebook: string;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

/** The value of a cell in text, or what went wrong. */
async function value(code: string): Promise<string | undefined> {
  const { text, error } = await cell(code);
  return error ? `${error.ename}: ${error.evalue}` : text;
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
  notebook = path.join(folder.path, "notebooks");
  write({
    "src/lib.ts": "import { part } from './parts/part.js';\nexport const outer: number = part + 1;\n",
    "src/parts/part.ts": "export const part = 1;\n",
    "src/wrong.ts": "export const wrong: number = 'text';\n",
    "src/throws.ts": "interface Unused { a: 1 }\n\nthrow new RangeError('while loading');\n",
    "packages/tools/package.json": '{ "name": "tools", "main": "src/index.ts" }',
    "packages/tools/src/index.ts": "export const tool: string = 'tool';\n",
    "packages/bare/package.json": '{ "name": "bare", "main": "src/index" }',
    "packages/bare/src/index.ts": "export const bare: string = 'no ending';\n",
    "packages/es/package.json": '{ "name": "es", "type": "module", "exports": { "import": "./es.ts" } }',
    "packages/es/es.ts": "export const es: string = 'for import only';\n",
    "node_modules/transpiled/package.json": '{ "name": "transpiled", "main": "i.js", "types": "i.d.ts" }',
    "node_modules/transpiled/i.js":
      "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'inner'; exports.named = 1;",
    "node_modules/transpiled/i.d.ts":
      "declare const d: string; export default d; export const named: number;",
    "notebooks/value.ts": "export const v: number = 5;\n",
    "notebooks/view.tsx":
      "/** @jsx h */\nconst h = (tag: string, _props: unknown, ...inner: string[]) => `${tag}:${inner}`;\ndeclare global { namespace JSX { interface IntrinsicElements { b: {} } } }\nexport const view = <b>bold</b>;\n",
    "notebooks/data.json": '{ "rows": [1, 2, 3] }',
    "notebooks/setup.ts": "(globalThis as any).setUp = ((globalThis as any).setUp ?? 0) + 1;\n",
    "notebooks/setup2.ts": "console.log('setup2 ran');\nexport {};\n",
    "notebooks/twice.ts": "export const f = (x: number) => x * 2;\n",
    "notebooks/all.ts":
      "export * from './twice';\nexport * as more from '../src/lib';\nexport const own = 3;\n",
    "notebooks/awaits.ts": "export const t: number = await Promise.resolve(7);\nexport type T = typeof t;\n",
    "notebooks/uses-awaits.ts": "import { t } from './awaits';\nexport const u: number = t + 1;\n",
    "notebooks/awaits-wrong.ts": "await null;\nthrow new Error('after awaiting');\nexport const never = 1;\n",
    "notebooks/equals.ts": "import fs = require('fs');\nexport = { exists: fs.existsSync('data.json') };\n",
    "notebooks/common.js":
      "const { four } = require('./four.cjs'); module.exports = { four, sum: (a, b) => a + b };",
    "notebooks/four.cjs": "exports.four = 4;",
    "notebooks/loose.js": "let n = 1; n = 'text'; exports.n = n;",
    "notebooks/es.js": "export const k = 1; export default function g() { return 'g'; }",
    "notebooks/node.mjs":
      "import pkg, { named } from 'transpiled'; import fs from 'node:fs';\nexport const seen = [pkg, named, typeof fs.existsSync];\nexport default import.meta.url.slice(-8);",
    "notebooks/cycle-a.ts":
      "import { b } from './cycle-b';\nexport const a = 'a';\nexport const ab = () => a + b();\n",
    "notebooks/cycle-b.ts": "import { a } from './cycle-a';\nexport const b = () => `b${a}`;\n",
    "notebooks/broken.ts": "export const x = ;\n",
  });
  mkdirSync(path.join(folder.path, "node_modules"), { recursive: true });
  for (const name of ["tools", "bare", "es"])
    symlinkSync(`../packages/${name}`, path.join(folder.path, "node_modules", name));
  kernel = await startKernel(notebook);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("a module is imported from", () => {
  it.each([
    ["outside of the notebook's folder", "import { outer } from '../src/lib'; outer", "2"],
    ["outside, dynamically", "(await import('../src/lib')).outer", "2"],
    ["outside, by require", "require('../src/lib').outer", "2"],
    ["its name with the ending .ts", "import { v } from './value.ts'; v", "5"],
    ["the same, dynamically", "(await import('./value.ts')).v", "5"],
    [
      "its name with the ending of what it would be compiled to",
      "import { v as w } from './value.js'; w",
      "5",
    ],
    ["its name with the ending .tsx", "import { view } from './view.tsx'; view", "'b:bold'"],
    ["a name that is computed", "const stem = 'twice'; (await import(`./${stem}`)).f(2)", "4"],
    ["a name that is required before any import", "require('./twice').f(4)", "8"],
    ["an absolute path", "require(process.cwd() + '/value').v", "5"],
    ["a URL", "(await import(new URL('./value.ts', import.meta.url).href)).v", "5"],
    ["a workspace package whose main file is TypeScript", "import { tool } from 'tools'; tool", "'tool'"],
    ["one whose main has no ending", "import { bare } from 'bare'; bare", "'no ending'"],
    ["one that is exported for import only", "import { es } from 'es'; es", "'for import only'"],
  ])("%s", async (_title, code, expected) => {
    expect(await value(code)).toBe(expected);
  });
});

describe("JSON is imported", () => {
  it.each([
    ["with an attribute", 'import data from "./data.json" with { type: "json" }; data.rows.length', "3"],
    ["with an assertion", 'import old from "./data.json" assert { type: "json" }; old.rows.length', "3"],
    [
      "with another statement behind it",
      'import d2 from "./data.json" with { type: "json" }\nd2.rows[1]',
      "2",
    ],
    ["dynamically", '(await import("./data.json", { with: { type: "json" } })).default.rows', "[ 1, 2, 3 ]"],
  ])("%s", async (_title, code, expected) => {
    expect(await value(code)).toBe(expected);
  });
});

describe("a script", () => {
  it("without exports runs once when it is imported, and again when it is edited", async () => {
    expect(await value('import "./setup";\n(globalThis as any).setUp')).toBe("1");
    expect(await value('import "./setup";\n(globalThis as any).setUp')).toBe("1");
    write({ "notebooks/setup.ts": "(globalThis as any).setUp = 'edited';\n" });
    expect(await value('import "./setup";\n(globalThis as any).setUp')).toBe("'edited'");
  });

  it("writes where the cell that imports it does", async () => {
    expect((await cell('import "./setup2"')).stdout).toBe("setup2 ran\n");
  });

  it("that has an error of types stops the cell", async () => {
    write({ "notebooks/setup3.ts": "const n: number = 'text';\n" });
    expect(await value('import "./setup3"')).toContain("TS2322");
  });
});

describe("a module may", () => {
  it.each([
    ["export all of others", "import { f, own, more } from './all'; [f(own), more.outer]", "[ 6, 2 ]"],
    ["await at its top level", "import { t } from './awaits'; t", "7"],
    ["be one behind which another awaits", "import { u } from './uses-awaits'; u", "8"],
    ["be required once it has awaited", "require('./awaits').t", "7"],
    ["import and export in the way of CommonJS", "import equals from './equals'; equals.exists", "true"],
    ["import in a circle", "import { ab } from './cycle-a'; ab()", "'aba'"],
  ])("%s", async (_title, code, expected) => {
    expect(await value(code)).toBe(expected);
  });

  it("not be required before it has awaited, and says what does it", async () => {
    write({ "notebooks/awaits2.ts": "export const t2 = await 2;\n" });
    expect(await value("require('./awaits2')")).toMatch(/without top-level await.*await import/);
    expect(await value("(await import('./awaits2')).t2")).toBe("2");
  });

  it("await for ever: an interrupt ends the cell, an edit helps", async () => {
    write({ "notebooks/stuck.ts": "await new Promise(() => {});\nexport const s: string = 'never';\n" });
    const code = "import { s } from './stuck'; s";
    for (let again = 0; again < 2; again++) {
      const { error } = await runInterrupted(kernel.client, code, again === 0 ? 1500 : 500);
      expect(error?.ename).toBe("InterruptError");
    }
    write({ "notebooks/stuck.ts": "await null;\nexport const s: string = 'free';\n" });
    expect(await value(code)).toBe("'free'");
  });

  it("be imported twice while it awaits, and runs once", async () => {
    write({
      "notebooks/slow.ts":
        "(globalThis as any).slow = ((globalThis as any).slow ?? 0) + 1;\nawait new Promise((done) => setTimeout(done, 200));\nexport const n: number = (globalThis as any).slow;\n",
    });
    expect(
      await value(
        "const both = await Promise.all([import('./slow'), import('./slow')]); both.map(({ n }) => n)",
      ),
    ).toBe("[ 1, 1 ]");
  });

  it("be edited: those that use it see it", async () => {
    expect(await value("import { u as before } from './uses-awaits'; before")).toBe("8");
    write({ "notebooks/awaits.ts": "export const t: number = await Promise.resolve(70);\n" });
    expect(await value("(await import('./uses-awaits')).u")).toBe("71");
    write({ "src/parts/part.ts": "export const part = 10;\n" });
    expect(await value("import { outer as o2 } from '../src/lib'; o2")).toBe("11");
    expect(await value("require('../src/lib').outer")).toBe("11");
    write({ "packages/tools/src/index.ts": "export const tool: string = 'hammer';\n" });
    expect(await value("import { tool as again } from 'tools'; again")).toBe("'hammer'");
  });
});

describe("JavaScript beside the notebook", () => {
  it("in CommonJS is imported again and again, and seen when it is edited", async () => {
    for (const code of [
      "import c from './common'; c.four",
      "import c from './common'; c.four",
      "import * as c2 from './common.js'; c2.four",
      "require('./common').sum(1, 3)",
      "(await import('./common.js')).default.four",
    ])
      expect(await value(code)).toBe("4");
    write({ "notebooks/four.cjs": "exports.four = 44;" });
    expect(await value("import c from './common'; c.four")).toBe("44");
  });

  it("is not checked for types that it does not say it has", async () => {
    expect(await value("import { n } from './loose'; n")).toBe("'text'");
  });

  it("as ES module is seen when it is edited, too", async () => {
    expect(await value("import g, { k } from './es.js'; [g(), k]")).toBe("[ 'g', 1 ]");
    expect(await value("import url, { seen } from './node.mjs'; [url, seen]")).toBe(
      "[ 'node.mjs', [ { default: 'inner', named: 1 }, 1, 'function' ] ]",
    );
    write({ "notebooks/node.mjs": "export const seen = 'anew'; export default 0;" });
    expect(await value("import { seen } from './node.mjs'; seen")).toBe("'anew'");
  });
});

it("import x = require(x) works in a cell, and in cells after it", async () => {
  expect(await value("import fs = require('fs'); fs.existsSync('data.json')")).toBe("true");
  expect(await value("fs.readdirSync('../src').includes('lib.ts')")).toBe("true");
  expect(await value("const wrong: string = fs.existsSync('x');")).toContain("TS2322");
  expect(await value("import twice = require('./twice'); twice.f(3)")).toBe("6");
});

it("npm: before a name is as Deno writes it", async () => {
  expect(await value('import inner from "npm:transpiled@1.0.0"; inner')).toBe("'inner'");
  expect(await value('import { named } from "npm:transpiled"; named')).toBe("1");
  expect(await value('(await import("npm:transpiled@^1")).named')).toBe("1");
  expect(await value('const q: number = (await import("npm:transpiled")).default;')).toContain("TS2322");
});

describe("a module with an error", () => {
  it("of types stops the cell, also outside of its folder", async () => {
    expect(await value("import { wrong } from '../src/wrong'; wrong")).toContain("TS2322");
    const { error } = await cell("import { wrong } from '../src/wrong'; wrong");
    expect(error?.traceback).toContain("../src/wrong.ts:1:14 - error TS2322");
  });

  it("of syntax says where, however it is loaded", async () => {
    expect(await value("import { x } from './broken'; x")).toContain("TS1109");
    const name = path.join(realpathSync(notebook), "broken.ts");
    expect(await value("require('./bro' + 'ken')")).toBe(`SyntaxError: ${name}:1:18: Expression expected.`);
  });

  it("while it runs says where, and who imported it", async () => {
    const { error } = await cell("\nimport '../src/throws';");
    expect(error?.evalue).toBe("while loading");
    expect(error?.traceback).toMatch(/src\/throws\.ts:3:7/);
    expect(error?.traceback).toMatch(/cell \[\d+\]:2:1/);
    const later = await cell("\n\nimport { never } from './awaits-wrong'; never");
    expect(later.error?.evalue).toBe("after awaiting");
    expect(later.error?.traceback).toMatch(/awaits-wrong\.ts:2:7/);
    expect(later.error?.traceback).toMatch(/cell \[\d+\]:3:1/);
  });
});

describe("a module that is not there", () => {
  it.each([
    ["a package", "import a from 'not-installed'", /npm install not-installed` in .*notebooks installs it/],
    ["a package of Deno", "import a from 'npm:not-there@2/part'", /`npm install not-there`/],
    ["a part of a package of a scope", "await import('@scope/name/part')", /`npm install @scope\/name` in/],
    ["a required one", "require('not-' + 'installed')", /Cannot find module 'not-installed': `npm install/],
    ["one of the network", "import a from 'https://deno.land/x.ts'", /not loaded from the network/],
    [
      "one of the network, dynamically",
      "await import('https://deno.land/' + 'x.ts')",
      /not loaded from the net/,
    ],
    ["one of JSR", "import a from 'jsr:@std/assert'", /`npx jsr add @std\/assert`/],
    ["one of a newer Node.js", "require('node:of-the-future')", /Node.js [\d.]+ does not have it/],
    ["a file", "import a from './twise'", /no such file in .*notebooks; nearest: twice/],
    ["a file, dynamically", "await import('./val' + 'ues.ts')", /nearest: value\.ts/],
    ["a file of a folder that is not there", "require('../sources/lib')", /a folder that does not exist/],
  ])("%s says what to do", async (_title, code, expected) => {
    expect(await value(code)).toMatch(expected);
  });
});

it("a notebook below a node_modules imports its own modules, and sees their edits", async () => {
  write({
    "node_modules/lesson/package.json": '{ "name": "lesson" }',
    "node_modules/lesson/src/own.ts": "export const own: number = 1;\n",
    "node_modules/lesson/src/plain.js": "exports.plain = 1;",
    "node_modules/lesson/notebooks/beside.ts": "export { own } from '../src/own';\nexport const local = 2;\n",
  });
  const other = await startKernel(path.join(folder.path, "node_modules", "lesson", "notebooks"));
  const code =
    "import { own, local } from './beside'; import { plain } from '../src/plain'; [own, local, plain]";
  try {
    expect((await run(other.client, code)).text).toBe("[ 1, 2, 1 ]");
    write({
      "node_modules/lesson/src/own.ts": "export const own: string = 'edited';\n",
      "node_modules/lesson/src/plain.js": "exports.plain = 'too';",
    });
    expect((await run(other.client, code)).text).toBe("[ 'edited', 2, 'too' ]");
    expect(
      (await run(other.client, "import { own as o } from '../src/own'; const n: number = o;")).error?.evalue,
    ).toContain("TS2322");
  } finally {
    await other.stop();
    rmSync(path.join(folder.path, "node_modules", "lesson"), { recursive: true });
  }
});
