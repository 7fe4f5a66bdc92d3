/** Planted picture: a small chequered patch that the net looks for, beside a bright bar that catches the eye. */
import { asModel } from "../../engine";
import { tfjs } from "../../engine/tfjs/tf";
import { random } from "../../random";
import { ndarray } from "../../tensor";
import type { Draw, PlantedData } from "./planted-data";

const [SIZE, PATCH, NOISE, BAR] = [12, 3, 0.1, 2];

/**
 * F(x) is the best match of a chequered 3 × 3 patch in a noisy picture of 12 × 12: the largest of all correlations. The patch lies in
 * one half, and a bar of twice its brightness in the other, whose match is a third of it at most.
 */
export function plantedImage({ examples, seed }: Draw): PlantedData {
  const pixels = SIZE * SIZE;
  const patch = Array.from({ length: PATCH * PATCH }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const draw = random(seed, 0x1aa6e);
  const data = new Float32Array(examples * pixels);
  const used = Array.from({ length: examples }, (_, row) => {
    const image = data.subarray(row * pixels, (row + 1) * pixels);
    for (let i = 0; i < pixels; i++) image[i] = NOISE * (2 * draw.uniform() - 1);
    const half = SIZE / 2;
    const left = draw.uniform() < 0.5;
    const top = draw.integer(SIZE - PATCH + 1);
    const from = (left ? 0 : half) + draw.integer(half - PATCH + 1);
    const bar = (left ? half + 2 : 0) + draw.integer(half - 2);
    for (let y = 0; y < SIZE; y++) image[y * SIZE + bar] += BAR;
    const planted = new Array<boolean>(pixels).fill(false);
    for (const [i, value] of patch.entries()) {
      const at = (top + Math.floor(i / PATCH)) * SIZE + from + (i % PATCH);
      image[at] += value;
      planted[at] = true;
    }
    return planted;
  });
  const inputs = ndarray(data, [examples, SIZE, SIZE, 1]);
  return {
    kind: "image",
    net: asModel(
      (x) => {
        const tf = tfjs();
        const matches = tf.conv2d(x, tf.tensor4d(patch, [PATCH, PATCH, 1, 1]), 1, "valid");
        return tf.max(matches, [1, 2]);
      },
      { axes: ["height", "width", "channel"] },
    ),
    inputs,
    outcomes: new Array<number>(examples).fill(1),
    features: Array.from({ length: pixels }, (_, i) => `(${Math.floor(i / SIZE)}, ${i % SIZE})`),
    groups: Array.from({ length: pixels }, (_, i) => i),
    used,
  };
}
