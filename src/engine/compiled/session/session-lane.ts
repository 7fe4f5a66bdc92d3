/** One thread of ONNX Runtime and the sessions that are loaded in it. It never keeps the process alive by itself. */
import { refused } from "../refusal";
import type { Reply, Request, Runtime } from "./session-thread";
import { startThread, type Thread } from "./start-thread";

/** A request without its number. */
type Numbered<R> = R extends unknown ? Omit<R, "id"> : never;

interface Waiting {
  readonly work: number;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** Callbacks of a lane, for what happens to it by itself. */
export interface LaneListener {
  /** The package that it found. */
  found(runtime: string): void;
  /** Its thread ended, and what it held is lost. */
  ended(lane: SessionLane): void;
}

export class SessionLane {
  readonly #thread: Thread;
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(runtimes: readonly Runtime[], listener: LaneListener) {
    this.#thread = startThread(
      runtimes,
      (reply) => {
        if (reply.runtime !== undefined) listener.found(reply.runtime);
        else this.#hear(reply);
      },
      (why) => {
        listener.ended(this);
        for (const { reject } of this.#waiting.values()) reject(failure(why));
        this.#waiting.clear();
      },
    );
  }

  /** True while a request is unanswered. */
  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  /** The work of the requests that were not answered yet. */
  get work(): number {
    let sum = 0;
    for (const { work } of this.#waiting.values()) sum += work;
    return sum;
  }

  /** Sends a request, which is so much work, and waits for what it gives. Requests are served one after the other. */
  ask(request: Numbered<Request>, work: number, transfer: ArrayBuffer[] = []): Promise<Reply> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { work, resolve, reject });
      // The process stays alive while someone waits for an answer, and not longer.
      this.#thread.ref();
      this.#thread.post({ ...request, id } satisfies Request, transfer);
    });
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#thread.unref();
    if (reply.error === undefined) waiting?.resolve(reply);
    else waiting?.reject(failure(`ONNX Runtime: ${reply.error}`));
  }
}

/** An error of ONNX Runtime's, after which the eager engine may answer. */
export function failure(text: string): Error {
  return refused(new Error(`compiled engine: ${text}`)) as Error;
}
