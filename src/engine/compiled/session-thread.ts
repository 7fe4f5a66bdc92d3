/** The thread in which ONNX Runtime runs: its calls block the thread that makes them. */
import type { MessagePort } from "node:worker_threads";

/** An array on its way to or from the thread. */
export interface ThreadArray {
  readonly dtype: "float32" | "int32" | "bool";
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** What the thread is told. */
export type Request =
  | {
      readonly kind: "load";
      readonly id: number;
      readonly session: number;
      readonly model: Uint8Array;
      readonly optimise: boolean;
      readonly threads: number;
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly session: number;
      readonly feeds: Readonly<Record<string, ThreadArray>>;
    }
  | { readonly kind: "release"; readonly id: number; readonly session: number };

/** What the thread answers. */
export interface Reply {
  readonly id: number;
  readonly outputs?: Readonly<Record<string, ThreadArray>>;
  readonly error?: string;
}

/** The parts of onnxruntime-node that the thread uses. */
interface OnnxRuntime {
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
 * What runs in the thread. The thread is started from the text of this function, so that programs which were put
 * into one file by a bundler start it as well; it must not use anything from outside of itself.
 */
export function serveSessions(runtime: OnnxRuntime, port: MessagePort): void {
  const sessions = new Map<number, Awaited<ReturnType<OnnxRuntime["InferenceSession"]["create"]>>>();
  // One after the other: a session is loaded before it runs, and two runs would share the processor's cores.
  let last: Promise<unknown> = Promise.resolve();
  port.on("message", (request: Request) => {
    last = last.then(async () => {
      try {
        if (request.kind === "load") {
          const session = await runtime.InferenceSession.create(request.model, {
            executionProviders: ["cpu"],
            intraOpNumThreads: request.threads,
            interOpNumThreads: 1,
            // ONNX Runtime 1.17 may give wrong numbers from the second run with the same shapes on, if it plans memory
            // from the first.
            enableMemPattern: false,
            graphOptimizationLevel: request.optimise ? "all" : "disabled",
            logSeverityLevel: 4,
          });
          sessions.set(request.session, session);
          port.postMessage({ id: request.id });
        } else if (request.kind === "run") {
          const session = sessions.get(request.session);
          if (session === undefined) throw new Error("the session was released");
          const feeds: Record<string, unknown> = {};
          for (const name of Object.keys(request.feeds)) {
            const { dtype, data, shape } = request.feeds[name] as ThreadArray;
            feeds[name] = new runtime.Tensor(dtype, data, shape);
          }
          const results = await session.run(feeds);
          const outputs: Record<string, ThreadArray> = {};
          const buffers: ArrayBuffer[] = [];
          for (const name of Object.keys(results)) {
            const { type, data, dims } = results[name] as (typeof results)[string];
            // Copied out of memory that belongs to ONNX Runtime, which cannot be handed over.
            const own = data.slice();
            outputs[name] = { dtype: type as ThreadArray["dtype"], data: own, shape: dims };
            buffers.push(own.buffer as ArrayBuffer);
          }
          port.postMessage({ id: request.id, outputs }, buffers);
        } else {
          const session = sessions.get(request.session);
          sessions.delete(request.session);
          if (session?.release) await session.release();
          port.postMessage({ id: request.id });
        }
      } catch (error) {
        port.postMessage({ id: request.id, error: String((error as Error | undefined)?.message ?? error) });
      }
    });
  });
}
