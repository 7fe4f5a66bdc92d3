/** Batch normalisation: its gradients, and statistics along any axis. */
import type { Tensor } from "@tensorflow/tfjs";
import { repeated } from "./broadcast";
import { type Correction, gradientOf, sumToShape } from "./correction";
import { type CpuBackend, cpuKernel, type KernelTensor } from "./own-kernel";

/**
 * y = γ·(x − μ)/√(σ² + ε) + β: with r = (σ² + ε)^(−1/2),
 * dx = dy·γ·r, dμ = −Σ dy·γ·r, dσ² = −½ Σ dy·γ·(x − μ)·r³, dγ = Σ dy·(x − μ)·r, dβ = Σ dy.
 *
 * Stock tfjs tiles r to the size of x, which costs more than the convolution before it.
 */
const gradient: Correction = gradientOf("FusedBatchNorm", (tf) => ({
  inputsToSave: ["x", "mean", "variance", "scale"],
  backward: ([dy], [x, mean, variance, scale], { varianceEpsilon }) => {
    const rootInverse = tf.rsqrt(tf.add(variance, (varianceEpsilon as number | undefined) ?? 0.001));
    const factor = scale === undefined ? rootInverse : tf.mul(scale, rootInverse);
    const centred = (): Tensor => tf.sub(x, mean);
    return {
      x: () => tf.mul(dy, factor),
      mean: () => tf.neg(sumToShape(tf, tf.mul(dy, factor), mean.shape)),
      variance: () => {
        const derivative = tf.mul(tf.mul(factor, tf.square(rootInverse)), -0.5);
        return sumToShape(tf, tf.mul(tf.mul(dy, centred()), derivative), variance.shape);
      },
      scale: () => sumToShape(tf, tf.mul(tf.mul(dy, centred()), rootInverse), scale.shape),
      offset: () => sumToShape(tf, dy, mean.shape),
    };
  },
}));

/**
 * Statistics of shape [1, channels, 1, 1] and the like are broadcast to the shape of x first.
 *
 * Stock tfjs walks through them as if they belonged to the last axis, so that a layer with `axis: 1` is silently
 * wrong in the forward pass.
 */
const broadcastStatistics: Correction = cpuKernel(
  "FusedBatchNorm",
  (tf, stock) =>
    ({ inputs, backend, ...rest }) => {
      const cpu = backend as CpuBackend;
      const { x, mean } = inputs as Record<string, KernelTensor>;
      if (mean.shape.length === 1 || tf.util.arraysEqual(mean.shape, x.shape))
        return stock({ inputs, backend, ...rest });
      const statistics = Object.entries(inputs).flatMap(([name, input]) =>
        name === "x" || input === undefined ? [] : [[name, repeated(cpu, input, x.shape)] as const],
      );
      const output = stock({ inputs: { x, ...Object.fromEntries(statistics) }, backend, ...rest });
      for (const [, statistic] of statistics) cpu.disposeIntermediateTensorInfo(statistic);
      return output;
    },
);

/** The gradient, and a forward pass that broadcasts. */
export const batchNorm: readonly Correction[] = [gradient, broadcastStatistics];
