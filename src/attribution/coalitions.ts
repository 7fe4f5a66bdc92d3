/** Scores at perturbed copies of examples: coalitions of features, and whatever else hides a part of the input. */
import { type NdArray, type Parts, rowSize } from "../tensor";
import type { Features } from "./features";
import type { Problem } from "./problem";

/** Presence of a feature in a coalition: 1 at x, 0 at x′, and between them on the straight line. */
export type Presence = (feature: number) => number | boolean;

/** Memory of the points of one question, as a share of the call's cap. */
const SHARE_OF_MEMORY = 8;
/** Rows of one question at most: progress and abortion are looked at between questions. */
const MOST_ROWS = 512;

/** Choices of perturbed copies. */
export interface CopyOptions {
  /** Examples that are asked for. Default: all. */
  readonly examples?: readonly number[];
  /** Values in place of what the kth copy hides, one array per place. Default: x′. */
  readonly absent?: (k: number) => Parts;
}

/**
 * F at `count` perturbed copies of each example, as [copy · examples + example].
 * @param visible share of x in each entry of a row at a place, for the kth copy; the rest is hidden.
 */
export async function perturbedScores<O>(
  p: Problem<O>,
  count: number,
  visible: (k: number) => readonly ArrayLike<number>[],
  {
    examples = Array.from({ length: p.examples }, (_, row) => row),
    absent = () => p.baseline,
  }: CopyOptions = {},
): Promise<Float64Array> {
  const scores = new Float64Array(count * examples.length);
  const bytes = 4 * p.x.reduce((sum, array) => sum + rowSize(array), 0) * examples.length;
  const atOnce = Math.max(
    1,
    Math.min(Math.floor(MOST_ROWS / examples.length), Math.floor(p.maxBytes / SHARE_OF_MEMORY / bytes)),
  );
  for (let start = 0; start < count; start += atOnce) {
    const copies = Array.from({ length: Math.min(atOnce, count - start) }, (_, k) => visible(start + k));
    const rows = copies.flatMap(() => examples);
    const hidden = copies.map((_, k) => absent(start + k));
    const points = mixed(p.x, hidden, copies, examples);
    scores.set(await p.score({ points, rows }), start * examples.length);
  }
  return scores;
}

/**
 * F at `count` coalitions of each example, as [coalition · examples + example].
 * @param presence presence of the features in the kth coalition.
 */
export function coalitionScores<O>(
  p: Problem<O>,
  { count: features, of }: Features,
  count: number,
  presence: (k: number) => Presence,
  options: CopyOptions = {},
): Promise<Float64Array> {
  const visible = (k: number): Float64Array[] => {
    const present = presence(k);
    const shares = Float64Array.from({ length: features }, (_, feature) => Number(present(feature)));
    return of.map((own) => Float64Array.from(own, (feature) => shares[feature]));
  };
  return perturbedScores(p, count, visible, options);
}

/** x where a copy is visible, what stands for it where it is not; all examples of the first copy, then of the next. */
function mixed(
  x: Parts,
  hidden: readonly Parts[],
  copies: readonly (readonly ArrayLike<number>[])[],
  examples: readonly number[],
): NdArray[] {
  return x.map(({ data: present, shape }, place) => {
    const width = rowSize(x[place]);
    const data = new Float32Array(copies.length * examples.length * width);
    let to = 0;
    for (const [k, copy] of copies.entries()) {
      const absent = hidden[k][place].data;
      for (const row of examples)
        for (let i = 0, from = row * width; i < width; i++, from++, to++) {
          const share = copy[place][i];
          data[to] =
            share === 1
              ? present[from]
              : share === 0
                ? absent[from]
                : absent[from] + share * (present[from] - absent[from]);
        }
    }
    return { data, shape: [copies.length * examples.length, ...shape.slice(1)] };
  });
}
