import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as check from "../../notebooks/assignments/ps1/source/ps1/checks";
import { type TemporaryFolder, temporaryFolder } from "../kernel/kernel";
import { complaints, readNotebook, root, skipped } from "../notebooks/notebook-files";
import { cellsOf, course, points, releaseFile, solutions, sourceFile, textOf } from "./problem-set";

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

describe.each([
  ["source", sourceFile],
  ["release", releaseFile],
])("the %s notebook", (_, file) => {
  const notebook = readNotebook(file);

  it("is committed as format 4.5, for our kernel, with cell ids and without outputs", () => {
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    expect(notebook.metadata.kernelspec).toMatchObject({ name: "gradlens", language: "typescript" });
    const ids = notebook.cells.map((cell) => cell.id);
    expect(ids.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(id ?? ""))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const cell of notebook.cells.filter(({ cell_type }) => cell_type === "code")) {
      expect(cell.outputs).toEqual([]);
      expect(cell.execution_count).toBeNull();
    }
  });
});

it("tells the points that the cells carry", () => {
  const text = cellsOf(readNotebook(sourceFile)).map(textOf).join("\n");
  const total = Object.values(points()).reduce((sum, value) => sum + value, 0);
  expect(text).toContain(`There are ${total} points`);
  const problems = [...text.matchAll(/^## Problem (\d).*\((\d) points\)/gm)];
  expect(problems).toHaveLength(6);
  for (const [, problem, told] of problems) {
    const parts = Object.entries(points()).filter(([id]) => id.startsWith(`p${problem}-`));
    expect(parts.reduce((sum, [, value]) => sum + value, 0)).toBe(Number(told));
  }
});

it("has a graded part for every answer, and a hidden test in every graded cell", () => {
  const cells = cellsOf(readNotebook(sourceFile));
  const answers = cells.flatMap((cell, i) => (cell.metadata.nbgrader?.solution ? [i] : []));
  for (const i of answers) {
    expect(cells[i]?.metadata.nbgrader?.grade || cells[i + 1]?.metadata.nbgrader?.grade).toBe(true);
  }
  const tests = cells.filter(({ metadata }) => metadata.nbgrader?.grade && !metadata.nbgrader.solution);
  for (const cell of tests) expect(textOf(cell)).toMatch(/BEGIN HIDDEN TESTS[\s\S]*check\./);
});

it("the release holds no solution and no hidden test", () => {
  const release = readFileSync(releaseFile, "utf8");
  expect(release).not.toMatch(/(BEGIN|END) (SOLUTION|HIDDEN TESTS)/);
  const released = new Map(cellsOf(readNotebook(releaseFile)).map((cell) => [cell.id, textOf(cell)]));
  for (const cell of cellsOf(readNotebook(sourceFile))) {
    const secrets = [...textOf(cell).matchAll(/BEGIN (SOLUTION|HIDDEN TESTS)\n([\s\S]*?)^.*END \1/gm)];
    for (const [, , secret] of secrets) {
      for (const line of (secret as string).split("\n").filter((text) => text.trim().length > 3)) {
        expect(released.get(cell.id)).not.toContain(line);
      }
    }
  }
  expect(released.get("p6-words")).toBe("YOUR ANSWER HERE");
});

it("the source runs under `gradlens run`, without error or stderr, and its answers pass its tests", () => {
  const out = join(folder.path, "ps1.ipynb");
  const { status, stderr } = spawnSync(
    process.execPath,
    ["dist/kernel/main.js", "run", sourceFile, "--output", out],
    { cwd: root, encoding: "utf8", timeout: 110_000 },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const done = readNotebook(out);
  expect(complaints(done)).toEqual([]);
  expect(skipped(done)).toEqual([]);
  // nbgrader reads a number that a test cell ends with as its score.
  const tests = cellsOf(done).filter((cell) => cell.cell_type === "code" && cell.metadata.nbgrader?.grade);
  // What a progress bar leaves behind shows nothing.
  const shown = tests.flatMap((cell) =>
    (cell.outputs ?? []).filter(
      ({ output_type, data }) => output_type !== "display_data" || Object.keys(data ?? {}).length > 0,
    ),
  );
  expect(shown).toEqual([]);
}, 120_000);

it("has the data of the tutorials", () => {
  const mine = join(course, "source", "ps1", "data");
  const theirs = join(root, "notebooks", "data");
  for (const file of ["digits.bin.gz", "digits.js", "digits.d.ts", "models/digits-mlp/weights.bin"]) {
    expect(readFileSync(join(mine, file)).equals(readFileSync(join(theirs, file))), file).toBe(true);
  }
  const model = (place: string) =>
    JSON.parse(readFileSync(join(place, "models", "digits-mlp", "model.json"), "utf8"));
  expect(model(mine)).toEqual(model(theirs));
});

describe("the checks", () => {
  it("take numbers from arrays, typed arrays, tensors and library arrays", () => {
    const forms = [
      [[1], [2]],
      new Float32Array([1, 2]),
      { dataSync: () => new Float32Array([1, 2]) },
      { data: new Float32Array([1, 2]), shape: [2] },
    ];
    for (const form of forms) check.close("a", form, [1, 2]);
    check.close("one number", 1.00005, 1);
  });

  it.each([
    ["text", "1", 'a: expected one number, got "1"'],
    ["nothing", undefined, "a: expected one number, got undefined"],
    ["null", null, "a: expected one number, got null"],
    ["not a number", Number.NaN, "a: expected 1 (± 0.0001), got NaN"],
    ["too many", [1, 1], "a: expected one number, got 2 numbers"],
    ["a promise", Promise.resolve(1), "a: expected one number, got a promise (is an await missing?)"],
    ["a function", Math.abs, "a: expected one number, got the function abs (was it called?)"],
    ["a list of text", ["1"], "a: expected one number, got a list of 1"],
    ["too far off", 1.1, "a: expected 1 (± 0.0001), got 1.1"],
  ])("fail on %s", (_, answer, message) => {
    expect(() => check.close("a", answer, 1)).toThrow(new check.CheckFailed(message));
  });

  it("wait for answers, and fail on what is no function", async () => {
    expect(await check.call(async (a: number) => a + 1, 1)).toBe(2);
    await expect(check.call(undefined)).rejects.toThrow("expected a function, got undefined");
  });

  it("compare words, and ask for a map by its method and options", () => {
    expect(() => check.same("name", "b", "a")).toThrow('name: expected "a", got "b"');
    const map = { method: "saliency", options: { steps: 5 } };
    check.map(map, "saliency", { steps: 5 });
    expect(() => check.map(map, "saliency", { steps: 6 })).toThrow('steps: expected "6", got "5"');
    expect(() => check.map([1], "saliency", {})).toThrow("expected a map, the result of await saliency(…)");
    expect(() => check.map(null, "saliency", {})).toThrow("got null");
  });
});

it("the release keeps each answer's name and signature around its stub", () => {
  const released = new Map(cellsOf(readNotebook(releaseFile)).map((cell) => [cell.id, textOf(cell)]));
  for (const [id, text] of Object.entries(solutions())) {
    if (id === "p6-words") continue;
    expect(released.get(id)).toContain('throw new Error("no answer yet");');
    expect(released.get(id)?.split("\n")[0]).toBe(text.split("\n")[0]);
  }
});
