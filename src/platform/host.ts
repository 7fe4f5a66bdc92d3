/** Offers of the program around gradlens to every call: a notebook kernel gives its interrupt and its progress bar, a page its files. */

/** Progress of a call. */
export interface Progress {
  readonly method: string;
  /** Model evaluations done, counted in examples. */
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
  /** What goes on before the first evaluation, or between two; absent while evaluations go on. */
  readonly phase?: "compiling";
}

/** Set as `globalThis[Symbol.for("gradlens.host")]`. */
export interface Host {
  /** Aborts when the running cell is interrupted. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** In a page: the address of the folder `dist` of onnxruntime-web, from which the compiled engine is loaded. */
  readonly onnxRuntime?: string;
}

/** The host, if there is one. */
export function host(): Host {
  return (globalThis as Record<symbol, Host | undefined>)[Symbol.for("gradlens.host")] ?? {};
}
