/** The gradients of matrix products, and products whose factors are broadcast. */
import type { Tensor } from "@tensorflow/tfjs";
import { repeated } from "./broadcast";
import { type Correction, gradientOf, type InputGradients, sumToShape, type Tf } from "./correction";
import { type CpuBackend, cpuKernel, type KernelTensor } from "./own-kernel";

/** The gradients of y = op(a)·op(b), where op transposes if asked to. */
export function matMulGradients(
  tf: Tf,
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
): InputGradients {
  return {
    a: () => {
      const da = transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB);
      return sumToShape(tf, da, a.shape);
    },
    b: () => {
      const db = transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false);
      return sumToShape(tf, db, b.shape);
    },
  };
}

/**
 * y = a·b: da = dy·bᵀ, db = aᵀ·dy, each summed over the batch axes along which it was broadcast.
 *
 * Stock tfjs forgets that sum and throws.
 */
const gradient: Correction = gradientOf("BatchMatMul", (tf) => ({
  inputsToSave: ["a", "b"],
  backward: ([dy], [a, b], { transposeA, transposeB }) =>
    matMulGradients(tf, dy, a, b, Boolean(transposeA), Boolean(transposeB)),
}));

/**
 * A factor that is broadcast along other batch axes than its first ones is repeated beforehand.
 *
 * The stock cpu kernel takes matrix i mod n of a factor of n matrices. That is right where the factor is repeated as a
 * whole, and wrong where an axis behind another is broadcast (the one key of multi-query attention) or where both
 * factors are (the product then has more matrices than the kernel computes: the others are not-a-number). The fused
 * product takes no such factors.
 */
const broadcastFactors: Correction = cpuKernel(
  "BatchMatMul",
  (tf, stock) =>
    ({ inputs, backend, ...rest }) => {
      const cpu = backend as CpuBackend;
      const { a, b } = inputs as Record<string, KernelTensor>;
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
      const copies: KernelTensor[] = [];
      const whole = (factor: KernelTensor): KernelTensor => {
        if (repeatsAsAWhole(factor.shape.slice(0, -2), batch)) return factor;
        copies.push(repeated(cpu, factor, [...batch, ...factor.shape.slice(-2)]));
        return copies[copies.length - 1];
      };
      const product = stock({ inputs: { a: whole(a), b: whole(b) }, backend, ...rest });
      for (const copy of copies) cpu.disposeIntermediateTensorInfo(copy);
      return product;
    },
);

/** True where repeating all matrices in turn broadcasts them: their batch axes are the last ones of the product's. */
function repeatsAsAWhole(axes: readonly number[], batch: readonly number[]): boolean {
  const first = axes.findIndex((length) => length !== 1);
  const own = first < 0 ? [] : axes.slice(first);
  return own.every((length, i) => length === batch[batch.length - own.length + i]);
}

/** The gradient, and a forward pass that broadcasts. */
export const matMul: readonly Correction[] = [gradient, broadcastFactors];
