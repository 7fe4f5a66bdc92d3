/** Normalisation by statistics, and by the neighbours among the channels. */
import { makeConstant } from "../builder";
import { isConstant, type Value } from "../graph";
import { elementwise, input, type KernelCall, type LoweringTable } from "./lowering";

/** The sum over channels at most `depthRadius` apart, as a product with a matrix of zeros and ones. */
function neighbours(call: KernelCall, x: Value): Value {
  const channels = x.shape[x.shape.length - 1];
  const radius = call.attrs["depthRadius"] as number;
  const near = Float32Array.from({ length: channels * channels }, (_, i) =>
    Math.abs(Math.floor(i / channels) - (i % channels)) <= radius ? 1 : 0,
  );
  return call.graph.add("MatMul", [x, makeConstant(near, [channels, channels], "float32")], x.shape);
}

/** bias + alpha · Σ x² over neighbours. */
function localNorm(call: KernelCall, x: Value): Value {
  const { bias, alpha } = call.attrs as { bias: number; alpha: number };
  const sum = neighbours(call, call.run("Square", { x }));
  return elementwise(
    call,
    "Add",
    elementwise(call, "Mul", sum, call.graph.scalar(alpha)),
    call.graph.scalar(bias),
  );
}

const inversePower = (call: KernelCall, norm: Value): Value =>
  elementwise(call, "Pow", norm, call.graph.scalar(-(call.attrs["beta"] as number)));

/** Batch normalisation with known statistics, and local response normalisation with its gradient. */
export const normalisation: LoweringTable = {
  LRN: (call) => {
    const x = input(call, "x");
    return elementwise(call, "Mul", x, inversePower(call, localNorm(call, x)));
  },
  /** dx = dy norm^−β − 2 αβ x · Σ over neighbours of dy y / norm. */
  LRNGrad: (call) => {
    const [x, y, dy] = [input(call, "x"), input(call, "y"), input(call, "dy")];
    const { alpha, beta } = call.attrs as { alpha: number; beta: number };
    const norm = localNorm(call, x);
    const direct = elementwise(call, "Mul", dy, inversePower(call, norm));
    const shares = neighbours(call, elementwise(call, "Div", elementwise(call, "Mul", dy, y), norm));
    const around = elementwise(call, "Mul", x, shares);
    return elementwise(
      call,
      "Sub",
      direct,
      elementwise(call, "Mul", around, call.graph.scalar(2 * alpha * beta)),
    );
  },
  /**
   * Known statistics become a factor and a shift, computed before the graph runs. A mean of x itself, as that of a layer norm, is
   * taken from x first: where both are large, the products would differ by rounding alone.
   */
  FusedBatchNorm: (call) => {
    const { scale, offset } = call.inputs;
    const [x, mean] = [input(call, "x"), input(call, "mean")];
    const epsilon = (call.attrs["varianceEpsilon"] as number | undefined) ?? 0.001;
    const widened = call.run("Add", { a: input(call, "variance"), b: call.graph.scalar(epsilon) });
    const inverse = call.run("Rsqrt", { x: widened });
    const factor = scale ? call.run("Multiply", { a: scale, b: inverse }) : inverse;
    if (!isConstant(mean)) {
      const scaled = call.run("Multiply", { a: call.run("Sub", { a: x, b: mean }), b: factor });
      return offset ? call.run("Add", { a: scaled, b: offset }) : scaled;
    }
    const shift = call.run("Multiply", { a: mean, b: factor });
    const scaled = call.run("Multiply", { a: x, b: factor });
    return offset
      ? call.run("Add", { a: scaled, b: call.run("Sub", { a: offset, b: shift }) })
      : call.run("Sub", { a: scaled, b: shift });
  },
};
