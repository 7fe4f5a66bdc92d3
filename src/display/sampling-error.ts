/** Errors that sampling leaves in a map: how large they are, in words. */

import { largestMagnitude } from "./colour";
import type { MapView, PartView } from "./map-view";
import { exampleOf } from "./part-grids";
import { readable } from "./text";

/** Standard errors drawn on each side of a value: between them it lies nineteen times of twenty. */
export const ERRORS_DRAWN = 2;

/** What the thin lines of a figure with such errors mean. */
export const ERROR_NOTE = "Thin lines: two standard errors of sampling on either side.";

/** The standard errors of one example, as a flat list; undefined of a map that was not sampled. */
export function errorsOf({ standardError }: PartView, example: number): number[] | undefined {
  return standardError && exampleOf(standardError, example);
}

/** True where sampling left an error in some value of an example. */
export function isSampled(parts: readonly PartView[], example: number): boolean {
  return parts.some((part) => largestMagnitude(errorsOf(part, example) ?? []) > 0);
}

/** The largest standard error of these examples of a map, as a number; undefined where none was sampled. */
export function largestError(view: MapView, examples: readonly number[]): number | undefined {
  const errors = view.parts.flatMap((part) =>
    examples.flatMap((example) => {
      const own = errorsOf(part, example);
      return own ? [largestMagnitude(own)] : [];
    }),
  );
  return errors.length > 0 ? Math.max(...errors) : undefined;
}

/** A sentence on the error of sampling, where there is one. */
export function samplingNotes(view: MapView, examples: readonly number[]): string[] {
  const error = largestError(view, examples);
  if (!error) return [];
  const values = view.parts.flatMap(({ values: of }) =>
    examples.map((example) => largestMagnitude(exampleOf(of, example))),
  );
  const share = (100 * error) / Math.max(...values);
  const beside = Number.isFinite(share) ? `, ${readable(share, 2)} % of the largest |attribution|` : "";
  return [`Sampling leaves a standard error of at most ${readable(error, 2)}${beside}.`];
}
