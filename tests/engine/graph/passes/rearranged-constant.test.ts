import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { makeConstant } from "../../../../src/engine/graph/builder";
import { foldConstants } from "../../../../src/engine/graph/fold-constants";
import type { Constant, DataType } from "../../../../src/engine/graph/graph";
import {
  reversedConstant,
  transposedConstant,
} from "../../../../src/engine/graph/passes/rearranged-constant";

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
    // More neighbours than are read together, and not a multiple of them.
    [
      [3, 2, 20, 37],
      [3, 2, 0, 1],
    ],
    [
      [3, 2, 37, 20],
      [2, 3, 0, 1],
    ],
    [
      [50, 33],
      [1, 0],
    ],
    [
      [2, 0, 3],
      [2, 0, 1],
    ],
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

  it.each([
    ["all of it", [0, 0, 0], [3, 4, 2]],
    ["a block", [1, 0, 1], [2, 3, 1]],
    ["to the end", [1, 2, 0], [-1, -1, 1]],
    ["nothing", [0, 0, 0], [0, 4, 2]],
  ])("takes a block as tfjs does: %s", async (_, begin, size) => {
    const found = foldConstants(tf, "Slice", { x: counting([3, 4, 2]) }, { begin, size }) as Constant;
    const expected = tf.slice(tf.tensor(counting([3, 4, 2]).entries as Float32Array, [3, 4, 2]), begin, size);
    expect(found.shape).toEqual(expected.shape);
    expect(Array.from(found.entries as Float32Array)).toEqual(Array.from(await expected.data()));
  });

  it.each<{ parts: number | number[]; axis: number; shape: number[] }>([
    { parts: 3, axis: 1, shape: [2, 6, 2] },
    { parts: [4, -1], axis: 1, shape: [2, 6, 2] },
    { parts: [1, 3], axis: -2, shape: [2, 4, 2] },
  ])("splits as tfjs does: %j", async ({ parts, axis, shape }) => {
    const attrs = { numOrSizeSplits: parts, axis };
    const found = foldConstants(tf, "SplitV", { x: counting(shape) }, attrs) as Constant[];
    const expected = tf.split(tf.tensor(counting(shape).entries as Float32Array, shape), parts, axis);
    expect(found.map((part) => part.shape)).toEqual(expected.map((part) => part.shape));
    for (const [i, part] of expected.entries())
      expect(Array.from(found[i]?.entries as Float32Array)).toEqual(Array.from(await part.data()));
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

describe("what was read of a constant", () => {
  it("is read once for as long as it is held", () => {
    const source = counting([4, 5]);
    const first = transposedConstant(source, [1, 0]);
    expect(transposedConstant({ ...source }, [1, 0])).toBe(first);
    expect(transposedConstant(counting([4, 5]), [1, 0])).not.toBe(first);
    expect(reversedConstant(source, [0])).not.toBe(first);
  });

  it.each(["int32", "bool", "int64"] as const)("keeps its type: %s", (dtype) => {
    const { entries } = transposedConstant(counting([2, 3], dtype), [1, 0]);
    expect(entries.constructor).toBe(counting([1], dtype).entries.constructor);
    expect(Array.from(entries as Int32Array, Number)).toEqual(
      dtype === "bool" ? [0, 1, 1, 1, 1, 1] : [0, 3, 1, 4, 2, 5],
    );
  });
});
