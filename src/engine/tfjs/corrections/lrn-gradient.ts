/** Second derivatives of local response normalisation. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type Tf, zerosOf } from "./correction";

/**
 * With s = k + α Σ x² over the neighbouring channels: dx = dy · s^(−β) − 2αβ · x · Σ (dy · x · s^(−β − 1)), here made of
 * operations that have gradients.
 */
function lrnGradient(tf: Tf, x: Tensor, dy: Tensor, attrs: NamedAttrMap): Tensor {
  const { depthRadius, bias, alpha, beta } = attrs as Record<string, number>;
  const channels = x.shape[x.rank - 1];
  const near = tf.tensor2d(
    Array.from({ length: channels * channels }, (_, i) =>
      Math.abs(Math.floor(i / channels) - (i % channels)) <= depthRadius ? 1 : 0,
    ),
    [channels, channels],
  );
  const neighbours = (t: Tensor): Tensor =>
    tf.reshape(tf.matMul(tf.reshape(t, [-1, channels]), near), x.shape);
  const scale = tf.add(tf.mul(neighbours(tf.square(x)), alpha), bias);
  const shared = neighbours(tf.mul(tf.mul(dy, x), tf.pow(scale, -beta - 1)));
  return tf.sub(tf.mul(dy, tf.pow(scale, -beta)), tf.mul(tf.mul(x, shared), 2 * alpha * beta));
}

/** Stock tfjs has no gradient of the gradient of local response normalisation; y is a function of x here. */
export const localResponseGradient: Correction = gradientOf("LRNGrad", (tf) => ({
  inputsToSave: ["x", "dy", "y"],
  backward: ([upstream], [x, dy, y], attrs) => {
    const gradients = (): Tensor[] => tf.grads((a, b) => lrnGradient(tf, a, b, attrs))([x, dy], upstream);
    return { x: () => gradients()[0], dy: () => gradients()[1], y: () => zerosOf(tf, y) };
  },
}));
