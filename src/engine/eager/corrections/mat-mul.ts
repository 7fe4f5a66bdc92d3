import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type InputGradients, sumToShape, type Tf } from "./correction";

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
export const matMul: Correction = gradientOf("BatchMatMul", (tf) => ({
  inputsToSave: ["a", "b"],
  backward: ([dy], [a, b], { transposeA, transposeB }) =>
    matMulGradients(tf, dy, a, b, Boolean(transposeA), Boolean(transposeB)),
}));
