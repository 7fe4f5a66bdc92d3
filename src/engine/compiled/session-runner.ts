/** Loads and runs ONNX models in one thread that never keeps the process alive by itself. */
import { throwIfAborted } from "../../check";
import { refused } from "./refusal";
import { availableRuntimes, noRuntime } from "./runtimes";
import type { Reply, Request, ThreadArray } from "./session-thread";
import { startThread, type Thread } from "./start-thread";
import { untilAborted } from "./until-aborted";

/** A request without its number. */
type Numbered<R> = R extends unknown ? Omit<R, "id"> : never;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** How long to wait for an answer before the core may sleep. */
const AWAKE_MS = 2;

/** Number of nodes from which loading without ONNX Runtime's own rewrites is much faster than running gains by them. */
const UNOPTIMISED_NODES = 600;

/**
 * On how many cores a session runs. The threads of a session with several go on to look for work for some 30 ms after each
 * run, and slow down the session that runs next: only one that computes for long may have them.
 */
export type Cores = "one" | "all";

/** Sessions of ONNX Runtime, by number. */
export class SessionRunner {
  #thread: Thread | undefined;
  #threads = 1;
  #awakeUntil = 0;
  #runtime: string | undefined;
  #nextId = 0;
  #nextSession = 0;
  readonly #waiting = new Map<number, Waiting>();
  /** Loaded sessions, and on how many cores each runs. */
  readonly #held = new Map<number, number>();

  /** The package that runs sessions; undefined before the first. */
  get runtime(): string | undefined {
    return this.#runtime;
  }

  /** Whether sessions can be run here. */
  get available(): boolean {
    return this.#thread !== undefined || availableRuntimes().length > 0;
  }

  /** Throws when there is nothing that could run sessions. */
  expectRuntime(): void {
    if (!this.available) throw noRuntime();
  }

  /** Loads a model of so many nodes, to run on one core or on all; gives the number of its session. */
  async load(model: Uint8Array, nodes: number, cores: Cores): Promise<number> {
    const session = this.#nextSession++;
    const thread = this.#thread ?? this.#start();
    const threads = cores === "one" ? 1 : this.#threads;
    const optimise = nodes < UNOPTIMISED_NODES;
    await this.#send(thread, { kind: "load", session, model, optimise, threads }, [
      model.buffer as ArrayBuffer,
    ]);
    this.#held.set(session, threads);
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
    const thread = this.#thread ?? this.#start();
    const answer = this.#send(thread, { kind: "run", session, feeds }, []);
    // Several cores are better left to the session.
    if (this.#held.get(session) === 1) this.#stayAwake();
    const reply = await untilAborted(answer, signal);
    return reply.outputs ?? {};
  }

  /** Frees a session's memory. */
  async release(session: number): Promise<void> {
    if (!this.#held.delete(session) || this.#thread === undefined) return;
    await this.#send(this.#thread, { kind: "release", session }, []);
  }

  async #send(thread: Thread, request: Numbered<Request>, transfer: ArrayBuffer[]): Promise<Reply> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // The process stays alive while someone waits for an answer, and not longer.
      thread.ref();
      thread.post({ ...request, id } satisfies Request, transfer);
    });
  }

  /** Small graphs answer sooner than a core that sleeps is woken: looks for the answer without sleeping for a while. */
  #stayAwake(): void {
    if (typeof setImmediate !== "function" || performance.now() < this.#awakeUntil) return;
    this.#awakeUntil = performance.now() + AWAKE_MS;
    const look = (): void => {
      if (this.#waiting.size > 0 && performance.now() < this.#awakeUntil) setImmediate(look);
      else this.#awakeUntil = 0;
    };
    setImmediate(look);
  }

  #start(): Thread {
    const runtimes = availableRuntimes();
    if (runtimes.length === 0) throw noRuntime();
    this.#threads = runtimes[0]?.threads ?? 1;
    const thread: Thread = startThread(
      runtimes,
      (reply) => {
        if (reply.runtime !== undefined) {
          this.#runtime = reply.runtime;
          return;
        }
        const waiting = this.#waiting.get(reply.id);
        this.#waiting.delete(reply.id);
        if (this.#waiting.size === 0) thread.unref();
        if (reply.error === undefined) waiting?.resolve(reply);
        else waiting?.reject(failure(`ONNX Runtime: ${reply.error}`));
      },
      (error) => {
        // A thread that failed also ends: what a newer one does is not its concern.
        if (this.#thread !== thread) return;
        this.#thread = undefined;
        this.#held.clear();
        for (const { reject } of this.#waiting.values()) reject(failure(error));
        this.#waiting.clear();
      },
    );
    this.#thread = thread;
    return thread;
  }
}

function failure(text: string): Error {
  return refused(new Error(`compiled engine: ${text}`)) as Error;
}

/** The one runner of this process. */
export const runner: SessionRunner = new SessionRunner();
