/** The mean over several baselines: the expected form of a path method. */
import { RunningSum } from "../running";
import type { NdArray, Parts } from "../tensor";
import type { Details } from "./attribution-record";
import type { Solution } from "./method";

type Path = NonNullable<Solution["path"]>;

/** Adds solutions up as they come, so that frames of many paths are never held at once. */
export class MeanSolution {
  readonly #count: number;
  #first: Solution | undefined;
  #values: RunningSum | undefined;
  /** Baselines may share their samples, so that the mean's error is bounded by the mean of the errors. */
  #errors: RunningSum | undefined;
  #path: MeanPath | undefined;
  #details: Details | undefined;

  /** @param count how many solutions there will be. */
  constructor(count: number) {
    this.#count = count;
  }

  add(solution: Solution): void {
    const { values, path, standardError } = solution;
    if (this.#first === undefined) {
      this.#first = solution;
      this.#values = new RunningSum(values[0].shape[0]);
      this.#errors = standardError && new RunningSum(values[0].shape[0]);
      this.#path = path && new MeanPath(path, this.#count);
    }
    if (standardError) this.#errors?.add(standardError, { weight: 1 / this.#count });
    this.#addDetails(solution.details);
    this.#values?.add(values, { weight: 1 / this.#count });
    // One without a path, or with other nodes, leaves no path to draw.
    this.#path = path && this.#path?.add(path);
  }

  /** The mean; one solution is its own. */
  get solution(): Solution {
    const { path: _, details: __, ...first } = this.#first as Solution;
    if (this.#count === 1) return this.#first as Solution;
    return {
      ...first,
      values: this.#values!.values,
      ...(this.#errors ? { standardError: this.#errors.values } : {}),
      ...(this.#details ? { details: this.#details } : {}),
      ...(this.#path ? { path: this.#path.path } : {}),
    };
  }

  #addDetails(details: Details | undefined): void {
    if (!details) return;
    const sums = this.#details;
    this.#details = Object.fromEntries(
      Object.entries(details).map(([name, values]) => [
        name,
        values.map((value, row) => (sums?.[name]?.[row] ?? 0) + value / this.#count),
      ]),
    );
  }
}

/** Means of what paths record at the same nodes. */
class MeanPath {
  readonly #accumulated: RunningSum;
  readonly #scores: number[][];
  readonly #runningSum: number[][];

  readonly #first: Path;
  readonly #count: number;

  constructor(first: Path, count: number) {
    this.#first = first;
    this.#count = count;

    this.#accumulated = new RunningSum(first.scores.length);
    this.#scores = first.scores.map((row) => row.map(() => 0));
    this.#runningSum = first.runningSum.map((row) => row.map(() => 0));
  }

  /** Itself; undefined when the path has nodes of its own. */
  add(path: Path): this | undefined {
    const { alphas } = this.#first;
    if (path.alphas.length !== alphas.length || path.alphas.some((alpha, k) => alpha !== alphas[k]))
      return undefined;
    this.#accumulated.add(path.accumulated, { weight: 1 / this.#count });
    addRows(this.#scores, path.scores, this.#count);
    addRows(this.#runningSum, path.runningSum, this.#count);
    return this;
  }

  get path(): Path {
    return {
      ...this.#first,
      scores: this.#scores,
      runningSum: this.#runningSum,
      accumulated: this.#accumulated.values,
    };
  }
}

function addRows(sums: number[][], rows: readonly (readonly number[])[], count: number): void {
  for (const [i, row] of rows.entries()) for (const [k, value] of row.entries()) sums[i][k] += value / count;
}

/** The mean of each of several arrays. */
export function meanArrays(draws: readonly Parts[]): NdArray[] {
  const sum = new RunningSum(draws[0][0].shape[0]);
  for (const draw of draws) sum.add(draw, { weight: 1 / draws.length });
  return sum.values;
}
