/** Budget of one call, and what it has spent: memory, passes, time until it is aborted. */
import { host, type Progress } from "../platform/host";
import type { Budget } from "./problem-state";

/**
 * Counts the passes of a call and passes on its signal and its progress; the host gives both by default. `expected` is
 * how often the model will be evaluated, counted in examples, and `sparing` whether a graph has to pay within these.
 */
export function makeBudget(
  fn: string,
  options: Record<string, unknown>,
  { expected, sparing }: { readonly expected: number; readonly sparing: boolean },
  started: number,
): Budget {
  const around = host();
  const signal = (options.signal as AbortSignal | undefined) ?? around.signal;
  const onProgress = (options.onProgress as ((progress: Progress) => void) | undefined) ?? around.onProgress;
  const maxBytes = options.maxBytes as number | undefined;
  let done = 0;
  const report = (phase?: Progress["phase"]): void =>
    onProgress?.({
      method: fn,
      done,
      total: Math.max(expected, done),
      elapsedMs: performance.now() - started,
      ...(phase ? { phase } : {}),
    });
  const held = new Map<string, number>();
  return {
    forward: 0,
    backward: 0,
    signal,
    maxBytes,
    warnings: [],
    findings: new Map(),
    asked: {
      ...(signal ? { signal } : {}),
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(sparing ? { evaluations: expected } : {}),
      onCompile: () => report("compiling"),
      onHeld: (holder, bytes) => held.set(holder, Math.max(held.get(holder) ?? 0, bytes)),
    },
    get peakBytes() {
      return Math.ceil([...held.values()].reduce((sum, bytes) => sum + bytes, 0));
    },
    onRows(rows) {
      done += rows;
      report();
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
