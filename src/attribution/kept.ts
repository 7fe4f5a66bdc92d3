/** Arguments as a call keeps them, so that it can be repeated when the caller has changed or disposed of them. */
import type { Input, ReadInput, TensorLike } from "../model/input";
import type { InputFact } from "../model/model";
import type { NdArray } from "../tensor";

/** The input as it was read, in the form that it was given in. The arrays are those that the map shows. */
export function keptInput(facts: readonly InputFact[], { batch, batched }: ReadInput, x: Input): Input {
  const arrays = batch.map(({ data, shape }): NdArray => ({ data, shape: batched ? shape : shape.slice(1) }));
  // By name, since another model may have its inputs in another order.
  return isPlain(x) && !("shape" in x)
    ? Object.fromEntries(facts.map(({ name }, i) => [name, arrays[i]]))
    : arrays;
}

/**
 * Options with their arrays and tensors copied: targets, baselines. Functions stay what they are, and so does a data
 * set, which may be large: a call that is repeated reads it again.
 */
export function keptOptions(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, kept(value)]));
}

function kept(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(kept);
  if (ArrayBuffer.isView(value)) return "slice" in value ? (value as Float32Array).slice() : value;
  if ("dataSync" in value) {
    const tensor = value as unknown as TensorLike;
    // A tensor that cannot be read is refused where it is used.
    if (tensor.isDisposed || tensor.dtype === "string" || tensor.dtype === "complex64") return value;
    const data = Float32Array.from(tensor.dataSync() as ArrayLike<number>);
    return { data, shape: [...tensor.shape] };
  }
  if (!isPlain(value) || value["kind"] === "dataset") return value;
  return keptOptions(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A notebook's objects come from a realm of their own, with another Object.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
