/** What one call may spend and has spent: memory, passes, time until it is aborted. */
import { host, type Progress } from "../host";
import type { Budget } from "../problem";

/**
 * Counts the passes of a call and passes on its signal and its progress; the host gives both by default. `expected` is
 * how often the model will be evaluated, counted in examples.
 */
export function makeBudget(
  fn: string,
  options: Record<string, unknown>,
  expected: number,
  started: number,
): Budget {
  const around = host();
  const signal = (options.signal as AbortSignal | undefined) ?? around.signal;
  const onProgress = (options.onProgress as ((progress: Progress) => void) | undefined) ?? around.onProgress;
  let done = 0;
  return {
    forward: 0,
    backward: 0,
    signal,
    maxBytes: options.maxBytes as number | undefined,
    warnings: [],
    onRows(rows) {
      done += rows;
      onProgress?.({
        method: fn,
        done,
        total: Math.max(expected, done),
        elapsedMs: performance.now() - started,
      });
    },
  };
}

/** What every question to the model carries. */
export function ask(budget: Budget): { signal?: AbortSignal; maxBytes?: number } {
  return {
    ...(budget.signal ? { signal: budget.signal } : {}),
    ...(budget.maxBytes === undefined ? {} : { maxBytes: budget.maxBytes }),
  };
}
