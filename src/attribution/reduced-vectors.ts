/** Vectors of tokens as one number each, and how far their sums cancel. */
import { mapped, type NdArray, type Parts, plus, rowSize, squared, sumLastAxis, times } from "../tensor";
import type { AttributionPart, Reduce, Reduction } from "./record";

/** Each token's vector as one number, and what that did to the vectors. */
export interface ReducedVectors {
  readonly values: NdArray;
  /** None where the number is a token's own, of which each entry holds an equal part. */
  readonly reduced: Reduction | undefined;
}

/** Each token's vector as one number: over all look-ups of an input, their entries' sum or mean, or their length. */
export function reducedVectors(lookups: Parts, by: Reduce): ReducedVectors {
  const sum = (arrays: Parts): NdArray => arrays.map(sumLastAxis).reduce((a, b) => plus(a, b));
  const entries = lookups.reduce((total, { shape }) => total + shape[shape.length - 1], 0);
  const share = by === "mean" ? 1 / entries : 1;
  const own = by === "sum" && lookups.every(holdsEqualParts);
  const values =
    by === "norm"
      ? mapped(sum(squared(lookups)), Math.sqrt)
      : share === 1
        ? sum(lookups)
        : times(sum(lookups), share);
  const magnitudes = sum(lookups.map((array) => mapped(array, Math.abs)));
  const width = rowSize(magnitudes);
  const magnitude = Array.from(
    { length: values.shape[0] },
    (_, row) => share * largest(magnitudes.data.subarray(row * width, (row + 1) * width)),
  );
  return { values, reduced: own ? undefined : { by, entries, magnitude } };
}

/** Whether all entries of each vector are the same, as those of a token that was left out as a whole. */
function holdsEqualParts({ data, shape }: NdArray): boolean {
  const width = shape[shape.length - 1];
  return data.every((value, i) => value === data[i - (i % width)]);
}

/** Share of Σ|·| below which a signed sum is said to cancel, where its vectors are long enough to tell. */
const CANCELS = 0.01;

/** Entries of independent signs leave 0.8 / √n of Σ|·|; what cancels by construction is well below that. */
const BELOW_CHANCE = 0.25;

/**
 * A sentence for each part of tokens whose signed sums cancel in an example, since a map of what rounding leaves looks like
 * any other. Behind a layer norm every such sum of a gradient is zero by construction.
 */
export function cancellingSums(parts: readonly AttributionPart[]): string[] {
  return parts.flatMap(({ name, values, reduced }) => {
    if (!reduced || reduced.by === "norm") return [];
    const { entries, magnitude } = reduced;
    const width = values.data.length / magnitude.length;
    const left = magnitude.map((all, row) =>
      all > 0 ? largest(values.data.subarray(row * width, (row + 1) * width)) / all : 1,
    );
    const limit = Math.min(CANCELS, BELOW_CHANCE / Math.sqrt(entries));
    const rows = left.flatMap((share, row) => (share < limit ? [row] : []));
    if (rows.length === 0) return [];
    const most = Math.max(...rows.map((row) => left[row]));
    const which =
      magnitude.length === 1
        ? ""
        : ` (example ${rows.slice(0, 8).join(", ")}${rows.length > 8 ? ", …" : ""})`;
    return [
      `the sums over the vectors of input "${name}" cancel: the largest |Σ| of a token is ` +
        `${(100 * most).toPrecision(2)} % of the largest Σ|·|, as where a layer norm follows; ` +
        `reduce: "norm" gives lengths, which do not cancel${which}`,
    ];
  });
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
