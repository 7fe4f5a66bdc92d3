import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NotebookFile, readNotebook, root, tutorialNames, tutorials } from "./notebook-files";

const python = join(root, ".venv", "bin", "python");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-jupytext-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cells = (notebook: NotebookFile): { type: string; source: string }[] =>
  notebook.cells.map((cell) => ({ type: cell.cell_type, source: [cell.source].flat().join("") }));

describe("jupytext", () => {
  it.each(tutorialNames)("takes %s to a .ts file and back without loss", (name) => {
    const script = join(folder, name.replace(".ipynb", ".ts"));
    const back = join(folder, name);
    for (const args of [
      ["--to", "ts:percent", join(tutorials, name), "--output", script],
      ["--to", "ipynb", script, "--output", back],
    ]) {
      const { status, stderr } = spawnSync(python, ["-m", "jupytext", ...args], { encoding: "utf8" });
      expect(status, stderr).toBe(0);
    }
    const [before, after] = [readNotebook(join(tutorials, name)), readNotebook(back)];
    expect(cells(after)).toEqual(cells(before));
    expect(after.metadata.kernelspec).toMatchObject({ name: "gradlens", language: "typescript" });
  });
});
