import * as tf from "@tensorflow/tfjs";
import { type AnyMethod, type NdArray, ndarray } from "../src";
import * as methods from "../src/attr";
import { random } from "../src/author";

/** Every registered method: the exports of src/attr that carry `meta`. */
export const registry: [string, AnyMethod][] = Object.entries(methods).flatMap(([name, value]) =>
  typeof value === "function" && "meta" in value
    ? [[name, value as unknown as AnyMethod] as [string, AnyMethod]]
    : [],
);

/**
 * A method that answers soon for examples of this shape: few samples, and the four quarters of an image for what asks for
 * every coalition of features.
 */
export function sooner(method: AnyMethod, [height = 1, width = 1, channels]: readonly number[]): AnyMethod {
  // A fit needs more coalitions than it has unknowns.
  const samples = method.meta.name === "kernelShap" ? 200 : 3;
  const sampled = "samples" in method.meta.options ? method.with({ samples }) : method;
  // What asks for each feature by itself has few of them.
  const each = ["shapleyValues", "sequentialIntegratedGradients"].includes(method.meta.name);
  if (!each || channels === undefined) return sampled;
  const quarter = (_: unknown, i: number): number =>
    2 * Number(Math.floor(i / width) >= height / 2) + Number(i % width >= width / 2);
  return sampled.with({
    groups: ndarray(Array.from({ length: height * width }, quarter), [height, width, 1]),
  });
}

/** Registered methods that claim an axiom. */
export function claiming(axiom: string): [string, AnyMethod][] {
  return registry.filter(([, method]) => (method.meta.axioms as readonly string[]).includes(axiom));
}

/** Numbers of a seed, normally distributed, of single precision. */
export function normals(seed: number, shape: readonly number[], scale = 1): NdArray {
  const stream = random(seed, 77);
  return ndarray(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(scale * stream.normal())),
    shape,
  );
}

function weights(seed: number, shapes: readonly (readonly number[])[], scale = 0.7): tf.Tensor[] {
  return shapes.map((shape, i) => tf.tensor(normals(seed * 31 + i, shape, scale).data, [...shape]));
}

/** 4×4×2 → conv → activation → pool → dense: has everything that any method needs. */
export function smallCnn(
  seed: number,
  activation: "relu" | "tanh" | "softplus" = "relu",
  softmax = true,
): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [4, 4, 2], filters: 3, kernelSize: 2, activation, name: "conv" }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 1, name: "pool" }),
      tf.layers.flatten({ name: "flat" }),
      tf.layers.dense({ units: 3, ...(softmax ? { activation: "softmax" as const } : {}), name: "head" }),
    ],
  });
  model.setWeights(weights(seed, [[2, 2, 2, 3], [3], [12, 3], [3]]));
  return model;
}

/** d → hidden → classes. */
export function smallMlp(seed: number, inputs = 4, activation: "relu" | "tanh" = "relu"): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [inputs], units: 5, activation, name: "hidden" }),
      tf.layers.dense({ units: 3, name: "head" }),
    ],
  });
  model.setWeights(weights(seed, [[inputs, 5], [5], [5, 3], [3]]));
  return model;
}

/** Largest |a − b|, as a share of the largest |b|. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
    scale = Math.max(scale, Math.abs(b[i] as number));
    if (Number.isNaN(a[i])) return Number.POSITIVE_INFINITY;
  }
  return scale === 0 ? (largest === 0 ? 0 : Number.POSITIVE_INFINITY) : largest / scale;
}
