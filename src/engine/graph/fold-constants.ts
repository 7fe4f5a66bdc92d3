/** Computes a kernel whose inputs are all known, on tfjs's cpu backend. */
import { UnsupportedOperationError } from "../../check";
import type { Tf } from "../tfjs/adapter";
import { engineOf } from "../tfjs/kernel-watch";
import { makeConstant } from "./builder";
import type { Constant, DataType, Entries } from "./graph";
import { reversedConstant, slicedConstant, transposedConstant } from "./passes/rearranged-constant";

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
  const moved = rearranged(tf, kernel, inputs as Readonly<Record<string, Constant>>, attrs);
  if (moved !== undefined) return moved;
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
    return Array.isArray(result) ? constants : constants[0];
  } finally {
    for (const dataId of written) cpu.disposeData(dataId, true);
  }
}

/**
 * Constants moved before in the same synchronous stretch, by the entries they came from. A model is recorded twice in a row,
 * and the filters of both recordings are then one and the same, moved and compared only once.
 */
let movedBefore: Map<Entries, Map<string, Constant | Constant[]>> | undefined;

/** Effect on a constant of each kernel that only moves entries. */
const MOVES: Readonly<
  Record<string, (tf: Tf, x: Constant, attrs: Readonly<Record<string, unknown>>) => Constant | Constant[]>
> = {
  Transpose: (_, x, { perm }) => transposedConstant(x, perm as readonly number[]),
  Reverse: (_, x, { dims }) => reversedConstant(x, (Array.isArray(dims) ? dims : [dims]) as number[]),
  Slice: (tf, x, { begin, size }) => {
    const like = { shape: [...x.shape], rank: x.shape.length } as never;
    const [from, extents] = tf.slice_util.parseSliceParams(like, begin as number[], size as number[]);
    return slicedConstant(x, from, extents);
  },
  SplitV: (tf, x, { numOrSizeSplits, axis }) => {
    const along = tf.util.parseAxisParam(axis as number, [...x.shape])[0];
    const sizes = tf.backend_util.prepareSplitSize(x as never, numOrSizeSplits as number[], along);
    const begin = x.shape.map(() => 0);
    return sizes.map((extent) => {
      const shape = x.shape.map((whole, i) => (i === along ? extent : whole));
      const part = slicedConstant(x, begin, shape);
      begin[along] += extent;
      return part;
    });
  },
};

/** Entries in another order, or a block of them, where that is all that a kernel gives. */
function rearranged(
  tf: Tf,
  kernel: string,
  { x }: Readonly<Record<string, Constant>>,
  attrs: Readonly<Record<string, unknown>>,
): Constant | Constant[] | undefined {
  const move = Object.hasOwn(MOVES, kernel) ? MOVES[kernel] : undefined;
  if (x === undefined || move === undefined) return undefined;
  // An axis without entries leaves nothing to walk along; a scalar has no axes.
  if (x.entries.length === 0 || x.shape.length === 0) return undefined;
  if (movedBefore === undefined) {
    movedBefore = new Map();
    queueMicrotask(() => {
      movedBefore = undefined;
    });
  }
  const fromHere = movedBefore.get(x.entries) ?? new Map<string, Constant | Constant[]>();
  movedBefore.set(x.entries, fromHere);
  const key = JSON.stringify([kernel, x.shape, attrs]);
  const moved = fromHere.get(key) ?? move(tf, x, attrs);
  fromHere.set(key, moved);
  // Of its own number, as every value, but with the same entries.
  const own = ({ entries, shape, dtype }: Constant): Constant => makeConstant(entries, shape, dtype);
  return Array.isArray(moved) ? moved.map(own) : own(moved);
}

/** The type of a tfjs tensor as the type of a value. */
export function checkedType(kernel: string, dtype: string): DataType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new UnsupportedOperationError(
    `compiled engine: expected tensors of float32, int32 or bool, got ${dtype} at ${kernel}; engine "eager" computes it`,
  );
}
