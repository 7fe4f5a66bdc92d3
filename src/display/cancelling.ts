/** Sums that a figure draws, and what they cancelled: Σ beside Σ|·|. */

import type { PartView } from "./map-view";
import { readable } from "./text";

/** Share of Σ|·| that a sum has to reach to be drawn at full colour: below it there is but rounding. */
export const ROUNDING = 1e-6;

/** Share of Σ|·| below which a figure says that its sums cancel. */
const CANCELS = 0.01;

/** The largest Σ|·| of a token's vector, where the vectors of a part were reduced; zero where nothing was. */
export function reducedMagnitude({ reduced }: PartView, example: number): number {
  return reduced?.magnitude[example] ?? 0;
}

/** The largest finite Σ|·| behind the values of a map that were added up. */
export function largestSum(magnitudes: readonly number[]): number {
  return magnitudes.reduce((most, sum) => (Number.isFinite(sum) && sum > most ? sum : most), 0);
}

/**
 * A sentence where the sums that a figure makes itself cancel.
 * @param sums drawn values of a map, and Σ|·| behind each.
 * @param where they are made: `"in each cell"`.
 */
export function cancellingNotes(
  maps: readonly { readonly values: readonly number[]; readonly magnitudes: readonly number[] }[],
  where: string,
): string[] {
  const left = maps.flatMap(({ values, magnitudes }) => {
    const all = largestSum(magnitudes);
    return all > 0 ? [largestSum(values.map(Math.abs)) / all] : [];
  });
  const least = Math.min(...left, 1);
  if (least >= CANCELS) return [];
  return [`The sums ${where} cancel: the largest |Σ| is ${readable(100 * least, 2)} % of the largest Σ|·|.`];
}

/** A sentence for parts whose vectors were reduced, token by token. */
export function reducedNotes(parts: readonly PartView[]): string[] {
  const words = { sum: "sum of the entries", norm: "length (L2)", mean: "mean of the entries" } as const;
  return [
    ...new Set(
      parts.flatMap(({ reduced }) =>
        reduced
          ? [`Each token's number is the ${words[reduced.by]} of its vector of ${reduced.entries}.`]
          : [],
      ),
    ),
  ];
}

/** Whether the values of a part are lengths, which have no sign. */
export function isLength({ reduced }: PartView): boolean {
  return reduced?.by === "norm";
}
