import type { Tensor } from "@tensorflow/tfjs";
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

/** The kernel on a copy of `tensor`. Stock tfjs writes into its input, which may be the example that is explained. */
const onCopy: Correction = cpuKernel(
  "TensorScatterUpdate",
  (_tf, stock) =>
    ({ inputs, backend, ...rest }) => {
      const cpu = backend as CpuBackend;
      const { dataId, shape, dtype } = inputs.tensor as KernelTensor;
      const tensor = cpu.makeTensorInfo(shape, dtype, cpu.readSync(dataId).slice());
      const output = stock({ inputs: { ...inputs, tensor }, backend, ...rest });
      cpu.disposeIntermediateTensorInfo(tensor);
      return output;
    },
);

/** The gradient, and a forward pass that leaves its input alone. */
export const tensorScatterUpdate: readonly Correction[] = [gradient, onCopy];
