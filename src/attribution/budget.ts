/** Budget of one call, and what it has spent: memory, passes, time until it is aborted. */
import { host, type Progress } from "../platform/host";
import type { Budget } from "./problem-state";

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
    findings: new Map(),
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

/** Says in words what was found of single examples of a call. */
export function warnOfFindings({ findings, warnings }: Budget, examples: number): void {
  for (const { sizes, sentence } of findings.values()) {
    const rows = [...sizes.keys()].sort((a, b) => a - b);
    const which = ` for example ${rows.slice(0, 8).join(", ")}${rows.length > 8 ? ", …" : ""}`;
    warnings.push(sentence(examples === 1 ? "" : which, Math.max(...sizes.values())));
  }
}

/** Fields of every question to the model. */
export function ask(budget: Budget): { signal?: AbortSignal; maxBytes?: number } {
  return {
    ...(budget.signal ? { signal: budget.signal } : {}),
    ...(budget.maxBytes === undefined ? {} : { maxBytes: budget.maxBytes }),
  };
}
