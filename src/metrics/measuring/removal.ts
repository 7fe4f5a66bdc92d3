/** Removal: scores of examples in which features are hidden, in an order or in sets. */
import type { Problem } from "../../attribution/problem";
import { type NdArray, type Parts, rowSize } from "../../tensor";
import type { MapFeatures } from "./map-features";

/** Memory of the points of one question, as a share of the call's cap. */
const SHARE_OF_MEMORY = 8;
/** Rows of one question at most: progress and abortion are looked at between questions. */
const MOST_ROWS = 512;

/** Whether features of an example are hidden in a copy: one entry per feature, zero where it is seen. */
export type Hidden = (copy: number, example: number) => ArrayLike<number>;

/** Copies of examples, asked some at a time. */
async function inQuestions(
  p: Problem<object>,
  copies: number,
  ask: (rows: readonly { readonly copy: number; readonly example: number }[]) => Promise<void>,
): Promise<void> {
  const bytes = 4 * p.x.reduce((sum, array) => sum + rowSize(array), 0);
  const atOnce = Math.max(1, Math.min(MOST_ROWS, Math.floor(p.maxBytes / SHARE_OF_MEMORY / bytes)));
  const total = copies * p.examples;
  for (let start = 0; start < total; start += atOnce)
    await ask(
      Array.from({ length: Math.min(atOnce, total - start) }, (_, k) => ({
        copy: Math.floor((start + k) / p.examples),
        example: (start + k) % p.examples,
      })),
    );
}

/** Point of a copy of an example: its values, one array per place. */
export type PointOf = (copy: number, example: number) => readonly Float32Array[];

/** Points at which some features are hidden. */
export function pointsWithout(
  p: Problem<object>,
  { of }: Pick<MapFeatures, "of">,
  hidden: Hidden,
  absent: Parts = p.baseline,
): PointOf {
  return (copy, example) => {
    const mask = hidden(copy, example);
    return p.x.map((x, place) => {
      const width = rowSize(x);
      const [seen, unseen] = [x.data, absent[place].data];
      return Float32Array.from({ length: width }, (_, i) =>
        mask[of[place][i]] ? unseen[example * width + i] : seen[example * width + i],
      );
    });
  };
}

/**
 * F of copies in which some features are hidden, per example.
 * @param absent values in place of what is hidden, one array per place. Default: x′.
 */
export function scoresWithout(
  p: Problem<object>,
  features: Pick<MapFeatures, "of">,
  copies: number,
  hidden: Hidden,
  absent: Parts = p.baseline,
): Promise<Float64Array[]> {
  return scoresAt(p, copies, pointsWithout(p, features, hidden, absent));
}

/** F at copies of each example. */
export async function scoresAt(p: Problem<object>, copies: number, point: PointOf): Promise<Float64Array[]> {
  const scores = Array.from({ length: p.examples }, () => new Float64Array(copies));
  await inQuestions(p, copies, async (rows) => {
    const found = await p.score(pointsOf(p, rows, point));
    rows.forEach(({ copy, example }, k) => {
      scores[example][copy] = found[k];
    });
  });
  return scores;
}

/** The explained output at copies of each example, flat. */
export async function outputsAt(
  p: Problem<object>,
  copies: number,
  point: PointOf,
): Promise<Float32Array[][]> {
  const outputs = Array.from({ length: p.examples }, () => new Array<Float32Array>(copies));
  await inQuestions(p, copies, async (rows) => {
    const found = await p.output(pointsOf(p, rows, point));
    const width = rowSize(found);
    rows.forEach(({ copy, example }, k) => {
      outputs[example][copy] = found.data.slice(k * width, (k + 1) * width);
    });
  });
  return outputs;
}

/** The points of some copies of examples, as one batch. */
export function pointsOf(
  p: Problem<object>,
  rows: readonly { readonly copy: number; readonly example: number }[],
  point: PointOf,
): { readonly points: NdArray[]; readonly rows: number[] } {
  const made = rows.map(({ copy, example }) => point(copy, example));
  const points = p.x.map((x, place): NdArray => {
    const width = rowSize(x);
    const data = new Float32Array(rows.length * width);
    for (const [k, row] of made.entries()) data.set(row[place], k * width);
    return { data, shape: [rows.length, ...x.shape.slice(1)] };
  });
  return { points, rows: rows.map(({ example }) => example) };
}

/** Features of each example, the largest value first; equal ones in their own order. */
export function largestFirst(values: readonly ArrayLike<number>[]): Uint32Array[] {
  return values.map((mine) => Uint32Array.from(mine, (_, i) => i).sort((a, b) => mine[b] - mine[a] || a - b));
}
