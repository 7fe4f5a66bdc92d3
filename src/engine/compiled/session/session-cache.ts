/** Keeps the sessions that were used last. */
import type { CompiledGraph } from "../compiled-graph";
import { runner } from "./session-runner";
import { untilAborted } from "./until-aborted";

/** Bytes of models that are kept loaded. */
const MAX_BYTES = 1024 * 2 ** 20;
const MAX_SESSIONS = 64;

interface Entry {
  readonly graph: Promise<CompiledGraph>;
  bytes: number;
  /** Known once it is loaded. */
  session: number | undefined;
  /** Calls that use it now; a session is freed after the last of them. */
  users: number;
  dropped: boolean;
}

/** Sessions by what they compute; those unused the longest are released. */
class SessionCache {
  readonly #entries = new Map<string, Entry>();

  /** Works with the session of a key, which is made when there is none, also for those who come later. */
  async use<T>(
    key: string,
    make: () => Promise<CompiledGraph>,
    work: (graph: CompiledGraph) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const entry = this.#entry(key, make);
    entry.users++;
    try {
      return await work(await untilAborted(entry.graph, signal));
    } finally {
      entry.users--;
      if (entry.dropped) this.#free(entry);
    }
  }

  /** True where a session is loaded, or about to be. */
  has(key: string): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && (entry.session === undefined || runner.holds(entry.session));
  }

  /** Works with a session that is there. */
  useLoaded<T>(key: string, work: (graph: CompiledGraph) => Promise<T>): Promise<T> {
    const missing = (): Promise<CompiledGraph> => Promise.reject(new Error(`no session of key ${key}`));
    return this.use(key, missing, work);
  }

  /** Releases every session whose key starts so. */
  drop(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#release(key);
  }

  /** Number of sessions held. */
  get size(): number {
    return this.#entries.size;
  }

  #entry(key: string, make: () => Promise<CompiledGraph>): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined && (known.session === undefined || runner.holds(known.session))) {
      // To the end of the line: the map keeps the order of insertion.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const entry: Entry = { graph: make(), bytes: 0, session: undefined, users: 0, dropped: false };
    this.#entries.set(key, entry);
    entry.graph.then(
      (graph) => {
        entry.bytes = graph.modelBytes;
        entry.session = graph.session;
        this.#shrink(key);
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }

  #shrink(newest: string): void {
    for (const key of [...this.#entries.keys()]) {
      const bytes = [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
      if (this.#entries.size <= MAX_SESSIONS && bytes <= MAX_BYTES) return;
      if (key !== newest) this.#release(key);
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
