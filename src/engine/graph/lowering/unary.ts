/** Functions of each entry. */
import { makeConstant } from "../builder";
import type { DataType, Value } from "../graph";
import { OPERATORS, type Operator } from "../operators";
import { exactSigmoid } from "../passes/preserve-sigmoid-precision";
import { elementwise, input, type KernelCall, type Lower, type LoweringTable } from "./lowering";

/** The type of a kernel's results on integers or booleans: that which the kernel itself gives. */
function resultType(call: KernelCall, x: Value): DataType {
  return call.run(call.kernel, { x: makeConstant([1], [1], x.dtype) }, call.attrs).dtype;
}

/** A function of numbers: of integers and booleans by way of floats, where ONNX has it for floats alone. */
function ofFloats(lower: (call: KernelCall, x: Value) => Value): Lower {
  return (call) => {
    const x = input(call, "x");
    if (x.dtype === "float32") return lower(call, x);
    return call.graph.cast(lower(call, call.graph.cast(x, "float32")), resultType(call, x));
  };
}

function operator(name: Operator): Lower {
  const asFloats = ofFloats((call, x) => call.graph.add(name, [x], x.shape));
  return (call) => {
    const x = input(call, "x");
    if (x.dtype !== "int32" || !OPERATORS[name].integers) return asFloats(call);
    return call.graph.add(name, [x], x.shape, x.dtype);
  };
}

/** Mask of the numbers that are of a kind that integers never are. */
function kindOfNumber(call: KernelCall, name: Operator): Value {
  const x = call.graph.cast(input(call, "x"), "float32");
  return call.graph.add(name, [x], x.shape, "bool");
}

/** `near` where |x| is below the bound, `far` elsewhere. */
function nearZero(call: KernelCall, x: Value, bound: number, near: Value, far: Value): Value {
  const size = call.graph.add("Abs", [x], x.shape);
  const isNear = elementwise(call, "Less", size, call.graph.scalar(bound), "bool");
  return call.graph.add("Where", [isNear, near, far], x.shape);
}

const NAMES: Readonly<Record<string, Operator>> = {
  Abs: "Abs",
  Acos: "Acos",
  Acosh: "Acosh",
  Asin: "Asin",
  Asinh: "Asinh",
  Atan: "Atan",
  Atanh: "Atanh",
  Ceil: "Ceil",
  Cos: "Cos",
  Cosh: "Cosh",
  Erf: "Erf",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Neg: "Neg",
  Reciprocal: "Reciprocal",
  Relu: "Relu",
  Round: "Round",
  Sign: "Sign",
  Sin: "Sin",
  Sinh: "Sinh",
  Softplus: "Softplus",
  Sqrt: "Sqrt",
  Tan: "Tan",
  Tanh: "Tanh",
};

const clip = (call: KernelCall, low: number, high: number): ReturnType<Lower> => {
  const x = input(call, "x");
  const { graph } = call;
  return graph.add("Clip", [x, graph.scalar(low, x.dtype), graph.scalar(high, x.dtype)], x.shape, x.dtype);
};

const TYPES: Readonly<Record<string, DataType>> = { float32: "float32", int32: "int32", bool: "bool" };

/** Kernels of one operand. */
export const unary: LoweringTable = {
  ...Object.fromEntries(Object.entries(NAMES).map(([kernel, name]) => [kernel, operator(name)])),
  Identity: (call) => input(call, "x"),
  /** The derivative of a softplus is written so that it keeps its digits (see `preserve-sigmoid-precision`). */
  Sigmoid: (call) => {
    const x = input(call, "x");
    const feedsGradient = call.graph.nodes.some(
      ({ operator: name, inputs }) => name === "Softplus" && inputs[0] === x,
    );
    return feedsGradient ? exactSigmoid(call.graph, x) : operator("Sigmoid")(call);
  },
  IsNan: (call) => kindOfNumber(call, "IsNaN"),
  IsInf: (call) => kindOfNumber(call, "IsInf"),
  IsFinite: (call) => {
    const { graph } = call;
    const [nan, infinite] = [kindOfNumber(call, "IsNaN"), kindOfNumber(call, "IsInf")];
    return graph.add("Not", [graph.add("Or", [nan, infinite], nan.shape, "bool")], nan.shape, "bool");
  },
  Cast: (call) => {
    const x = input(call, "x");
    const dtype = TYPES[call.attrs["dtype"] as string];
    if (dtype === undefined)
      throw new TypeError(`Cast: expected a type of numbers, got ${call.attrs["dtype"]}`);
    return call.graph.cast(x, dtype);
  },
  Square: (call) => {
    const x = input(call, "x");
    return call.graph.add("Mul", [x, x], x.shape, x.dtype);
  },
  Rsqrt: ofFloats((call, x) => call.graph.add("Reciprocal", [call.graph.add("Sqrt", [x], x.shape)], x.shape)),
  /** eˣ − 1 loses the digits of small x: there 2 sinh(x/2) exp(x/2). */
  Expm1: ofFloats((call, x) => {
    const { graph } = call;
    const half = elementwise(call, "Mul", x, graph.scalar(0.5));
    const [sinh, exp] = [graph.add("Sinh", [half], x.shape), graph.add("Exp", [half], x.shape)];
    const near = elementwise(call, "Mul", elementwise(call, "Mul", sinh, exp), graph.scalar(2));
    const far = elementwise(call, "Sub", graph.add("Exp", [x], x.shape), graph.scalar(1));
    return nearZero(call, x, 1, near, far);
  }),
  /** log(1 + x) loses the digits of small x: there 2 artanh(x / (2 + x)). */
  Log1p: ofFloats((call, x) => {
    const { graph } = call;
    const ratio = elementwise(call, "Div", x, elementwise(call, "Add", x, graph.scalar(2)));
    const near = elementwise(call, "Mul", graph.add("Atanh", [ratio], x.shape), graph.scalar(2));
    const far = graph.add("Log", [elementwise(call, "Add", x, graph.scalar(1))], x.shape);
    return nearZero(call, x, 0.5, near, far);
  }),
  Relu6: (call) => clip(call, 0, 6),
  ClipByValue: (call) =>
    clip(call, call.attrs["clipValueMin"] as number, call.attrs["clipValueMax"] as number),
  Elu: ofFloats((call, x) => call.graph.add("Elu", [x], x.shape, "float32", { alpha: { float: 1 } })),
  Selu: ofFloats((call, x) => {
    const { SELU_SCALE, SELU_SCALEALPHA } = call.tf.backend_util;
    return call.graph.add("Selu", [x], x.shape, "float32", {
      alpha: { float: SELU_SCALEALPHA / SELU_SCALE },
      gamma: { float: SELU_SCALE },
    });
  }),
  LeakyRelu: ofFloats((call, x) =>
    call.graph.add("LeakyRelu", [x], x.shape, "float32", {
      alpha: { float: (call.attrs["alpha"] as number | undefined) ?? 0.2 },
    }),
  ),
  Step: (call) => {
    const x = input(call, "x");
    const { graph } = call;
    const positive = elementwise(call, "Greater", x, graph.scalar(0, x.dtype), "bool");
    const alpha = (call.attrs["alpha"] as number | undefined) ?? 0;
    if (alpha === 0) return graph.cast(positive, x.dtype);
    return graph.add(
      "Where",
      [positive, graph.scalar(1, x.dtype), graph.scalar(alpha, x.dtype)],
      x.shape,
      x.dtype,
    );
  },
};
