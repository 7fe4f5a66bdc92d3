import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CELL_PARAMETERS, META_NAME } from "../../kernel/execution/own-names";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("names that the kernel uses too", () => {
  it.each([
    ["const exports = { a: 1 };", "exports.a + height", "4"],
    ["let exports = 4; exports += 1;", "exports", "5"],
    ["function exports() { return height; }", "exports()", "3"],
    ["import exports from 'node:path';", "exports.posix.join('a', 'b')", "'a/b'"],
    [
      "const { instance: { exports } } = { instance: { exports: { add: (n: number) => n + height } } };",
      "exports.add(1)",
      "4",
    ],
    ["class require { static x = 3 } import * as paths from 'node:path';", "require.x + paths.sep", "'3/'"],
    [
      "const require = 3; const viaImport = import('node:path');",
      "[require, (await viaImport).posix.sep]",
      "[ 3, '/' ]",
    ],
    [
      "const __filename = 'mine', __dirname = 'here', module = 1;",
      "__filename + __dirname + module",
      "'minehere1'",
    ],
  ])("declares %s", async (code, use, expected) => {
    await cell("const height = 3;");
    expect((await cell(code)).error?.evalue).toBeUndefined();
    expect((await cell(use)).text).toBe(expected);
  });

  it("hides none of what the kernel needs by a parameter", async () => {
    await cell("let outside = 5;");
    expect((await cell("((exports: object) => outside)({ outside: 3 })")).text).toBe("5");
    expect((await cell("typeof (await ((require: number) => import('node:fs'))(1)).readFileSync")).text).toBe(
      "'function'",
    );
  });

  it.each([...CELL_PARAMETERS, META_NAME])("refuses to declare %s, where it stands", async (name) => {
    for (const code of [
      `const ${name} = 3;`,
      `function f(${name}: number) {}`,
      `import { join as ${name} } from 'path'`,
    ]) {
      const { error } = await cell(`\n${code}`);
      expect(error?.evalue).toBe(
        `TS2397: expected a name that the kernel does not use itself (${[...CELL_PARAMETERS, META_NAME].join(", ")}), got ${name} (line 2)`,
      );
      expect(error?.traceback).toContain(`> 2 | ${code}`);
    }
    expect((await cell(`({ ${name}: 3 }).${name}`)).text).toBe("3");
  });
});
