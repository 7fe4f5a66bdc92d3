/** A tensor repeated along the axes that it is broadcast along. */
import type { CpuBackend, KernelTensor } from "./own-kernel";

/** A copy of a tensor, repeated along the axes that it is broadcast along, so that it has the shape `target`. */
export function repeated(
  cpu: CpuBackend,
  { dataId, shape, dtype }: KernelTensor,
  target: readonly number[],
): KernelTensor {
  const values = cpu.readSync(dataId);
  const kind = values.constructor as Float32ArrayConstructor;
  const result = new kind(target.reduce((a, b) => a * b, 1));
  const missing = target.length - shape.length;
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let source = 0;
    let step = 1;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const place = rest % target[axis];
      rest = (rest - place) / target[axis];
      const length = shape[axis - missing] ?? 1;
      if (length !== 1) source += place * step;
      step *= length;
    }
    result[i] = values[source];
  }
  return cpu.makeTensorInfo(target, dtype, result);
}
