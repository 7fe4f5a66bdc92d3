/**
 * One cell of the matrix: a method at a place of a net, on one engine. The answer is a right map, or an error that says why
 * there is none.
 */
import * as tf from "@tensorflow/tfjs";
import { type AnyMethod, type Attribution, neuron, sliceRows } from "../../src";
import { random } from "../../src/author";
import { registry, relativeDifference } from "../models";
import { MODALITIES, type Modality, quickly, type Subject, subject, variantsOf } from "./subjects";

/** `GRADLENS_MATRIX=whole` runs every cell; a number is the seed of another sample. */
const ASKED = process.env["GRADLENS_MATRIX"] ?? "1";
const WHOLE = ASKED === "whole";
/** Seed of weights and inputs; that of a sample is another's. */
export const SEED = WHOLE ? 5 : 4 + Number(ASKED);

export const PLACES = ["input", "layer", "neuron"] as const;
export type CellPlace = (typeof PLACES)[number];

export interface Cell {
  readonly modality: Modality;
  readonly place: CellPlace;
  readonly variant: number;
}

/** The cells of a method that are asked: all, or so many that a seed draws. */
export function cellsOf(name: string, sampled: number): Cell[] {
  const all = MODALITIES.flatMap((modality) =>
    PLACES.flatMap((place) =>
      Array.from({ length: variantsOf(modality) }, (_, variant): Cell => ({ modality, place, variant })),
    ),
  );
  if (WHOLE) return all;
  const stream = random(
    Number(ASKED),
    registry.findIndex(([other]) => other === name),
    3,
  );
  return Array.from({ length: sampled }, () => all.splice(stream.integer(all.length), 1)).flat();
}

/** What a call came to: its map, or the text of its error. */
export interface Answer {
  readonly map?: Attribution;
  readonly refusal?: string;
}

/** A text of ours, with nothing of the libraries underneath. */
const OURS = /^[\w.]+\(\): expected .+, got .+/s;
const FOREIGN =
  /cannot read prop|is not a function|is not iterable|not defined|undefined|onnx|ort_|invalid_argument|session|argument '|kernel '|its equation|at Object|Error:|\[object/i;

const UNNAMED = /expected layer to be named for a model without a layer of more than one position, got none/;
const NO_POSITIONS = /expected an input with the layer's 0 axes of positions/;
const RULE = /^gradient\(\): expected operations that the rule \w+ covers, got [\w ()]+/;

/** Why a method has nothing to say of some nets: all errors that it may answer with. */
function reasonsOf({ meta }: AnyMethod): readonly RegExp[] {
  switch (meta.name) {
    case "blurIg":
      return [/expected an input with axes height and width, or time/];
    case "guidedGradCam":
      return [
        UNNAMED,
        /expected a camLayer with \d axes of positions, as what is explained, got "\w+" with \d/,
      ];
    // Products of two explained values, softmax and norms by the example's own statistics.
    case "lrp":
    case "deepLift":
      return [RULE];
    default:
      return meta.defaultLayer ? [UNNAMED, NO_POSITIONS] : [];
  }
}

/** Asks one cell on one engine with so many rows; throws where an error is no refusal of ours. */
export async function answerOf(
  method: AnyMethod,
  of: Subject,
  place: CellPlace,
  rows: number,
  engine: "eager" | "compiled",
): Promise<Answer> {
  const options = {
    engine,
    seed: 3,
    ...(place === "layer" ? { layer: of.layer } : {}),
    target: place === "neuron" ? neuron(of.neuron.layer, of.neuron.index) : 0,
  };
  const tensors = tf.memory().numTensors;
  let answer: Answer;
  try {
    const explained = place === "layer" ? [of.layerShape] : of.shapes;
    answer = { map: await quickly(method, explained)(of.net, of.input(rows), options) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { message } = error;
    const named = ["TypeError", "RangeError", "UnsupportedOperationError"].includes(error.constructor.name);
    const meant = reasonsOf(method).some((reason) => reason.test(message));
    if (!named || !meant || !OURS.test(message) || FOREIGN.test(message)) throw error;
    answer = { refusal: message };
  }
  if (tf.memory().numTensors !== tensors)
    throw new Error(`${method.meta.name} left ${tf.memory().numTensors - tensors} tensors`);
  return answer;
}

/** Largest entry of a map that may be what rounding leaves of a gradient that is zero. */
const ROUNDED = 1e-6;

/** What is wrong with a map of a cell; empty for a right one. */
export function faultsOf({
  map,
  method,
  of,
  place,
  rows,
}: {
  readonly map: Attribution;
  readonly method: AnyMethod;
  readonly of: Subject;
  readonly place: CellPlace;
  readonly rows: number;
}): string[] {
  const faults: string[] = [];
  const { meta } = method;
  const expected = place === "layer" ? [of.layerShape] : meta.defaultLayer ? undefined : of.shapes;
  if (expected !== undefined && map.parts.length !== expected.length)
    faults.push(`${map.parts.length} parts instead of ${expected.length}`);
  for (const [i, { values, input, baseline }] of map.parts.entries()) {
    const shape = [rows, ...(expected?.[i] ?? values.shape.slice(1))];
    const fits =
      values.shape.length === shape.length &&
      // A map of positions has one channel.
      values.shape.every(
        (extent, axis) => extent === shape[axis] || (axis === shape.length - 1 && extent === 1),
      );
    if (!fits) faults.push(`shape [${values.shape}] instead of [${shape}]`);
    if (values.data.length !== values.shape.reduce((a, b) => a * b, 1))
      faults.push("data that do not fill the shape");
    if (!values.data.every(Number.isFinite)) faults.push("a number that is not finite");
    if (input.shape[0] !== rows) faults.push(`an input of ${input.shape[0]} rows`);
    if (baseline !== undefined && !baseline.data.every(Number.isFinite))
      faults.push("a baseline that is not finite");
  }
  for (const list of [
    map.target,
    map.score,
    map.baselineScore ?? map.score,
    map.convergenceDelta ?? map.score,
  ])
    if (list.length !== rows) faults.push(`${list.length} numbers for ${rows} rows`);
  if (!map.score.every(Number.isFinite)) faults.push("a score that is not finite");
  if (meta.axioms.includes("completeness") && map.baselineScore && map.convergenceDelta) {
    const given = map.baselineScore;
    map.convergenceDelta.forEach((delta, row) => {
      const difference = (map.score[row] as number) - (given[row] as number);
      const size = Math.max(Math.abs(difference), 0.02 * Math.abs(map.score[row] as number), ROUNDED);
      if (!map.warnings.some((text) => text.includes("miss F(x)")) && Math.abs(delta) > 0.06 * size + ROUNDED)
        faults.push(`a sum that misses ${difference} by ${delta}, and does not say so`);
    });
  }
  return faults;
}

/** Largest difference of the first rows of two maps, as a share of the largest entry. */
export function differenceOf(a: Attribution, b: Attribution, rows: number): number {
  const differences = a.parts.map(({ values }, i) => {
    const other = b.parts[i];
    if (other === undefined) return Number.POSITIVE_INFINITY;
    const [mine, theirs] = [values, other.values].map((array) => sliceRows(array, 0, rows).data);
    const isZero = [mine, theirs].every((data) => data?.every((value) => Math.abs(value) <= ROUNDED));
    return isZero ? 0 : relativeDifference(mine as Float32Array, theirs as Float32Array);
  });
  return Math.max(...differences);
}

/** Asks what `work` does of a cell's net, which is disposed of. */
export async function withSubject<T>(cell: Cell, work: (of: Subject) => Promise<T>): Promise<T> {
  const of = subject(cell.modality, cell.variant, SEED);
  try {
    return await work(of);
  } finally {
    of.dispose();
  }
}
