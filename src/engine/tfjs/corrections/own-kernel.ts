/** Corrections of kernels of the cpu backend. */
import type { KernelConfig, KernelFunc } from "@tensorflow/tfjs";
import type { Correction, Tf } from "./correction";

const ownKernel = Symbol.for("gradlens.kernel");

/** A correction of a kernel of the cpu backend: `wrap` makes the corrected kernel function of the stock one. */
export function cpuKernel(kernel: string, wrap: (tf: Tf, stock: KernelFunc) => KernelFunc): Correction {
  return {
    name: `${kernel} on cpu`,
    ops: [kernel],
    install(tf: Tf): void {
      const stock: (KernelConfig & { [ownKernel]?: boolean }) | undefined = tf.getKernel(kernel, "cpu");
      if (stock === undefined || stock[ownKernel]) return;
      const corrected: KernelConfig & { [ownKernel]?: boolean } = {
        ...stock,
        kernelFunc: wrap(tf, stock.kernelFunc),
        [ownKernel]: true,
      };
      // Registering over an existing kernel prints a warning.
      tf.unregisterKernel(kernel, "cpu");
      tf.registerKernel(corrected);
    },
  };
}

/** The part of the cpu backend that corrected kernels need. */
export interface CpuBackend {
  readSync(dataId: object): Float32Array;
  makeTensorInfo(shape: readonly number[], dtype: string, values: Float32Array): KernelTensor;
  disposeIntermediateTensorInfo(info: KernelTensor): void;
}

/** A tensor as a kernel sees it. */
export type KernelTensor = Extract<ReturnType<KernelFunc>, { dataId: object }>;
