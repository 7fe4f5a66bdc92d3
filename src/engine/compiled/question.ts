/** A question about rows in the terms of graphs: which graph answers it, and what that is fed. */
import { UnsupportedOperationError } from "../../check";
import type { BackwardRule, Batch, InputFact, Replacement } from "../../model/model";
import type { LayerPlace, Place } from "../../model/place";
import { samePlace } from "../../model/place";
import type { Explain, ResolvedTarget } from "../../model/score";
import { targetRows } from "../../model/target";
import { type NdArray, plus, sliceRows, takeRows } from "../../tensor";
import type { GraphRequest, GraphScore } from "../graph/record";
import type { ThreadArray } from "./session/session-thread";

/** Request about each row of a batch. */
export interface Question {
  readonly batch: Batch;
  readonly replace: readonly Replacement[];
  /** The score; none for outputs and activations alone. */
  readonly of?: ResolvedTarget | undefined;
  /** The form in which outputs are wanted; none when they are not. */
  readonly explain?: Explain | undefined;
  /** Places to differentiate at. */
  readonly at: readonly Place[];
  /** Layers whose values are wanted. */
  readonly capture: readonly LayerPlace[];
  /** The rule in place of the plain gradient. */
  readonly rule?: BackwardRule | undefined;
  /** The batch that the rule compares with: inputs, and values in place of layers' own. */
  readonly reference?: { readonly batch: Batch; readonly replace: readonly Replacement[] } | undefined;
  /** One array per place: Hessian times direction is asked for. */
  readonly direction?: readonly NdArray[] | undefined;
}

/** The graph that answers a question: the same for all classes, neurons of a layer, labels and values. */
export function graphFor({
  batch,
  replace,
  of,
  explain,
  at,
  capture,
  rule,
  direction,
}: Question): GraphRequest {
  const rows = rowsOf({ batch });
  for (const { place, values } of replace) {
    if (values.shape[0] === rows) continue;
    throw new UnsupportedOperationError(
      `compiled engine: expected one row of values per example (${rows}), got shape [${values.shape.join(", ")}] in layer "${place.layer}"; engine "eager" computes it`,
    );
  }
  const form = of?.explain ?? explain;
  return {
    ...(form === undefined ? {} : { explain: form }),
    ...(of ? { score: graphScore(of), head: of.head } : {}),
    at,
    replace: replace.map(({ place, values }) => ({ place, shape: values.shape.slice(1) })),
    capture,
    ...(rule ? { rule } : {}),
    ...(direction ? { curvature: true } : {}),
  };
}

function graphScore({ score, output }: ResolvedTarget): GraphScore {
  switch (score.kind) {
    case "neuron":
      return { kind: "neuron", place: score.place };
    case "function":
      return { ...score, output };
    default:
      return { kind: score.kind, output };
  }
}

/** The number of its rows. */
export function rowsOf({ batch }: Pick<Question, "batch">): number {
  return batch[0].shape[0];
}

/** The same question about some of its rows. */
export function questionRows(question: Question, from: number, to: number): Question {
  const { of, reference, direction } = question;
  const rows = (arrays: Batch): NdArray[] => arrays.map((array) => sliceRows(array, from, to));
  const replacements = (replace: readonly Replacement[]): Replacement[] =>
    replace.map((r) => ({ ...r, values: sliceRows(r.values, from, to) }));
  return {
    ...question,
    batch: rows(question.batch),
    replace: replacements(question.replace),
    reference: reference && { batch: rows(reference.batch), replace: replacements(reference.replace) },
    direction: direction && rows(direction),
    of: of && targetSlice(of, from, to),
  };
}

function targetSlice(of: ResolvedTarget, from: number, to: number): ResolvedTarget {
  const { score } = of;
  if (score.kind === "mask") return { ...of, score: { ...score, mask: sliceRows(score.mask, from, to) } };
  if (score.kind === "loss") return { ...of, score: { ...score, label: score.label.slice(from, to) } };
  return of;
}

/**
 * A question about one row, asked once for each row of `values`, which has one array per place where it is
 * differentiated: they stand there.
 */
export function questionAt(question: Question, values: readonly NdArray[]): Question {
  const same = new Array<number>(values[0].shape[0]).fill(0);
  const batch = question.batch.map((array) => takeRows(array, same));
  const replace = question.replace.map((r) => ({ ...r, values: takeRows(r.values, same) }));
  question.at.forEach((place, i) => {
    if ("input" in place) batch[place.input] = values[i];
    else replace[replacedAt(question, place)] = { place, values: values[i] };
  });
  return { ...question, batch, replace, of: question.of && targetRows(question.of, same) };
}

/** One row per array, once for each row of moves and moved by that. */
export function movedRows(arrays: readonly NdArray[], moves: readonly NdArray[]): NdArray[] {
  return arrays.map((array, i) => {
    const by = moves[i];
    return plus(takeRows(array, new Array<number>(by.shape[0]).fill(0)), by);
  });
}

/** Array that a question feeds at a place. */
export function valueAt(question: Question, place: Place): NdArray {
  if ("input" in place) return question.batch[place.input];
  return question.replace[replacedAt(question, place)].values;
}

/** Number of the replacement of a layer. */
export function replacedAt({ replace }: Pick<Question, "replace">, place: LayerPlace): number {
  return replace.findIndex((r) => samePlace(r.place, place));
}

/** Feeds of a graph for a question. */
export function feedsOf(
  { batch, replace, of, reference, direction }: Question,
  inputs: readonly InputFact[],
): Record<string, ThreadArray> {
  const feeds: Record<string, ThreadArray> = {};
  batch.forEach((array, i) => {
    feeds[`input${i}`] = feed(array, inputs[i]?.dtype ?? "float32");
  });
  replace.forEach(({ values }, i) => {
    feeds[`replace${i}`] = feed(values, "float32");
  });
  reference?.batch.forEach((array, i) => {
    feeds[`reference${i}`] = feed(array, inputs[i]?.dtype ?? "float32");
  });
  reference?.replace.forEach(({ values }, i) => {
    feeds[`referenceReplace${i}`] = feed(values, "float32");
  });
  direction?.forEach((array, i) => {
    feeds[`direction${i}`] = feed(array, "float32");
  });
  const score = of?.score;
  if (score?.kind === "mask") feeds["mask"] = feed(score.mask, "float32");
  if (score?.kind === "neuron") {
    const rows = rowsOf({ batch });
    const { data, shape } = score.weights;
    const weights = takeRows({ data, shape: [1, ...shape] }, new Array<number>(rows).fill(0));
    feeds["mask"] = feed(weights, "float32");
  }
  if (score?.kind === "loss") {
    const label = { data: Float32Array.from(score.label), shape: [score.label.length] };
    feeds["label"] = feed(label, of?.head === "none" ? "float32" : "int32");
  }
  return feeds;
}

/** Only its own entries: what is sent to the thread is copied with the whole memory that it is part of. */
export function feed({ data, shape }: NdArray, dtype: InputFact["dtype"]): ThreadArray {
  if (dtype === "float32") {
    return { dtype, data: data.byteLength === data.buffer.byteLength ? data : data.slice(), shape };
  }
  return { dtype, data: dtype === "int32" ? Int32Array.from(data) : Uint8Array.from(data), shape };
}
