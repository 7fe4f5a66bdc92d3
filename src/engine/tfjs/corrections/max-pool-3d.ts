/** The gradient of maximum pooling in three dimensions on the cpu backend. */
import type { Correction } from "./correction";
import { type CpuBackend, cpuKernel, type KernelTensor } from "./own-kernel";

/**
 * y = the largest cell of the window: dy goes to the first largest cell.
 *
 * The stock cpu kernel mixes up the height and the width of the window, so that it sends dy elsewhere, or nowhere,
 * unless they are equal.
 */
export const maxPool3d: Correction = cpuKernel("MaxPool3DGrad", (tf) => ({ inputs, backend, attrs }) => {
  const cpu = backend as CpuBackend;
  const { dy, input } = inputs as Record<string, KernelTensor>;
  const shape = input.shape as [number, number, number, number, number];
  const window = attrs as { filterSize: number; strides: number; pad: "same"; dimRoundingMode: "floor" };
  const info = tf.backend_util.computePool3DInfo(
    shape,
    window.filterSize,
    window.strides,
    1,
    window.pad,
    window.dimRoundingMode,
  );
  const { front, top, left } = info.padInfo;
  const [batch, , , , channels] = shape;
  const x = cpu.readSync(input.dataId);
  const upstream = cpu.readSync(dy.dataId);
  const dx = new Float32Array(x.length);

  const indexOf = (example: number, depth: number, row: number, column: number, channel: number): number =>
    (((example * info.inDepth + depth) * info.inHeight + row) * info.inWidth + column) * channels + channel;
  const span = (start: number, length: number, size: number): [number, number] => [
    Math.max(0, start),
    Math.min(size, start + length),
  ];

  let output = 0;
  for (let example = 0; example < batch; example++) {
    for (let d = 0; d < info.outDepth; d++) {
      const [depthFrom, depthTo] = span(d * info.strideDepth - front, info.filterDepth, info.inDepth);
      for (let r = 0; r < info.outHeight; r++) {
        const [rowFrom, rowTo] = span(r * info.strideHeight - top, info.filterHeight, info.inHeight);
        for (let c = 0; c < info.outWidth; c++) {
          const [columnFrom, columnTo] = span(c * info.strideWidth - left, info.filterWidth, info.inWidth);
          for (let channel = 0; channel < channels; channel++) {
            let largest = indexOf(example, depthFrom, rowFrom, columnFrom, channel);
            for (let depth = depthFrom; depth < depthTo; depth++) {
              for (let row = rowFrom; row < rowTo; row++) {
                for (let column = columnFrom; column < columnTo; column++) {
                  const index = indexOf(example, depth, row, column, channel);
                  if (x[index] > x[largest]) largest = index;
                }
              }
            }
            dx[largest] += upstream[output++];
          }
        }
      }
    }
  }
  return cpu.makeTensorInfo(shape, "float32", dx);
});
