/** docs/operations.md: every kernel of tfjs, from the tables of lowerings, corrections and kinds. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { lowerings } from "../../src/engine/graph/lowering";
import { COMPLEX_KERNELS } from "../../src/engine/graph/lowering/complex";
import { kindOf } from "../../src/engine/rules/kinds";
import { corrections, installCorrections, ZERO_GRADIENT_KERNELS } from "../../src/engine/tfjs/corrections";
import { fill } from "../engine/audit/inputs";
import { operations } from "../engine/audit/operations";
import { root, table } from "./generated-page";

/** Kernels that read no tensor: the recording computes them at once. */
const CONSTANTS = ["Fill", "LinSpace", "Range"];

/** Forward passes of one backend: no gradient is wrong there. */
const FORWARD = /tensorflow| on cpu$/;

/** Inputs that may be explained, alone and together: a kernel's kind may depend on which are. */
const EXPLAINED = [["x"], ["a"], ["b"], ["a", "b"], ["exp"], ["condition"]];

/** Audited operations that run each kernel, gradients included. */
async function testsByKernel(): Promise<Map<string, string[]>> {
  const oracle: Record<string, { inputs: [number[], number, number][]; shape: number[] }> = JSON.parse(
    readFileSync(join(root, "tests/engine/audit/oracle.json"), "utf8"),
  );
  const testedBy = new Map<string, string[]>();
  for (const [name, operation] of Object.entries(operations)) {
    const { inputs, shape } = oracle[name] as (typeof oracle)[string];
    const { kernelNames } = await tf.profile(() =>
      tf.tidy(() => {
        const tensors = inputs.map(([inputShape, low, high], i) =>
          tf.tensor(fill(`${name}:${i}`, inputShape, low, high), inputShape),
        );
        operation(...tensors);
        const mask = tf.tensor(fill(`${name}:mask`, shape), shape);
        return tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(operation(...x), mask)))(tensors);
      }),
    );
    for (const kernel of new Set(kernelNames)) testedBy.set(kernel, [...(testedBy.get(kernel) ?? []), name]);
  }
  return testedBy;
}

/** The files of a folder, by each value that they export, and by each entry of an array or table. */
async function filesByExport(folder: string): Promise<Map<unknown, string>> {
  const files = new Map<unknown, string>();
  for (const file of readdirSync(join(root, folder)).filter((name) => name !== "index.ts")) {
    const module: Record<string, unknown> = await import(join(root, folder, file));
    for (const value of Object.values(module).filter((each) => typeof each === "object" && each !== null)) {
      for (const each of [value, ...Object.values(value as object)])
        if (!files.has(each)) files.set(each, `${folder}/${file}`);
    }
  }
  return files;
}

const link = (text: string, file: string | undefined): string => (file ? `[${text}](../${file})` : text);

/** The last part of a path, without its ending. */
const stem = (file: string): string => file.replace(/^.*\//, "").replace(/\.ts$/, "");

export async function operationsPage(): Promise<string> {
  await tf.setBackend("cpu");
  installCorrections(tf);
  const testedBy = await testsByKernel();
  const correctionFiles = await filesByExport("src/engine/tfjs/corrections");
  const loweringFiles = await filesByExport("src/engine/graph/lowering");

  const kinds = (kernel: string): string =>
    [...new Set(EXPLAINED.map((active) => kindOf(kernel, active)))].filter(Boolean).join(" or ") || "—";
  const eagerGradient = (kernel: string): string => {
    if (ZERO_GRADIENT_KERNELS.has(kernel)) return "zero";
    const repairs = corrections.filter(({ name, ops }) => !FORWARD.test(name) && ops.includes(kernel));
    const files = [...new Set(repairs.map((repair) => correctionFiles.get(repair)))];
    if (repairs.length > 0)
      return `corrected: ${files.map((file) => link(stem(file ?? "?"), file)).join(", ")}`;
    return tf.getGradient(kernel) ? "TensorFlow.js's own" : "—";
  };
  const lowered = (kernel: string): string => {
    if (CONSTANTS.includes(kernel)) return "as a constant";
    if (COMPLEX_KERNELS.includes(kernel)) return link("complex", "src/engine/graph/lowering/complex.ts");
    const file = loweringFiles.get(lowerings[kernel]);
    return file ? link(stem(file), file) : "no";
  };
  const tests = (kernel: string): string => {
    const names = testedBy.get(kernel) ?? [];
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    return (names.slice(0, 3).join(", ") || "—") + more;
  };

  const kernels = tf
    .getKernelsForBackend("cpu")
    .map(({ kernelName }) => kernelName)
    .sort();
  const compiled = kernels.filter((kernel) => lowered(kernel) !== "no").length;
  const gradients = kernels.filter((kernel) => eagerGradient(kernel) !== "—").length;
  return `# Operations

TensorFlow.js computes with ${kernels.length} kernels on its cpu backend. ${gradients} have a gradient in the eager engine, as shipped or corrected
([gradients](gradients.md) says what is wrong with which); ${compiled} can be compiled. All ${Object.keys(operations).length} operations of the audit are compiled, and each
is tested by its value and its gradient with respect to every input against PyTorch in float64, \`|a − b| ≤ 1e-5 · max|b|\`
(\`tests/engine/audit\`, \`tests/engine/compiled/operations.test.ts\`).

- *kind*: what [backward rules](internals.md#backward-rules) take the kernel for. Of two kinds, which it is depends on the inputs
  that are explained; a product with a factor from sigmoid, clip or a comparison is a \`gate\`. A rule refuses a kernel without a kind.
- *eager gradient*: zero for what is piecewise constant; — is TensorFlow.js's error.
- *compiled*: the file of its lowering to ONNX. With \`engine: "auto"\`, a model that has another kernel between input and score is
  computed by the eager engine, with a warning that names it.

The compiled engine also refuses, by name: boxes of \`CropAndResize\` that depend on the input; volumes with channels first; \`topk\` with
\`sorted = false\`, whose order is each backend's own; Fourier transforms of more than 2048 entries, since they are products with
a matrix here. A kernel that reads nothing but what is known before the model runs is computed then, compiled or not.

${table(
  ["kernel", "kind", "eager gradient", "compiled", "tested by"],
  kernels.map((kernel) => [kernel, kinds(kernel), eagerGradient(kernel), lowered(kernel), tests(kernel)]),
)}`;
}
