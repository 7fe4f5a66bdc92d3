/** The canonical kind of each kernel of tfjs: what it does to the values that are explained. */
import type { OperationKind } from "../../model/model";
import type { LinearForm } from "./step";

/** Kinds as tables name them: `move` brings entries to other places, and every rule leads them back there. */
export type CanonicalKind = OperationKind | "move";

/** Products with weights that slide over positions. */
const CONVOLUTIONS: ReadonlySet<string> = new Set([
  "Conv2D",
  "FusedConv2D",
  "Conv2DBackpropInput",
  "Conv3D",
  "Conv3DBackpropInputV2",
  "DepthwiseConv2dNative",
  "FusedDepthwiseConv2D",
]);

/** Linear operations that average, sum or interpolate. */
const MEANS: ReadonlySet<string> = new Set([
  "Cumsum",
  "CropAndResize",
  "Mean",
  "ResizeBilinear",
  "ResizeNearestNeighbor",
  "Sum",
]);

/** Products of two values: linear in the one when the other is a weight. */
const BILINEAR: ReadonlySet<string> = new Set([
  "BatchMatMul",
  "_FusedMatMul",
  "Conv2D",
  "FusedConv2D",
  "Conv2DBackpropInput",
  "Conv3D",
  "Conv3DBackpropInputV2",
  "DepthwiseConv2dNative",
  "FusedDepthwiseConv2D",
  "Einsum",
  "Multiply",
]);

/** The names of the input that holds the weights, first of those that are there. */
const WEIGHTS: readonly string[] = ["filter", "b", "a"];

const MOVES: readonly string[] = [
  "BatchToSpaceND",
  "BroadcastTo",
  "Cast",
  "Concat",
  "DepthToSpace",
  "ExpandDims",
  "FlipLeftRight",
  "GatherNd",
  "GatherV2",
  "Identity",
  "MirrorPad",
  "Pack",
  "PadV2",
  "Reshape",
  "Reverse",
  "ScatterNd",
  "Slice",
  "SpaceToBatchND",
  "SplitV",
  "StridedSlice",
  "Tile",
  "Transpose",
  "Unpack",
  "expandDims__op",
];

const ACTIVATIONS: readonly string[] = [
  "Abs",
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "ClipByValue",
  "Cos",
  "Cosh",
  "Elu",
  "Erf",
  "Exp",
  "Expm1",
  "LeakyRelu",
  "Log",
  "Log1p",
  "Reciprocal",
  "Relu",
  "Relu6",
  "Rsqrt",
  "Selu",
  "Sigmoid",
  "Sin",
  "Sinh",
  "Softplus",
  "Sqrt",
  "Square",
  "Tan",
  "Tanh",
];

const LINEAR: readonly string[] = [
  "Cumsum",
  "CropAndResize",
  "Mean",
  "Neg",
  "ResizeBilinear",
  "ResizeNearestNeighbor",
  "Sum",
];

const POOLS: readonly string[] = [
  "AvgPool",
  "AvgPool3D",
  "Max",
  "MaxPool",
  "MaxPool3D",
  "MaxPoolWithArgmax",
  "Min",
  "TopK",
];

/** Kernels whose output is piecewise constant: they only decide what passes elsewhere. */
const GATES: readonly string[] = [
  "All",
  "Any",
  "Ceil",
  "Equal",
  "Floor",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalNot",
  "LogicalOr",
  "NotEqual",
  "Round",
  "Sign",
  "Step",
];

const kindsOf = (kernels: readonly string[], kind: CanonicalKind): [string, CanonicalKind][] =>
  kernels.map((kernel) => [kernel, kind]);

/** Kernels that are of one kind whichever of their inputs are explained. */
const KINDS: ReadonlyMap<string, CanonicalKind> = new Map([
  ...kindsOf(MOVES, "move"),
  ...kindsOf(ACTIVATIONS, "activation"),
  ...kindsOf(LINEAR, "linear"),
  ...kindsOf(POOLS, "pool"),
  ...kindsOf(GATES, "gate"),
  ...kindsOf(["Softmax", "LogSoftmax", "logSoftmax__op"], "softmax"),
  ...kindsOf(["LRN"], "normalise"),
]);

/** Kernels that are of one kind when one of their inputs is explained, and of another when several are. */
const BY_NUMBER: ReadonlyMap<string, readonly [one: CanonicalKind, several: CanonicalKind]> = new Map([
  ["Add", ["linear", "sum"]],
  ["AddN", ["linear", "sum"]],
  ["Sub", ["linear", "sum"]],
  ["FusedBatchNorm", ["linear", "normalise"]],
  ["Maximum", ["activation", "pool"]],
  ["Minimum", ["activation", "pool"]],
  ["SquaredDifference", ["activation", "normalise"]],
]);

/** The kind of a call whose inputs `active` are explained; undefined for a kernel that the tables lack. */
export function kindOf(kernel: string, active: readonly string[]): CanonicalKind | undefined {
  const several = active.length > 1;
  if (BILINEAR.has(kernel)) return several ? "product" : "linear";
  const byNumber = BY_NUMBER.get(kernel);
  if (byNumber) return byNumber[several ? 1 : 0];
  switch (kernel) {
    // A quotient is linear in what is divided; what divides normalises.
    case "RealDiv":
    case "DivNoNan":
      return !several && active[0] === "a" ? "linear" : "normalise";
    case "Pow":
      return active.includes("exp") ? undefined : "activation";
    case "Prelu":
      return several ? undefined : "activation";
    // The chosen inputs move; the choosing one is a gate.
    case "Select":
      return active.includes("condition") ? "gate" : "move";
    default:
      return KINDS.get(kernel);
  }
}

/** True of a kernel that adds a bias to what it reads, when one of its inputs is explained. */
export function isShift(kernel: string): boolean {
  return kernel === "Add";
}

/** True of a kernel that multiplies by weights, so that a bias behind it belongs to it. */
export function isWeighted(kernel: string): boolean {
  return BILINEAR.has(kernel) && kernel !== "Multiply";
}

/** The form of a kernel of kind `linear`. */
export function linearForm(kernel: string): LinearForm {
  if (CONVOLUTIONS.has(kernel)) return "convolution";
  if (isWeighted(kernel)) return "dense";
  return MEANS.has(kernel) ? "mean" : "scale";
}

/** The name of the input of a kernel that holds its weights. */
export function weightsName(inputs: readonly string[], active: readonly string[]): string | undefined {
  return WEIGHTS.find((name) => inputs.includes(name) && !active.includes(name));
}

/** The axis of the outputs of a product's weights, counted from the end; undefined where a norm cannot be folded in. */
export function outputAxis(
  kernel: string,
  active: readonly string[],
  attributes: object,
): number | undefined {
  switch (kernel) {
    case "Conv2D":
    case "FusedConv2D":
    case "Conv3D":
      return 1;
    case "Conv2DBackpropInput":
    case "Conv3DBackpropInputV2":
      return 2;
    case "BatchMatMul":
    case "_FusedMatMul":
      if (active[0] !== "a") return undefined;
      return "transposeB" in attributes && attributes.transposeB === true ? 2 : 1;
    default:
      return undefined;
  }
}

/** True of a depthwise product, whose outputs are the last two axes of its weights together. */
export function isDepthwise(kernel: string): boolean {
  return kernel === "DepthwiseConv2dNative" || kernel === "FusedDepthwiseConv2D";
}

/**
 * Kernels that say of many entries together whether a step counts at all. Nothing of what is explained passes them: a masked step
 * is masked at x and at the baseline alike.
 */
export const MASKING: ReadonlySet<string> = new Set(["All", "Any"]);

/** Kernels whose values are the same whatever goes in. */
export const CONSTANT: ReadonlySet<string> = new Set(["OnesLike", "ZerosLike"]);

/** Kernels with values from 0 to 1, or −1 to 1, that decide in a product how much of the other factor passes. */
export const SQUASHING: ReadonlySet<string> = new Set(["Sigmoid", "ClipByValue", "Erf", ...GATES]);
