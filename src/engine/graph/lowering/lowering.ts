/** Arguments and results of a lowering, which sees one kernel call. */
import { UnsupportedOperationError } from "../../../check";
import type { Tf } from "../../tfjs/adapter";
import { type GraphBuilder, same } from "../builder";
import { type DataType, uniform, type Value } from "../graph";
import type { Operator } from "../operators";

/** One call of a tfjs kernel on values of a graph. */
export interface KernelCall {
  readonly kernel: string;
  /** By the names of tfjs; kernels of any number of inputs count them "0", "1", … */
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly graph: GraphBuilder;
  readonly tf: Tf;
  /** Another kernel of one output, on values of the graph; computed at once where all inputs are constant. */
  run(
    kernel: string,
    inputs: Readonly<Record<string, Value>> | readonly Value[],
    attrs?: Readonly<Record<string, unknown>>,
  ): Value;
}

/** Adds to the graph what a kernel computes, and returns its outputs. */
export type Lower = (call: KernelCall) => Value | Value[];

/** Lowerings of one family of kernels, by the names of tfjs. */
export type LoweringTable = Readonly<Record<string, Lower>>;

/** An input that the kernel always has. */
export function input(call: KernelCall, name: string): Value {
  const value = call.inputs[name];
  if (value === undefined) throw new TypeError(`${call.kernel}: expected input "${name}", got none`);
  return value;
}

/** The error for a form of a kernel that has no lowering. */
export function unsupported(call: Pick<KernelCall, "kernel">, form: string): UnsupportedOperationError {
  return new UnsupportedOperationError(
    `compiled engine: expected an operation that it can compile, got ${call.kernel} ${form}; engine "eager" computes it`,
  );
}

/** The shape that two operands have together. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}

/** An elementwise operator of two operands; a constant of one repeated number goes in as that number. */
export function elementwise(
  call: KernelCall,
  operator: Operator,
  a: Value,
  b: Value,
  dtype: DataType = a.dtype,
): Value {
  const shape = broadcast(a.shape, b.shape);
  const short = (value: Value, other: Value): Value => {
    const number = same(other.shape, shape) ? uniform(value) : undefined;
    return number === undefined ? value : call.graph.scalar(number, value.dtype);
  };
  return call.graph.add(operator, [short(a, b), short(b, a)], shape, dtype);
}

/** An axis or a list of axes as tfjs gives them, as a list from 0; all of them when there is none. */
export function axesOf(axis: unknown, rank: number): number[] {
  const all = Array.from({ length: rank }, (_, i) => i);
  if (axis === undefined || axis === null) return all;
  return (Array.isArray(axis) ? (axis as number[]) : [axis as number]).map((a) => (a < 0 ? a + rank : a));
}
