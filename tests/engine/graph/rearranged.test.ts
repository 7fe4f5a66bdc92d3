import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { makeConstant } from "../../../src/engine/graph/builder";
import { foldConstants } from "../../../src/engine/graph/fold-constants";
import type { Constant, DataType } from "../../../src/engine/graph/graph";
import { reversedConstant, transposedConstant } from "../../../src/engine/graph/rearranged";

function counting(shape: readonly number[], dtype: DataType = "float32"): Constant {
  return makeConstant(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    shape,
    dtype,
  );
}

describe("constants in another order", () => {
  it.each([
    [
      [2, 3, 4, 5],
      [3, 2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 2, 3],
    ],
    [
      [4, 1, 3],
      [2, 1, 0],
    ],
    [[6], [0]],
  ])("transposes %j by %j as tfjs does", async (shape, order) => {
    const found = transposedConstant(counting(shape), order);
    const expected = tf.transpose(tf.tensor(counting(shape).entries as Float32Array, shape), order);
    expect(found.shape).toEqual(expected.shape);
    expect(Array.from(found.entries as Float32Array)).toEqual(Array.from(await expected.data()));
  });

  it.each([
    [
      [3, 4, 2],
      [0, 1],
    ],
    [[3, 4, 2], [-1]],
    [[5], [0]],
    [[3, 4], []],
  ])("turns %j around along %j as tfjs does", async (shape, axes) => {
    const found = reversedConstant(counting(shape), axes);
    const expected = tf.reverse(tf.tensor(counting(shape).entries as Float32Array, shape), axes);
    expect(found.shape).toEqual(expected.shape);
    // tfjs turns every axis around when it is given none.
    const same = axes.length === 0 ? counting(shape).entries : await expected.data();
    expect(Array.from(found.entries as Float32Array)).toEqual(Array.from(same as Float32Array));
  });

  it("keeps the type, and the scalar", () => {
    const whole = foldConstants(
      tf,
      "Transpose",
      { x: counting([2, 3], "int32") },
      { perm: [1, 0] },
    ) as Constant;
    expect(whole.dtype).toBe("int32");
    expect(whole.entries).toEqual(Int32Array.of(0, 3, 1, 4, 2, 5));
    const scalar = transposedConstant(counting([]), []);
    expect(scalar.shape).toEqual([]);
    expect(scalar.entries).toEqual(Float32Array.of(0));
  });
});
