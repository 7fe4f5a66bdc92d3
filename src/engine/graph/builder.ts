/** Adds nodes and constants to a graph that is being recorded. */
import { sizeOf } from "../../tensor";
import {
  type Attribute,
  type Constant,
  type DataType,
  type Entries,
  type GraphNode,
  markUniform,
  type Value,
} from "./graph";
import type { Operator } from "./operators";

/** Numbers of values; they tell values apart and need not be dense. */
let nextId = 0;

/** A value of its own. */
export function makeValue(shape: readonly number[], dtype: DataType): Value {
  return { id: nextId++, shape: [...shape], dtype };
}

/** A constant of its own; entries of another kind of array are converted. */
export function makeConstant(
  entries: ArrayLike<number> | BigInt64Array,
  shape: readonly number[],
  dtype: DataType,
): Constant {
  return { id: nextId++, shape: [...shape], dtype, entries: typed(entries, dtype) };
}

/** Entries of one number by type, number and size, for as long as somebody holds them: gradients start from many zeros. */
const filledEntries = new Map<string, WeakRef<Entries>>();

/** A constant whose entries are all the same number. */
export function filledConstant(number: number, shape: readonly number[], dtype: DataType): Constant {
  const size = sizeOf(shape);
  const key = `${dtype} ${Object.is(number, -0) ? "-0" : number} ${size}`;
  let entries = filledEntries.get(key)?.deref();
  if (entries === undefined) {
    entries = typed(new Float32Array(size).fill(number), dtype);
    markUniform(entries, Number(entries[0] ?? number));
    filledEntries.set(key, new WeakRef(entries));
  }
  return makeConstant(entries, shape, dtype);
}

/** A vector of 64-bit integers, as shapes, axes and positions are given to operators. */
export function integers(values: readonly number[]): Constant {
  return makeConstant(BigInt64Array.from(values.map(BigInt)), [values.length], "int64");
}

function typed(entries: ArrayLike<number> | BigInt64Array, dtype: DataType): Entries {
  switch (dtype) {
    case "float32":
      return entries instanceof Float32Array ? entries : Float32Array.from(entries as ArrayLike<number>);
    case "int32":
      return entries instanceof Int32Array ? entries : Int32Array.from(entries as ArrayLike<number>);
    case "bool":
      return Uint8Array.from(entries as ArrayLike<number>, (entry) => (entry ? 1 : 0));
    case "int64":
      return entries instanceof BigInt64Array ? entries : BigInt64Array.from(Array.from(entries, BigInt));
  }
}

/** Nodes in the order in which they were added. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];

  /** Adds an operator with one output. */
  add(
    operator: Operator,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    dtype: DataType = "float32",
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const output = makeValue(shape, dtype);
    this.nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds an operator with several outputs. */
  addMany(
    operator: Operator,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { readonly shape: readonly number[]; readonly dtype: DataType }[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const values = outputs.map(({ shape, dtype }) => makeValue(shape, dtype));
    this.nodes.push({ operator, inputs, outputs: values, attributes });
    return values;
  }

  scalar(value: number, dtype: DataType = "float32"): Constant {
    return makeConstant([value], [], dtype);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (same(x.shape, shape)) return x;
    if (sizeOf(x.shape) !== sizeOf(shape)) throw new Error(`reshape of [${x.shape}] to [${shape}]`);
    return this.add("Reshape", [x, integers(shape)], shape, x.dtype);
  }

  transpose(x: Value, order: readonly number[]): Value {
    if (order.every((axis, i) => axis === i)) return x;
    const shape = order.map((axis) => x.shape[axis]);
    // Moving axes of extent 1 alone leaves the entries where they are.
    const moved = order.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || moved[i - 1] < axis)) return this.reshape(x, shape);
    return this.add("Transpose", [x], shape, x.dtype, { perm: order });
  }

  /** Entries `begin` to `begin + size` of each axis. */
  slice(x: Value, begin: readonly number[], size: readonly number[]): Value {
    const axes = x.shape.flatMap((extent, axis) => (size[axis] === extent ? [] : [axis]));
    if (axes.length === 0) return x;
    const from = axes.map((axis) => begin[axis]);
    const to = axes.map((axis) => begin[axis] + size[axis]);
    return this.add("Slice", [x, integers(from), integers(to), integers(axes)], size, x.dtype);
  }

  /** Entries of value `fill` around each axis. */
  pad(x: Value, before: readonly number[], after: readonly number[], fill = 0): Value {
    if ([...before, ...after].every((n) => n === 0)) return x;
    const shape = x.shape.map((extent, axis) => extent + before[axis] + after[axis]);
    return this.add("Pad", [x, integers([...before, ...after]), this.scalar(fill, x.dtype)], shape, x.dtype);
  }

  cast(x: Value, dtype: DataType): Value {
    if (x.dtype === dtype) return x;
    // ONNX Runtime leaves out what it takes for a cast back and forth: of a float by way of integers, the fraction would stay.
    if (dtype === "bool" && x.dtype === "int32") {
      return this.add(
        "Not",
        [this.add("Equal", [x, this.scalar(0, "int32")], x.shape, "bool")],
        x.shape,
        "bool",
      );
    }
    return this.add("Cast", [x], x.shape, dtype, { to: ONNX_TYPES[dtype] });
  }
}

/** The numbers of data types in ONNX's TensorProto.DataType. */
export const ONNX_TYPES: Readonly<Record<DataType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Equality of two shapes. */
export function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** Equality of two constants. */
export function sameEntries(a: Constant, b: Constant): boolean {
  if (!same(a.shape, b.shape) || a.dtype !== b.dtype) return false;
  if (a.entries === b.entries) return true;
  return a.entries.every((entry: number | bigint, i: number) => Object.is(entry, b.entries[i]));
}
