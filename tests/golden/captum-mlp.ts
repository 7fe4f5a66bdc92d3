/** Values of Captum 0.8.0, made by captum.py, and the weights of the net they are of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";

const golden = JSON.parse(readFileSync(join(__dirname, "captum.json"), "utf8")) as Record<
  string,
  number[][] | number[]
>;

/** The numbers of one entry, in reading order. */
export const expected = (name: string): number[] => (golden[name] as number[][]).flat();

export const w1: tf.Tensor2D = tf.tensor2d([
  [1, -1, 0.5, 2],
  [-2, 1, 0.5, -0.5],
  [0.5, 1.5, -1, 0.25],
]);
export const b1: tf.Tensor1D = tf.tensor1d([0.1, -0.2, 0.3, -0.4]);
export const w2: tf.Tensor2D = tf.tensor2d([
  [1, -0.5],
  [-1, 1.5],
  [0.5, 1],
  [2, -1],
]);
export const b2: tf.Tensor1D = tf.tensor1d([0.05, -0.05]);
