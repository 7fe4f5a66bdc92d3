/** The gradients of entries written over, and a forward pass that leaves its input alone. */
import type { Tensor } from "@tensorflow/tfjs";
import { outOfRange } from "../../../check";
import { type Correction, gradientOf, zerosOf } from "./correction";
import { type CpuBackend, cpuKernel, type KernelTensor } from "./own-kernel";

/** y = tensor with `updates` written at `indices`: dtensor = dy, 0 at the indices; dupdates = dy[indices]. Stock tfjs has no gradient. */
const gradient: Correction = gradientOf("TensorScatterUpdate", (tf) => ({
  inputsToSave: ["indices", "updates"],
  backward: ([dy], [indices, updates]) => ({
    tensor: (): Tensor => {
      const written = tf.scatterND(indices, tf.ones(updates.shape), dy.shape);
      return tf.where(tf.greater(written, 0), tf.zerosLike(dy), dy);
    },
    indices: () => zerosOf(tf, indices),
    updates: () => tf.gatherND(dy, indices),
  }),
}));

/**
 * The forward pass, on a copy of `tensor`.
 *
 * The stock cpu kernel writes into its input, which may be the example that is explained; beside a second copy of
 * tfjs-core it forgets `tensor` altogether.
 */
const onCopy: Correction = cpuKernel("TensorScatterUpdate", (tf) => ({ inputs, backend }) => {
  const cpu = backend as CpuBackend;
  const { tensor, indices, updates } = inputs as Record<string, KernelTensor>;
  const plan = tf.backend_util.calculateShapes(updates, indices, tensor.shape);
  const places = cpu.readSync(indices.dataId);
  const written = cpu.readSync(updates.dataId);
  const values = cpu.readSync(tensor.dataId).slice();
  for (let i = 0; i < plan.numUpdates; i++) {
    const index = [...places.subarray(i * plan.sliceRank, (i + 1) * plan.sliceRank)];
    const start = index.reduce((sum, place, axis) => sum + place * plan.strides[axis], 0) * plan.sliceSize;
    if (start < 0 || start >= plan.outputSize) {
      throw outOfRange("tensorScatterUpdate", `indices inside the shape [${tensor.shape}]`, `[${index}]`);
    }
    for (let k = 0; k < plan.sliceSize; k++) {
      values[start + k] = written[updates.shape.length === 0 ? 0 : i * plan.sliceSize + k];
    }
  }
  return cpu.makeTensorInfo(tensor.shape, tensor.dtype, values);
});

/** The gradient, and a forward pass that leaves its input alone. */
export const tensorScatterUpdate: readonly Correction[] = [gradient, onCopy];
