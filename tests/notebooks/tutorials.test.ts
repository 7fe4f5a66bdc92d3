import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  complaints,
  type NotebookFile,
  readNotebook,
  root,
  skipped,
  tutorialNames,
  tutorials,
} from "./notebook-files";

/** What a tutorial teaches, as cells print it: a sentence that says so must not outlive it. */
const LESSONS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  "04-backward-rules.ipynb": {
    // Guided backpropagation hardly notices a random last layer; the gradient does.
    sanity: /saliency +│ '0\.[0-4]\d'[\s\S]*guidedBackprop +│ '0\.[89]\d'/,
    identity: /largest difference from LRP-ε +\d\.\de-[4-9]/,
  },
  "05-class-activation.ipynb": {
    eigen: /gradCam .*: [^0]\.\d+\neigenCam .*: 0\.000/,
    sums: /gradCam +sum 0\.000, score 3\.000\nhiResCam sum 3\.000, score 3\.000/,
  },
  "06-perturbation-and-shapley.ipynb": {
    or: /ablation +0,0\nShapley +0\.5,0\.5/,
    twins:
      /reads the first +│ '0\.82' +│ '0\.00'[\s\S]*reads both +│ '0\.41' +│ '0\.41'[\s\S]*adds the difference +│ '3\.30' +│ '-2\.4[78]' +│ '0\.82'/,
  },
  "07-layers-and-neurons.ipynb": {
    referee: /conductance against what is lost +1\.00\ninternal influence against what is lost +0\.[0-8]/,
  },
  "08-tabular.ipynb": {
    // Two spellings of one rule: other shares of the one-hot columns, the same sum.
    onehot:
      /first words │ '(\d+)' │ '(\d+)' +│ '(\d+)' +│ .*'-251' │ '(\d+)' [\s\S]*other words │ '\1' │ '\2' +│ '\3' +│ .*'0' +│ '\4' /,
    twin: /once +282\.8\n.*m² +141\.4\n.*feet +141\.4/,
  },
  "09-sequences-and-audio.ipynb": {
    lags: /Most of what counts lies 5 steps back \(4\d %\)/,
    gradient: /Most of what counts lies 5 steps back \(3\d %\)/,
    share: /baseline zeros: [78]\d % .*\nbaseline min +: 1\d % /,
  },
  "10-second-order.ipynb": {
    xor: /integratedGradients +-?0\.000,-?0\.000\nshapleyValues +-?0\.000,-?0\.000/,
    saddle: /gradient 0,0/,
  },
};

/** What a cell printed. */
function printed(notebook: NotebookFile, id: string): string {
  const outputs = notebook.cells.find((cell) => cell.id === id)?.outputs ?? [];
  return outputs.flatMap(({ text }) => text ?? []).join("");
}

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
    for (const [id, lesson] of Object.entries(LESSONS[name] ?? {})) expect(printed(done, id)).toMatch(lesson);
  }, 200_000);
});
