/** What one call may spend and has spent: memory, passes, time until it is aborted. */
import { host, type Progress } from "../host";
import type { Budget } from "../problem";
import type { Meta } from "./method";

/** Counts the passes of a call and passes on its signal and its progress; the host gives both by default. */
export function makeBudget<Own extends object>(
  meta: Meta<Own>,
  own: Own,
  options: Record<string, unknown>,
  examples: number,
  started: number,
): Budget {
  const around = host();
  const signal = (options.signal as AbortSignal | undefined) ?? around.signal;
  const onProgress = (options.onProgress as ((progress: Progress) => void) | undefined) ?? around.onProgress;
  const expected = examples * meta.passes(own);
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
        method: meta.name,
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
