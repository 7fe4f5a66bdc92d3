/** Data sets as baselines: rows drawn at random, those nearest to each example, centres of clusters, or entries drawn by themselves. */
import { checkInteger, checkName, checkOptions, outOfRange, shown, wrongType } from "../check";
import { type Random, random } from "../random";
import { type NdArray, ndarray, rowSize, takeRows } from "../tensor";
import type { Input } from "./input";

/** Choices of baselines from data. */
const CHOICES = ["rows", "nearest", "clusters", "independent"] as const;

/** Options of `dataset`. */
export interface DatasetOptions {
  /** How many baselines; all rows when not given, but 10 for "nearest" and "clusters". */
  readonly samples?: number;
  /**
   * "rows" (default) drawn at random; the "nearest" of each example, itself left out; centres of "clusters" (k-means), each counting
   * alike; or rows whose entries are "independent" of each other, drawn from the product of the entries' own distributions.
   */
  readonly choice?: "rows" | "nearest" | "clusters" | "independent";
}

/** Several baselines drawn from data; a path method is then averaged over them. Made by `dataset(xs)`. */
export interface DatasetBaseline {
  readonly kind: "dataset";
  readonly xs: Input;
  readonly samples: number | undefined;
  readonly choice: "rows" | "nearest" | "clusters" | "independent";
}

/**
 * Baselines drawn from data, seeded: any path method then gives the mean over them. By default rows at random, without
 * replacement; see `choice` for others.
 * @param samples how many; all of them when not given.
 */
export function dataset(xs: Input, options: DatasetOptions = {}): DatasetBaseline {
  checkOptions("dataset", options, ["samples", "choice"]);
  if (options.samples !== undefined) checkInteger("dataset", "samples", options.samples, 1);
  const choice = checkName("dataset", "choice", options.choice ?? "rows", CHOICES);
  if (xs === null || typeof xs !== "object")
    throw wrongType("dataset", "examples of the data, batch axis first", shown(xs));
  return { kind: "dataset", xs, samples: options.samples, choice };
}

/** Whether a baseline is a data set. */
export function isDataset(baseline: unknown): baseline is DatasetBaseline {
  return (
    typeof baseline === "object" && baseline !== null && "kind" in baseline && baseline.kind === "dataset"
  );
}

/** Baselines of "nearest" and "clusters" where nobody says how many. */
const USUAL = 10;
/** Rounds of k-means at most. */
const ROUNDS = 50;

/** What baselines are chosen for. */
export interface DatasetContext {
  readonly fn: string;
  /** Rows of the data, one array per input. */
  readonly data: readonly NdArray[];
  /** The examples that are explained. */
  readonly batch: readonly NdArray[];
  readonly seed: number;
  /** Whether an input holds ids of tokens. */
  readonly tokens: (input: number) => boolean;
}

/** The baselines that a data set gives: one batch of as many rows as there are examples for each. */
export function datasetRows(context: DatasetContext, { samples, choice }: DatasetBaseline): NdArray[][] {
  const { fn, data, batch, seed, tokens } = context;
  const [rows, examples] = [data[0].shape[0], batch[0].shape[0]];
  const every = (arrays: readonly NdArray[], row: number): NdArray[] =>
    arrays.map((array) => takeRows(array, new Array<number>(examples).fill(row)));
  if (choice !== "rows" && choice !== "independent" && data.some((_, i) => tokens(i)))
    throw outOfRange(
      fn,
      `a data set of numbers for choice "${choice}"`,
      "ids of tokens, which have no distance",
    );
  const usual = choice === "rows" || choice === "independent" ? rows : Math.min(USUAL, rows);
  if (choice === "independent") {
    return Array.from({ length: samples ?? usual }, (_, k) => {
      const stream = random(seed, 0x1de, k);
      return every(
        data.map((array) => mixedRow(array, stream)),
        0,
      );
    });
  }
  const count = Math.min(samples ?? usual, rows);
  if (choice === "clusters") {
    const centres = clusterCentres(data, count, random(seed, 0xc1a5));
    return Array.from({ length: centres[0].shape[0] }, (_, k) => every(centres, k));
  }
  if (choice === "nearest") {
    const nearest = Array.from({ length: examples }, (_, example) => nearestRows(data, batch, example));
    const least = Math.min(count, ...nearest.map((all) => all.length));
    if (least === 0) throw outOfRange(fn, "a data set with rows beside the example itself", "none");
    return Array.from({ length: least }, (_, k) =>
      data.map((array) =>
        takeRows(
          array,
          nearest.map((all) => all[k]),
        ),
      ),
    );
  }
  const order = Array.from({ length: rows }, (_, i) => i);
  const draw = random(seed, 0xda7a);
  for (let i = 0; i < count; i++) {
    const j = i + draw.integer(order.length - i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, count).map((row) => every(data, row));
}

/** One row, each entry from a row drawn for it alone. */
function mixedRow({ data, shape }: NdArray, stream: Random): NdArray {
  const width = data.length / shape[0];
  return ndarray(
    Float32Array.from({ length: width }, (_, i) => data[stream.integer(shape[0]) * width + i]),
    [1, ...shape.slice(1)],
  );
}

/** Rows of the data by their distance from an example over all inputs, without those that equal it. */
function nearestRows(data: readonly NdArray[], batch: readonly NdArray[], example: number): number[] {
  const distances = Array.from({ length: data[0].shape[0] }, (_, row) =>
    data.reduce((sum, array, i) => sum + squaredDistance(array, row, batch[i], example), 0),
  );
  return Array.from(distances.keys())
    .filter((row) => distances[row] > 0)
    .sort((a, b) => distances[a] - distances[b] || a - b);
}

function squaredDistance(a: NdArray, row: number, b: NdArray, other: number): number {
  const width = rowSize(a);
  let sum = 0;
  for (let i = 0; i < width; i++) sum += (a.data[row * width + i] - b.data[other * width + i]) ** 2;
  return sum;
}

/** Centres of k-means over all inputs, begun far from each other (k-means++; Arthur and Vassilvitskii 2007). */
function clusterCentres(data: readonly NdArray[], k: number, stream: Random): NdArray[] {
  const rows = data[0].shape[0];
  const distance = (row: number, centres: readonly NdArray[], centre: number): number =>
    data.reduce((sum, array, i) => sum + squaredDistance(array, row, centres[i], centre), 0);
  const chosen = [stream.integer(rows)];
  while (chosen.length < k) {
    const apart = Array.from({ length: rows }, (_, row) =>
      Math.min(...chosen.map((other) => distance(row, data, other))),
    );
    const total = apart.reduce((sum, one) => sum + one, 0);
    if (total === 0) break;
    let rest = stream.uniform() * total;
    let next = apart.indexOf(Math.max(...apart));
    for (const [row, one] of apart.entries()) {
      rest -= one;
      if (rest >= 0) continue;
      next = row;
      break;
    }
    chosen.push(next);
  }
  let centres = data.map((array) => takeRows(array, chosen));
  let labels: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const found = Array.from({ length: rows }, (_, row) => {
      const all = chosen.map((_, centre) => distance(row, centres, centre));
      return all.indexOf(Math.min(...all));
    });
    if (found.every((label, row) => label === labels[row])) break;
    labels = found;
    centres = centres.map((before, i) => meansOf(data[i], labels, before));
  }
  return centres;
}

/** The mean of the rows of each label; of one without rows what it was before. */
function meansOf({ data, shape }: NdArray, labels: readonly number[], before: NdArray): NdArray {
  const width = rowSize(before);
  const counts = new Float64Array(before.shape[0]);
  const sums = new Float64Array(before.data.length);
  for (const [row, label] of labels.entries()) {
    counts[label]++;
    for (let i = 0; i < width; i++) sums[label * width + i] += data[row * width + i];
  }
  return ndarray(
    sums.map((sum, i) => {
      const count = counts[Math.floor(i / width)];
      return count === 0 ? before.data[i] : sum / count;
    }),
    [before.shape[0], ...shape.slice(1)],
  );
}
