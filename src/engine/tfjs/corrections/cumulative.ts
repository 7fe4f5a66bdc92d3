/** The gradients of cumulative sums and products, and both along negative axes. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type Tf } from "./correction";
import { cpuKernel, type KernelTensor } from "./own-kernel";

/**
 * y = cumulative sum of x: dx = cumulative sum of dy in the opposite direction.
 *
 * Stock tfjs then transposes the result by mistake: it throws for any axis but the last, or is silently wrong where the shape is square.
 */
const cumsum: Correction = gradientOf("Cumsum", (tf) => ({
  backward: ([dy], _saved, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy, axis as number, Boolean(exclusive), !reverse),
  }),
}));

/**
 * y[k] = Π x[j] over j ≤ k: dx[i] = Π x[j] over j < i, times Σ over k ≥ i of dy[k]·Π x[j] over i < j ≤ k.
 *
 * Written without division, so it holds where x is 0. An exclusive product is the inclusive one shifted by one
 * place, a reversed one is taken on the reversed input. Stock tfjs has no gradient.
 */
const cumprod: Correction = gradientOf("Cumprod", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], { axis, exclusive, reverse }) => ({
    x: () => {
      const place = ((axis as number) + x.rank) % x.rank;
      const toRows = [...x.shape.keys()].filter((i) => i !== place).concat(place);
      const length = x.shape[place];
      const rows = (t: Tensor): Tensor => {
        const flat = tf.reshape(tf.transpose(t, toRows), [-1, length]);
        return reverse ? tf.reverse(flat, 1) : flat;
      };
      const shifted = exclusive
        ? tf.pad(tf.slice(rows(dy), [0, 1]), [
            [0, 0],
            [0, 1],
          ])
        : rows(dy);
      const gradient = cumulativeProductGradient(tf, shifted, rows(x));
      const inOrder = tf.reshape(
        reverse ? tf.reverse(gradient, 1) : gradient,
        toRows.map((i) => x.shape[i]),
      );
      return tf.transpose(
        inOrder,
        toRows.map((_, i) => toRows.indexOf(i)),
      );
    },
  }),
}));

function cumulativeProductGradient(tf: Tf, dy: Tensor, x: Tensor): Tensor {
  const [, length] = x.shape;
  const upper = tf.linalg.bandPart(tf.ones([length, length]), 0, -1);
  const strictlyUpper = tf.sub(upper, tf.eye(length));
  const factors = tf.add(tf.mul(tf.expandDims(x, 1), strictlyUpper), tf.sub(1, strictlyUpper));
  const products = tf.mul(tf.cumprod(factors, 2), upper);
  const weighted = tf.sum(tf.mul(products, tf.expandDims(dy, 1)), 2);
  return tf.mul(tf.cumprod(x, 1, true), weighted);
}

/**
 * The forward pass, with its axis counted from the front.
 *
 * The stock cpu kernel returns a shape of undefined extents for a negative axis. The tensors it makes of that cannot be
 * counted: `tf.memory().numBytes` is not-a-number from then on.
 */
function axisFromFront(kernel: string): Correction {
  return cpuKernel(kernel, (tf, stock) => ({ inputs, attrs, ...rest }) => {
    const { shape } = inputs.x as KernelTensor;
    const [axis] = tf.util.parseAxisParam(attrs?.axis as number, shape);
    return stock({ inputs, attrs: { ...attrs, axis }, ...rest });
  });
}

/** The gradients, and forward passes along negative axes. */
export const cumulative: readonly Correction[] = [
  cumsum,
  cumprod,
  axisFromFront("Cumsum"),
  axisFromFront("Cumprod"),
];
