import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** Cells at which the compiler itself fails: the next cell works. */

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);
const chain = `const chain = [1]${".map((x) => x)".repeat(5000)};`;

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
  await cell("const kept = 41;");
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("a cell deeper than the compiler can follow", () => {
  it.each([
    ["calls in one chain", chain],
    ["brackets in brackets", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["parentheses in parentheses", `${"(".repeat(20_000)}1${")".repeat(20_000)}`],
  ])("is told so, with %s, and the next cell works", async (_what, code) => {
    const { error } = await cell(code);
    expect(error?.ename).toBe("CompilerFailure");
    expect(error?.evalue).toMatch(/^the cell goes deeper than the compiler can follow/);
    expect((await cell("kept + 1")).text).toBe("42");
  });

  it("leaves the cells that are modules to those after it, and the errors of types", async () => {
    expect((await cell("/** @module numbers */ export const seven: number = 7;")).error).toBeUndefined();
    await cell(chain);
    expect((await cell('import { seven } from "./numbers"; seven * kept')).text).toBe("287");
    expect((await cell("kept.missing")).error?.evalue).toContain("TS2339");
  });

  it("asked about, is answered, and so is what comes next", async () => {
    const ask = (code: string) =>
      kernel.client.request("shell", "complete_request", { code, cursor_pos: code.length });
    await ask(chain.slice(0, -1));
    expect((await ask("kept.toFix")).matches).toEqual(["toFixed"]);
  });
});
