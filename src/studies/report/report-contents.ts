/** Contents of a report: the numbers and names that it is made of, and how a number is written. */
import type { CheckResult } from "./report-checks";

/** A feature or block, what it adds to the score, and its share of the whole map's magnitude. */
export interface Driver {
  readonly name: string;
  readonly value: number;
  readonly share: number;
}

/** Numbers and names that a report is made of. */
export interface ReportContents {
  readonly method: string;
  readonly target: string;
  readonly explain: string;
  readonly score: number;
  readonly baselineScore: number | undefined;
  /** The likeliest classes with their probabilities; empty of a net that gives one number. */
  readonly classes: readonly { readonly label: string; readonly value: number }[];
  readonly drivers: readonly Driver[];
  readonly checks: readonly CheckResult[];
  /** The fewest features without which the decision is another. */
  readonly flips:
    | { readonly without: string; readonly features: number; readonly afterwards: string }
    | undefined;
  /** Whether the net decides between classes. */
  readonly decides: boolean;
  readonly warnings: readonly string[];
  readonly fingerprint: string | undefined;
}

/** A heading and its sentences. */
export interface ReportSection {
  readonly title: string;
  readonly sentences: readonly string[];
}

/** A number as a report writes it, in text and in its list of numbers. */
export function written(value: number): string {
  return Number(value.toPrecision(3)).toString().replace(/^-/, "−");
}
