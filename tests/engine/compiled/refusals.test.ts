import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, mask, saliency, UnsupportedOperationError } from "../../../src";
import { disagreement } from "../../../src/engine/compiled/check/first-check";
import { normals } from "../../models";

const x = normals(1, [2, 3]);
const compiled = { engine: "compiled", target: 0 } as const;

describe("the first check", () => {
  const gradient = (...data: number[]): { shape: number[]; data: Float32Array } => ({
    shape: [1, data.length],
    data: Float32Array.from(data),
  });
  const answer = (score: number, ...entries: number[]): Parameters<typeof disagreement>[0] => ({
    scores: [[score]],
    gradients: [gradient(...entries)],
  });

  it("lets rounding pass and names what differs by more", () => {
    expect(disagreement(answer(1, 2, 3), answer(1.00001, 2.00001, 3))).toBeUndefined();
    expect(disagreement(answer(1, 2, 3), answer(1.01, 2, 3))).toMatch(/^scores: 0\.01/);
    expect(disagreement(answer(1, 2, 3.1), answer(1, 2, 3))).toMatch(/^gradients: 0\.0999/);
    expect(disagreement(answer(1, Number.NaN, 3), answer(1, 2, 3))).toMatch(/Infinity/);
    expect(disagreement(answer(1, Number.NaN, 3), answer(1, Number.NaN, 3))).toBeUndefined();
    expect(disagreement(answer(1, 0), answer(1, 0))).toBeUndefined();
    expect(disagreement(answer(1, 2), answer(1, 2, 3))).toMatch(/1 numbers instead of 2/);
  });

  it("measures what cancels out at one place by the rounding of what is at the others", () => {
    const places = (small: number): Parameters<typeof disagreement>[0] => ({
      scores: [[1]],
      gradients: [gradient(0.3, -0.1), gradient(small, 0)],
    });
    expect(disagreement(places(3.678e-5), places(3.677e-5))).toBeUndefined();
    expect(disagreement(places(3.7e-5), places(3.677e-5))).toMatch(/^gradients: 2\.\d+e-7/);
    expect(disagreement(places(-3.677e-5), places(3.677e-5))).toMatch(/^gradients/);
  });

  it("throws where the engines disagree", async () => {
    const oneIsSpecial = (t: tf.Tensor): tf.Tensor => t.mul(t.shape[0] === 1 ? 2 : 1);
    await expect(saliency(oneIsSpecial, x, compiled)).rejects.toThrow(
      /expected the numbers of the eager engine, got a difference in scores/,
    );
  });
});

it("refuses what depends on the number of examples in another way than by its shape", async () => {
  const numbered = (t: tf.Tensor): tf.Tensor => t.mul(tf.range(0, t.shape[0] as number).reshape([-1, 1]));
  const asked = saliency(numbered, x, compiled);
  await expect(asked).rejects.toThrow(UnsupportedOperationError);
  await expect(asked).rejects.toThrow(/treats each example alike, got one where Mul depends/);
});

describe("refuses what it has no form for, and names it", () => {
  const cases: Record<string, [(t: tf.Tensor) => tf.Tensor, RegExp]> = {
    "a search in what the input says": [
      (t) => t.mul(tf.searchSorted(t.cumsum(1) as tf.Tensor2D, t.square() as tf.Tensor2D)),
      /got SearchSorted in a sequence that depends on the input; engine/,
    ],
    "a search in what is not sorted": [
      (t) => t.mul(tf.searchSorted(tf.tensor1d([1, 0, 2]), t.reshape([-1]) as tf.Tensor1D).reshape(t.shape)),
      /got SearchSorted in a sequence that is not sorted; engine/,
    ],
    "an operation without a form": [
      (t) => t.mul(tf.bitwiseAnd(t.toInt(), tf.onesLike(t).toInt())),
      /got BitwiseAnd; engine "eager" computes it/,
    ],
    "boxes that depend on the input": [
      (t) => {
        const image = t.reshape([-1, 1, 3, 1]) as tf.Tensor4D;
        const boxes = tf.concat([t.sigmoid(), tf.onesLike(t).slice([0, 0], [-1, 1])], 1) as tf.Tensor2D;
        const first = tf.zeros([t.shape[0] as number], "int32") as tf.Tensor1D;
        return tf.image.cropAndResize(image, boxes, first, [1, 1]).reshape([-1, 1]);
      },
      /got CropAndResize with boxes that depend on the input; engine/,
    ],
    "an order that is left open": [
      (t) => tf.topk(t, 2, false).values,
      /got TopK with sorted = false; engine "eager" computes it/,
    ],
    "a long Fourier transform": [
      (t) => {
        const wide = tf.concat([t, tf.zeros([t.shape[0] as number, 4096])], 1);
        return tf.real(tf.fft(tf.complex(wide, tf.zerosLike(wide)))).slice([0, 0], [-1, 2]);
      },
      /got FFT of more than 2048 entries; engine/,
    ],
    "an operation on complex numbers that tfjs has for real ones": [
      (t) => tf.real(tf.reverse(tf.complex(t, t), 1)),
      /got Reverse of complex numbers; engine|expected real tensors/,
    ],
  };

  it.each(Object.entries(cases))("%s", async (_, [net, words]) => {
    const before = tf.memory().numTensors;
    const asked = saliency(net, x, compiled);
    await expect(asked).rejects.toThrow(words);
    expect(tf.getBackend()).not.toBe("gradlens-recorder");
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("leaves an order that is open to the eager engine, which has the gradient of each of the largest", async () => {
  const largest = (t: tf.Tensor): tf.Tensor => tf.topk(t, 2, false).values;
  const map = await saliency(largest, [[3, 1, 2]], { engine: "eager", target: mask([1, 1]) });
  expect(Array.from(map.values.data)).toEqual([1, 0, 1]);
});

it("names the known engines, and has none for a Model of the caller's making", async () => {
  const net = (t: tf.Tensor): tf.Tensor => t.square();
  expect(() => asModel(net, { engine: "compile" as "compiled" })).toThrow(/nearest: "compiled"/);
  await expect(saliency(net, x, { engine: "native" as "compiled", target: 0 })).rejects.toThrow(RangeError);
  const own = { ...asModel(net), facts: {}, gradient: asModel(net).gradient };
  expect(() => asModel(own as never, { engine: "compiled" })).toThrow(TypeError);
  const model = asModel(net, { engine: "compiled" });
  expect(String(model)).toMatch(/compiled engine$/);
  expect((await saliency(model, x, { engine: "eager", target: 0 })).engine).toBe("eager");
});
