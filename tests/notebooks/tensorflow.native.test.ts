import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { complaints, type NotebookFile, readNotebook, root } from "./notebook-files";

/** The same words as a tutorial, on TensorFlow itself: nothing on stderr, from the library that greets most. */
const CELLS = [
  `import "@tensorflow/tfjs-node";
import * as tf from "@tensorflow/tfjs";
import { integratedGradients, io, saliency } from "gradlens";
import * as digits from "${join(root, "notebooks/data/digits")}";`,
  `const net = await io.loadModel("${join(root, "notebooks/data/models/digits-cnn")}");
const { x } = digits.take(digits.test, [3]);
await saliency(net, x)`,
  "(await integratedGradients(net, x)).target[0] + tf.getBackend()",
];

it("a notebook on TensorFlow prints nothing to stderr", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradlens-native-"));
  try {
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: { name: "gradlens", display_name: "TypeScript (gradlens)", language: "typescript" },
      },
      cells: CELLS.map((source, i) => ({
        id: `cell${i}`,
        cell_type: "code",
        metadata: {},
        source,
        outputs: [],
        execution_count: null,
      })),
    };
    writeFileSync(join(folder, "n.ipynb"), JSON.stringify(notebook));
    const args = [
      "dist/kernel/main.js",
      "run",
      join(folder, "n.ipynb"),
      "--output",
      join(folder, "out.ipynb"),
    ];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      timeout: 110_000,
    });
    expect(status, stderr).toBe(0);
    const done: NotebookFile = readNotebook(join(folder, "out.ipynb"));
    expect(complaints(done)).toEqual([]);
    expect(done.cells[1]?.outputs?.some((output) => output.data?.["application/vnd.vegalite.v5+json"])).toBe(
      true,
    );
    expect(done.cells[2]?.outputs?.[0]?.data?.["text/plain"]).toEqual(["'3tensorflow'"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
