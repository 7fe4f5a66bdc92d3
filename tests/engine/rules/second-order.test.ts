import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { writeOnnx } from "../../../src/engine/compiled/onnx/write-onnx";
import { runner } from "../../../src/engine/compiled/session/session-runner";
import { runPasses, SIMPLIFY } from "../../../src/engine/graph/passes/pipeline";
import { record } from "../../../src/engine/graph/record";
import { hessianProducts } from "../../../src/engine/rules/differentiate";
import { installCorrections } from "../../../src/engine/tfjs/corrections";
import { backends, useBackend } from "../audit/backends";
import { fill } from "../audit/inputs";
import { operationModel } from "../audit/operation-model";
import { operations } from "../audit/operations";

interface OracleCase {
  inputs: [number[], number, number][];
  shape: number[];
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(__dirname, file), "utf8"));
const cases = read("../audit/oracle.json") as Record<string, OracleCase>;
/** Hessian products of Σ mask · (½ y² + y), made by second_order.py. */
const oracle = read("second-order.json") as Record<string, number[][]>;

/** What tfjs refuses on the tensorflow backend already in the forward pass. */
const refused: Record<string, Record<string, RegExp>> = {
  tensorflow: Object.fromEntries(
    ["max pool with argmax", "searchSorted times x", "searchSorted right times x"].map((name) => [
      name,
      /not registered for backend 'tensorflow'/,
    ]),
  ),
};

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

/** What is differentiated twice: the square makes it differ from zero for linear operations, too. */
function curved(y: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.square(y), 0.5), y);
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
    const compute = (): tf.Tensor[] => {
      const inputs = specs.map(([inputShape, low, high], i) =>
        tf.tensor(fill(`${name}:${i}`, inputShape, low, high), inputShape),
      );
      const directions = specs.map(([inputShape], i) =>
        tf.tensor(fill(`${name}:direction:${i}`, inputShape), inputShape),
      );
      const mask = tf.tensor(fill(`${name}:mask`, shape), shape);
      const total = (): tf.Tensor => tf.sum(tf.mul(curved(operation(...inputs)), mask));
      return hessianProducts(tf, inputs, directions, total).map(
        (product, i) => product ?? tf.zerosLike(inputs[i] as tf.Tensor),
      );
    };
    const refusal = refused[backend]?.[name];
    if (refusal) {
      expect(() => tf.tidy(compute)).toThrow(refusal);
      return;
    }
    const products = tf.tidy(compute);
    const values = products.map((product) => product.dataSync());
    tf.dispose(products);
    expect(largestDifference(values, oracle[name] as number[][])).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("compiled", () => {
  it.each(Object.keys(oracle))("%s", async (name) => {
    const { inputs, shape } = cases[name] as OracleCase;
    const operation = operations[name] as (...inputs: tf.Tensor[]) => tf.Tensor;
    const before = tf.memory().numTensors;
    const { graph } = record(
      tf,
      operationModel(name, inputs.length, (...tensors) => curved(operation(...tensors))),
      {},
      inputs.map(([inputShape]) => inputShape),
      {
        of: { output: 0, explain: "probability", score: { kind: "mask" } },
        at: inputs.map((_, input) => ({ input })),
        replace: [],
        capture: [],
        curvature: true,
      },
    );
    expect(tf.memory().numTensors).toBe(before);
    const short = runPasses(graph, SIMPLIFY.passes);
    const session = await runner.load(writeOnnx(short), short.nodes.length, { copies: 1, threads: 1 });
    const float = (data: Float32Array, of: number[]) => ({ dtype: "float32" as const, data, shape: of });
    const mask = fill(`${name}:mask`, shape);
    const answer = await runner.run(
      session,
      {
        mask: float(mask, [1, mask.length]),
        ...Object.fromEntries(
          inputs.flatMap(([inputShape, low, high], i) => [
            [`input${i}`, float(fill(`${name}:${i}`, inputShape, low, high), inputShape)],
            [`direction${i}`, float(fill(`${name}:direction:${i}`, inputShape), inputShape)],
          ]),
        ),
      },
      0,
    );
    await runner.release(session);
    const products = inputs.map((_, i) => answer[`gradient${i}`]?.data ?? []);
    expect(largestDifference(products, oracle[name] as number[][])).toBeLessThan(1e-5);
  });
});
