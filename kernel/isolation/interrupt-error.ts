/** The error of an interrupted cell. */
import { types } from "node:util";

/** Error that an interrupted cell throws. */
export class InterruptError extends Error {
  readonly #isInterrupt = true;

  static is(error: unknown): boolean {
    return typeof error === "object" && error !== null && #isInterrupt in error && error.#isInterrupt;
  }

  constructor() {
    super("execution interrupted");
    this.name = "InterruptError";
  }
}

/** Asks the error nothing that a cell could answer: a getter may not end, and a proxy may be anything. */
export function isInterrupt(error: unknown): boolean {
  return InterruptError.is(error) || isSignal(error);
}

/** True of what vm's breakOnSigint makes of a signal. */
export function isSignal(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  return Object.getOwnPropertyDescriptor(error, "code")?.value === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
}
