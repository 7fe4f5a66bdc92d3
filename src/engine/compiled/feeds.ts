/** A row request in the terms of graphs: which graph answers it, and what that is fed. */
import { UnsupportedOperationError } from "../../check";
import type { InputFact } from "../../model/model";
import { type NdArray, takeRows } from "../../tensor";
import { portName } from "../graph/ports";
import type { GraphRequest } from "../graph/record";
import { type RowRequest, rowsOf } from "../row-request";
import type { ThreadArray } from "./session/session-thread";

/** The graph that answers a request: the same for all classes, neurons of a layer, labels and values. */
export function graphFor({
  batch,
  replace,
  of,
  explain,
  at,
  capture,
  rule,
  direction,
}: RowRequest): GraphRequest {
  const rows = rowsOf({ batch });
  for (const { place, values } of replace) {
    if (values.shape[0] === rows) continue;
    throw new UnsupportedOperationError(
      `compiled engine: expected one row of values per example (${rows}), got shape [${values.shape.join(", ")}] in layer "${place.layer}"; the eager engine computes each example by itself`,
    );
  }
  return {
    ...(of ? { of } : {}),
    ...(of || explain === undefined ? {} : { explain }),
    at,
    replace: replace.map(({ place, values }) => ({ place, shape: values.shape.slice(1) })),
    capture,
    ...(rule ? { rule } : {}),
    ...(direction ? { curvature: true } : {}),
  };
}

/** Feeds of a graph for a request. */
export function feedsOf(
  { batch, replace, of, reference, direction }: RowRequest,
  inputs: readonly InputFact[],
): Record<string, ThreadArray> {
  const feeds: Record<string, ThreadArray> = {};
  batch.forEach((array, i) => {
    feeds[portName("input", i)] = feed(array, inputs[i]?.dtype ?? "float32");
  });
  replace.forEach(({ values }, i) => {
    feeds[portName("replace", i)] = feed(values, "float32");
  });
  reference?.batch.forEach((array, i) => {
    feeds[portName("reference", i)] = feed(array, inputs[i]?.dtype ?? "float32");
  });
  reference?.replace.forEach(({ values }, i) => {
    feeds[portName("referenceReplace", i)] = feed(values, "float32");
  });
  direction?.forEach((array, i) => {
    feeds[portName("direction", i)] = feed(array, "float32");
  });
  const score = of?.score;
  if (score?.kind === "mask") feeds[portName("mask")] = feed(score.mask, "float32");
  if (score?.kind === "neuron") {
    const rows = rowsOf({ batch });
    const { weights } = score;
    const isShared = weights.shape[0] === 1;
    const perRow = isShared ? takeRows(weights, new Array<number>(rows).fill(0)) : weights;
    feeds[portName("mask")] = feed(perRow, "float32");
  }
  if (score?.kind === "loss") {
    const label = { data: Float32Array.from(score.label), shape: [score.label.length] };
    feeds[portName("label")] = feed(label, of?.head === "none" ? "float32" : "int32");
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
