/** Loads and runs ONNX models beside the main thread. */
import { throwIfAborted } from "../../../check";
import { availableRuntimes, noRuntime } from "./runtimes";
import { failure, SessionLane } from "./session-lane";
import type { ThreadArray } from "./session-thread";
import { untilAborted } from "./until-aborted";

/** Wait for an answer before the core may sleep. */
const AWAKE_MS = 2;

/** Work, about a tenth of a millisecond, that is sooner waited for than a core that sleeps is woken. */
const BRIEF_WORK = 1e7;

/** Number of nodes from which loading without ONNX Runtime's own rewrites is much faster than running gains by them. */
const UNOPTIMISED_NODES = 600;

/** Use of the processor by a session: so many copies of it, each on so many cores, which run at the same time. */
export interface Placement {
  readonly copies: number;
  /**
   * The threads of a copy with several go on to look for work for some 30 ms after each run, and slow down the session
   * that runs next: only one that computes for long may have them.
   */
  readonly threads: number;
}

interface Held {
  readonly placement: Placement;
  readonly lanes: readonly SessionLane[];
}

/** Sessions of ONNX Runtime, by number. */
export class SessionRunner {
  /** Copies of a session live in a lane each, from the first on. */
  readonly #lanes: SessionLane[] = [];
  #awakeUntil = 0;
  #runtime: string | undefined;
  #nextSession = 0;
  readonly #held = new Map<number, Held>();

  /** The package that runs sessions; undefined before the first. */
  get runtime(): string | undefined {
    return this.#runtime;
  }

  /** True where sessions can be run. */
  get available(): boolean {
    return this.#lanes.length > 0 || availableRuntimes().length > 0;
  }

  /** Throws when there is nothing that could run sessions. */
  expectRuntime(): void {
    if (!this.available) throw noRuntime();
  }

  /** Lets ONNX Runtime be loaded, which takes a while, before there is a model for it. */
  start(): void {
    this.#lane(0);
  }

  /** Loads a model of so many nodes, which may keep the memory of its runs; gives the number of its session. */
  async load(model: Uint8Array, nodes: number, placement: Placement, keepsRuns = true): Promise<number> {
    const session = this.#nextSession++;
    const optimise = nodes < UNOPTIMISED_NODES;
    const models = Array.from({ length: placement.copies }, (_, i) => (i === 0 ? model : model.slice()));
    const lanes = models.map((_, i) => this.#lane(i));
    const loaded = await Promise.allSettled(
      lanes.map((lane, i) => {
        const own = models[i];
        const { threads } = placement;
        const request = { kind: "load", session, model: own, optimise, keepsRuns, threads } as const;
        return lane.ask(request, Number.POSITIVE_INFINITY, [own.buffer as ArrayBuffer]);
      }),
    );
    // Copies are for speed alone; without the first there is nothing to run.
    if (loaded[0]?.status === "rejected") throw loaded[0].reason;
    const ready = lanes.filter((lane, i) => loaded[i]?.status === "fulfilled" && this.#lanes.includes(lane));
    if (ready.length > 0) this.#held.set(session, { placement, lanes: ready });
    return session;
  }

  /** True while a session is loaded: none is when its thread ended. */
  holds(session: number): boolean {
    return this.#held.has(session);
  }

  /**
   * Runs a session, which is so much work, in the first of its copies that has next to nothing to do, or in that which has
   * least. An abort rejects at once; what runs already goes on to its end, unheard.
   */
  async run(
    session: number,
    feeds: Readonly<Record<string, ThreadArray>>,
    work: number,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, ThreadArray>>> {
    throwIfAborted(signal);
    const held = this.#held.get(session);
    if (held === undefined) throw failure("the session was released");
    const lane =
      held.lanes.find((lane) => lane.work <= BRIEF_WORK) ??
      held.lanes.reduce((least, other) => (other.work < least.work ? other : least));
    // The next request most often goes to the first lane; more that wait without sleep would take the others' cores.
    const answer = lane.ask({ kind: "run", session, feeds, stayAwake: lane === this.#lanes[0] }, work);
    if (held.placement.threads === 1) this.#stayAwake();
    const reply = await untilAborted(answer, signal);
    return reply.outputs ?? {};
  }

  /** Frees a session's memory. */
  async release(session: number): Promise<void> {
    const held = this.#held.get(session);
    if (held === undefined) return;
    this.#held.delete(session);
    await Promise.all(held.lanes.map((lane) => lane.ask({ kind: "release", session }, 0)));
  }

  /**
   * Small graphs answer sooner than a core that sleeps is woken: looks for the answer without sleeping for a while, unless
   * other lanes need the cores.
   */
  #stayAwake(): void {
    if (typeof setImmediate !== "function" || performance.now() < this.#awakeUntil) return;
    this.#awakeUntil = performance.now() + AWAKE_MS;
    const look = (): void => {
      const busy = this.#lanes.filter((lane) => lane.busy).length;
      if (busy === 1 && performance.now() < this.#awakeUntil) setImmediate(look);
      else this.#awakeUntil = 0;
    };
    look();
  }

  #lane(index: number): SessionLane {
    const known = this.#lanes[index];
    if (known !== undefined) return known;
    const runtimes = availableRuntimes();
    if (runtimes.length === 0) throw noRuntime();
    const lane = new SessionLane(runtimes, {
      found: (runtime) => {
        this.#runtime = runtime;
      },
      ended: (ended) => {
        const place = this.#lanes.indexOf(ended);
        if (place >= 0) this.#lanes.splice(place, 1);
        for (const [session, { lanes }] of this.#held) {
          if (!lanes.includes(ended)) continue;
          this.#held.delete(session);
          for (const other of lanes)
            if (other !== ended) other.ask({ kind: "release", session }, 0).catch(() => {});
        }
      },
    });
    this.#lanes[index] = lane;
    return lane;
  }
}

/** The one runner of this process. */
export const runner: SessionRunner = new SessionRunner();
