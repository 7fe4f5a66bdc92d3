/** Functions of pairs of entries, with broadcasting. */
import type { Value } from "../graph";
import type { Operator } from "../operators";
import { elementwise, input, type KernelCall, type Lower, type LoweringTable } from "./lowering";

/** Both operands; booleans as the integers that tfjs computes with. */
function numbers(call: KernelCall): readonly [Value, Value] {
  const [a, b] = [input(call, "a"), input(call, "b")];
  if (a.dtype !== "bool") return [a, b];
  return [call.graph.cast(a, "int32"), call.graph.cast(b, "int32")];
}

const operator =
  (name: Operator): Lower =>
  (call) =>
    elementwise(call, name, ...numbers(call));

/** A comparison: gives booleans. */
const comparison =
  (name: Operator): Lower =>
  (call) =>
    elementwise(call, name, ...numbers(call), "bool");

/** A connective: of booleans. */
const connective =
  (name: Operator): Lower =>
  (call) =>
    elementwise(call, name, input(call, "a"), input(call, "b"), "bool");

/** Arithmetic, comparison and choice. */
export const binary: LoweringTable = {
  Add: operator("Add"),
  Sub: operator("Sub"),
  Multiply: operator("Mul"),
  RealDiv: operator("Div"),
  Maximum: operator("Max"),
  Minimum: operator("Min"),
  Pow: operator("Pow"),
  AddN: (call) => Object.values(call.inputs).reduce((sum, value) => elementwise(call, "Add", sum, value)),
  SquaredDifference: (call) => {
    const difference = elementwise(call, "Sub", input(call, "a"), input(call, "b"));
    return call.graph.add("Mul", [difference, difference], difference.shape, difference.dtype);
  },
  FloorDiv: (call) => {
    const [a, b] = [input(call, "a"), input(call, "b")].map((value) => call.graph.cast(value, "float32"));
    const quotient = elementwise(call, "Div", a, b);
    return call.graph.cast(call.graph.add("Floor", [quotient], quotient.shape), "int32");
  },
  /** a − b ⌊a / b⌋: the remainder has the sign of b. */
  Mod: (call) => {
    const [a, b] = numbers(call);
    // ONNX's has the sign of b for integers alone.
    if (a.dtype === "int32") return elementwise(call, "Mod", a, b);
    const quotient = elementwise(call, "Div", a, b);
    const whole = call.graph.add("Floor", [quotient], quotient.shape);
    return elementwise(call, "Sub", a, elementwise(call, "Mul", b, whole));
  },
  /** atan(a / b), moved by π to the side of a where b < 0; ±π/2 or 0 where b = 0. A zero has the side of its sign. */
  Atan2: (call) => {
    const { graph } = call;
    const [a, b] = [input(call, "a"), input(call, "b")];
    const zero = graph.scalar(0);
    const quotient = elementwise(call, "Div", a, b);
    const angle = graph.add("Atan", [quotient], quotient.shape);
    const below = graph.add(
      "Or",
      [
        elementwise(call, "Less", a, zero, "bool"),
        elementwise(call, "Less", call.run("Reciprocal", { x: a }), zero, "bool"),
      ],
      a.shape,
      "bool",
    );
    const half = graph.add("Where", [below, graph.scalar(-Math.PI), graph.scalar(Math.PI)], a.shape);
    const turned = elementwise(call, "Add", angle, half);
    const quarter = elementwise(call, "Mul", call.run("Sign", { x: a }), graph.scalar(Math.PI / 2));
    const left = elementwise(call, "Less", b, zero, "bool");
    const upright = elementwise(call, "Equal", b, zero, "bool");
    const sided = graph.add("Where", [left, turned, angle], angle.shape);
    return graph.add("Where", [upright, quarter, sided], angle.shape);
  },
  Prelu: (call) => {
    const [x, alpha] = [input(call, "x"), input(call, "alpha")];
    const positive = call.graph.add("Relu", [x], x.shape);
    const negative = elementwise(call, "Min", x, call.graph.scalar(0));
    return elementwise(call, "Add", positive, elementwise(call, "Mul", negative, alpha));
  },
  Equal: comparison("Equal"),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  LogicalAnd: connective("And"),
  LogicalOr: connective("Or"),
  NotEqual: (call) => {
    const equal = elementwise(call, "Equal", ...numbers(call), "bool");
    return call.graph.add("Not", [equal], equal.shape, "bool");
  },
  LogicalNot: (call) => {
    const x = input(call, "x");
    return call.graph.add("Not", [x], x.shape, "bool");
  },
  /** A condition of rank 1 chooses whole rows. */
  Select: (call) => {
    const [condition, t, e] = [input(call, "condition"), input(call, "t"), input(call, "e")];
    const shape =
      condition.shape.length === 1 && t.shape.length > 1
        ? [condition.shape[0], ...t.shape.slice(1).map(() => 1)]
        : condition.shape;
    const chosen = call.run("Reshape", { x: condition }, { shape });
    // tfjs takes numbers of two types as they are, and ONNX Runtime has no choice of booleans.
    const dtype = t.dtype === "float32" || e.dtype === "float32" ? "float32" : "int32";
    const [first, second] = [t, e].map((value) => call.graph.cast(value, dtype));
    const made = call.graph.add("Where", [chosen, first, second], t.shape, dtype);
    return t.dtype === "bool" && e.dtype === "bool" ? call.graph.cast(made, "bool") : made;
  },
};
