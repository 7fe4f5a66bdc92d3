/** The form of an output that is explained, and the score that is read from it. */
import { outOfRange, shown, shownShape, wrongType } from "../../check";
import type { LayerPlace } from "../../model/place";
import type { Explain, Head, ResolvedTarget, ScoreForm } from "../../model/score";
import type { Tensor, Tf } from "./adapter";
import type { OutputEnd } from "./output-end";

/** The output in the form that is explained. One sigmoid unit becomes two columns: class 0 and class 1. */
export function explained(tf: Tf, output: Tensor, end: OutputEnd, explain: Explain): Tensor {
  const { head } = end;
  switch (head) {
    case "none":
      return output;
    case "softmax":
    case "sigmoid":
      return explain === "probability" ? output : end.of(explain);
    case "binary": {
      const z = end.of("logit").reshape([output.shape[0], 1]);
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
