/** One operation, as a rule sees it. */
import type { BackwardRule, LayerFact, OperationKind } from "../../model/model";
import type { Tensor, Tf } from "../tfjs/adapter";

/** The values of an operation at one batch, and its derivative there. */
export interface StepValues {
  /** Inputs that are explained. */
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** The transposed derivative times a cotangent: the plain gradient of each input. */
  back(cotangent: Tensor): Tensor[];
}

/** Other operands of a linear operation: its input, and what becomes of its weights and of its bias. */
export interface ModifiedOperands {
  readonly input: Tensor;
  readonly weights: (weights: Tensor) => Tensor;
  /** Undefined for none. */
  readonly bias: ((bias: Tensor) => Tensor) | undefined;
}

/** A linear operation at other operands: its output there, and the transposed map. */
export interface ModifiedLinear {
  readonly output: Tensor;
  back(cotangent: Tensor): Tensor;
}

/** Form of a linear operation: products with weights, and what merely scales, shifts, sums or averages. */
export type LinearForm = "convolution" | "dense" | "scale" | "mean";

/** One operation on the way back. All arrays are tfjs tensors, on whichever engine computes. */
export interface RuleStep extends StepValues {
  readonly tf: Tf;
  readonly kind: OperationKind;
  /** The kernel of tfjs that gives the operation its kind. */
  readonly kernel: string;
  /** The layer that runs it, where the model has layers. */
  readonly layer: LayerFact | undefined;
  /** Form of a linear operation; absent of others. */
  readonly form?: LinearForm;
  /** The same linear operation with other weights, bias and input; absent where it has no weights. */
  readonly modified?: (operands: ModifiedOperands) => ModifiedLinear;
  /** Whether it is a product with weights with no other in front of it, or behind it. */
  readonly place: { readonly first: boolean; readonly last: boolean };
  /** Factor of the input of a linear operation. */
  readonly weights?: Tensor;
  /** Addend of its result. */
  readonly bias?: Tensor;
  /** The input of a gate that passes through; the others decide how much of it. */
  readonly signal?: number;
  /** Relevance that has reached the output. */
  readonly incoming: Tensor;
  /** The same operation at the reference batch; present when the rule needs one. */
  readonly reference?: StepValues;
}

/** One relevance per input, undefined for an input that gets none; undefined where the rule says nothing about this operation. */
export type Row = (step: RuleStep) => readonly (Tensor | undefined)[] | undefined;

/** A rule as the engines run it. */
export interface Rule extends BackwardRule {
  readonly rows: Readonly<Partial<Record<OperationKind, Row>>>;
}

/** The row of an operation that a rule does not change. */
export const plainGradient: Row = (step) => step.back(step.incoming);
