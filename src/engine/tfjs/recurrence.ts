/** Recurrences: a step, and the sequences that it is done for. */
import type { Tensor } from "@tensorflow/tfjs";

/** Values of one step of a recurrent layer. */
export interface Step {
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

/** A recurrent layer's call: a step, done for each entry of a sequence. */
export interface Recurrence {
  /** The sequence that steps read, rows first and steps next. */
  readonly x: Tensor;
  /** 1 where an entry counts and 0 where it is passed over, [rows, steps, 1, …]. */
  readonly mask: Tensor | undefined;
  /** States before the first step. */
  readonly states: readonly Tensor[];
  /** Whether the last entry comes first. */
  readonly backwards: boolean;
  /** Whether the output of each step is wanted, in the order in which they were made. */
  readonly sequences: boolean;
  /** One step, of one entry of the sequence and one of the mask. */
  step(x: Tensor, states: readonly Tensor[], mask: Tensor | undefined): Step;
  /** What tfjs's own call makes of a part of the sequence and of the mask, from the states before it. */
  stretch(x: Tensor, states: readonly Tensor[], mask: Tensor | undefined): RecurrenceAnswer;
}

/** Values that a recurrent layer gives. */
export interface RecurrenceAnswer {
  /** That of the last step, or those of all, [rows, steps, …]. */
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

/** Runs a recurrence in a way of its own; undefined where tfjs is to run it. */
export type RunRecurrence = (recurrence: Recurrence) => RecurrenceAnswer | undefined;
