/** Sums and products of all entries up to each place of an axis. */
import { makeConstant } from "../builder";
import type { Value } from "../graph";
import { axesOf, input, type KernelCall, type LoweringTable } from "./lowering";

/** Each entry moved `by` places along an axis; ones come in at the start. */
function shifted(call: KernelCall, x: Value, axis: number, by: number): Value {
  const extent = x.shape[axis];
  const at = (there: number): number[] => x.shape.map((_, i) => (i === axis ? there : 0));
  const kept = call.graph.slice(
    x,
    at(0),
    x.shape.map((length, i) => (i === axis ? extent - by : length)),
  );
  return call.graph.pad(kept, at(by), at(0), 1);
}

/** Running sums and products. */
export const cumulative: LoweringTable = {
  Cumsum: (call) => {
    const given = input(call, "x");
    const x = given.dtype === "bool" ? call.graph.cast(given, "int32") : given;
    const axis = axesOf(call.attrs["axis"], x.shape.length)[0];
    return call.graph.add(
      "CumSum",
      [x, makeConstant(BigInt64Array.of(BigInt(axis)), [], "int64")],
      x.shape,
      x.dtype,
      {
        exclusive: call.attrs["exclusive"] ? 1 : 0,
        reverse: call.attrs["reverse"] ? 1 : 0,
      },
    );
  },
  /** By doubling: after k steps each entry is the product of the last 2ᵏ. Without division, so zeros are no exception. */
  Cumprod: (call) => {
    const x = input(call, "x");
    const axis = axesOf(call.attrs["axis"], x.shape.length)[0];
    const extent = x.shape[axis];
    const { exclusive, reverse } = call.attrs;
    const turned = (value: Value): Value =>
      reverse ? call.run("Reverse", { x: value }, { dims: [axis] }) : value;
    let product = turned(x);
    if (exclusive) product = shifted(call, product, axis, 1);
    for (let by = 1; by < extent; by *= 2) {
      product = call.graph.add("Mul", [product, shifted(call, product, axis, by)], x.shape, x.dtype);
    }
    return turned(product);
  },
};
