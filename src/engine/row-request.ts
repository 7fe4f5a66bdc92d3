/** A request about each row of a batch, as both engines answer it: in chunks of rows, which are cut here alone. */
import type {
  BackwardRule,
  Batch,
  CurvatureRequest,
  GradientRequest,
  Model,
  ModelRequest,
  Replacement,
} from "../model/model";
import { type LayerPlace, type Place, samePlace } from "../model/place";
import type { Explain, ResolvedTarget } from "../model/score";
import { targetRows } from "../model/target";
import { concatRows, type NdArray, plus, sliceRows, takeRows } from "../tensor";
import { checkDirection, checkedReference } from "./rules/checked-request";

/** Request about each row of a batch. */
export interface RowRequest {
  readonly batch: Batch;
  readonly replace: readonly Replacement[];
  /** The score; none for outputs and activations alone. */
  readonly of?: ResolvedTarget | undefined;
  /** The form in which outputs are wanted; none when they are not. */
  readonly explain?: Explain | undefined;
  /** Places to differentiate at; a layer must be among `replace`. */
  readonly at: readonly Place[];
  /** Layers whose values are wanted. */
  readonly capture: readonly LayerPlace[];
  /** The rule in place of the plain gradient. */
  readonly rule?: BackwardRule | undefined;
  /** The batch that the rule compares with: inputs, and values in place of layers' own. */
  readonly reference?: { readonly batch: Batch; readonly replace: readonly Replacement[] } | undefined;
  /** One array per place: Hessian times direction is wanted in place of the gradient. */
  readonly direction?: readonly NdArray[] | undefined;
}

/** The number of its rows. */
export function rowsOf({ batch }: Pick<RowRequest, "batch">): number {
  return batch[0].shape[0];
}

/** The same request about some of its rows. */
export function sliceRequest(request: RowRequest, from: number, to: number): RowRequest {
  const { of, reference, direction } = request;
  const rows = (arrays: Batch): NdArray[] => arrays.map((array) => sliceRows(array, from, to));
  const replacements = (replace: readonly Replacement[]): Replacement[] =>
    replace.map((r) => ({ ...r, values: sliceRows(r.values, from, to) }));
  return {
    ...request,
    batch: rows(request.batch),
    replace: replacements(request.replace),
    reference: reference && { batch: rows(reference.batch), replace: replacements(reference.replace) },
    direction: direction && rows(direction),
    of: of && targetSlice(of, from, to),
  };
}

/** The same request about rows in any order, some of them perhaps again. */
export function takeRequest(request: RowRequest, rows: readonly number[]): RowRequest {
  const { of, reference, direction } = request;
  const taken = (arrays: readonly NdArray[]): NdArray[] => arrays.map((array) => takeRows(array, rows));
  const replacements = (replace: readonly Replacement[]): Replacement[] =>
    replace.map((r) => ({ ...r, values: takeRows(r.values, rows) }));
  return {
    ...request,
    batch: taken(request.batch),
    replace: replacements(request.replace),
    reference: reference && { batch: taken(reference.batch), replace: replacements(reference.replace) },
    direction: direction && taken(direction),
    of: of && targetRows(of, rows),
  };
}

/** As `targetRows`, with views of a mask's rows where they follow each other. */
function targetSlice(of: ResolvedTarget, from: number, to: number): ResolvedTarget {
  const { score } = of;
  if (score.kind === "mask") return { ...of, score: { ...score, mask: sliceRows(score.mask, from, to) } };
  if (score.kind === "neuron" && score.weights.shape[0] > 1)
    return { ...of, score: { ...score, weights: sliceRows(score.weights, from, to) } };
  if (score.kind === "loss") return { ...of, score: { ...score, label: score.label.slice(from, to) } };
  if (score.kind === "function")
    return { ...of, score: { ...score, examples: score.examples.slice(from, to) } };
  return of;
}

/**
 * A request about one row, made once for each row of `values`, which has one array per place where it is
 * differentiated: they stand there.
 */
export function requestAt(request: RowRequest, values: readonly NdArray[]): RowRequest {
  const same = new Array<number>(values[0].shape[0]).fill(0);
  const batch = request.batch.map((array) => takeRows(array, same));
  const replace = request.replace.map((r) => ({ ...r, values: takeRows(r.values, same) }));
  request.at.forEach((place, i) => {
    if ("input" in place) batch[place.input] = values[i];
    else replace[replacedAt(request, place)] = { place, values: values[i] };
  });
  return { ...request, batch, replace, of: request.of && targetRows(request.of, same) };
}

/** One row per array, once for each row of moves and moved by that. */
export function movedRows(arrays: readonly NdArray[], moves: readonly NdArray[]): NdArray[] {
  return arrays.map((array, i) => {
    const by = moves[i];
    return plus(takeRows(array, new Array<number>(by.shape[0]).fill(0)), by);
  });
}

/** The rows of the answers to parts of a request, one after the other. */
export function joinRows(parts: readonly (readonly NdArray[])[]): NdArray[] {
  return parts[0].map((_, i) => concatRows(parts.map((arrays) => arrays[i])));
}

/** Number of the replacement of a layer. */
function replacedAt({ replace }: Pick<RowRequest, "replace">, place: LayerPlace): number {
  return replace.findIndex((r) => samePlace(r.place, place));
}

/** Array that a request gives at a place. */
export function valueAt(request: Pick<RowRequest, "batch" | "replace">, place: Place): NdArray {
  if ("input" in place) return request.batch[place.input];
  return request.replace[replacedAt(request, place)].values;
}

/** Rows of a gradient, checked and complete. */
export async function gradientRows(
  model: Pick<Model, "forward">,
  batch: Batch,
  request: GradientRequest,
): Promise<RowRequest> {
  const { of, at, rule } = request;
  const compared = checkedReference(batch, request);
  const replace = await withOwnValues(model, batch, request, request.replace ?? []);
  const reference = compared && {
    ...compared,
    replace: await withOwnValues(model, compared.batch, request, compared.replace),
  };
  return { batch, replace, of, at, capture: [], rule, reference };
}

/** Rows of a curvature, checked and complete. */
export async function curvatureRows(
  model: Pick<Model, "forward">,
  batch: Batch,
  direction: readonly NdArray[],
  request: CurvatureRequest,
): Promise<RowRequest> {
  const { of, at } = request;
  const replace = await withOwnValues(model, batch, request, request.replace ?? []);
  const rows: RowRequest = { batch, replace, of, at, capture: [], direction };
  checkDirection(
    direction,
    at.map((place) => valueAt(rows, place)),
  );
  return rows;
}

/**
 * Replacements with a layer's own values where it is differentiated at: these are with respect to values that stand in for
 * its own.
 */
async function withOwnValues(
  model: Pick<Model, "forward">,
  batch: Batch,
  { of: _, at, ...carried }: ModelRequest & Pick<GradientRequest, "of" | "at">,
  replace: readonly Replacement[],
): Promise<Replacement[]> {
  const missing = at.filter(
    (place): place is LayerPlace => "layer" in place && replacedAt({ replace }, place) < 0,
  );
  if (missing.length === 0) return [...replace];
  const { activations } = await model.forward(batch, { ...carried, replace, at: missing });
  return [...replace, ...missing.map((place, i) => ({ place, values: activations[i] }))];
}
