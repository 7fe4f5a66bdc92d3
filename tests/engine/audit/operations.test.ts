import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { installCorrections } from "../../../src/engine/tfjs/corrections";
import { backends, useBackend } from "./backends";
import { fill } from "./inputs";
import { operations } from "./operations";

interface OracleCase {
  inputs: [number[], number, number][];
  shape: number[];
  value: number[];
  gradients: number[][];
}

const oracle: Record<string, OracleCase> = JSON.parse(readFileSync(join(__dirname, "oracle.json"), "utf8"));

/** What tfjs refuses on the tensorflow backend already in the forward pass, with the words of its error. */
const refused: Record<string, Record<string, RegExp>> = {
  tensorflow: Object.fromEntries(
    ["max pool with argmax", "searchSorted times x", "searchSorted right times x"].map((name) => [
      name,
      /not registered for backend 'tensorflow'/,
    ]),
  ),
};

function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-30);
  return Math.max(...expected.map((value, i) => Math.abs(actual[i] - value))) / scale;
}

it("has an operation for every case of the oracle, and the other way round", () => {
  expect(Object.keys(operations).sort()).toEqual(Object.keys(oracle).sort());
});

describe.each(backends)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installCorrections(tf);
  });

  it.each(Object.keys(oracle))("%s", (name) => {
    const { inputs: specs, shape, value, gradients } = oracle[name];
    const operation = operations[name];
    const tensorsBefore = tf.memory().numTensors;
    const inputs = specs.map(([inputShape, low, high], i) =>
      tf.tensor(fill(`${name}:${i}`, inputShape, low, high), inputShape),
    );
    const refusal = refused[backend]?.[name];
    if (refusal) {
      expect(() => tf.tidy(() => operation(...inputs))).toThrow(refusal);
      tf.dispose(inputs);
      return;
    }
    const mask = tf.tensor(fill(`${name}:mask`, shape), shape);
    const output = tf.tidy(() => operation(...inputs));
    expect(output.shape).toEqual(shape);
    expect(largestDifference(output.dataSync(), value)).toBeLessThan(1e-5);

    const gradient = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(operation(...x), mask)));
    const actual = gradient(inputs);
    actual.forEach((tensor, i) => {
      expect(tensor.shape).toEqual(specs[i][0]);
      expect(largestDifference(tensor.dataSync(), gradients[i])).toBeLessThan(1e-5);
    });
    tf.dispose([...inputs, ...actual, mask, output]);
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });
});
