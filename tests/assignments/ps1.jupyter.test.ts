import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mainFile, type TemporaryFolder, temporaryFolder } from "../kernel/kernel";
import { readNotebook, root } from "../notebooks/notebook-files";
import { broken, wrong } from "./answers";
import { cellsOf, course, points, solutions, submission } from "./problem-set";

// A real course in a folder of its own, from the source notebook to the grades.

const python = process.env["GRADLENS_PYTHON"] ?? join(root, ".venv", "bin", "python");
const full = points();
const right = solutions();
const students = {
  right,
  wrong: { ...right, ...wrong },
  unanswered: {},
  broken: {
    ...broken,
    "p2-automatic-answer": right["p2-automatic-answer"]!,
    "p3-answer": right["p3-answer"]!,
  },
};
let folder: TemporaryFolder;
let here: string;
let env: NodeJS.ProcessEnv;
let grades: Record<string, Record<string, number | string>>;

function runPython(args: string[], timeout = 100_000): string {
  const { status, stdout, stderr } = spawnSync(python, args, { cwd: here, env, encoding: "utf8", timeout });
  expect(status, stderr).toBe(0);
  return stdout;
}

function handIn(student: string, answers: Readonly<Record<string, string>>): void {
  const place = join(here, "submitted", student, "ps1");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "ps1.ipynb"), JSON.stringify(submission(answers)));
}

const readGrades = (): typeof grades =>
  JSON.parse(runPython([join(root, "tests", "assignments", "scores.py")]));

beforeAll(() => {
  folder = temporaryFolder();
  // A space and a letter beyond ASCII, as folders of real courses have them.
  here = join(folder.path, "my Ü course");
  cpSync(course, here, { recursive: true });
  for (const made of ["release", "submitted", "autograded", "feedback", "gradebook.db"]) {
    rmSync(join(here, made), { recursive: true, force: true });
  }
  const prefix = join(folder.path, "prefix");
  const install = spawnSync(process.execPath, [mainFile, "install", "--prefix", prefix], {
    encoding: "utf8",
  });
  expect(install.status, install.stderr).toBe(0);
  env = {
    ...process.env,
    // nbgrader calls `alembic` by its bare name.
    PATH: [dirname(python), process.env["PATH"]].join(delimiter),
    JUPYTER_PATH: join(prefix, "share", "jupyter"),
    JUPYTER_CONFIG_DIR: join(folder.path, "config"),
    JUPYTER_DATA_DIR: join(folder.path, "data"),
    JUPYTER_RUNTIME_DIR: join(folder.path, "runtime"),
    PYTHONWARNINGS: "ignore",
  };

  runPython(["-m", "nbgrader", "generate_assignment", "ps1"]);
  for (const [student, answers] of Object.entries(students)) handIn(student, answers);
  runPython(["-m", "nbgrader", "autograde", "ps1"], 400_000);
  grades = readGrades();
}, 600_000);
afterAll(() => folder?.remove());

/** Files below a folder, with what is in them. */
function files(place: string): Record<string, string> {
  const found = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    found.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(place.length + 1), readFileSync(file, "base64")];
    }),
  );
}

const outputsOf = (student: string) =>
  cellsOf(readNotebook(join(here, "autograded", student, "ps1", "ps1.ipynb"))).map((cell) => ({
    id: cell.id,
    type: cell.cell_type,
    count: cell.execution_count,
    errors: (cell.outputs ?? []).filter(({ output_type }) => output_type === "error"),
  }));

it("the committed release is what nbgrader makes of the source", () => {
  expect(files(join(here, "release", "ps1"))).toEqual(files(join(course, "release", "ps1")));
});

describe("nbgrader autograde", () => {
  it("gives full marks to right answers, and leaves the words to the teacher", () => {
    expect(grades["right"]).toEqual({ ...full, "p6-words": "by hand" });
  });

  it("gives 0 for wrong parts, and full marks for the parts beside them", () => {
    expect(grades["wrong"]).toEqual({
      ...full,
      "p1-central": 0,
      "p2-by-hand": 0,
      "p3-midpoints": 0,
      "p4-delta": 0,
      "p5-map": 0,
      "p5-rules": 0,
      "p6-neutral": 0,
      "p6-words": "by hand",
    });
  });

  it("gives 0 for what was not answered", () => {
    expect(grades["unanswered"]).toEqual(Object.fromEntries(Object.keys(full).map((id) => [id, 0])));
  });

  it("gives 0 for what throws, does not compile, has the wrong type or writes to stderr", () => {
    const nothing = Object.fromEntries(Object.keys(full).map((id) => [id, 0]));
    const kept = ["p2-automatic", "p3-linear", "p3-midpoints"];
    expect(grades["broken"]).toEqual({
      ...nothing,
      ...Object.fromEntries(kept.map((id) => [id, full[id]])),
    });
  });

  it("interrupts an answer that never ends, and grades what comes after it", { timeout: 200_000 }, () => {
    handIn("endless", {
      "p4-steps-answer": "function stepsNeeded(): number { for (;;); }",
      "p5-map-answer": right["p5-map-answer"]!,
    });
    const options = ["--student", "endless", "--Execute.timeout=30"];
    runPython(["-m", "nbgrader", "autograde", "ps1", ...options], 180_000);
    const nothing = Object.fromEntries(Object.keys(full).map((id) => [id, 0]));
    expect(readGrades()["endless"]).toEqual({ ...nothing, "p5-map": full["p5-map"] });
    const stopped = outputsOf("endless").find(({ id }) => id === "p4-steps");
    expect(stopped?.errors).not.toEqual([]);
  });

  it.each(Object.keys(students))("runs every cell of the submission that is %s", (student) => {
    const skipped = outputsOf(student).filter(({ type, count }) => type === "code" && count == null);
    expect(skipped.map(({ id }) => id)).toEqual([]);
  });

  it("says no answer yet where there is none", () => {
    const stubs = outputsOf("unanswered").filter(({ errors }) =>
      errors.some((error) => error.evalue === "no answer yet"),
    );
    expect(stubs.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["p1-slopes", "p3-linear", "p6-neutral"]),
    );
  });

  it("turns a wrong type into a failed check, with words", () => {
    const errors = Object.fromEntries(outputsOf("broken").map(({ id, errors }) => [id, errors[0]]));
    expect(errors["p4-delta"]).toMatchObject({
      ename: "CheckFailed",
      evalue: expect.stringMatching(/expected one number, got "0"/),
    });
    expect(errors["p6-neutral"]).toMatchObject({
      ename: "CheckFailed",
      evalue: "expected a function, got 7",
    });
    expect(errors["p5-map"]).toMatchObject({
      ename: "CheckFailed",
      evalue: expect.stringContaining("expected a map"),
    });
  });
});
