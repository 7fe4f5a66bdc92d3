/** What a call asked, in short words, as figures say it. */

/**
 * Baseline, steps and rule, samples and noise: those that the options hold. Where a map that was sampled holds no number
 * of samples, as one whose method takes as many as the input asks for, `passes` of each example tell how many there were.
 */
export function askedInWords(
  options: Readonly<Record<string, unknown>>,
  seed: number,
  passes: number | undefined,
): string[] {
  const { baseline, rule, steps, tolerance, samples, noiseLevel, stdev } = options;
  const number = (value: unknown): value is number => typeof value === "number";
  const asked: string[] = [];
  // The hash of what was given tells it from others in the record, and says nothing to a reader.
  if (typeof baseline === "string" || number(baseline))
    asked.push(`baseline ${String(baseline).replace(/,? [0-9a-f]{16}/, "")}`);
  // A tolerance takes as many steps as it needs.
  if (number(tolerance)) asked.push(`to a tolerance of ${tolerance}`);
  else if (number(steps)) asked.push(`${steps} steps${typeof rule === "string" ? ` by ${rule}` : ""}`);
  if (number(samples)) asked.push(`${samples} samples from seed ${seed}`);
  else if (passes !== undefined)
    asked.push(`${Math.round(passes).toLocaleString("en-US")} forward passes from seed ${seed}`);
  if (number(stdev)) asked.push(`noise of standard deviation ${stdev}`);
  else if (number(noiseLevel))
    asked.push(`noise of ${Number((100 * noiseLevel).toPrecision(3))} % of the range`);
  return asked;
}
