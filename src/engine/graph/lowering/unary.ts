/** Functions of each entry. */
import type { DataType } from "../graph";
import { elementwise, input, type KernelCall, type Lower, type LoweringTable } from "./lowering";

function operator(name: string, dtype?: DataType): Lower {
  return (call) => {
    const x = input(call, "x");
    return call.graph.add(name, [x], x.shape, dtype ?? x.dtype);
  };
}

const NAMES: Readonly<Record<string, string>> = {
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
  Sigmoid: "Sigmoid",
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
  IsNan: operator("IsNaN", "bool"),
  IsInf: operator("IsInf", "bool"),
  IsFinite: (call) => {
    const x = input(call, "x");
    const { graph } = call;
    const [nan, infinite] = ["IsNaN", "IsInf"].map((name) => graph.add(name, [x], x.shape, "bool"));
    return graph.add("Not", [graph.add("Or", [nan, infinite], x.shape, "bool")], x.shape, "bool");
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
  Rsqrt: (call) => {
    const x = input(call, "x");
    return call.graph.add("Reciprocal", [call.graph.add("Sqrt", [x], x.shape)], x.shape);
  },
  Expm1: (call) => {
    const x = input(call, "x");
    return elementwise(call, "Sub", call.graph.add("Exp", [x], x.shape), call.graph.scalar(1));
  },
  Log1p: (call) => {
    const x = input(call, "x");
    return call.graph.add("Log", [elementwise(call, "Add", x, call.graph.scalar(1))], x.shape);
  },
  Relu6: (call) => clip(call, 0, 6),
  ClipByValue: (call) =>
    clip(call, call.attrs["clipValueMin"] as number, call.attrs["clipValueMax"] as number),
  Elu: (call) => {
    const x = input(call, "x");
    return call.graph.add("Elu", [x], x.shape, x.dtype, { alpha: { float: 1 } });
  },
  Selu: (call) => {
    const x = input(call, "x");
    const { SELU_SCALE, SELU_SCALEALPHA } = call.tf.backend_util;
    return call.graph.add("Selu", [x], x.shape, x.dtype, {
      alpha: { float: SELU_SCALEALPHA / SELU_SCALE },
      gamma: { float: SELU_SCALE },
    });
  },
  LeakyRelu: (call) => {
    const x = input(call, "x");
    return call.graph.add("LeakyRelu", [x], x.shape, x.dtype, {
      alpha: { float: (call.attrs["alpha"] as number | undefined) ?? 0.2 },
    });
  },
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
