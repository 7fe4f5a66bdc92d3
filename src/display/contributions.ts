/** Contributions of named entries, the largest first, the smallest summed. */

import { ROUNDING, reducedMagnitude } from "./cancelling";
import { divergingScale, hexAt } from "./colour";
import type { ColormapName } from "./figure-options";
import type { PartView } from "./map-view";
import { modalityOf } from "./modality";
import { entryNames, exampleOf, inputName } from "./part-grids";
import { ERRORS_DRAWN, errorsOf } from "./sampling-error";
import { readable, shortenEntry } from "./text";

/** The grey of bars that say neither for nor against. */
export const NEUTRAL = "#8a8a8a";

/** The share of one entry, or of several together, in the score. */
export interface Contribution {
  /** full name */
  name: string;
  /** short name, with the input's value where it says something */
  label: string;
  value: number;
  /** Σ|·| behind the value: beside it a sum that cancels is but rounding */
  magnitude: number;
  /** standard error that sampling leaves, where it does */
  error?: number;
  /** the input's value in words; empty where there is none */
  input: string;
}

/** The entries of parts, by magnitude; of more than `most` the smallest are summed into one, the last. */
export function contributionsOf(parts: readonly PartView[], example: number, most: number): Contribution[] {
  const all = parts.flatMap((part) => entriesOf(part, example, parts.length > 1 ? `${part.name} · ` : ""));
  const weight = ({ value }: Contribution) => (Number.isFinite(value) ? Math.abs(value) : Infinity);
  const sorted = all
    .map((entry, i) => ({ entry, i }))
    .sort((a, b) => weight(b.entry) - weight(a.entry) || a.i - b.i)
    .map(({ entry }) => entry);
  const kept = sorted.slice(0, sorted.length > most ? Math.max(1, most - 1) : most);
  const rest = sorted.slice(kept.length);
  if (rest.length === 0 || most === 1) return kept;
  const label = `sum of ${rest.length} others`;
  const value = rest.reduce((sum, entry) => sum + entry.value, 0);
  const magnitude = rest.reduce((sum, entry) => sum + Math.max(Math.abs(entry.value), entry.magnitude), 0);
  // As if all erred the same way: an upper bound, whatever they share.
  const error = rest.some((entry) => entry.error !== undefined)
    ? { error: rest.reduce((sum, entry) => sum + (entry.error ?? 0), 0) }
    : {};
  return [...kept, { name: label, label, value, magnitude, ...error, input: "" }];
}

function entriesOf(part: PartView, example: number, prefix: string): Contribution[] {
  const names = entryNames(part, example).map((name) => prefix + name);
  // The number of a token says nothing beside the token itself.
  const inputs =
    part.input && part.input.data.length === part.values.data.length && modalityOf(part) !== "text"
      ? exampleOf(part.input, example)
      : undefined;
  const errors = errorsOf(part, example);
  return exampleOf(part.values, example).map((value, i) => ({
    name: names[i],
    ...(errors && { error: errors[i] }),
    label: inputs ? `${shortenEntry(names[i], 26)} = ${readable(inputs[i], 3)}` : shortenEntry(names[i], 34),
    value,
    magnitude: reducedMagnitude(part, example),
    input: inputs ? readable(inputs[i], 5) : "",
  }));
}

/** Colours of bars: the length already says how much, the colour only says which way. */
export function signColours(values: readonly number[], colormap?: ColormapName): string[] {
  const scale = divergingScale(1, "", colormap);
  return values.map((value) => hexAt(scale, Math.sign(value)));
}

/** Colours of contributions by sign, grey where a sum that cancels leaves but rounding. */
export function contributionColours(of: readonly Contribution[], colormap?: ColormapName): string[] {
  const signs = signColours(
    of.map(({ value }) => value),
    colormap,
  );
  return of.map(({ value, magnitude }, i) => (Math.abs(value) < ROUNDING * magnitude ? NEUTRAL : signs[i]));
}

/** Half the length of the line that shows the error of each contribution; undefined where none was sampled. */
export function errorLines(of: readonly Contribution[]): number[] | undefined {
  return of.some(({ error }) => error)
    ? of.map(({ error = 0 }) => (Number.isFinite(error) ? ERRORS_DRAWN * error : 0))
    : undefined;
}

/** Lines that hover shows of contributions. */
export function hoverOf(
  contributions: readonly Contribution[],
  parts: readonly PartView[],
): { label: string; texts: string[] }[] {
  const inputs = contributions.map(({ input }) => input);
  return [
    { label: "feature", texts: contributions.map(({ name }) => name) },
    ...(inputs.some((input) => input !== "")
      ? [{ label: [...new Set(parts.map(inputName))].join(" or "), texts: inputs }]
      : []),
    ...(contributions.some(({ error }) => error)
      ? [
          {
            label: "standard error",
            texts: contributions.map(({ error }) => (error === undefined ? "" : readable(error, 2))),
          },
        ]
      : []),
  ];
}
