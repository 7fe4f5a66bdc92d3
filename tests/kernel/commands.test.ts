import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder, until } from "./kernel";

/** What people type out of habit of other kernels. */

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
  await cell("const done = false; const echo = 1; const check = (x: number) => x > 1; const list = [1, 2];");
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("a line that begins with ! runs a command", () => {
  it.each([
    ["with its output", "!echo hello", "hello\n"],
    ["of several words", "! echo one two", "one two\n"],
    ["with pipes, and errors among the output", "!echo a | tr a b; echo c >&2", "b\nc\n"],
    ["by its path", "!/bin/echo path", "path\n"],
    ["though a variable has its name", "!echo variable", "variable\n"],
    ["several, after a comment", "// files\n!echo 1\n\n!echo 2", "1\n2\n"],
  ])("%s", async (_title, code, expected) => {
    const { status, stdout, stderr } = await cell(code);
    expect([status, stdout, stderr]).toEqual(["ok", expected, ""]);
  });

  it("in the notebook's folder, before the code below it", async () => {
    const { text, stdout } = await cell(
      "!echo 'export const made: number = 5;' > made.ts\nimport { made } from './made';\nmade",
    );
    expect([stdout, text]).toEqual(["", "5"]);
  });

  it("that leaves the lines of errors where they are", async () => {
    const { error } = await cell("!echo x\n\nthrow new Error('third line')");
    expect(error?.traceback).toMatch(/cell \[\d+\]:3:7/);
    expect((await cell("!echo 1\nconst n: number = 'x';")).error?.traceback).toContain("cell:2:7");
  });

  it("and fails with it", async () => {
    const { error } = await cell("!exit 3\nconst never = 1;");
    expect([error?.ename, error?.evalue]).toEqual(["CommandFailedError", "exit 3: ended with exit code 3"]);
    expect(error?.traceback).toBe("CommandFailedError: exit 3: ended with exit code 3");
    expect((await cell("!echo a\0b")).error?.evalue).toContain("without null bytes");
    expect((await cell("!no-such-program x")).error?.evalue).toBe(
      "no-such-program x: ended with exit code 127",
    );
  });

  it("which an interrupt ends, with all that it started", async () => {
    const running = cell("!echo $$ > pid; sleep 60 & wait");
    const { existsSync, readFileSync } = await import("node:fs");
    const file = path.join(folder.path, "pid");
    await until(() => existsSync(file) && readFileSync(file, "utf8") !== "", 5000, "the command");
    await kernel.client.interrupt();
    expect((await running).error?.ename).toBe("InterruptError");
    const group = Number(readFileSync(file, "utf8"));
    const isAlive = () => {
      try {
        process.kill(-group, 0);
        return true;
      } catch {
        return false;
      }
    };
    await until(() => !isAlive(), 5000, "the end of the command");
  });

  it("installs a package that the cell then imports", async () => {
    mkdirSync(path.join(folder.path, "local-package"));
    const manifest = { name: "local-package", version: "1.0.0", main: "i.js", types: "i.d.ts" };
    writeFileSync(path.join(folder.path, "local-package", "package.json"), JSON.stringify(manifest));
    writeFileSync(path.join(folder.path, "local-package", "i.js"), "exports.answer = 42;");
    writeFileSync(path.join(folder.path, "local-package", "i.d.ts"), "export const answer: number;");
    const code = "import { answer } from 'local-package'; answer";
    expect((await cell(code)).error?.evalue).toContain("npm install local-package");
    const { text, error } = await cell(
      `!npm install --offline --no-audit --no-fund ./local-package\n${code}`,
    );
    expect([error?.evalue, text]).toEqual([undefined, "42"]);
  });
});

describe("a line that begins with ! stays code where it is code", () => {
  it.each([
    ["!done", "true"],
    ["!done && 5", "5"],
    ["!check(0)", "true"],
    ["!(done)", "true"],
    ["!!done", "false"],
    ["![].length", "true"],
    ["!list.includes(\n  3,\n)", "true"],
    ["!/x/.test('y')", "true"],
    ["!function () { return true; }()", "false"],
    ["!true", "false"],
  ])("%s", async (code, expected) => {
    const { text, stdout, error } = await cell(code);
    expect([error?.evalue, text, stdout]).toEqual([undefined, expected, ""]);
  });

  it("with the compiler's own errors", async () => {
    for (const code of ["!nowhere(1)", "!nowhere.length"])
      expect((await cell(code)).error?.evalue).toContain("TS2304: Cannot find name 'nowhere'");
  });
});

describe("one sentence says what to do instead of", () => {
  it.each([
    ["%time 1 + 1", "MagicError", /^%time is a magic of other kernels.*console\.time/],
    ["%%timeit\nlist.length", "MagicError", /^%%timeit .*performance\.now/],
    ["%%html\n<b>x</b>", "MagicError", /^%%html .*display\.html/],
    ["\n  %pip install numpy", "MagicError", /^%pip .*!npm install NAME/],
    ["%matplotlib inline", "MagicError", /^%matplotlib .*last value/],
    [
      "%%unheard_of",
      "MagicError",
      /^%%unheard_of is a magic of other kernels, and a cell here is TypeScript$/,
    ],
    ["!echo 1\n%time 1", "MagicError", /^%time /],
    ["const a = 1;\n%time a", "TypeScriptError", /%time is a magic of other kernels.*\(line 2\)$/],
    ["const a = 1;\n!npm install x", "TypeScriptError", /at the beginning of a cell only/],
    ["const a = 1;\n!ls", "TypeScriptError", /at the beginning of a cell only/],
    ["const a = 1;\nMath.max?", "TypeScriptError", /in a cell of its own/],
  ])("%j", async (code, name, expected) => {
    const { error } = await cell(code);
    expect(error?.ename).toBe(name);
    expect(error?.evalue).toMatch(expected);
    expect(error?.evalue).not.toContain("\n");
  });

  it("without frames of the kernel", async () => {
    expect((await cell("%time 1")).error?.traceback).not.toMatch(/\n\s+at /);
  });
});

it.each(["!ls", "%time 1", "?list", "list?"])("front-ends may send %s as it is", async (code) => {
  expect(await kernel.client.request("shell", "is_complete_request", { code })).toEqual({
    status: "complete",
  });
});

describe("own fields of an error are shown", () => {
  it.each([
    [
      "Node's",
      "import { readFileSync } from 'node:fs'; readFileSync('nowhere')",
      ["code: 'ENOENT'", "path: 'nowhere'"],
    ],
    ["the user's", "throw Object.assign(new Error('x'), { status: 404 })", ["{ status: 404 }"]],
    [
      "those of a class",
      "class Refused extends Error { constructor(readonly reason: { by: string }) { super('no'); } }\nthrow new Refused({ by: 'me' })",
      ["{ reason: { by: 'me' } }"],
    ],
    [
      "those of a cause",
      "throw new Error('x', { cause: Object.assign(new Error('y'), { code: 'E' }) })",
      ["{ code: 'E' }"],
    ],
  ])("%s", async (_title, code, expected) => {
    const { error } = await cell(code);
    for (const part of expected) expect(error?.traceback).toContain(part);
  });

  it("not name, message, cause or parts once more, and never what throws", async () => {
    const bare = await cell("throw Object.assign(new Error('x', { cause: 1 }), { name: 'Mine' })");
    expect(bare.error?.traceback).not.toMatch(/^\{/m);
    const hostile =
      "throw Object.defineProperty(new Error('kept'), 'bad', { enumerable: true, get() { throw 1; } })";
    expect((await cell(hostile)).error?.evalue).toBe("kept");
  });
});
