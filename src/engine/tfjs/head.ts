/** The head of an output: the softmax or sigmoid that made it, and the logits that went in. */
import { outOfRange, shown, shownShape, wrongType } from "../../check";
import type { LayerPlace } from "../../model/place";
import type { Explain, Head, ResolvedTarget, ScoreForm } from "../../model/score";
import type { Tensor, Tf } from "./adapter";
import type { KernelCall } from "./kernel-watch";

/** The last step of an output, and any form of that output. */
export interface OutputEnd {
  readonly head: Head;
  /** `form` of what entered softmax or sigmoid (of the output itself where there is none), in the output's shape. */
  of(form: Form): Tensor;
}

/** Forms of an output made of logits, in their shape. */
type Form = (logits: Tensor) => Tensor;

/** A softmax or sigmoid, and what became of its output: moved, taken apart or put together, but nothing else. */
interface Squashed {
  readonly kernel: "Softmax" | "Sigmoid";
  /** The same done to a form of the logits. Softmax is over their own last axis, wherever that went. */
  of(form: Form): Tensor;
}

/** Joined values, by the ids of their parts. */
interface Joined {
  readonly parts: readonly number[];
  readonly join: (parts: Tensor[]) => Tensor;
}

/**
 * Moves and joins of a call on values that may be squashed already: steps of a sequence, to each of which a layer was
 * applied by itself, or rows of several runs.
 */
function joinOf(
  tf: Tf,
  { kernelName, inputs, attrs = {} }: KernelCall,
  result: Tensor,
): Joined["join"] | undefined {
  if (kernelName === "Identity") return ([x]) => x;
  if (kernelName === "Reshape") return ([x]) => x.reshape(result.shape);
  if (kernelName === "Pack") return (parts) => tf.stack(parts, attrs.axis ?? 0);
  if (kernelName === "Concat" && attrs.axis === 0) return (parts) => tf.concat(parts, 0);
  if (kernelName === "Slice") {
    const { begin = [], size = [] } = attrs;
    const [, ...extents] = (inputs.x as Tensor).shape;
    const whole = extents.every((extent, i) => (size[i + 1] ?? extent) === extent || size[i + 1] === -1);
    if (whole) return ([rows]) => tf.slice(rows, [...begin], [...size]);
  }
  return undefined;
}

/** Follows outputs back to the softmax or sigmoid that made them. One per run; holds tensors until disposed. */
export class HeadFinder {
  readonly #squashed = new Map<number, Squashed>();
  readonly #joined = new Map<number, Joined>();
  readonly #kept: Tensor[] = [];

  readonly #tf: Tf;

  constructor(tf: Tf) {
    this.#tf = tf;
  }

  /** To be told of every kernel of the forward pass. */
  saw(call: KernelCall, result: Tensor | Tensor[]): void {
    if (Array.isArray(result)) return;
    const { kernelName, inputs } = call;
    if (kernelName === "Softmax" || kernelName === "Sigmoid") {
      const input = (kernelName === "Softmax" ? inputs.logits : inputs.x) as Tensor;
      // Kept, because the layer's own tidy would dispose of it before the output is known.
      const logits = this.#tf.keep(input.clone());
      this.#kept.push(logits);
      this.#squashed.set(result.id, { kernel: kernelName, of: (form) => form(logits) });
      return;
    }
    const join = joinOf(this.#tf, call, result);
    if (join) {
      const parts = Object.values(inputs).map((part) => (part as Tensor).id);
      this.#joined.set(result.id, { parts, join });
    }
  }

  /** The end of an output. */
  endOf(output: Tensor): OutputEnd {
    const found = this.#origin(output.id);
    if (found === undefined) return { head: "none", of: (form) => form(output) };
    const single = output.rank === 1 || (output.rank === 2 && output.shape[1] === 1);
    const head = found.kernel === "Softmax" ? "softmax" : single ? "binary" : "sigmoid";
    return { head, of: (form) => found.of(form).reshape(output.shape) };
  }

  #origin(output: number): Squashed | undefined {
    const found = this.#squashed.get(output);
    if (found) return found;
    const joined = this.#joined.get(output);
    if (joined === undefined) return undefined;
    const { parts, join } = joined;
    const origins = parts.map((part) => this.#origin(part));
    const first = origins[0];
    if (first === undefined || origins.some((origin) => origin?.kernel !== first.kernel)) return undefined;
    return {
      kernel: first.kernel,
      of: (form) => join(origins.map((origin) => (origin as Squashed).of(form))),
    };
  }

  dispose(): void {
    for (const logits of this.#kept) logits.dispose();
    this.#kept.length = 0;
  }
}

/** The output in the form that is explained. One sigmoid unit becomes two columns: class 0 and class 1. */
export function explained(tf: Tf, output: Tensor, end: OutputEnd, explain: Explain): Tensor {
  const { head } = end;
  const logits = (z: Tensor): Tensor => z;
  switch (head) {
    case "none":
      return output;
    case "softmax":
      if (explain === "probability") return output;
      return end.of(explain === "logit" ? logits : (z) => tf.logSoftmax(z));
    case "sigmoid":
      if (explain === "probability") return output;
      return end.of(explain === "logit" ? logits : (z) => tf.logSigmoid(z));
    case "binary": {
      const z = end.of(logits).reshape([output.shape[0], 1]);
      const both = tf.concat([z.neg(), z], 1);
      if (explain === "logit") return both;
      return explain === "probability" ? tf.sigmoid(both) : tf.logSigmoid(both);
    }
  }
}

/** The form of an output that a score reads, and its head where nothing is replaced. */
export interface ReadOutput {
  readonly head: Head;
  readonly explain: Explain;
  readonly kind: ResolvedTarget["score"]["kind"];
}

/**
 * Throws where values that stand in for a layer's own come after the softmax or sigmoid that is explained: there are no
 * logits then, and one sigmoid unit has no column of its own for class 0. Probabilities of several classes can be read.
 */
export function checkEnd(
  { head: found }: Pick<OutputEnd, "head">,
  { head, explain, kind }: ReadOutput,
): void {
  if (found !== "none" || head === "none" || kind === "neuron") return;
  if (explain === "probability" && kind !== "loss" && head !== "binary") return;
  const end = head === "softmax" ? "softmax" : "sigmoid";
  const missing =
    kind === "loss"
      ? "no loss is defined"
      : head === "binary"
        ? "both classes are one number"
        : `there is no ${explain}`;
  throw outOfRange(
    "layer",
    `a layer before the ${end} of the output, or that layer's input ({ layer, side: "input" })`,
    `one behind it, where ${missing}`,
  );
}

/** Reading of a score, without the arrays that weigh or label it: the same for all classes, neurons and labels. */
export type ReadScore =
  | { readonly kind: "mask" }
  | { readonly kind: "neuron"; readonly place: LayerPlace }
  | { readonly kind: "loss" }
  | Extract<ScoreForm, { kind: "function" }>;

/** A target as far as a program depends on it. */
export interface ScoredTarget {
  readonly output: number;
  readonly explain: Explain;
  /** End of the output that is scored, where no layer is replaced; none when that is not to be checked. */
  readonly head?: Head | undefined;
  readonly score: ReadScore;
}

/** The arrays of a score, by whoever has them: numbers of a target, or inputs of a graph. */
export interface ScoreOperands {
  /** Σ weights ⊙ values of each row. */
  weigh(values: Tensor): Tensor;
  /** The label of each row: a class, or a number where the output has no classes. */
  label(dtype: "float32" | "int32"): Tensor;
}

/** One score per row, read from the outputs with their ends, or from the values of the layer that is scored. */
export function scoresOf(
  tf: Tf,
  outputs: readonly Tensor[],
  ends: readonly OutputEnd[],
  layer: Tensor | undefined,
  of: ScoredTarget,
  operands: ScoreOperands,
): Tensor {
  const [output, end] = [outputs[of.output], ends[of.output]];
  const { score, explain, head } = of;
  if (!layer && head) checkEnd(end, { head, explain, kind: score.kind });
  switch (score.kind) {
    case "neuron":
      return operands.weigh(layer!);
    case "mask":
      return operands.weigh(explained(tf, output, end, explain));
    case "loss":
      return lossOf(tf, output, end, operands.label(end.head === "none" ? "float32" : "int32"));
    case "function":
      return onePerRow(score.score(...readBy(tf, score, outputs, ends, layer, of)), output.shape[0]);
  }
}

/** Argument of a target function: the explained output, all outputs in the form explained, or a layer's values. */
function readBy(
  tf: Tf,
  { reads }: Pick<Extract<ScoreForm, { kind: "function" }>, "reads">,
  outputs: readonly Tensor[],
  ends: readonly OutputEnd[],
  layer: Tensor | undefined,
  { output, explain }: Pick<ScoredTarget, "output" | "explain">,
): Tensor[] {
  if (layer) return [layer];
  if (reads === "outputs") return outputs.map((values, i) => explained(tf, values, ends[i], explain));
  return [explained(tf, outputs[output], ends[output], explain)];
}

/** The loss of each row: −log p(label) where there are classes, else (output − label)². */
function lossOf(tf: Tf, output: Tensor, end: OutputEnd, label: Tensor): Tensor {
  const rows = output.shape[0];
  if (end.head === "none") return output.reshape([rows]).squaredDifference(label);
  const logProbability = explained(tf, output, end, "logProbability");
  // `tf.oneHot` refuses a single class.
  const classes = tf.range(0, logProbability.shape[1] as number, 1, "int32");
  const labelled = label.reshape([rows, 1]).equal(classes).cast("float32");
  return logProbability.mul(labelled).sum(1).neg();
}

/** Answer of a target function, as one score per row. Throws a TypeError when it is something else. */
function onePerRow(scores: unknown, rows: number): Tensor {
  const given = scores as Tensor | undefined;
  if (Array.isArray(given?.shape) && given.size === rows) return given.reshape([rows]);
  const got = Array.isArray(given?.shape) ? shownShape(given.shape, rows) : shown(scores);
  // Without their number: a graph is recorded with other rows than those of the call.
  throw wrongType("target", "one score per example, shape [batch]", got);
}
