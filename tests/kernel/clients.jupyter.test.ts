import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Notebook } from "../../kernel/notebook/notebook";
import { mainFile, root, type TemporaryFolder, temporaryFolder } from "./kernel";

const python = process.env.GRADLENS_PYTHON ?? path.join(root, ".venv", "bin", "python");
let folder: TemporaryFolder;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = temporaryFolder();
  const prefix = path.join(folder.path, "prefix");
  const installed = spawnSync(process.execPath, [mainFile, "install", "--prefix", prefix], {
    encoding: "utf8",
  });
  expect(installed.stderr).toBe("");
  env = { ...process.env, JUPYTER_PATH: path.join(prefix, "share", "jupyter"), PYTHONWARNINGS: "ignore" };
});
afterAll(() => folder?.remove());

function runPython(args: string[], timeout = 240_000) {
  return spawnSync(python, args, { encoding: "utf8", env, cwd: folder.path, timeout });
}

function writeNotebook(name: string, sources: string[]): string {
  const file = path.join(folder.path, name);
  const cells = sources.map((source, index) => ({
    id: `c${index}`,
    cell_type: "code",
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const metadata = {
    kernelspec: { name: "gradlens", display_name: "TypeScript (gradlens)", language: "typescript" },
  };
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  return file;
}

it.each([
  "raw_client.py",
  "interrupts.py",
  "nbclient_run.py",
  "large_messages.py",
  "peers.py",
  "kernel_test.py",
])("%s", { timeout: 260_000 }, (script) => {
  const { status, stdout, stderr } = runPython([path.join(root, "tests", "kernel", "python", script)]);
  expect(stderr.trim(), stdout).toBe("");
  expect(status).toBe(0);
  expect(stdout.trim().split("\n").at(-1), stdout).toBe("ok");
});

// GRADLENS_RANDOM_CELLS=10000 is the long run.
const randomCells = Number(process.env.GRADLENS_RANDOM_CELLS ?? 300);
it(`survives ${randomCells} random cells`, { timeout: 200_000 + 500 * randomCells }, () => {
  const script = path.join(root, "tests", "kernel", "python", "random_cells.py");
  const { stdout, stderr } = runPython([script], 190_000 + 500 * randomCells);
  expect(stdout.trim().split("\n").at(-1), stdout + stderr).toBe("ok");
});

it("nbconvert --execute writes counts and outputs", { timeout: 120_000 }, () => {
  const file = writeNotebook("converted.ipynb", ["const a: number = 20;", "console.log('line'); a + 1"]);
  const { status, stderr } = runPython([
    "-m",
    "nbconvert",
    "--to",
    "notebook",
    "--execute",
    "--output",
    "done.ipynb",
    file,
  ]);
  expect(status, stderr).toBe(0);
  const { cells } = JSON.parse(readFileSync(path.join(folder.path, "done.ipynb"), "utf8")) as Notebook;
  expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2]);
  expect(cells[1]!.outputs).toMatchObject([
    { output_type: "stream", name: "stdout" },
    { output_type: "execute_result", data: { "text/plain": ["21"] } },
  ]);
});

it("nbconvert tells which error stopped it, and goes on when asked to", { timeout: 120_000 }, () => {
  const file = writeNotebook("failing.ipynb", ["throw new RangeError('too far')", "'after'"]);
  const stopped = runPython([
    "-m",
    "nbconvert",
    "--to",
    "notebook",
    "--execute",
    "--output",
    "stopped.ipynb",
    file,
  ]);
  expect(stopped.status).not.toBe(0);
  expect(stopped.stderr).toContain("RangeError: too far");
  const args = [
    "-m",
    "nbconvert",
    "--to",
    "notebook",
    "--execute",
    "--allow-errors",
    "--output",
    "on.ipynb",
    file,
  ];
  expect(runPython(args).status).toBe(0);
  const { cells } = JSON.parse(readFileSync(path.join(folder.path, "on.ipynb"), "utf8")) as Notebook;
  expect(cells[0]!.outputs![0]).toMatchObject({ output_type: "error", ename: "RangeError" });
  expect(cells[1]!.outputs![0]).toMatchObject({ data: { "text/plain": ["'after'"] } });
});
