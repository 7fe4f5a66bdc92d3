/** The mean over several baselines: the expected form of a path method. */
import type { NdArray } from "../tensor";
import type { Solution } from "./method";

type Path = NonNullable<Solution["path"]>;

/** Adds solutions up as they come, so that frames of many paths are never held at once. */
export class MeanSolution {
  readonly #count: number;
  #first: Solution | undefined;
  #values: MeanArray[] = [];
  #path: MeanPath | undefined;

  /** @param count how many solutions there will be. */
  constructor(count: number) {
    this.#count = count;
  }

  add(solution: Solution): void {
    const { values, path } = solution;
    if (this.#first === undefined) {
      this.#first = solution;
      this.#values = values.map((array) => new MeanArray(array, this.#count));
      this.#path = path && new MeanPath(path, this.#count);
    }
    for (const [i, array] of values.entries()) this.#values[i]?.add(array.data);
    // One without a path, or with other nodes, leaves no path to draw.
    this.#path = path && this.#path?.add(path);
  }

  /** The mean; one solution is its own. */
  get solution(): Solution {
    const { path: _, ...first } = this.#first as Solution;
    if (this.#count === 1) return this.#first as Solution;
    return {
      ...first,
      values: this.#values.map((mean) => mean.array),
      ...(this.#path ? { path: this.#path.path } : {}),
    };
  }
}

/** Means of what paths record at the same nodes. */
class MeanPath {
  readonly #accumulated: readonly MeanArray[];
  readonly #scores: number[][];
  readonly #runningSum: number[][];

  readonly #first: Path;
  readonly #count: number;

  constructor(first: Path, count: number) {
    this.#first = first;
    this.#count = count;

    this.#accumulated = first.accumulated.map((array) => new MeanArray(array, count));
    this.#scores = first.scores.map((row) => row.map(() => 0));
    this.#runningSum = first.runningSum.map((row) => row.map(() => 0));
  }

  /** Itself; undefined when the path has nodes of its own. */
  add(path: Path): this | undefined {
    const { alphas } = this.#first;
    if (path.alphas.length !== alphas.length || path.alphas.some((alpha, k) => alpha !== alphas[k]))
      return undefined;
    for (const [i, array] of path.accumulated.entries()) this.#accumulated[i]?.add(array.data);
    addRows(this.#scores, path.scores, this.#count);
    addRows(this.#runningSum, path.runningSum, this.#count);
    return this;
  }

  get path(): Path {
    return {
      ...this.#first,
      scores: this.#scores,
      runningSum: this.#runningSum,
      accumulated: this.#accumulated.map((mean) => mean.array),
    };
  }
}

/** The mean of arrays of one shape, summed in double precision. */
class MeanArray {
  readonly #sum: Float64Array;

  readonly #like: NdArray;
  readonly #count: number;

  constructor(like: NdArray, count: number) {
    this.#like = like;
    this.#count = count;

    this.#sum = new Float64Array(like.data.length);
  }

  add(data: Float32Array): void {
    for (let k = 0; k < this.#sum.length; k++) this.#sum[k] += data[k] / this.#count;
  }

  get array(): NdArray {
    return { data: Float32Array.from(this.#sum), shape: this.#like.shape };
  }
}

function addRows(sums: number[][], rows: readonly (readonly number[])[], count: number): void {
  for (const [i, row] of rows.entries()) for (const [k, value] of row.entries()) sums[i][k] += value / count;
}

/** The mean of each of several arrays. */
export function meanArrays(draws: readonly (readonly NdArray[])[]): NdArray[] {
  return draws[0].map((array, i) => {
    const mean = new MeanArray(array, draws.length);
    for (const draw of draws) mean.add(draw[i].data);
    return mean.array;
  });
}
