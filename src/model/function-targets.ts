/** Targets that are functions of the output: how similar two embeddings are, and how surely a detector finds a box. */
import { checkInteger, checkOptions, outOfRange, shown, wrongType } from "../check";
import { type ArrayInput, checkFinite, readArray } from "./input";
import type { TensorFunction } from "./score";

/** A tensor of TensorFlow.js as far as these scores use it. */
interface Chained {
  readonly shape: readonly number[];
  add(other: Chained | number): Chained;
  sub(other: Chained | number): Chained;
  mul(other: Chained | readonly number[]): Chained;
  div(other: Chained): Chained;
  sum(axis: number): Chained;
  max(axis: number): Chained;
  square(): Chained;
  sqrt(): Chained;
  relu(): Chained;
  minimum(other: number): Chained;
  maximum(other: number): Chained;
  slice(begin: readonly number[], size: readonly number[]): Chained;
  reshape(shape: readonly number[]): Chained;
}

/** Keeps the quotient finite for an embedding of zeros. */
const EPSILON = 1e-12;

/**
 * The cosine of the angle between the net's embedding and another as the target: why two things are found alike. One number per example.
 *
 * @param reference the other embedding; without it that of the net's second output, for nets with two.
 * @throws TypeError where it is used, for embeddings of different lengths.
 */
export function similarity(reference?: ArrayInput): TensorFunction {
  const given = reference === undefined ? undefined : readArray("similarity", reference, "the embedding");
  if (given) checkFinite("similarity", given, "the embedding");
  const length = given?.data.length;
  const other = given && Array.from(given.data);
  const norm = Math.hypot(...(other ?? []));
  if (norm === 0 && other) throw outOfRange("similarity", "an embedding that is not zero", "zeros alone");
  const similarityOf = (first: Chained, second?: Chained): Chained => {
    const a = flat(first);
    if (other) {
      if (a.shape[1] !== length)
        throw wrongType("similarity", `an embedding of ${a.shape[1]} numbers`, `${length}`);
      return a
        .mul(other.map((value) => value / norm))
        .sum(1)
        .div(lengthOf(a));
    }
    if (second === undefined)
      throw wrongType("similarity", "an embedding, or a net with two outputs", "neither");
    const b = flat(second);
    return a.mul(b).sum(1).div(lengthOf(a)).div(lengthOf(b));
  };
  return Object.defineProperty(similarityOf, "name", { value: "similarity" });
}

function flat(embedding: Chained): Chained {
  return embedding.reshape([embedding.shape[0], -1]);
}

function lengthOf(rows: Chained): Chained {
  return rows.square().sum(1).add(EPSILON).sqrt();
}

/** The outputs of a detector that hold boxes and scores. */
export interface BoxOptions {
  /** Number of the class. Default: the largest score of any. */
  readonly class?: number;
  /** The output of boxes [examples, boxes, 4], y₁ x₁ y₂ x₂, by number. Default 0. */
  readonly boxes?: number;
  /**
   * The output of scores [examples, boxes, classes], by number. Default 1; of a net with one output scores stand behind the four
   * corners of each box.
   */
  readonly scores?: number;
}

/**
 * A box of a detector as the target: the largest product of how far a box that the net gives overlaps with this one (intersection over
 * union) and its score.
 *
 * max_n IoU(box, box_n) · score_n
 *
 * @param corners y₁, x₁, y₂, x₂ in the net's units.
 *
 * Petsiuk et al.: Black-box Explanation of Object Detectors via Saliency Maps (D-RISE, 2021), arXiv 2006.03204.
 */
export function box(corners: readonly number[], options: BoxOptions = {}): TensorFunction {
  checkOptions("box", options, ["class", "boxes", "scores"]);
  const isBox =
    Array.isArray(corners) && corners.length === 4 && corners.every((one) => Number.isFinite(one));
  if (!isBox) throw wrongType("box", "four corners y₁, x₁, y₂, x₂", shown(corners));
  const [top, left, bottom, right] = corners;
  if (bottom <= top || right <= left)
    throw outOfRange("box", "corners with y₁ < y₂ and x₁ < x₂", shown(corners));
  const { class: own, boxes = 0, scores = 1 } = options;
  for (const [name, value] of Object.entries({ boxes, scores, class: own ?? 0 }))
    checkInteger("box", name, value, 0);
  const boxScore = (...outputs: readonly Chained[]): Chained => {
    const joined = outputs.length === 1;
    const all = outputs[joined ? 0 : boxes];
    const found = joined ? all : outputs[scores];
    if (all?.shape.length !== 3 || found === undefined)
      throw wrongType("box", "outputs of boxes [batch, boxes, 4] and of scores", `${outputs.length} outputs`);
    const [rows, count] = all.shape;
    const column = (of: Chained, k: number): Chained =>
      of.slice([0, 0, k], [-1, -1, 1]).reshape([rows, count]);
    const [y1, x1, y2, x2] = [0, 1, 2, 3].map((k) => column(all, k));
    const height = y2.minimum(bottom).sub(y1.maximum(top)).relu();
    const width = x2.minimum(right).sub(x1.maximum(left)).relu();
    const shared = height.mul(width);
    const areas = y2.sub(y1).relu().mul(x2.sub(x1).relu());
    const union = areas.add((bottom - top) * (right - left)).sub(shared);
    return shared
      .div(union)
      .mul(scoresIn(found, joined ? 4 : 0, own))
      .max(1);
  };
  return Object.defineProperty(boxScore, "name", { value: "box" });
}

/** The score of each box: of a class, or the largest of any. */
function scoresIn(found: Chained, first: number, own: number | undefined): Chained {
  const [rows, count, width = 1] = found.shape;
  const last = found.reshape([rows, count, width]);
  if (own === undefined) return last.slice([0, 0, first], [-1, -1, -1]).max(2);
  if (first + own >= width) throw outOfRange("box", `class from 0 to ${width - first - 1}`, String(own));
  return last.slice([0, 0, first + own], [-1, -1, 1]).reshape([rows, count]);
}
