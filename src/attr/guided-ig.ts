/** Guided integrated gradients: a path that moves first what matters least. */
import { defineMethod, type Method } from "../attribution";
import type { Problem } from "../attribution/problem";
import { checkNumber, outOfRange } from "../check";
import { type NdArray, type Parts, rowSize, sliceRows } from "../tensor";
import { optionCount } from "./option-rules";

/** Options of `guidedIg`, beside `baseline`. */
export interface GuidedIgOptions {
  /** Steps from the baseline to x. Default 200. */
  readonly steps: number;
  /** Share of the entries, those of smallest gradient, that move at once. Default 0.25. */
  readonly fraction: number;
  /** How far an entry may be from the straight path, as a share of its way: 0 is integrated gradients, 1 no bound. Default 0.02. */
  readonly maxDistance: number;
}

/**
 * Guided integrated gradients: the path from the baseline to x on which at each step those entries move whose gradient is smallest, so
 * that it keeps away from steep ground that has nothing to do with x.
 *
 * GIG(x) = ∫ ∂F(γ) ⊙ dγ ≈ Σ_k ∂F(γ_k) ⊙ (γ_{k+1} − γ_k)
 *
 * Shape: that of the input or layer; unit: score. Steps are of equal length in Σ|x − x′|, and no entry is further than `maxDistance` from
 * its place on the straight path. As a path method it sums to F(x) − F(x′) in the limit; each step is read at its beginning, so that with few
 * steps it misses some of that. The path depends on the gradient: sums of scores do not have sums of maps.
 *
 * Kapishnikov et al.: Guided Integrated Gradients (2021), arXiv 2106.09788.
 */
export const guidedIg: Method<GuidedIgOptions, "baseline"> = defineMethod<GuidedIgOptions>(
  {
    name: "guidedIg",
    paper: "Kapishnikov et al. 2021, arXiv 2106.09788",
    axioms: ["missingness", "dummy"],
    needsBaseline: true,
    multipliesByInput: true,
    whenZero: "dead units, or no difference from the baseline wherever there is a gradient",
    passes: ({ steps }) => steps,
    options: {
      steps: optionCount("steps", 200, 2 ** 16),
      fraction: { default: 0.25, check: (fn, given) => checkedShare(fn, "fraction", given) },
      maxDistance: { default: 0.02, check: (fn, given) => checkedShare(fn, "maxDistance", given) },
    },
  },
  async (p) => {
    const walks = Array.from({ length: p.examples }, (_, row) => new Walk(p, row));
    for (let step = 0; step < p.options.steps; step++) {
      const points = asParts(
        p.x,
        walks.map(({ at }) => at),
      );
      const gradients = await p.gradient({ points });
      walks.forEach((walk, row) => {
        walk.step(step, flatRow(gradients, row));
      });
    }
    return asParts(
      p.x,
      walks.map(({ sum }) => sum),
    );
  },
);

function checkedShare(fn: string, name: string, given: unknown): number {
  const share = checkNumber(fn, name, given, 0);
  if (share > 1) throw outOfRange(fn, `${name} from 0 to 1`, String(share));
  return share;
}

/** One example's row of all places, one after the other, in double precision. */
function flatRow(parts: Parts, row: number): Float64Array {
  return Float64Array.from(parts.flatMap((array) => Array.from(sliceRows(array, row, row + 1).data)));
}

function asParts(like: Parts, rows: readonly Float64Array[]): NdArray[] {
  let from = 0;
  return like.map((array) => {
    const width = rowSize(array);
    const data = new Float32Array(rows.length * width);
    rows.forEach((row, r) => {
      data.set(row.subarray(from, from + width), r * width);
    });
    from += width;
    return { data, shape: array.shape };
  });
}

/** A share of Σ|x − x′| that is rounding. */
const ROUNDING = 1e-9;

/** The walk of one example, and the map that it has gathered. */
class Walk {
  readonly #x: Float64Array;
  readonly #from: Float64Array;
  readonly #total: number;
  readonly #options: GuidedIgOptions;
  readonly at: Float64Array;
  readonly sum: Float64Array;

  constructor(p: Problem<GuidedIgOptions>, row: number) {
    this.#x = flatRow(p.x, row);
    this.#from = flatRow(p.baseline, row);
    this.#total = this.#x.reduce((sum, value, i) => sum + Math.abs(value - this.#from[i]), 0);
    this.#options = p.options;
    this.at = this.#from.slice();
    this.sum = new Float64Array(this.#x.length);
  }

  /** Goes on until what is left of the way is what step `k` leaves, and adds gradient times way. */
  step(k: number, gradient: Float64Array): void {
    const { steps, fraction, maxDistance } = this.#options;
    const alpha = (k + 1) / steps;
    const [low, high] = [Math.max(alpha - maxDistance, 0), Math.min(alpha + maxDistance, 1)];
    const target = this.#total * (1 - alpha);
    const size = gradient.map(Math.abs);
    const before = this.at.slice();
    const place = (i: number, share: number): number => this.#from[i] + share * (this.#x[i] - this.#from[i]);
    // Every pass takes entries to their bound, and none twice.
    for (let pass = 0; this.#total > 0 && pass <= size.length; pass++) {
      for (let i = 0; i < size.length; i++) {
        const way = this.#x[i] - this.#from[i];
        if (way !== 0 && (this.at[i] - this.#from[i]) / way < low) this.at[i] = place(i, low);
      }
      const left = this.#left();
      const near = ROUNDING * Math.max(target, left, 1);
      if (left - target <= near) break;
      for (let i = 0; i < size.length; i++)
        if (this.at[i] === place(i, high)) size[i] = Number.POSITIVE_INFINITY;
      const sorted = size.slice().sort();
      const threshold = sorted[Math.floor(fraction * (sorted.length - 1))];
      const chosen = [...size.keys()].filter(
        (i) => size[i] <= threshold && size[i] < Number.POSITIVE_INFINITY,
      );
      if (chosen.length === 0) break;
      const room = chosen.reduce((sum, i) => sum + Math.abs(this.at[i] - place(i, high)), 0);
      const share = room > 0 ? (left - target) / room : Number.POSITIVE_INFINITY;
      for (const i of chosen)
        this.at[i] = share > 1 ? place(i, high) : this.at[i] + share * (place(i, high) - this.at[i]);
      if (share <= 1) break;
    }
    for (let i = 0; i < size.length; i++) this.sum[i] += (this.at[i] - before[i]) * gradient[i];
  }

  #left(): number {
    return this.#x.reduce((sum, value, i) => sum + Math.abs(value - this.at[i]), 0);
  }
}
