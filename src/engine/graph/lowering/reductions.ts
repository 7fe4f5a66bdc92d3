/** Kernels that bring an axis together. */
import { integers } from "../builder";
import type { Value } from "../graph";
import type { Operator } from "../operators";
import { axesOf, input, type KernelCall, type Lower, type LoweringTable } from "./lowering";

function reduced(call: KernelCall, operator: Operator, x: Value): Value {
  // One kernel of tfjs has its own word for the axes.
  const axes = axesOf(call.attrs["axis"] ?? call.attrs["reductionIndices"], x.shape.length);
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const shape = call.attrs["keepDims"] ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  if (axes.length === 0) return x;
  return call.graph.add(operator, [x, integers(axes)], shape, x.dtype, {
    keepdims: call.attrs["keepDims"] ? 1 : 0,
  });
}

const mean: Lower = (call) => reduced(call, "ReduceMean", call.graph.cast(input(call, "x"), "float32"));

const reduction =
  (operator: Operator): Lower =>
  (call) => {
    const x = input(call, "x");
    return reduced(call, operator, x.dtype === "bool" ? call.graph.cast(x, "int32") : x);
  };

/** A reduction of booleans, by way of integers. */
const logical =
  (operator: Operator): Lower =>
  (call) =>
    call.graph.cast(reduced(call, operator, call.graph.cast(input(call, "x"), "int32")), "bool");

/** The place of the first extreme entry. */
const place =
  (operator: Operator): Lower =>
  (call) => {
    const given = input(call, "x");
    const x = given.dtype === "bool" ? call.graph.cast(given, "int32") : given;
    const axis = axesOf(call.attrs["axis"], x.shape.length)[0];
    const shape = x.shape.filter((_, i) => i !== axis);
    return call.graph.cast(call.graph.add(operator, [x], shape, "int64", { axis, keepdims: 0 }), "int32");
  };

const alongLastAxis =
  (operator: Operator): Lower =>
  (call) => {
    const logits = input(call, "logits");
    return call.graph.add(operator, [logits], logits.shape, "float32", { axis: -1 });
  };

/** Sums, means, extremes, and what is relative to an axis. */
export const reductions: LoweringTable = {
  Sum: reduction("ReduceSum"),
  Mean: mean,
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  Prod: reduction("ReduceProd"),
  All: logical("ReduceMin"),
  Any: logical("ReduceMax"),
  ArgMax: place("ArgMax"),
  ArgMin: place("ArgMin"),
  Softmax: alongLastAxis("Softmax"),
  LogSoftmax: alongLastAxis("LogSoftmax"),
};
