/** The end of an output: the softmax or sigmoid that made it, whatever became of the probabilities behind that. */
import type { Head } from "../../model/score";
import type { Tensor, Tf } from "./adapter";
import { engineOf, type KernelCall } from "./kernel-watch";

/** Forms of a probability p: its logit, log p, and log (1 − p), which only a sigmoid has apart from the others. */
export type Form = "logit" | "logProbability" | "logComplement";

/** The last step of an output, and any form of that output. */
export interface OutputEnd {
  readonly head: Head;
  /** A form of the probabilities (the output itself where there are none), in the output's shape. */
  of(form: Form): Tensor;
}

/** Probabilities that a softmax or sigmoid made, or a weighted sum of such. */
interface Squashed {
  readonly kernel: "Softmax" | "Sigmoid";
  /** The sum of the weights: 1 of probabilities. */
  readonly mass: number;
  of(form: Form): Tensor;
}

/** Kernels that move values, take them apart or put them together, and leave each as it is. */
const MOVES = new Set([
  "Identity",
  "Reshape",
  "ExpandDims",
  "Transpose",
  "Reverse",
  "Tile",
  "Slice",
  "StridedSlice",
  "SplitV",
  "Unpack",
  "Pack",
  "Concat",
  "GatherV2",
]);

/** How far the sum of the weights of an average may be from 1. */
const ROUNDING = 1e-5;
/** Bounds that cut off no more than this are there for the sake of a logarithm, not to change probabilities. */
const NEAR_CERTAIN = 0.01;

/** Follows outputs back to the softmax or sigmoid that made them. One per run; holds tensors until disposed. */
export class HeadFinder {
  readonly #squashed = new Map<number, Squashed>();
  /** Whatever kernels gave: a number that was computed may depend on the input, and is not read. */
  readonly #computed = new Set<number>();
  readonly #kept: Tensor[] = [];

  readonly #tf: Tf;

  constructor(tf: Tf) {
    this.#tf = tf;
  }

  /** To be told of every kernel of the forward pass. */
  saw(call: KernelCall, result: Tensor | Tensor[]): void {
    const results = [result].flat();
    for (const { id } of results) this.#computed.add(id);
    const { kernelName = "", inputs } = call;
    if (kernelName === "Softmax" || kernelName === "Sigmoid") {
      const input = (kernelName === "Softmax" ? inputs.logits : inputs.x) as Tensor;
      this.#squashed.set(results[0].id, this.#squash(kernelName, this.#keep(input)));
      return;
    }
    const parts = Object.values(inputs).map((part) => part && this.#squashed.get(part.id));
    if (parts.every((part) => part === undefined)) return;
    for (const [i, { id, shape }] of results.entries()) {
      const found = MOVES.has(kernelName) ? this.#moved(call, parts, i) : this.#changed(call, parts, shape);
      if (found) this.#squashed.set(id, found);
    }
  }

  /** The end of an output. */
  endOf(output: Tensor): OutputEnd {
    const found = this.#squashed.get(output.id);
    if (found === undefined || !isWhole(found)) return { head: "none", of: () => output };
    const single = output.rank === 1 || (output.rank === 2 && output.shape[1] === 1);
    const head = found.kernel === "Softmax" ? "softmax" : single ? "binary" : "sigmoid";
    return { head, of: (form) => found.of(form).reshape(output.shape) };
  }

  dispose(): void {
    for (const kept of this.#kept) kept.dispose();
    this.#kept.length = 0;
  }

  #squash(kernel: Squashed["kernel"], logits: Tensor): Squashed {
    const tf = this.#tf;
    const of = (form: Form): Tensor => {
      if (form === "logit") return logits;
      if (kernel === "Softmax") return tf.logSoftmax(logits);
      return tf.logSigmoid(form === "logProbability" ? logits : logits.neg());
    };
    return { kernel, mass: 1, of };
  }

  /** Values that are moved alone: whatever is done to probabilities is done to their forms. Softmax was over its own last axis. */
  #moved(
    { kernelName = "", inputs, attrs }: KernelCall,
    parts: readonly (Squashed | undefined)[],
    output: number,
  ): Squashed | undefined {
    const first = parts[0];
    const names = Object.keys(inputs);
    // Of a look-up, the second input is none of the values.
    const values = kernelName === "GatherV2" ? names.slice(0, 1) : names;
    if (first === undefined || values.some((_, i) => !isLike(parts[i], first))) return undefined;
    const others = names.slice(values.length).map((name) => [name, this.#keep(inputs[name] as Tensor)]);
    const of = (form: Form): Tensor => {
      const formed = parts.slice(0, values.length).map((part) => (part as Squashed).of(form));
      const named = [...formed.map((tensor, i) => [values[i], tensor]), ...others];
      const given = Array.isArray(inputs) ? formed : Object.fromEntries(named);
      return [engineOf(this.#tf).runKernel(kernelName, given, attrs ?? {})].flat()[output];
    };
    return { ...first, of };
  }

  /** Values that are changed, and still are probabilities, or will be when more of them are added. */
  #changed(
    call: KernelCall,
    parts: readonly (Squashed | undefined)[],
    shape: readonly number[],
  ): Squashed | undefined {
    const { kernelName, inputs, attrs = {} } = call;
    const at = parts.findIndex((part) => part !== undefined);
    const part = parts[at] as Squashed;
    const others = Object.values(inputs).filter((_, i) => i !== at);
    const number = others.length === 1 ? this.#numberIn(others[0]) : undefined;
    const given = (Object.values(inputs)[at] as Tensor).shape;
    switch (kernelName) {
      case "Cast":
        return attrs.dtype === "float32" ? part : undefined;
      case "ClipByValue": {
        const { clipValueMin = 1, clipValueMax = 0 } = attrs;
        return isLow(clipValueMin) && isHigh(clipValueMax) && isWhole(part) ? part : undefined;
      }
      case "Maximum":
        return number !== undefined && isLow(number) && isWhole(part) ? part : undefined;
      case "Minimum":
        return number !== undefined && isHigh(number) && isWhole(part) ? part : undefined;
      case "Multiply":
        return number === undefined ? undefined : this.#scaled(part, number);
      case "RealDiv":
        return number === undefined || at !== 0 ? undefined : this.#scaled(part, 1 / number);
      case "Sub":
        if (number === 1 && at === 1) return complement(part);
        return number === 0 && at === 0 ? part : undefined;
      case "Add":
      case "AddN":
        if (number === 0) return part;
        return parts.every((other, i) => other && hasShape(Object.values(inputs)[i], shape))
          ? this.#sum(parts as readonly Squashed[])
          : undefined;
      case "Mean":
      case "Sum": {
        const axes = axesOf(attrs.axis, given.length);
        const count = axes.reduce((product, axis) => product * given[axis], 1);
        return this.#over(part, axes, count, kernelName === "Mean" ? 1 / count : 1, attrs.keepDims === true);
      }
      default:
        return undefined;
    }
  }

  /** c p, for which Σ w p has other weights. */
  #scaled(part: Squashed, factor: number): Squashed | undefined {
    if (factor === 1) return part;
    if (!(factor > 0)) return undefined;
    return this.#weighted(part.kernel, factor * part.mass, (form) => part.of(form).add(Math.log(factor)));
  }

  /** Σ p, whose logarithm is taken of logarithms, since p may round to 0 or 1. */
  #sum(parts: readonly Squashed[]): Squashed | undefined {
    const { kernel } = parts[0];
    if (parts.some((part) => part.kernel !== kernel)) return undefined;
    const mass = parts.reduce((sum, part) => sum + part.mass, 0);
    return this.#weighted(kernel, mass, (form) =>
      this.#tf.logSumExp(this.#tf.stack(parts.map((part) => part.of(form))), 0),
    );
  }

  /** The same over axes, times a factor. */
  #over(part: Squashed, axes: readonly number[], count: number, factor: number, keepDims: boolean): Squashed {
    return this.#weighted(part.kernel, part.mass * count * factor, (form) =>
      this.#tf.logSumExp(part.of(form), [...axes], keepDims).add(Math.log(factor)),
    );
  }

  /**
   * A weighted sum by the logarithms of it and of its complement. Its logits are those that softmax or sigmoid would make
   * the same probabilities of: log p, and log p − log (1 − p).
   */
  #weighted(
    kernel: Squashed["kernel"],
    mass: number,
    log: (form: "logProbability" | "logComplement") => Tensor,
  ): Squashed {
    const of = (form: Form): Tensor => {
      if (form !== "logit") return log(form);
      const logProbability = log("logProbability");
      return kernel === "Softmax" ? logProbability : logProbability.sub(log("logComplement"));
    };
    return { kernel, mass, of };
  }

  /** The number that a scalar holds; undefined of one that was computed. */
  #numberIn(tensor: Tensor | undefined): number | undefined {
    if (tensor?.size !== 1 || tensor.rank !== 0 || this.#computed.has(tensor.id)) return undefined;
    return tensor.dataSync()[0];
  }

  /** Kept, because the layer's own tidy would dispose of it before the output is known. */
  #keep(tensor: Tensor): Tensor {
    const kept = this.#tf.keep(tensor.clone());
    this.#kept.push(kept);
    return kept;
  }
}

/** 1 − σ(z) is σ(−z). */
function complement(part: Squashed): Squashed | undefined {
  if (part.kernel !== "Sigmoid" || !isWhole(part)) return undefined;
  const of = (form: Form): Tensor => {
    if (form === "logit") return part.of("logit").neg();
    return part.of(form === "logProbability" ? "logComplement" : "logProbability");
  };
  return { ...part, of };
}

function isWhole({ mass }: Squashed): boolean {
  return Math.abs(mass - 1) <= ROUNDING;
}

function isLike(part: Squashed | undefined, { kernel, mass }: Squashed): boolean {
  return part?.kernel === kernel && Math.abs(part.mass - mass) <= ROUNDING;
}

function isLow(bound: number): boolean {
  return bound <= NEAR_CERTAIN;
}

function isHigh(bound: number): boolean {
  return bound >= 1 - NEAR_CERTAIN;
}

function hasShape(tensor: Tensor | undefined, shape: readonly number[]): boolean {
  return tensor?.shape.length === shape.length && shape.every((extent, i) => tensor.shape[i] === extent);
}

function axesOf(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  const axes =
    axis === null || axis === undefined ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return axes.map((each) => (each < 0 ? each + rank : each));
}
