/** Means over random samples, with their standard errors: as many samples as asked for, or until the error is small. */
import { checkInteger, checkNumber, checkOptions } from "../check";
import { RunningMoments } from "../running";
import { type NdArray, type Parts, rowSize } from "../tensor";
import type { OptionRule } from "./method";
import type { Problem } from "./problem";

/** Options of methods that draw samples. */
export interface SamplingOptions {
  /** Samples of each example, at most. */
  readonly samples: number;
  /**
   * Stops earlier, example by example, once the largest standard error is at most this share of the largest |value|, such
   * as `{ standardError: 0.02 }`. Not set by default.
   */
  readonly until: { readonly standardError: number } | undefined;
}

/** Rules of the options. */
export function samplingOptions(samples: number): {
  readonly [Name in keyof SamplingOptions]: OptionRule<SamplingOptions[Name]>;
} {
  return {
    samples: { default: samples, check: (fn, given) => checkInteger(fn, "samples", given, 1) },
    until: { default: undefined, check: checkUntil },
  };
}

function checkUntil(fn: string, given: unknown): { readonly standardError: number } {
  checkOptions(fn, given, ["standardError"]);
  const { standardError } = given as { readonly standardError?: unknown };
  return { standardError: checkNumber(fn, "until.standardError", standardError, 0, true) };
}

/** Samples of one example before its error is believed. */
const FEWEST_SAMPLES = 10;

/** Means of samples, and how far they are likely to be from those of infinitely many. */
export interface SampledMeans {
  readonly means: Parts;
  /** Undefined for one sample, which tells nothing of how samples differ. */
  readonly standardErrors: Parts | undefined;
  /** All that was summed up of them. */
  readonly moments: RunningMoments;
}

/**
 * E[a] over samples, example by example.
 * @param draw arrays of samples of examples, each [sample · examples + example, …]; a sample's number is all that its
 *   randomness may depend on, so that neither batch nor order changes it.
 * @param atOnce samples of one question.
 */
export async function sampledMeans(
  p: Problem<SamplingOptions>,
  draw: (samples: readonly number[], examples: readonly number[]) => Promise<Parts>,
  atOnce: number,
): Promise<SampledMeans> {
  const { samples, until } = p.options;
  const moments = new RunningMoments(p.examples);
  let active = Array.from({ length: p.examples }, (_, row) => row);
  // Errors are looked at every few samples, always the same ones, whatever fits into memory.
  const stride = until ? FEWEST_SAMPLES : samples;
  for (let start = 0; start < samples && active.length > 0; start += stride) {
    const end = Math.min(start + stride, samples);
    for (let from = start; from < end; from += atOnce) {
      const numbers = Array.from({ length: Math.min(atOnce, end - from) }, (_, k) => from + k);
      moments.add(
        await draw(numbers, active),
        numbers.flatMap(() => active),
      );
    }
    if (until) active = active.filter((row) => relativeError(moments, row) > until.standardError);
  }
  if (until) warnOfErrors(p, p.options, active, (row) => relativeError(moments, row));
  return { means: moments.mean, standardErrors: samples > 1 ? moments.standardError : undefined, moments };
}

/** A statistic of an example's samples, and its standard errors. */
export interface SampledStatistic {
  readonly values: Float64Array;
  readonly standardErrors: Float64Array;
}

/**
 * A statistic of samples that is no mean of them, example by example: [examples, features].
 * @param draw draws samples of examples, and keeps what it needs of them.
 * @param statisticOf the statistic of all samples of an example so far.
 */
export async function sampledStatistics(
  p: Problem<SamplingOptions>,
  draw: (samples: readonly number[], examples: readonly number[]) => Promise<void>,
  statisticOf: (row: number) => SampledStatistic,
): Promise<readonly SampledStatistic[]> {
  const { samples, until } = p.options;
  let active = Array.from({ length: p.examples }, (_, row) => row);
  const found: SampledStatistic[] = [];
  const error = (row: number): number => {
    const { values, standardErrors } = found[row];
    const largest = (all: Float64Array): number =>
      all.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    const most = largest(standardErrors);
    return most === 0 ? 0 : most / largest(values);
  };
  const stride = until ? FEWEST_SAMPLES : samples;
  for (let start = 0; start < samples && active.length > 0; start += stride) {
    const count = Math.min(stride, samples - start);
    await draw(
      Array.from({ length: count }, (_, k) => start + k),
      active,
    );
    for (const row of active) found[row] = statisticOf(row);
    if (until) active = active.filter((row) => !(error(row) <= until.standardError));
  }
  if (until) warnOfErrors(p, p.options, active, error);
  return found;
}

/** Says of examples that their error is still larger than was asked for. */
export function warnOfErrors(
  p: Problem<object>,
  { samples, until }: SamplingOptions,
  rows: readonly number[],
  error: (row: number) => number,
): void {
  p.warnOf(
    "standard error",
    new Map(rows.map((row) => [row, error(row)])),
    (which, largest) =>
      `the standard error of ${until?.standardError} was not reached${which} within ${samples} samples: it is ` +
      `${(100 * largest).toPrecision(2)} % of the largest value`,
  );
}

/** The largest standard error of a row, as a share of its largest |mean|. */
function relativeError(moments: RunningMoments, row: number): number {
  return largestShare(moments.standardError, moments.mean, row);
}

/** The largest |a| of a row as a share of its largest |b|; 0 where both are zero. */
export function largestShare(a: Parts, b: Parts, row: number): number {
  const [errors, values] = [a, b].map((arrays) => Math.max(...arrays.map((array) => largestOf(array, row))));
  return errors === 0 ? 0 : errors / values;
}

function largestOf(array: NdArray, row: number): number {
  const width = rowSize(array);
  return array.data
    .subarray(row * width, (row + 1) * width)
    .reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
