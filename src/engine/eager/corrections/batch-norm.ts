import { type Correction, gradientOf, sumToShape } from "./correction.js";

/**
 * y = γ·(x − μ)/√(σ² + ε) + β: with r = (σ² + ε)^(−1/2),
 * dx = dy·γ·r, dμ = −Σ dy·γ·r, dσ² = −½ Σ dy·γ·(x − μ)·r³, dγ = Σ dy·(x − μ)·r, dβ = Σ dy.
 *
 * Stock tfjs tiles r to the size of x, which costs more than the convolution before it.
 */
export const batchNorm: Correction = gradientOf("FusedBatchNorm", (tf) => ({
  inputsToSave: ["x", "mean", "variance", "scale"],
  backward: ([dy], [x, mean, variance, scale], { varianceEpsilon }) => {
    const rootInverse = tf.rsqrt(tf.add(variance, (varianceEpsilon as number | undefined) ?? 0.001));
    const factor = scale === undefined ? rootInverse : tf.mul(scale, rootInverse);
    const centred = (): ReturnType<typeof tf.sub> => tf.sub(x, mean);
    return {
      x: () => tf.mul(dy, factor),
      mean: () => tf.neg(sumToShape(tf, tf.mul(dy, factor), mean.shape)),
      variance: () => {
        const slope = tf.mul(tf.mul(factor, tf.square(rootInverse)), -0.5);
        return sumToShape(tf, tf.mul(tf.mul(dy, centred()), slope), variance.shape);
      },
      scale: () => sumToShape(tf, tf.mul(tf.mul(dy, centred()), rootInverse), scale.shape),
      offset: () => sumToShape(tf, dy, mean.shape),
    };
  },
}));
