/** Cells that fill the heap, stopped before V8 ends the process. */
import type { Session } from "node:inspector";
import v8 from "node:v8";
import vm from "node:vm";
import { Flag, isCellPhase } from "./flags";

/** A cell may fill the heap up to this share of its limit; beyond it V8 would end the process. */
const SHARE = 0.85;
/** Share of it that may be garbage: a cell goes on when a collection leaves less than the share without this. */
const SLACK = 0.06;
/** Below this share of the limit, taken by the whole process, the heap is not even asked for. */
const WATCHED_SHARE = 0.35;
/**
 * From this share on V8 is asked to pause rather than to end the process when the heap is full. Not always: awaits are
 * several times slower while a debugger listens.
 */
const GUARDED_SHARE = 0.4;
/** A collection takes about a second for a full heap: garbage alone must not slow a cell down. */
const COLLECTION_INTERVAL_MS = 2000;
/** When it is this full, it is collected whenever it is looked at. */
const URGENT_SHARE = 0.88;
const CALM_MS = 100;
const ALERT_MS = 40;
/** Time that a paused cell stays so, for its interrupt to be on the way when it goes on. */
const PAUSE_MS = 30;
const COLLECT = "gradlens:collect";

/**
 * For the main thread: leaves it a function, for the debugger to call, that collects garbage and tells the bytes that
 * are left. The debugger's own command would wait until the cell ends.
 */
export function offerCollection(): void {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  v8.setFlagsFromString("--no-expose-gc");
  const { getHeapStatistics } = v8;
  Object.defineProperty(globalThis, COLLECT, {
    value: () => {
      collect();
      return getHeapStatistics().used_heap_size;
    },
  });
}

/**
 * Looks at the main thread's heap from outside, as code that fills it gives the main thread no moment to look itself.
 * Only a heap that stays full after a collection counts. Where the heap fills faster than that, V8 pauses the cell for
 * the debugger, with a higher limit, and the cell is stopped in that pause.
 */
export class MemoryWatch {
  #lastCollection = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #guarded = false;
  #listening = false;

  readonly #flags: Int32Array;
  readonly #limit: number;
  readonly #inspector: () => Session;
  /** The running cell must stop. */
  readonly #stop: () => void;

  constructor(
    flags: Int32Array,
    limit: number,
    inspector: () => Session,

    stop: () => void,
  ) {
    this.#flags = flags;
    this.#limit = limit;
    this.#inspector = inspector;
    this.#stop = stop;
  }

  start(): void {
    this.#schedule(CALM_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#ended = true;
  }

  #schedule(delay: number): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.#look(), delay);
    this.#timer.unref();
  }

  #look(): void {
    const runs = isCellPhase(Atomics.load(this.#flags, Flag.PHASE));
    if (!runs) this.#guard(false);
    if (!runs || process.memoryUsage.rss() < WATCHED_SHARE * this.#limit) this.#schedule(CALM_MS);
    else
      this.#measure((used) => {
        if (used > GUARDED_SHARE) this.#guard(true);
        const due = Date.now() - this.#lastCollection >= COLLECTION_INTERVAL_MS || used > URGENT_SHARE;
        if (used <= SHARE || !due) this.#schedule(used > GUARDED_SHARE ? ALERT_MS : CALM_MS);
        else this.#collect();
      });
  }

  /** Until the cell ends: V8 keeps the higher limit of a pause for as long as the debugger listens. */
  #guard(on: boolean): void {
    if (on === this.#guarded) return;
    this.#guarded = on;
    const main = this.#inspector();
    if (!this.#listening)
      main.on("Debugger.paused", ({ params }) => {
        if (params.reason === "OOM") this.#stop();
        setTimeout(() => main.post("Debugger.resume"), PAUSE_MS);
      });
    this.#listening = true;
    main.post(on ? "Debugger.enable" : "Debugger.disable");
    // But for a full heap: a `debugger` statement of a cell would stop the kernel for ever.
    if (on) main.post("Debugger.setSkipAllPauses", { skip: true });
  }

  #collect(): void {
    const sequence = Atomics.load(this.#flags, Flag.SEQUENCE);
    const expression = `this["${COLLECT}"]()`;
    this.#inspector().post("Runtime.evaluate", { expression }, (error, evaluated) => {
      this.#lastCollection = Date.now();
      const used = error ? 0 : Number(evaluated.result.value) / this.#limit;
      const full = used > SHARE - SLACK;
      if (full && Atomics.load(this.#flags, Flag.SEQUENCE) === sequence) this.#stop();
      this.#schedule(ALERT_MS);
    });
  }

  #measure(then: (share: number) => void): void {
    this.#inspector().post("Runtime.getHeapUsage", (error: Error | null, usage?: object) => {
      const { usedSize } = (usage ?? {}) as { usedSize?: number };
      if (error || usedSize === undefined) this.#schedule(CALM_MS);
      else then(usedSize / this.#limit);
    });
  }
}
