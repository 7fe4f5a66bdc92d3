/** The thread in which ONNX Runtime runs: its calls block the thread that makes them. */

/** An array on its way to or from the thread. */
export interface ThreadArray {
  readonly dtype: "float32" | "int32" | "bool";
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** Messages to the thread. */
export type Request =
  | {
      readonly kind: "load";
      readonly id: number;
      readonly session: number;
      readonly model: Uint8Array;
      readonly optimise: boolean;
      /** True where it keeps the memory of its runs for the next. */
      readonly keepsRuns: boolean;
      readonly threads: number;
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly session: number;
      readonly feeds: Readonly<Record<string, ThreadArray>>;
      /** True where another request is awaited without letting the core sleep. */
      readonly stayAwake: boolean;
    }
  | { readonly kind: "release"; readonly id: number; readonly session: number };

/** Answers of the thread; once it is ready it tells, unasked, which runtime it found. */
export interface Reply {
  readonly id: number;
  readonly runtime?: string;
  readonly outputs?: Readonly<Record<string, ThreadArray>>;
  readonly error?: string;
}

/** One form of ONNX Runtime. */
export interface Runtime {
  /** The package. */
  readonly name: "onnxruntime-node" | "onnxruntime-web";
  /** The file to load: a path, or a URL in pages. */
  readonly file: string;
  /** The folder of its WebAssembly files, when that is not the file's own. */
  readonly folder?: string;
  /** Cores to use at most. */
  readonly threads: number;
}

/** The thread's ways to load files and to talk. */
export interface ThreadHost {
  load(file: string): OnnxRuntime;
  post(reply: Reply, transfer: ArrayBuffer[]): void;
  listen(heard: (request: Request) => void): void;
  /** Called before ONNX Runtime computes; nothing may begin when it gives false. */
  begin(): boolean;
  /** Called when that is done. */
  end(): void;
}

/** The parts of ONNX Runtime that the thread uses. */
export interface OnnxRuntime {
  readonly env: {
    logLevel?: string;
    readonly wasm: { numThreads?: number; wasmPaths?: string; initTimeout?: number };
  };
  readonly Tensor: new (dtype: string, data: ThreadArray["data"], shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: Readonly<Record<string, unknown>>,
    ): Promise<{
      run(
        feeds: Readonly<Record<string, unknown>>,
      ): Promise<
        Readonly<
          Record<
            string,
            { readonly type: string; readonly data: ThreadArray["data"]; readonly dims: readonly number[] }
          >
        >
      >;
      release?(): Promise<void>;
    }>;
  };
}

/**
 * The program of the thread, which is started from the text of this function, so that programs which were put
 * into one file by a bundler start it as well; it must not use anything from outside of itself.
 */
export function serveSessions(runtimes: readonly Runtime[], host: ThreadHost): void {
  const sessions = new Map<number, Awaited<ReturnType<OnnxRuntime["InferenceSession"]["create"]>>>();
  let found: OnnxRuntime | undefined;
  const failures: string[] = [];
  const textOf = (error: unknown): string => String((error as Error | undefined)?.message ?? error);
  for (const { name, file, folder, threads } of runtimes) {
    try {
      found = host.load(file);
      found.env.logLevel = "fatal";
      if (name === "onnxruntime-web") {
        // Threads need memory that they can share, which pages have only when they are isolated from other origins.
        const shared =
          typeof SharedArrayBuffer === "function" &&
          (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
        found.env.wasm.numThreads = shared ? threads : 1;
        // Threads whose files are missing would be waited for without end.
        found.env.wasm.initTimeout = 60_000;
        if (folder !== undefined) found.env.wasm.wasmPaths = folder;
      }
      host.post({ id: -1, runtime: name }, []);
      break;
    } catch (error) {
      found = undefined;
      failures.push(`${name}: ${textOf(error)}`);
    }
  }
  // The next request of a call comes sooner than a core that sleeps is woken.
  let awakeUntil = 0;
  const stayAwake = (): void => {
    if (typeof setImmediate !== "function") return;
    const awake = awakeUntil > 0;
    awakeUntil = performance.now() + 1;
    const look = (): void => {
      if (performance.now() < awakeUntil) setImmediate(look);
      else awakeUntil = 0;
    };
    if (!awake) setImmediate(look);
  };
  // One after the other: a session is loaded before it runs, and two runs would share the processor's cores.
  let last: Promise<unknown> = Promise.resolve();
  host.listen((request) => {
    last = last.then(async () => {
      if (!host.begin()) return;
      try {
        if (found === undefined) throw new Error(failures.join("; "));
        if (request.kind === "load") {
          const session = await found.InferenceSession.create(request.model, {
            executionProviders: [runtimes[failures.length]?.name === "onnxruntime-web" ? "wasm" : "cpu"],
            intraOpNumThreads: request.threads,
            interOpNumThreads: 1,
            // ONNX Runtime 1.17 may give wrong numbers from the second run with the same shapes on, if it plans memory
            // from the first.
            enableMemPattern: false,
            enableCpuMemArena: request.keepsRuns,
            graphOptimizationLevel: request.optimise ? "all" : "disabled",
            logSeverityLevel: 4,
          });
          sessions.set(request.session, session);
          host.post({ id: request.id }, []);
        } else if (request.kind === "run") {
          const session = sessions.get(request.session);
          if (session === undefined) throw new Error("the session was released");
          const feeds: Record<string, unknown> = {};
          for (const name of Object.keys(request.feeds)) {
            const { dtype, data, shape } = request.feeds[name];
            feeds[name] = new found.Tensor(dtype, data, shape);
          }
          const results = await session.run(feeds);
          const outputs: Record<string, ThreadArray> = {};
          const buffers: ArrayBuffer[] = [];
          for (const name of Object.keys(results)) {
            const { type, data, dims } = results[name];
            // Copied out of memory that belongs to ONNX Runtime, which cannot be handed over.
            const own = data.slice();
            outputs[name] = { dtype: type as ThreadArray["dtype"], data: own, shape: dims };
            buffers.push(own.buffer);
          }
          host.post({ id: request.id, outputs }, buffers);
          if (request.stayAwake) stayAwake();
        } else {
          const session = sessions.get(request.session);
          sessions.delete(request.session);
          if (session?.release) await session.release();
          host.post({ id: request.id }, []);
        }
      } catch (error) {
        host.post({ id: request.id, error: textOf(error) }, []);
      } finally {
        host.end();
      }
    });
  });
}
