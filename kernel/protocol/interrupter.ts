/** Interrupts of a cell from outside its thread. */
import type { Session } from "node:inspector";
import { Flag, Phase } from "./flags";

const SYNC_PATIENCE_MS = 200;
const ASYNC_PATIENCE_MS = 1000;
/** When the heap is nearly full there is no time to lose. */
const URGENT_PATIENCE_MS = 10;
/** A signal that nobody has met by then was taken by a script that the cell itself runs under breakOnSigint. */
const SIGNAL_PATIENCE_MS = 1000;

/** A message of an interrupt that came between two cells. */
export const NO_CELL = 0;
/** The global function of the main thread that is called before it is terminated. */
export const PREPARE_TERMINATION = "gradlens:prepareTermination";

/**
 * Stops a cell from outside its thread, gently first:
 * 1. the STOP flag, which loops of the cell read, and a message for what awaits;
 * 2. SIGINT, which vm's breakOnSigint turns into an exception of synchronous code;
 * 3. V8's terminateExecution, for code that blocks the event loop after an await.
 * Each step looks first whether the same cell still runs and has not taken note of the interrupt. The last two claim the
 * phase that they mean: the main thread leaves a claimed phase only when what was sent has arrived, so that neither hits
 * code of the kernel's, or another cell.
 */
export class Interrupter {
  #lastSignalAt = 0;
  #inspector: Session | undefined;

  readonly #flags: Int32Array;
  readonly #notify: (id: number, sequence: number) => void;
  /** The main thread was torn out of whatever it did: continuations that were due are lost. */
  readonly #terminated: (sequence: number) => void;

  constructor(
    flags: Int32Array,
    notify: (id: number, sequence: number) => void,

    terminated: (sequence: number) => void,
  ) {
    this.#flags = flags;
    this.#notify = notify;
    this.#terminated = terminated;
  }

  /** No cell waits any longer: an interrupt that was kept for one is void. */
  forget(): void {
    Atomics.store(this.#flags, Flag.KEPT, 0);
  }

  /** `waiting`: how many execute requests have no reply yet. */
  interrupt(waiting: number): void {
    const phase = Atomics.load(this.#flags, Flag.PHASE);
    const between = phase === Phase.IDLE || phase === Phase.LOADING;
    if (between && waiting > 0) Atomics.store(this.#flags, Flag.KEPT, 1);
    // Between cells as well: a callback that an earlier one left behind may block the thread.
    if (phase !== Phase.LOADING) this.#stop(SYNC_PATIENCE_MS, ASYNC_PATIENCE_MS);
  }

  /** Stops the running cell because the heap is full; one that has ended meanwhile is only on its way out. */
  stopFull(): void {
    if (Atomics.load(this.#flags, Flag.PHASE) === Phase.IDLE) return;
    Atomics.store(this.#flags, Flag.OUT_OF_MEMORY, Atomics.load(this.#flags, Flag.SEQUENCE));
    this.#stop(URGENT_PATIENCE_MS, URGENT_PATIENCE_MS);
  }

  #stop(syncPatience: number, asyncPatience: number): void {
    const id = Atomics.add(this.#flags, Flag.INTERRUPTS, 1) + 1;
    const sequence = Atomics.load(this.#flags, Flag.SEQUENCE);
    const between = Atomics.load(this.#flags, Flag.PHASE) === Phase.IDLE;
    Atomics.store(this.#flags, Flag.STOP, 1);
    this.#notify(id, between ? NO_CELL : sequence);
    const started = Date.now();
    const escalate = () => {
      const phase = Atomics.load(this.#flags, Flag.PHASE);
      const over =
        Atomics.load(this.#flags, Flag.ACKNOWLEDGED) >= id ||
        Atomics.load(this.#flags, Flag.SEQUENCE) !== sequence ||
        (phase === Phase.IDLE && !between);
      if (over) return;
      this.#escalate(phase, sequence, Date.now() - started >= asyncPatience);
      setTimeout(escalate, SYNC_PATIENCE_MS);
    };
    setTimeout(escalate, syncPatience);
  }

  #claim(phase: number, claimed: number): boolean {
    return Atomics.compareExchange(this.#flags, Flag.PHASE, phase, claimed) === phase;
  }

  #escalate(phase: number, sequence: number, late: boolean): void {
    if (phase === Phase.KERNEL || phase === Phase.TERMINATED) return;
    if (phase === Phase.SIGNALLED) {
      if (Date.now() - this.#lastSignalAt >= SIGNAL_PATIENCE_MS) this.#signal(phase);
    } else if (phase === Phase.SYNC && process.platform !== "win32") this.#signal(phase);
    else if (late) this.#terminate(phase, sequence);
  }

  #signal(phase: number): void {
    Atomics.store(this.#flags, Flag.OWN_SIGNAL, 1);
    if (!this.#claim(phase, Phase.SIGNALLED)) {
      Atomics.store(this.#flags, Flag.OWN_SIGNAL, 0);
      return;
    }
    this.#lastSignalAt = Date.now();
    process.kill(process.pid, "SIGINT");
  }

  #terminate(phase: number, sequence: number): void {
    // Between two cells nobody leaves the phase.
    if (phase !== Phase.IDLE && !this.#claim(phase, Phase.TERMINATED)) return;
    const main = this.mainThread();
    // `this`: no name that a cell could take away.
    main.post("Runtime.evaluate", { expression: `this["${PREPARE_TERMINATION}"]()` });
    main.post("Runtime.terminateExecution", () => this.#terminated(sequence));
  }

  /** Lets go of the main thread: Node would wait for that when the process ends. */
  release(): void {
    this.#inspector?.disconnect();
    this.#inspector = undefined;
  }

  /** The debugger's view of the main thread, which also works while that is busy. */
  mainThread(): Session {
    if (!this.#inspector) {
      const { Session } = require("node:inspector") as typeof import("node:inspector");
      this.#inspector = new Session();
      this.#inspector.connectToMainThread();
    }
    return this.#inspector;
  }
}
