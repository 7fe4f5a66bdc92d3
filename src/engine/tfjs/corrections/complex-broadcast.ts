/** Sums, differences and products of complex tensors with unequal numbers of axes. */
import type { Correction } from "./correction";
import { cpuKernel, type KernelTensor } from "./own-kernel";

/**
 * Complex sums, differences and products of tensors with unequal numbers of axes: the missing axes are given as axes of
 * length one.
 *
 * The stock cpu kernels broadcast along axes of length one alone, and read beyond the end of a tensor that lacks them.
 */
function broadcastMissingAxes(kernel: string): Correction {
  return cpuKernel(kernel, (_tf, stock) => ({ inputs, ...rest }) => {
    const { a, b } = inputs as Record<string, KernelTensor>;
    if (a.dtype !== "complex64" && b.dtype !== "complex64") return stock({ inputs, ...rest });
    const rank = Math.max(a.shape.length, b.shape.length);
    const whole = ({ dataId, shape, dtype }: KernelTensor): KernelTensor => {
      const missing = Array<number>(rank - shape.length).fill(1);
      return { dataId, dtype, shape: [...missing, ...shape] };
    };
    return stock({ inputs: { a: whole(a), b: whole(b) }, ...rest });
  });
}

/** The operations on two complex tensors that the cpu backend has. */
export const complexBroadcast: readonly Correction[] = ["Add", "Sub", "Multiply"].map(broadcastMissingAxes);
