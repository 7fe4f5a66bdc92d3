/** The gradients of scatters into zeros and into dense tensors. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type Tf, zerosOf } from "./correction";

/** y = 0 with `updates` added at `indices`: dupdates = dy[indices]. Stock tfjs has no gradient. */
export const scatterNd: Correction = gradientOf("ScatterNd", (tf) => ({
  inputsToSave: ["indices"],
  backward: ([dy], [indices]) => ({
    indices: () => zerosOf(tf, indices),
    updates: () => tf.gatherND(dy, indices),
  }),
}));

/**
 * y = defaultValue with `sparseValues` written at `sparseIndices`: dvalues = dy[indices], ddefault = Σ of dy elsewhere.
 *
 * Stock tfjs has no gradient.
 */
export const sparseToDense: Correction = gradientOf("SparseToDense", (tf) => ({
  inputsToSave: ["sparseIndices", "sparseValues"],
  backward: ([dy], [sparseIndices, sparseValues]) => {
    const atIndices = (): Tensor => tf.gatherND(dy, indexTuples(tf, sparseIndices, dy.rank));
    return {
      sparseIndices: () => zerosOf(tf, sparseIndices),
      sparseValues: () => (sparseValues.rank === 0 ? tf.sum(atIndices()) : atIndices()),
      defaultValue: () => tf.sub(tf.sum(dy), tf.sum(atIndices())),
    };
  },
}));

/** Sparse indices as one tuple per value; for a vector they may be given as a scalar or a list of numbers. */
function indexTuples(tf: Tf, indices: Tensor, rank: number): Tensor {
  return indices.rank === 2 ? indices : tf.reshape(indices, [-1, rank]);
}
