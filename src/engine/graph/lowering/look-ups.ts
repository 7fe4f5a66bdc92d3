/** Kernels that read or write at positions. */
import { sizeOf } from "../../../tensor";
import { integers, makeConstant } from "../builder";
import { isConstant, type Value } from "../graph";
import { input, type KernelCall, type LoweringTable, unsupported } from "./lowering";

/** x[batch…, …, indices[batch…, …], …]: the axis comes right behind those of the batch, and back. */
function gatherByBatch(call: KernelCall, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const axes = x.shape.map((_, i) => i);
  const [batch, between, rest] = [
    axes.slice(0, batchDims),
    axes.slice(batchDims, axis),
    axes.slice(axis + 1),
  ];
  const ready = call.run("Transpose", { x }, { perm: [...batch, axis, ...between, ...rest] });
  const wide = call.run("Reshape", { x: indices }, { shape: [...indices.shape, 1] });
  const shape = [...indices.shape, ...ready.shape.slice(batchDims + 1)];
  const gathered = call.graph.add("GatherND", [ready, call.graph.cast(wide, "int64")], shape, x.dtype, {
    batch_dims: batchDims,
  });
  const places = gathered.shape.map((_, i) => i);
  const read = indices.shape.length;
  const order = [
    ...places.slice(0, batchDims),
    ...places.slice(read, read + between.length),
    ...places.slice(batchDims, read),
    ...places.slice(read + between.length),
  ];
  return call.graph.transpose(gathered, order);
}

/**
 * Positions, of which those below zero are moved beyond the end of their axis: ONNX Runtime would count them from there, where
 * TensorFlow.js refuses them, as both refuse what is too large. `extents` has one entry, or one for each entry of a row.
 */
function fromStart(call: KernelCall, indices: Value, extents: readonly number[]): Value {
  if (isConstant(indices)) return indices;
  const { graph } = call;
  const { shape, dtype } = indices;
  const below = graph.add("Less", [indices, graph.scalar(0, dtype)], shape, "bool");
  const beyond =
    extents.length === 1 ? graph.scalar(extents[0], dtype) : makeConstant(extents, [extents.length], dtype);
  return graph.add("Where", [below, beyond, indices], shape, dtype);
}

/** A single number in each entry of a shape; anything else as it is. */
function expanded(call: KernelCall, x: Value, shape: readonly number[]): Value {
  return x.shape.length > 0 ? x : call.graph.add("Expand", [x, integers(shape)], shape, x.dtype);
}

/** Gathering, scattering, the largest entries and one-hot vectors. */
export const lookUps: LoweringTable = {
  GatherV2: (call) => {
    const x = input(call, "x");
    const axis = ((call.attrs["axis"] as number) + x.shape.length) % x.shape.length;
    const indices = fromStart(call, input(call, "indices"), [x.shape[axis]]);
    const given = (call.attrs["batchDims"] as number | undefined) ?? 0;
    const batchDims = given < 0 ? given + indices.shape.length : given;
    if (batchDims > 0) return gatherByBatch(call, x, indices, axis, batchDims);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return call.graph.add("Gather", [x, indices], shape, x.dtype, { axis });
  },
  GatherNd: (call) => {
    const [params, given] = [input(call, "params"), input(call, "indices")];
    const depth = given.shape[given.shape.length - 1];
    const indices = fromStart(call, given, params.shape.slice(0, depth));
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
    return call.graph.add("GatherND", [params, call.graph.cast(indices, "int64")], shape, params.dtype);
  },
  ScatterNd: (call) => {
    const [indices, updates] = [input(call, "indices"), input(call, "updates")];
    const shape = call.attrs["shape"] as number[];
    const zeros = makeConstant(new Float32Array(sizeOf(shape)), shape, updates.dtype);
    return call.graph.add(
      "ScatterND",
      [zeros, call.graph.cast(indices, "int64"), updates],
      shape,
      updates.dtype,
      { reduction: "add" },
    );
  },
  TensorScatterUpdate: (call) => {
    const [tensor, indices, updates] = [
      input(call, "tensor"),
      input(call, "indices"),
      input(call, "updates"),
    ];
    const depth = indices.shape[indices.shape.length - 1];
    const shape = [...indices.shape.slice(0, -1), ...tensor.shape.slice(depth)];
    return call.graph.add(
      "ScatterND",
      [tensor, call.graph.cast(indices, "int64"), expanded(call, updates, shape)],
      tensor.shape,
      tensor.dtype,
    );
  },
  SparseToDense: (call) => {
    const values = input(call, "sparseValues");
    const shape = call.attrs["outputShape"] as number[];
    const indices = call.run("Reshape", { x: input(call, "sparseIndices") }, { shape: [-1, shape.length] });
    const given = expanded(call, values, [indices.shape[0]]);
    const filled = expanded(call, input(call, "defaultValue"), shape);
    return call.graph.add(
      "ScatterND",
      [filled, call.graph.cast(indices, "int64"), given],
      shape,
      values.dtype,
    );
  },
  TopK: (call) => {
    const x = input(call, "x");
    const k = call.attrs["k"] as number;
    // An order that is left open is another one on each backend, and the model's numbers are in that of its own.
    if (call.attrs["sorted"] === false && k > 1) throw unsupported(call, "with sorted = false");
    const shape = [...x.shape.slice(0, -1), k];
    const [values, places] = call.graph.addMany(
      "TopK",
      [x, integers([k])],
      [
        { shape, dtype: x.dtype },
        { shape, dtype: "int64" },
      ],
      { axis: -1 },
    ) as [Value, Value];
    return [values, call.graph.cast(places, "int32")];
  },
  UnsortedSegmentSum: (call) => {
    const [x, ids] = [input(call, "x"), input(call, "segmentIds")];
    const { graph } = call;
    const segments = call.attrs["numSegments"] as number;
    // Rows of no segment go into one more, which is left out.
    const shape = [segments + 1, ...x.shape.slice(1)];
    const zeros = makeConstant(new Float32Array(sizeOf(shape)), shape, x.dtype);
    const [none, most] = [graph.scalar(0, "int32"), graph.scalar(segments - 1, "int32")];
    const outside = call.run("LogicalOr", {
      a: call.run("Less", { a: ids, b: none }),
      b: call.run("Greater", { a: ids, b: most }),
    });
    const beyond = graph.add(
      "Expand",
      [graph.scalar(segments, "int32"), integers(ids.shape)],
      ids.shape,
      "int32",
    );
    const kept = call.run("Select", { condition: outside, t: beyond, e: ids });
    const indices = call.run("Reshape", { x: kept }, { shape: [...ids.shape, 1] });
    const sums = graph.add("ScatterND", [zeros, graph.cast(indices, "int64"), x], shape, x.dtype, {
      reduction: "add",
    });
    const begin = shape.map(() => 0);
    return graph.slice(sums, begin, [segments, ...x.shape.slice(1)]);
  },
  OneHot: (call) => {
    const indices = input(call, "indices");
    const { depth, onValue, offValue } = call.attrs as { depth: number; onValue: number; offValue: number };
    const wide = call.graph.reshape(indices, [...indices.shape, 1]);
    const classes = makeConstant(
      Array.from({ length: depth }, (_, i) => i),
      [depth],
      "int32",
    );
    const shape = [...indices.shape, depth];
    const hit = call.graph.add("Equal", [wide, classes], shape, "bool");
    const whole = Number.isInteger(onValue) && Number.isInteger(offValue);
    // tfjs keeps fractions whatever the type.
    const dtype = call.attrs["dtype"] === "float32" || !whole ? "float32" : "int32";
    const [on, off] = [onValue, offValue].map((number) => call.graph.scalar(number, dtype));
    const made = call.graph.add("Where", [hit, on, off], shape, dtype);
    return call.attrs["dtype"] === "bool" ? call.graph.cast(made, "bool") : made;
  },
};
