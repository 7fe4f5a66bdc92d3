/** Computes a kernel whose inputs are all known, on tfjs's cpu backend. */
import { UnsupportedOperationError } from "../../check";
import type { Tf } from "../eager/adapter";
import { engineOf } from "../eager/kernel-watch";
import { makeConstant } from "./builder";
import type { Constant, DataType } from "./graph";

/** The parts of the cpu backend that are used here. */
interface CpuBackend {
  write(values: unknown, shape: number[], dtype: string): object;
  readSync(dataId: object): ArrayLike<number>;
  disposeData(dataId: object, force?: boolean): boolean;
}

interface KernelTensor {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: string;
}

/** The output of one kernel call on constants, or its outputs where the kernel gives a list. */
export function foldConstants(
  tf: Tf,
  kernel: string,
  inputs: Readonly<Record<string, Constant>> | readonly Constant[],
  attrs: Readonly<Record<string, unknown>>,
): Constant | Constant[] {
  const cpu = engineOf(tf).findBackend("cpu") as CpuBackend;
  const config = tf.getKernel(kernel, "cpu");
  if (config === undefined) {
    throw new UnsupportedOperationError(
      `compiled engine: expected a kernel of the cpu backend, got ${kernel}; engine "eager" computes it`,
    );
  }
  const written = new Set<object>();
  const write = ({ entries, shape, dtype }: Constant): KernelTensor => {
    const dataId = cpu.write(entries, [...shape], dtype);
    written.add(dataId);
    return { dataId, shape: [...shape], dtype };
  };
  try {
    const given = Array.isArray(inputs)
      ? inputs.map(write)
      : Object.fromEntries(
          Object.entries(inputs as Readonly<Record<string, Constant>>).map(([name, value]) => [
            name,
            write(value),
          ]),
        );
    const result = config.kernelFunc({ inputs: given as never, attrs: attrs as never, backend: cpu });
    const outputs = (Array.isArray(result) ? result : [result]) as KernelTensor[];
    for (const { dataId } of outputs) written.add(dataId);
    const constants = outputs.map(({ dataId, shape, dtype }) =>
      makeConstant(cpu.readSync(dataId), shape, checkedType(kernel, dtype)),
    );
    return Array.isArray(result) ? constants : (constants[0] as Constant);
  } finally {
    for (const dataId of written) cpu.disposeData(dataId, true);
  }
}

/** The type of a tfjs tensor as the type of a value. */
export function checkedType(kernel: string, dtype: string): DataType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new UnsupportedOperationError(
    `compiled engine: expected tensors of float32, int32 or bool, got ${dtype} at ${kernel}; engine "eager" computes it`,
  );
}
