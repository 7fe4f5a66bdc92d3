/** Follows a run kernel by kernel, and tells where a softmax weighs the rows of a matrix, whatever its layer is called. */
import type { Tensor } from "../tfjs/adapter";
import type { KernelCall } from "../tfjs/kernel-watch";

/** Kernels that leave weights what they are: moved, masked by factors, or as they were. */
const CARRYING: ReadonlySet<string> = new Set(["Reshape", "Transpose", "Identity", "Cast", "Multiply"]);

/** A kernel that is about to weigh rows. */
export interface AttentionUse {
  /** The operand that holds the weights. */
  readonly operand: string;
  readonly weights: Tensor;
  /** The axes of the weights that are heads. */
  readonly heads: readonly number[];
  readonly query: number;
  readonly key: number;
  /** What is weighed, and where its axes belong. */
  readonly values: WeighedValues | undefined;
}

/** The rows that are weighed. */
export interface WeighedValues {
  readonly tensor: Tensor;
  /** For each of its axes, the head's axis of the weights that it goes along, "key", or "entry" of a row. */
  readonly axes: readonly (number | "key" | "entry")[];
}

/** One run. */
export class AttentionFinder {
  /** Softmaxes, and what was made of them. */
  readonly #weights = new Set<Tensor>();
  readonly #exponentials = new Set<Tensor>();

  /** Told of each kernel that ran. */
  saw({ kernelName = "", inputs }: KernelCall, result: Tensor | Tensor[]): void {
    if (Array.isArray(result)) return;
    if (kernelName === "Exp") this.#exponentials.add(result);
    // Written out it is exponentials, divided by their sum.
    const isSoftmax =
      kernelName === "Softmax" ||
      (kernelName === "RealDiv" && inputs["a"] !== undefined && this.#exponentials.has(inputs["a"]));
    if (isSoftmax && asks(result)) this.#weights.add(result);
    const carries = CARRYING.has(kernelName);
    if (carries && Object.values(inputs).some((one) => one && this.#weights.has(one)))
      this.#weights.add(result);
  }

  /** What a kernel that is about to run weighs rows by; undefined where it does not. */
  useOf(call: KernelCall): AttentionUse | undefined {
    const operands = Object.entries(call.inputs).flatMap(([name, tensor]) =>
      tensor ? [{ name, tensor }] : [],
    );
    const used = operands.findIndex(({ tensor }) => this.#weights.has(tensor));
    if (used < 0) return undefined;
    const { name: operand, tensor: weights } = operands[used];
    const tensors = operands.map(({ tensor }) => tensor);
    const axes =
      call.kernelName === "Einsum" ? einsumAxes(call, used, tensors) : productAxes(call, used, tensors);
    return axes && { operand, weights, ...axes };
  }
}

/** Whether a softmax has a query: one row of numbers for an example, such as the probabilities of classes, has none. */
function asks({ shape }: Tensor): boolean {
  return shape.length > 2 || (shape.length === 2 && shape[0] > 1);
}

type Axes = Pick<AttentionUse, "heads" | "query" | "key" | "values">;

function productAxes(
  { kernelName, attrs }: KernelCall,
  used: number,
  operands: readonly Tensor[],
): Axes | undefined {
  if ((kernelName !== "BatchMatMul" && kernelName !== "_FusedMatMul") || used > 1) return undefined;
  const rank = operands[used].shape.length;
  const heads = Array.from({ length: rank - 2 }, (_, axis) => axis);
  const turned = used === 0 ? attrs?.transposeA === true : attrs?.transposeB !== true;
  const [query, key] = turned ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
  const tensor = operands[1 - used];
  const keyFirst = used === 0 ? attrs?.transposeB !== true : attrs?.transposeA === true;
  const ends = keyFirst ? (["key", "entry"] as const) : (["entry", "key"] as const);
  const values = tensor.shape.length === rank ? { tensor, axes: [...heads, ...ends] } : undefined;
  return { heads, query, key, values };
}

function einsumAxes({ attrs }: KernelCall, used: number, operands: readonly Tensor[]): Axes | undefined {
  if (attrs?.equation === undefined || operands.length !== 2) return undefined;
  const [left, out] = attrs.equation.replaceAll(" ", "").split("->");
  const [mine, other] = used === 0 ? left.split(",") : left.split(",").reverse();
  const axes = [...mine].map((label, axis) => ({
    axis,
    inOther: other.includes(label),
    inOut: out.includes(label),
  }));
  // What both hold and the result does not is summed over: the keys. What only the weights hold asks.
  const keys = axes.filter(({ inOther, inOut }) => inOther && !inOut);
  const queries = axes.filter(({ inOther, inOut }) => !inOther && inOut);
  if (keys.length !== 1 || queries.length !== 1) return undefined;
  const [key, query] = [keys[0].axis, queries[0].axis];
  const heads = axes.flatMap(({ axis }) => (axis === key || axis === query ? [] : [axis]));
  const places = [...other].map((label) => {
    const at = mine.indexOf(label);
    return at < 0 ? ("entry" as const) : at === key ? ("key" as const) : at;
  });
  return { heads, query, key, values: { tensor: operands[1 - used], axes: places } };
}
