/** Score-CAM: channels of a layer, weighed by the score of the input seen through them. */
import type { Method } from "../attribution";
import { type ClassActivationOptions, classActivation } from "../attribution/class-activation-map";
import type { Problem } from "../attribution/problem";
import { upsampled } from "../attribution/upsample";
import { outOfRange } from "../check";
import { channelSum, mapped, type NdArray, ndarray, rowRanges, rowSize } from "../tensor";

/** Keeps the quotient finite; as in pytorch-grad-cam. */
const EPSILON = 1e-8;

/**
 * Score-CAM: Grad-CAM without gradients, by how well the input is recognised where a channel is active.
 *
 * L = Σ_c w_c A_c with w = softmax_c F(x ⊙ up(A_c)), A_c scaled to [0, 1] and interpolated to the input's positions
 *
 * Layer, shape and options as those of `gradCam`; unit: activation, since weights sum to 1. One score per channel; what is not
 * seen is zero. Interpolation is linear between centres of cells (pytorch-grad-cam aligns corners).
 * @throws RangeError where no input has the layer's axes of positions.
 *
 * Wang et al.: Score-CAM (2020), arXiv 1910.01279.
 */
export const scoreCam: Method<ClassActivationOptions> = classActivation(
  {
    name: "scoreCam",
    paper: "Wang et al. 2020, arXiv 1910.01279",
    gradient: false,
    whenZero: "the layer is silent",
  },
  async ({ activations }, p) => {
    const channels = activations.shape[activations.shape.length - 1];
    const scores = new Float64Array(p.examples * channels);
    for (const { samples, rows } of p.copies(channels)) {
      const seen = await seenThrough(p, activations, samples, rows);
      const found = await seen.score();
      for (const [i, row] of rows.entries()) scores[row * channels + samples[i]] = found[i];
    }
    return channelSum(activations, softmaxOfRows(ndarray(scores, [p.examples, channels])));
  },
);

/** The problem at copies of the inputs, each seen through one channel of its example. */
async function seenThrough<O>(
  p: Problem<O>,
  activations: NdArray,
  channels: readonly number[],
  rows: readonly number[],
): Promise<Problem<O>> {
  const masks = channelMasks(activations, channels, rows);
  const inputs = p.noiseInputs;
  const covered = inputs.map(({ shape }) => shape.length === activations.shape.length);
  if (!covered.includes(true))
    throw outOfRange(
      "scoreCam",
      `an input with the layer's ${activations.shape.length - 2} axes of positions`,
      inputs.map(({ shape }) => `[${shape.slice(1).join(", ")}]`).join(" and "),
    );
  const values = inputs.map((input, i): NdArray => {
    const width = rowSize(input);
    const copies = {
      data: new Float32Array(rows.length * width),
      shape: [rows.length, ...input.shape.slice(1)],
    };
    for (const [k, row] of rows.entries())
      copies.data.set(input.data.subarray(row * width, (row + 1) * width), k * width);
    if (!covered[i]) return copies;
    const last = input.shape[input.shape.length - 1];
    const mask = upsampled(masks, input.shape.slice(1, -1));
    return mapped(copies, (value, at) => value * mask.data[Math.floor(at / last)]);
  });
  return p.perturbed(values, rows);
}

/** One channel of one example each, scaled to [0, 1]: [copies, …positions, 1]. */
function channelMasks(
  { data, shape }: NdArray,
  channels: readonly number[],
  rows: readonly number[],
): NdArray {
  const count = shape[shape.length - 1];
  const positions = data.length / shape[0] / count;
  const masks = ndarray(
    Array.from({ length: rows.length * positions }, (_, i) => {
      const copy = Math.floor(i / positions);
      return data[(rows[copy] * positions + (i % positions)) * count + channels[copy]];
    }),
    [rows.length, ...shape.slice(1, -1), 1],
  );
  const ranges = rowRanges(masks);
  return mapped(masks, (value, i) => {
    const { min, max } = ranges[Math.floor(i / positions)];
    return (value - min) / (max - min + EPSILON);
  });
}

function softmaxOfRows({ data, shape }: NdArray): NdArray {
  const [rows, width] = shape;
  const ranges = rowRanges({ data, shape });
  const powers = Float64Array.from(data, (value, i) => Math.exp(value - ranges[Math.floor(i / width)].max));
  const sums = Array.from({ length: rows }, (_, row) =>
    powers.subarray(row * width, (row + 1) * width).reduce((sum, power) => sum + power, 0),
  );
  return ndarray(
    powers.map((power, i) => power / sums[Math.floor(i / width)]),
    shape,
  );
}
