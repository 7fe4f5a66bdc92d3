import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { installCorrections } from "../../../src/engine/eager/corrections";
import { hessianProducts } from "../../../src/engine/rules/differentiate";
import { backends, useBackend } from "../audit/backends";
import { fill } from "../audit/inputs";
import { operations } from "../audit/operations";

interface OracleCase {
  inputs: [number[], number, number][];
  shape: number[];
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(__dirname, file), "utf8"));
const cases = read("../audit/oracle.json") as Record<string, OracleCase>;
/** Hessian products of Σ mask · (½ y² + y), made by second_order.py. */
const oracle = read("second-order.json") as Record<string, number[][]>;

/** Against the largest entry of all inputs: one Hessian belongs to them all. */
function largestDifference(actual: readonly ArrayLike<number>[], expected: readonly number[][]): number {
  const scale = Math.max(...expected.flat().map(Math.abs), 1e-30);
  return (
    Math.max(
      ...expected.flatMap((values, i) =>
        values.map((value, k) => Math.abs((actual[i]?.[k] as number) - value)),
      ),
    ) / scale
  );
}

it("has a value for every operation of the audit", () => {
  expect(Object.keys(oracle).sort()).toEqual(Object.keys(cases).sort());
});

describe.each(backends)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installCorrections(tf);
  });

  it.each(Object.keys(oracle))("%s", (name) => {
    const { inputs: specs, shape } = cases[name] as OracleCase;
    const operation = operations[name] as (...inputs: tf.Tensor[]) => tf.Tensor;
    const before = tf.memory().numTensors;
    const answer = tf.tidy(() => {
      const inputs = specs.map(([inputShape, low, high], i) =>
        tf.tensor(fill(`${name}:${i}`, inputShape, low, high), inputShape),
      );
      const directions = specs.map(([inputShape], i) =>
        tf.tensor(fill(`${name}:direction:${i}`, inputShape), inputShape),
      );
      const mask = tf.tensor(fill(`${name}:mask`, shape), shape);
      const total = (): tf.Tensor => {
        const y = operation(...inputs);
        return tf.sum(tf.mul(tf.add(tf.mul(tf.square(y), 0.5), y), mask));
      };
      return hessianProducts(tf, inputs, directions, total).map(
        (product, i) => product ?? tf.zerosLike(inputs[i] as tf.Tensor),
      );
    });
    const d = largestDifference(
      answer.map((product) => product.dataSync()),
      oracle[name] as number[][],
    );
    tf.dispose(answer);
    expect(d).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });
});
