/** Batch normalisation with known statistics: a factor and a shift, computed before the graph runs. */
import { input, type LoweringTable } from "./lowering";

/** Normalisation by statistics. */
export const normalisation: LoweringTable = {
  FusedBatchNorm: (call) => {
    const { scale, offset } = call.inputs;
    const epsilon = (call.attrs["varianceEpsilon"] as number | undefined) ?? 0.001;
    const widened = call.run("Add", { a: input(call, "variance"), b: call.graph.scalar(epsilon) });
    const inverse = call.run("Rsqrt", { x: widened });
    const factor = scale ? call.run("Multiply", { a: scale, b: inverse }) : inverse;
    const shift = call.run("Multiply", { a: input(call, "mean"), b: factor });
    const scaled = call.run("Multiply", { a: input(call, "x"), b: factor });
    return offset
      ? call.run("Add", { a: scaled, b: call.run("Sub", { a: offset, b: shift }) })
      : call.run("Sub", { a: scaled, b: shift });
  },
};
