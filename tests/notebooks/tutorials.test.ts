import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaints, readNotebook, root, skipped, tutorialNames, tutorials } from "./notebook-files";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-notebooks-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(tutorialNames)("%s", (name) => {
  const source = readNotebook(join(tutorials, name));

  it("is committed as format 4.5, for our kernel, without outputs", () => {
    expect([source.nbformat, source.nbformat_minor]).toEqual([4, 5]);
    expect(source.metadata.kernelspec).toMatchObject({ name: "gradlens", language: "typescript" });
    const ids = source.cells.map((cell) => cell.id);
    expect(ids.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(id ?? ""))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const cell of source.cells.filter(({ cell_type }) => cell_type === "code")) {
      expect(cell.outputs).toEqual([]);
      expect(cell.execution_count).toBeNull();
    }
  });

  it("says why before every code cell", () => {
    const unexplained = source.cells.filter(
      (cell, i) => cell.cell_type === "code" && source.cells[i - 1]?.cell_type !== "markdown",
    );
    expect(unexplained.map((cell) => cell.id)).toEqual([]);
  });

  it("runs under `gradlens run`, without error or stderr", () => {
    const out = join(folder, name);
    const args = ["dist/kernel/main.js", "run", join(tutorials, name), "--output", out];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      timeout: 180_000,
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const done = readNotebook(out);
    expect(complaints(done)).toEqual([]);
    expect(skipped(done)).toEqual([]);
  }, 200_000);
});
