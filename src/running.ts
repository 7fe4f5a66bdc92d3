/** Sums and moments of arrays that come one after the other, in double precision. */
import { type NdArray, type Parts, rowSize } from "./tensor";

/** Rows that come in, and the kept rows that they belong to. */
export interface AddedRows {
  /** The kept row of each row that comes in. Default: the same. */
  readonly rows?: ArrayLike<number>;
  /** Factor of the rows: one for all, or one per row. Default 1. */
  readonly weight?: number | ArrayLike<number>;
}

/** Σ w a: a weighted sum of arrays, kept row by row. */
export class RunningSum {
  readonly #rows: number;
  #sums: Float64Array[] = [];
  #shapes: (readonly number[])[] = [];

  /** @param rows how many rows are kept. */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Adds arrays; the first that come say how many parts there are, and in which shapes. */
  add(parts: Parts, { rows, weight = 1 }: AddedRows = {}): this {
    if (this.#sums.length === 0) {
      this.#sums = parts.map((array) => new Float64Array(this.#rows * rowSize(array)));
      this.#shapes = parts.map(({ shape }) => [this.#rows, ...shape.slice(1)]);
    }
    for (const [part, array] of parts.entries()) {
      const [sum, width] = [this.#sums[part], rowSize(array)];
      for (let row = 0; row < array.shape[0]; row++) {
        const w = typeof weight === "number" ? weight : weight[row];
        const [from, to] = [row * width, (rows ? rows[row] : row) * width];
        for (let i = 0; i < width; i++) sum[to + i] += w * array.data[from + i];
      }
    }
    return this;
  }

  /** The sums so far; nothing when nothing was added. */
  get values(): NdArray[] {
    return this.#sums.map((sum, part) => ({ data: Float32Array.from(sum), shape: this.#shapes[part] }));
  }
}

/** Mean, mean square, variance and standard error of arrays, kept row by row (Welford's recurrence). */
export class RunningMoments {
  readonly #counts: Float64Array;
  #means: Float64Array[] = [];
  /** Σ (a − mean)². */
  #scatter: Float64Array[] = [];
  #shapes: (readonly number[])[] = [];

  /** @param rows how many rows are kept. */
  constructor(rows: number) {
    this.#counts = new Float64Array(rows);
  }

  /** Adds a sample for each row that comes in. */
  add(parts: Parts, rows?: ArrayLike<number>): this {
    const kept = this.#counts.length;
    if (this.#means.length === 0) {
      this.#means = parts.map((array) => new Float64Array(kept * rowSize(array)));
      this.#scatter = this.#means.map((mean) => new Float64Array(mean.length));
      this.#shapes = parts.map(({ shape }) => [kept, ...shape.slice(1)]);
    }
    for (let row = 0; row < parts[0].shape[0]; row++) {
      const to = rows ? rows[row] : row;
      this.#counts[to] += 1;
      for (const [part, array] of parts.entries()) this.#addRow(part, array, row, to);
    }
    return this;
  }

  #addRow(part: number, array: NdArray, row: number, to: number): void {
    const [mean, scatter, width] = [this.#means[part], this.#scatter[part], rowSize(array)];
    const count = this.#counts[to];
    for (let i = 0; i < width; i++) {
      const at = to * width + i;
      const value = array.data[row * width + i];
      const before = value - mean[at];
      mean[at] += before / count;
      scatter[at] += before * (value - mean[at]);
    }
  }

  /** E[a]. */
  get mean(): NdArray[] {
    return this.#each((mean) => mean);
  }

  /** E[a²]. */
  get meanSquare(): NdArray[] {
    return this.#each((mean, scatter, count) => mean * mean + scatter / count);
  }

  /** E[a²] − E[a]², the mean squared distance from the mean. */
  get variance(): NdArray[] {
    return this.#each((_, scatter, count) => scatter / count);
  }

  /** √(Σ (a − mean)² / (n (n − 1))): how far the mean is likely to be from that of infinitely many samples. */
  get standardError(): NdArray[] {
    return this.#each((_, scatter, count) => Math.sqrt(scatter / (count * (count - 1))));
  }

  #each(f: (mean: number, scatter: number, count: number) => number): NdArray[] {
    return this.#means.map((mean, part) => {
      const [scatter, width] = [this.#scatter[part], mean.length / this.#counts.length];
      const data = Float32Array.from(mean, (value, i) =>
        f(value, scatter[i], this.#counts[Math.floor(i / width)]),
      );
      return { data, shape: this.#shapes[part] };
    });
  }
}
