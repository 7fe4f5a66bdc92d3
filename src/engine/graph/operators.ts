/**
 * The operators that graphs are written in, all but gradients those of ONNX, and what analyses and passes need to know of each:
 * one row per operator, one column per property. The compiler names the row or the column that is missing.
 */

/** Names of operators. */
export type Operator = ElementwiseOperator | MovingOperator | CombiningOperator | GradientOperator;

/**
 * Gradients, which ONNX lacks: of an operator at its input x, backpropagated from dy to dx. Inputs are x, dy and what parametrises
 * them; passes write them in operators of ONNX.
 */
export type GradientOperator =
  /** dy where x is from the third input to the fourth, else 0. */
  | "ClipGrad"
  /** dy at the first largest cell of each window, which the third input counts down to 1 where windows lie side by side. */
  | "MaxPoolGrad"
  /** dy where x is above 0 and, where there is a third input, at most that; else 0. */
  | "ReluGrad"
  /** dy · σ(x) · σ(−x). */
  | "SigmoidGrad"
  /** dy · (1 − tanh²(x)). */
  | "TanhGrad";

/** Operators that compute each entry by itself. */
type ElementwiseOperator =
  | "Abs"
  | "Acos"
  | "Acosh"
  | "Add"
  | "And"
  | "Asin"
  | "Asinh"
  | "Atan"
  | "Atanh"
  | "Cast"
  | "Ceil"
  | "Clip"
  | "Cos"
  | "Cosh"
  | "Div"
  | "Elu"
  | "Equal"
  | "Erf"
  | "Exp"
  | "Floor"
  | "Greater"
  | "GreaterOrEqual"
  | "Identity"
  | "IsInf"
  | "IsNaN"
  | "LeakyRelu"
  | "Less"
  | "LessOrEqual"
  | "Log"
  | "Max"
  | "Min"
  | "Mod"
  | "Mul"
  | "Neg"
  | "Not"
  | "Or"
  | "Pow"
  | "Reciprocal"
  | "Relu"
  | "Round"
  | "Selu"
  | "Sigmoid"
  | "Sign"
  | "Sin"
  | "Sinh"
  | "Softplus"
  | "Sqrt"
  | "Sub"
  | "Tan"
  | "Tanh"
  | "Where";

/** Operators that put entries elsewhere, repeat them, or make shapes and positions. */
type MovingOperator =
  | "Concat"
  | "ConstantOfShape"
  | "Expand"
  | "Gather"
  | "GatherND"
  | "Pad"
  | "Range"
  | "Reshape"
  | "ScatterElements"
  | "ScatterND"
  | "Shape"
  | "Slice"
  | "Split"
  | "Tile"
  | "Transpose";

/** Operators that make one entry of many. */
type CombiningOperator =
  | "ArgMax"
  | "ArgMin"
  | "AveragePool"
  | "Conv"
  | "ConvTranspose"
  | "CumSum"
  | "Einsum"
  | "Gemm"
  | "LogSoftmax"
  | "MatMul"
  | "MaxPool"
  | "ReduceMax"
  | "ReduceMean"
  | "ReduceMin"
  | "ReduceProd"
  | "ReduceSum"
  | "Resize"
  | "Scan"
  | "Softmax"
  | "TopK";

/**
 * Where the axes of the output come from:
 *
 * - `elementwise`: the same place of each input, with broadcasting; axes count from the last
 * - `permuted`: the axes of the input in the order `perm`
 * - `reshaped`: the entries in their order, in the shape that the second input names
 * - `joined`: the inputs one behind the other along one axis
 * - `split`: stretches of one axis, one per output
 * - `sliced`, `padded`: less or more of some axes, which the further inputs name
 * - `reduced`: the axes that the second input names are gone, or 1 long
 * - `product`: of matrices in the last two axes, with broadcasting in front of them
 * - `windowed`: rows first, then channels, then places of windows
 * - `opaque`: not looked into
 */
export type Axes =
  | "elementwise"
  | "permuted"
  | "reshaped"
  | "joined"
  | "split"
  | "sliced"
  | "padded"
  | "reduced"
  | "product"
  | "windowed"
  | "opaque";

/**
 * In which inputs an operator is affine: in the first, all others given; in each, all others given; or in all of them
 * together.
 */
export type Linear = "nowhere" | "first" | "each" | "jointly";

/** Growth of the arithmetic of an operator: with the entries that it gives, or so many products for each. */
export type Cost = "entries" | "matrix" | "convolution" | "transposed convolution";

/** Properties of an operator. */
export interface OperatorRow {
  /** Where the axes of the output come from. */
  readonly axes: Axes;
  /** In which inputs it is affine. */
  readonly linear: Linear;
  /** The input that is added to what is linear in the others. */
  readonly addend: number | undefined;
  /** Growth of its arithmetic. */
  readonly cost: Cost;
  /** Whether outputs are at most 1 in size: a product with one of them is no larger than its other factor. */
  readonly bounded: boolean;
  /** Whether each entry of the output is one of the first input's. */
  readonly moves: boolean;
  /** Whether it takes integers as well as floats. */
  readonly integers: boolean;
  /** Whether axes are an attribute up to version 17 of the operators, and from 18 on an input, as graphs have it. */
  readonly axesAttribute: boolean;
  /** Whether ONNX lacks it: a gradient at its first input, which is read where and as that is. */
  readonly gradient: boolean;
}

const opaque: OperatorRow = {
  axes: "opaque",
  linear: "nowhere",
  addend: undefined,
  cost: "entries",
  bounded: false,
  moves: false,
  integers: false,
  axesAttribute: false,
  gradient: false,
};
const moving: OperatorRow = { ...opaque, linear: "first", moves: true, integers: true };
const onFloats: OperatorRow = { ...opaque, axes: "elementwise" };
const onNumbers: OperatorRow = { ...onFloats, integers: true };
const reduction: OperatorRow = { ...opaque, axes: "reduced", integers: true, axesAttribute: true };
const window: OperatorRow = { ...opaque, axes: "windowed" };

/** Each operator's row. */
export const OPERATORS: Readonly<Record<Operator, OperatorRow>> = {
  Abs: onNumbers,
  Acos: onFloats,
  Acosh: onFloats,
  Add: { ...onNumbers, linear: "jointly" },
  And: onFloats,
  Asin: onFloats,
  Asinh: onFloats,
  Atan: onFloats,
  Atanh: onFloats,
  Cast: onNumbers,
  Ceil: onFloats,
  Clip: onNumbers,
  Cos: { ...onFloats, bounded: true },
  Cosh: onFloats,
  Div: { ...onNumbers, linear: "first" },
  Elu: onFloats,
  Equal: onNumbers,
  Erf: { ...onFloats, bounded: true },
  Exp: onFloats,
  Floor: onFloats,
  Greater: onNumbers,
  GreaterOrEqual: onNumbers,
  Identity: { ...onNumbers, linear: "first", moves: true },
  IsInf: onFloats,
  IsNaN: onFloats,
  LeakyRelu: onFloats,
  Less: onNumbers,
  LessOrEqual: onNumbers,
  Log: onFloats,
  Max: onNumbers,
  Min: onNumbers,
  Mod: onNumbers,
  Mul: { ...onNumbers, linear: "each" },
  Neg: { ...onNumbers, linear: "first" },
  Not: onFloats,
  Or: onFloats,
  Pow: onNumbers,
  Reciprocal: onFloats,
  Relu: onNumbers,
  Round: onFloats,
  Selu: onFloats,
  Sigmoid: { ...onFloats, bounded: true },
  Sign: { ...onNumbers, bounded: true },
  Sin: { ...onFloats, bounded: true },
  Sinh: onFloats,
  Softplus: onFloats,
  Sqrt: onFloats,
  Sub: { ...onNumbers, linear: "jointly" },
  Tan: onFloats,
  Tanh: { ...onFloats, bounded: true },
  Where: onNumbers,

  Concat: { ...moving, axes: "joined", linear: "jointly", moves: false },
  ConstantOfShape: opaque,
  Expand: moving,
  Gather: moving,
  GatherND: moving,
  Pad: { ...moving, axes: "padded", addend: 2, moves: false },
  Range: { ...opaque, integers: true },
  Reshape: { ...moving, axes: "reshaped" },
  ScatterElements: { ...opaque, integers: true },
  ScatterND: { ...opaque, integers: true },
  Shape: { ...opaque, integers: true },
  Slice: { ...moving, axes: "sliced" },
  Split: { ...moving, axes: "split" },
  Tile: moving,
  Transpose: { ...moving, axes: "permuted" },

  ArgMax: { ...opaque, integers: true },
  ArgMin: { ...opaque, integers: true },
  AveragePool: { ...window, linear: "first" },
  Conv: { ...window, linear: "first", addend: 2, cost: "convolution" },
  ConvTranspose: { ...window, linear: "first", addend: 2, cost: "transposed convolution" },
  CumSum: { ...opaque, linear: "first", integers: true },
  Einsum: { ...opaque, linear: "each" },
  Gemm: { ...opaque, linear: "each", addend: 2, cost: "matrix" },
  LogSoftmax: opaque,
  MatMul: { ...opaque, axes: "product", linear: "each", cost: "matrix" },
  MaxPool: window,
  ReduceMax: reduction,
  ReduceMean: { ...reduction, linear: "first" },
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: { ...reduction, linear: "first", axesAttribute: false },
  Resize: { ...window, linear: "first" },
  /** A loop over sequences; what it costs is told by its body. */
  Scan: opaque,
  Softmax: { ...opaque, bounded: true },
  TopK: { ...opaque, integers: true },

  ClipGrad: { ...onFloats, gradient: true },
  MaxPoolGrad: { ...window, gradient: true },
  ReluGrad: { ...onFloats, gradient: true },
  SigmoidGrad: { ...onFloats, gradient: true },
  TanhGrad: { ...onFloats, gradient: true },
};
