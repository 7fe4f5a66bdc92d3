/** Keeps the sessions that were used last, within a bound on what all of them hold: weights and the memory of their runs. */
import type { LoadedGraph } from "../loaded-graph";
import { runner } from "./session-runner";
import { untilAborted } from "./until-aborted";

/** Sessions at most: beside weights and runs each holds up to some megabytes that no estimate sees. */
const MAX_SESSIONS = 32;

/**
 * Memory that a session keeps for its runs, as a multiple of the values that are alive at once in the largest of them: ONNX
 * Runtime takes it in pieces, each as large as all before, and gives none back.
 */
const KEPT_SHARE = 2.5;

/**
 * Share of the bound that sessions may keep for their runs. Those that are loaded beyond it ask for memory anew at each run and
 * keep none, which makes them slower by up to a tenth: the rest is for weights and for the runs themselves.
 */
const RUNS_SHARE = 0.5;

/** Bytes that runs of so many rows at once take, as they are kept where they are. */
export function bytesOfRuns(
  { bytesPerRow, keepsRuns }: Pick<LoadedGraph, "bytesPerRow" | "keepsRuns">,
  rows: number,
): number {
  return (keepsRuns ? KEPT_SHARE : 1) * rows * bytesPerRow;
}

/** Bytes of the weights of a session, in all of its copies. */
export function bytesOfWeights({ copies, modelBytes }: Pick<LoadedGraph, "copies" | "modelBytes">): number {
  return copies * modelBytes;
}

interface Entry {
  readonly graph: Promise<LoadedGraph>;
  /** Weights, in each copy. */
  modelBytes: number;
  /** Memory of the largest run so far, in each copy. */
  runBytes: number;
  /** Known once it is loaded. */
  session: number | undefined;
  /** Calls that use it now; a session is freed after the last of them. */
  users: number;
  dropped: boolean;
}

/** Sessions by what they compute; those unused the longest are released. */
class SessionCache {
  readonly #entries = new Map<string, Entry>();
  /** Bytes that all sessions may hold, as the latest call says. */
  #bound = Number.POSITIVE_INFINITY;

  /** Works with the session of a key, which is made when there is none, also for those who come later. */
  async use<T>(
    key: string,
    make: () => Promise<LoadedGraph>,
    work: (graph: LoadedGraph) => Promise<T>,
    { signal, bound }: { readonly signal?: AbortSignal | undefined; readonly bound?: number } = {},
  ): Promise<T> {
    if (bound !== undefined) this.#bound = bound;
    const entry = this.#entry(key, make);
    entry.users++;
    try {
      return await work(await untilAborted(entry.graph, signal));
    } finally {
      entry.users--;
      if (entry.dropped) this.#free(entry);
      this.#shrink(key);
    }
  }

  /** Notes a run of so many rows, whose memory a session keeps. */
  ran(graph: LoadedGraph, rows: number): void {
    if (!graph.keepsRuns) return;
    const entry = [...this.#entries.values()].find(({ session }) => session === graph.session);
    if (entry) entry.runBytes = Math.max(entry.runBytes, bytesOfRuns(graph, graph.copies * rows));
  }

  /** Bytes that sessions hold, estimated from their weights and their largest runs. */
  get bytes(): number {
    let sum = this.#keptByRuns;
    for (const { modelBytes } of this.#entries.values()) sum += modelBytes;
    return sum;
  }

  /** Whether a session that is loaded now may keep the memory of runs of so many rows. */
  mayKeepRuns(graph: Pick<LoadedGraph, "bytesPerRow">, rows: number): boolean {
    const kept = bytesOfRuns({ ...graph, keepsRuns: true }, rows);
    return rows > 1 && this.#keptByRuns + kept <= RUNS_SHARE * this.#bound;
  }

  get #keptByRuns(): number {
    let sum = 0;
    for (const { runBytes } of this.#entries.values()) sum += runBytes;
    return sum;
  }

  /** True where a session is loaded, or about to be. */
  has(key: string): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && (entry.session === undefined || runner.holds(entry.session));
  }

  /** Works with a session that is there. */
  useLoaded<T>(key: string, work: (graph: LoadedGraph) => Promise<T>): Promise<T> {
    const missing = (): Promise<LoadedGraph> => Promise.reject(new Error(`no session of key ${key}`));
    return this.use(key, missing, work);
  }

  /** Keeps a session that will be asked for, until it is taken or makes room for others. */
  foresee(key: string, graph: Promise<LoadedGraph>): void {
    this.#entry(key, () => graph);
  }

  /** A session that was foreseen, which is the taker's from here on. */
  take(key: string): Promise<LoadedGraph> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || !this.has(key)) return undefined;
    this.#entries.delete(key);
    return entry.graph;
  }

  /** Releases every session whose key starts so. */
  drop(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#release(key);
  }

  /** Number of sessions held. */
  get size(): number {
    return this.#entries.size;
  }

  #entry(key: string, make: () => Promise<LoadedGraph>): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined && (known.session === undefined || runner.holds(known.session))) {
      // To the end of the line: the map keeps the order of insertion.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const entry: Entry = {
      graph: make(),
      modelBytes: 0,
      runBytes: 0,
      session: undefined,
      users: 0,
      dropped: false,
    };
    this.#entries.set(key, entry);
    entry.graph.then(
      (graph) => {
        entry.modelBytes = bytesOfWeights(graph);
        entry.session = graph.session;
        this.#shrink(key);
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }

  /** Releases those that were not used for the longest, but none that is at work. */
  #shrink(newest: string): void {
    for (const [key, { users }] of [...this.#entries]) {
      if (this.#entries.size <= MAX_SESSIONS && this.bytes <= this.#bound) return;
      if (key !== newest && users === 0) this.#release(key);
    }
  }

  #release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.dropped = true;
    this.#free(entry);
  }

  #free(entry: Entry): void {
    if (entry.users > 0) return;
    // A graph that could not be made has no session, and whoever requested it got the error.
    entry.graph.then((graph) => runner.release(graph.session)).catch(() => {});
  }
}

/** The one cache of this process. */
export const sessions: SessionCache = new SessionCache();
