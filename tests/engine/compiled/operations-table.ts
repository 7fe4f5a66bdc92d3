import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { lowerings } from "../../../src/engine/graph/lowering";
import { COMPLEX_KERNELS } from "../../../src/engine/graph/lowering/complex";
import { corrections, installCorrections, ZERO_GRADIENT_KERNELS } from "../../../src/engine/tfjs/corrections";
import { fill } from "../audit/inputs";
import { operations } from "../audit/operations";

/** Kernels that read no tensor: the recording computes them at once. */
const CONSTANTS = ["Fill", "LinSpace", "Range"];

/** Forward passes of one backend: no gradient is wrong there. */
const FORWARD = /tensorflow| on cpu$/;

/** Which kernels each operation of the audit runs, gradients included. */
async function kernelsOfOperations(): Promise<Map<string, string[]>> {
  const oracle: Record<string, { inputs: [number[], number, number][]; shape: number[] }> = JSON.parse(
    readFileSync(join(__dirname, "../audit/oracle.json"), "utf8"),
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

function eagerGradient(kernel: string): string {
  if (ZERO_GRADIENT_KERNELS.has(kernel)) return "zero";
  const corrected = corrections.filter(({ name, ops }) => !FORWARD.test(name) && ops.includes(kernel));
  if (corrected.length > 0) return "corrected";
  return tf.getGradient(kernel) ? "TensorFlow.js's own" : "—";
}

function compiled(kernel: string): string {
  if (CONSTANTS.includes(kernel)) return "as a constant";
  return kernel in lowerings || COMPLEX_KERNELS.includes(kernel) ? "yes" : "no";
}

/** The rows of the table in docs/engine.md: every kernel of tfjs. */
export async function operationsTable(): Promise<string[]> {
  await tf.setBackend("cpu");
  installCorrections(tf);
  const testedBy = await kernelsOfOperations();
  const names = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  return names.sort().map((kernel) => {
    const tests = testedBy.get(kernel) ?? [];
    const listed = tests.slice(0, 3).join(", ") || "—";
    const more = tests.length > 3 ? ` and ${tests.length - 3} more` : "";
    return `| ${kernel} | ${eagerGradient(kernel)} | ${compiled(kernel)} | ${listed}${more} |`;
  });
}
