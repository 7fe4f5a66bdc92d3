/** Loads and runs ONNX models in one thread that never keeps the process alive by itself. */
import type { Worker } from "node:worker_threads";
import { throwIfAborted } from "../../check";
import { nodeModule } from "../../node-modules";
import { type Reply, type Request, serveSessions, type ThreadArray } from "./session-thread";
import { untilAborted } from "./until-aborted";

/** A request without its number. */
type Numbered<R> = R extends unknown ? Omit<R, "id"> : never;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** Number of nodes from which loading without ONNX Runtime's own rewrites is much faster than running gains by them. */
const UNOPTIMISED_NODES = 600;

/** Arithmetic per row below which threads cost more, by waiting for each other, than they gain. */
const THREADED_OPERATIONS = 1e7;

/** Sessions of ONNX Runtime, by number. */
export class SessionRunner {
  #worker: Worker | undefined;
  #nextId = 0;
  #nextSession = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #held = new Set<number>();

  /** Loads a model of so many nodes and so much arithmetic per row; gives the number of its session. */
  async load(model: Uint8Array, nodes: number, operationsPerRow = 0): Promise<number> {
    const { availableParallelism } = nodeModule("engine", "node:os");
    const session = this.#nextSession++;
    const threads = operationsPerRow < THREADED_OPERATIONS ? 1 : Math.max(1, availableParallelism());
    const optimise = nodes < UNOPTIMISED_NODES;
    await this.#send({ kind: "load", session, model, optimise, threads }, [model.buffer as ArrayBuffer]);
    this.#held.add(session);
    return session;
  }

  /** Whether a session is still loaded: none is when the thread ended. */
  holds(session: number): boolean {
    return this.#held.has(session);
  }

  /** Runs a session. An abort rejects at once; what runs already goes on to its end, unheard. */
  async run(
    session: number,
    feeds: Readonly<Record<string, ThreadArray>>,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, ThreadArray>>> {
    throwIfAborted(signal);
    const reply = await untilAborted(this.#send({ kind: "run", session, feeds }, []), signal);
    return reply.outputs ?? {};
  }

  /** Frees a session's memory. */
  async release(session: number): Promise<void> {
    if (!this.#held.delete(session)) return;
    await this.#send({ kind: "release", session }, []);
  }

  async #send(request: Numbered<Request>, transfer: ArrayBuffer[]): Promise<Reply> {
    const worker = this.#worker ?? this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // The process stays alive while someone waits for an answer, and not longer.
      worker.ref();
      worker.postMessage({ ...request, id } satisfies Request, transfer);
    });
  }

  #start(): Worker {
    const { Worker } = nodeModule("engine", "node:worker_threads");
    const program = `
      const { parentPort, workerData } = require("node:worker_threads");
      const __name = (value) => value;
      (${serveSessions.toString()})(require(workerData.runtime), parentPort);
    `;
    const worker = new Worker(program, {
      eval: true,
      workerData: { runtime: resolveRuntime() },
      name: "gradlens sessions",
    });
    worker.unref();
    worker.on("message", (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if (reply.error === undefined) waiting?.resolve(reply);
      else waiting?.reject(new Error(`compiled engine: ONNX Runtime: ${reply.error}`));
    });
    const fail = (error: Error): void => {
      // A thread that failed also ends: what a newer one does is not its concern.
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#held.clear();
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", (error) =>
      fail(new Error(`compiled engine: ONNX Runtime: ${(error as Error).message}`)),
    );
    worker.on("exit", () => fail(new Error("compiled engine: the thread of ONNX Runtime ended")));
    this.#worker = worker;
    return worker;
  }
}

/** The file of onnxruntime-node. */
function resolveRuntime(): string {
  try {
    return require.resolve("onnxruntime-node");
  } catch {
    throw new Error(
      'engine "compiled": expected the package onnxruntime-node, which is not installed; run `npm install onnxruntime-node@1.17.0`, or use engine "eager"',
    );
  }
}

/** The one runner of this process. */
export const runner: SessionRunner = new SessionRunner();
