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

/** A conversation with a part of the front-end: JSON both ways. */
export interface HostComm {
  send(data: Readonly<Record<string, unknown>>): void;
  onMessage(handler: (message: { readonly data: Readonly<Record<string, unknown>> }) => unknown): void;
  onClose(handler: () => unknown): void;
}

/** A module of the front-end in anywidget's shape, and its state, which both sides may change. */
export interface HostWidget {
  onChange(name: string, handler: (value: unknown) => void): () => void;
  onMessage(handler: (content: unknown) => void): () => void;
  send(content: unknown): void;
}

/** Set as `globalThis[Symbol.for("gradlens.host")]`. */
export interface Host {
  /** Aborts when the running cell is interrupted. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Names a target to which parts of the front-end may open conversations. */
  readonly onComm?: (
    target: string,
    handler: (comm: HostComm, opening: { readonly data: Readonly<Record<string, unknown>> }) => unknown,
  ) => void;
  /** Makes a widget, which shows where Jupyter widgets with anywidget are installed. */
  readonly widget?: (options: {
    readonly esm: string;
    readonly state: Readonly<Record<string, unknown>>;
    readonly fallback: string;
  }) => HostWidget;
  /** In a page: the address of the folder `dist` of onnxruntime-web, from which the compiled engine is loaded. */
  readonly onnxRuntime?: string;
}

/** The host, if there is one. */
export function host(): Host {
  return (globalThis as Record<symbol, Host | undefined>)[Symbol.for("gradlens.host")] ?? {};
}
