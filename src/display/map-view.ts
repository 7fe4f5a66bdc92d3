/** Views of attributions and comparisons, as figures read them: plain data, no model and no method. */

import { shown, wrongType } from "../check";
import type { NdArray } from "../tensor";

/** A view, or what gives one, such as an attribution. */
export type Viewable = MapView | { toView(): MapView };

/** An attribution as figures read it. */
export interface MapView {
  /** name of the method, such as `"integratedGradients"` */
  method: string;
  /** one per explained input or layer */
  parts: PartView[];
  /** per example, readable: `"7"`, `"class 3"`, `"neuron conv2[3,4,7]"` */
  target: string[];
  /** F(x) per example */
  score: number[];
  /** F(x′) per example */
  baselineScore?: number[];
  /** Σ attribution − (F(x) − F(x′)) per example */
  convergenceDelta?: number[];
  /** the method's own numbers by name, one per example */
  details?: Record<string, number[]>;
  /** what F is: `"logit"`, `"probability"`, `"logProbability"` or `"output"` */
  explain: string;
  /** what the values are, such as `"gradient of"` the logit; `"attribution to"` when not said */
  quantity?: string;
  /** what was asked, in short words: baseline, steps and rule, samples and noise */
  asked?: string[];
  /** sentences shown under the picture */
  warnings: string[];
  /** the path's record; only when the method kept it */
  path?: PathView;
}

/** The attribution of one input or layer. */
export interface PartView {
  /** input or layer name */
  name: string;
  at: "input" | "layer";
  /** `[B, ...]` */
  values: NdArray;
  /** what was explained: the same shape, or a finer `[B, H, W, C]` where values are `[B, h, w, 1]` */
  input?: NdArray;
  /** same shape as `input`; one baseline `[1, ...]` serves all examples */
  baseline?: NdArray;
  /** how far sampling leaves each value from that of infinitely many samples, `[B, ...]` */
  standardError?: NdArray;
  /** names of the axes after the batch: "height", "width", "channel", "time", "feature", "token", "unit", "depth" */
  axes: string[];
  /** names along the last axis that is not "channel": features or tokens */
  labels?: string[];
  /** words of tokens, one list for each example */
  words?: string[][];
  /** `"dark"`: larger values of the input are drawn darker, as ink */
  ink?: "dark";
  /** for tokens: how each one's vector of so many `entries` became one number, and the largest Σ|·| per example */
  reduced?: { by: "sum" | "norm" | "mean"; entries: number; magnitude: number[] };
}

/** The record of a path: how an attribution builds up from the baseline to the input. */
export interface PathView {
  /** K nodes in ascending order */
  alphas: number[];
  /** how far the sum up to and with each node covers the path; the nodes where not said */
  reached?: number[];
  /** `[B][K]` F at each node */
  scores: number[][];
  /** `[B][K]` sum of the attribution accumulated up to and including node k */
  runningSum: number[][];
  /** indices into `alphas` of the kept frames */
  frames: number[];
  /** one per part: `[B, frames, ...shape]` */
  accumulated: NdArray[];
}

/** Several methods on the same examples, with the checks made of each. */
export interface CompareView {
  views: MapView[];
  /** one per view, such as `"smoothGrad"` */
  labels: string[];
  /** rows of a table; `values` holds one text per view, `meaning` says what they tell */
  checks: { label: string; values: string[]; meaning?: string }[];
  /** one bar per view */
  magnitudes: number[];
  /** what the bars measure, such as `"mean |attribution|"` */
  magnitudeLabel: string;
  title?: string;
}

/** The view of a map that a figure was asked for, or of several as one batch. Throws a TypeError for anything else. */
export function viewOf(fn: string, map: Viewable | readonly Viewable[]): MapView {
  if (Array.isArray(map)) return joined(fn, map);
  const given = map as Partial<MapView & { toView(): MapView }> | null | undefined;
  if (typeof given?.toView === "function") return given.toView();
  if (Array.isArray(given?.parts) && Array.isArray(given.target)) return map as MapView;
  throw wrongType(fn, "an attribution", shown(map));
}

/** Maps of one method on one model, such as those of single examples, as the batch that they are. */
function joined(fn: string, maps: readonly Viewable[]): MapView {
  const views = maps.map((map) => viewOf(fn, map));
  const [first] = views;
  if (!first) throw wrongType(fn, "at least one map", "none");
  const kindOf = ({ method, parts }: MapView): string =>
    `${method} of ${parts.map(({ name, values }) => `${name} [${values.shape.slice(1).join(", ")}]`).join(", ")}`;
  const other = views.find((view) => kindOf(view) !== kindOf(first));
  if (other) throw wrongType(fn, `maps of one method and shape, ${kindOf(first)}`, kindOf(other));
  const numbers = (of: (view: MapView) => number[] | undefined): number[] | undefined => {
    const all = views.map(of);
    return all.every((values) => values !== undefined) ? all.flat() : undefined;
  };
  const [baselineScore, convergenceDelta] = [
    numbers((view) => view.baselineScore),
    numbers((view) => view.convergenceDelta),
  ];
  const details = Object.fromEntries(
    Object.keys(first.details ?? {}).flatMap((name) => {
      const all = numbers((view) => view.details?.[name]);
      return all ? [[name, all]] : [];
    }),
  );
  const { path: _, baselineScore: __, convergenceDelta: ___, details: ____, ...rest } = first;
  return {
    ...rest,
    parts: first.parts.map(({ baseline: _baseline, input: _input, standardError: _error, ...part }, p) => {
      const inputs = views.map((view) => view.parts[p].input);
      const errors = views.map((view) => view.parts[p].standardError);
      return {
        ...part,
        values: stacked(views.map((view) => view.parts[p].values)),
        ...(part.words && { words: views.flatMap((view) => view.parts[p].words ?? []) }),
        ...(inputs.every((input) => input !== undefined) && { input: stacked(inputs) }),
        ...(errors.every((error) => error !== undefined) && { standardError: stacked(errors) }),
      };
    }),
    target: views.flatMap((view) => view.target),
    score: views.flatMap((view) => view.score),
    ...(baselineScore && { baselineScore }),
    ...(convergenceDelta && { convergenceDelta }),
    ...(Object.keys(details).length > 0 && { details }),
    warnings: [...new Set(views.flatMap((view) => view.warnings))],
  };
}

/** Batches one after the other. */
function stacked(arrays: readonly NdArray[]): NdArray {
  const data = new Float32Array(arrays.reduce((size, array) => size + array.data.length, 0));
  let at = 0;
  for (const array of arrays) {
    data.set(array.data, at);
    at += array.data.length;
  }
  const count = arrays.reduce((sum, { shape }) => sum + shape[0], 0);
  return { data, shape: [count, ...arrays[0].shape.slice(1)] };
}

/** Maps and their checks, or what gives them, such as the result of comparing methods. */
export type ComparedMaps =
  | (Omit<CompareView, "views"> & { readonly views: readonly Viewable[] })
  | { toView(example: number): CompareView };

/** The view of a comparison, with the checks of one example. Throws a TypeError for anything else. */
export function comparisonOf(fn: string, comparison: ComparedMaps, example: number): CompareView {
  if (typeof comparison !== "object" || comparison === null)
    throw wrongType(fn, "maps and their checks", shown(comparison));
  const given = "toView" in comparison ? comparison.toView(example) : comparison;
  return { ...given, views: (given.views ?? []).map((map) => viewOf(fn, map)) };
}
