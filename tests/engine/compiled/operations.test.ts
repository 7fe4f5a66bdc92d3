import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { writeOnnx } from "../../../src/engine/compiled/onnx/write-onnx";
import { runner } from "../../../src/engine/compiled/session/session-runner";
import { runPasses, SIMPLIFY } from "../../../src/engine/graph/passes/pipeline";
import { type GraphRequest, record } from "../../../src/engine/graph/record";
import { fill } from "../audit/inputs";
import { operationModel } from "../audit/operation-model";
import { operations } from "../audit/operations";

interface OracleCase {
  inputs: [number[], number, number][];
  shape: number[];
  value: number[];
  gradients: number[][];
}

const oracle: Record<string, OracleCase> = JSON.parse(
  readFileSync(join(__dirname, "../audit/oracle.json"), "utf8"),
);

/** The value alone, or the score with gradients at all inputs. */
function asked(name: string, scored: boolean): GraphRequest {
  const form = { explain: "probability", replace: [], capture: [] } as const;
  if (!scored) return { ...form, at: [] };
  const at = (oracle[name] as OracleCase).inputs.map((_, input) => ({ input }));
  return { ...form, of: { output: 0, explain: "probability", score: { kind: "mask" } }, at };
}

function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-30);
  return Math.max(...expected.map((value, i) => Math.abs((actual[i] as number) - value))) / scale;
}

async function compute(name: string, scored: boolean): Promise<Record<string, ArrayLike<number>>> {
  const { inputs, shape } = oracle[name] as OracleCase;
  const shapes = inputs.map(([inputShape]) => inputShape);
  const operation = operations[name] as (...inputs: tf.Tensor[]) => tf.Tensor;
  const model = operationModel(name, inputs.length, operation);
  const { graph } = record(tf, model, {}, shapes, asked(name, scored));
  const short = runPasses(graph, SIMPLIFY.passes);
  const session = await runner.load(writeOnnx(short), short.nodes.length, { copies: 1, threads: 1 });
  const feeds = inputs.map(([inputShape, low, high], i) => [
    `input${i}`,
    { dtype: "float32" as const, data: fill(`${name}:${i}`, inputShape, low, high), shape: inputShape },
  ]);
  const data = fill(`${name}:mask`, shape);
  const mask = { dtype: "float32" as const, data, shape: [1, data.length] };
  const answer = await runner.run(
    session,
    Object.fromEntries(scored ? [...feeds, ["mask", mask]] : feeds),
    0,
  );
  await runner.release(session);
  return Object.fromEntries(Object.entries(answer).map(([port, array]) => [port, array.data]));
}

describe("compiled = oracle, value and gradients", () => {
  const before = tf.memory().numTensors;
  afterAll(() => expect(tf.memory().numTensors).toBe(before));

  it.each(Object.keys(oracle))("%s", async (name) => {
    const { value, gradients } = oracle[name] as OracleCase;
    expect(largestDifference((await compute(name, false)).output0 as ArrayLike<number>, value)).toBeLessThan(
      1e-5,
    );
    const answer = await compute(name, true);
    const scale = value.map((v, i) => v * (fill(`${name}:mask`, [value.length])[i] as number));
    expect(answer.scores?.[0]).toBeCloseTo(
      scale.reduce((a, b) => a + b, 0),
      3,
    );
    gradients.forEach((gradient, i) => {
      expect(largestDifference(answer[`gradient${i}`] as ArrayLike<number>, gradient)).toBeLessThan(1e-5);
    });
  });
});
