/** Kernels that read or write at positions. */
import { sizeOf } from "../../../tensor";
import { makeConstant } from "../builder";
import { input, type LoweringTable, unsupported } from "./lowering";

/** Gathering, scattering and one-hot vectors. */
export const lookUps: LoweringTable = {
  GatherV2: (call) => {
    const [x, indices] = [input(call, "x"), input(call, "indices")];
    const axis = ((call.attrs["axis"] as number) + x.shape.length) % x.shape.length;
    if (call.attrs["batchDims"]) throw unsupported(call, "with batchDims");
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return call.graph.add("Gather", [x, indices], shape, x.dtype, { axis });
  },
  GatherNd: (call) => {
    const [params, indices] = [input(call, "params"), input(call, "indices")];
    const depth = indices.shape[indices.shape.length - 1] as number;
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
  UnsortedSegmentSum: (call) => {
    const [x, ids] = [input(call, "x"), input(call, "segmentIds")];
    const shape = [call.attrs["numSegments"] as number, ...x.shape.slice(1)];
    const zeros = makeConstant(new Float32Array(sizeOf(shape)), shape, x.dtype);
    const indices = call.run("Reshape", { x: ids }, { shape: [...ids.shape, 1] });
    return call.graph.add("ScatterND", [zeros, call.graph.cast(indices, "int64"), x], shape, x.dtype, {
      reduction: "add",
    });
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
    const dtype = call.attrs["dtype"] === "int32" ? "int32" : "float32";
    const [on, off] = [onValue, offValue].map((number) => call.graph.scalar(number, dtype));
    return call.graph.add("Where", [hit, on, off], shape, dtype);
  },
};
