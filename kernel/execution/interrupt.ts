/** Interrupts of a cell, and what its code and the kernel see of them. */
import { useBuiltIns } from "../isolation/built-ins";
import { InterruptError, isInterrupt } from "../isolation/interrupt-error";
import { Flag, Phase } from "../protocol/flags";
import { NO_CELL } from "../protocol/interrupter";

export { InterruptError, isInterrupt };

/** Error of a cell that filled the heap. */
export class OutOfMemoryError extends Error {
  readonly #isOutOfMemory = true;

  static is(error: unknown): boolean {
    return typeof error === "object" && error !== null && #isOutOfMemory in error && error.#isOutOfMemory;
  }

  constructor(limitBytes: number) {
    super(
      `the cell was stopped: it filled 85 % of the ${Math.round(limitBytes / 2 ** 20)} MB of memory that JavaScript ` +
        "objects may take; the variables it declared are gone, the kernel runs on. Use less at a time, or start " +
        "Jupyter with NODE_OPTIONS=--max-old-space-size=<MB>",
    );
    this.name = "OutOfMemoryError";
  }
}

/** Time for which loops of an interrupted cell that live on in the background still find the STOP flag set. */
const STOP_LINGERS_MS = 1000;
/** A signal or a termination that has not come by then was met elsewhere. */
const ARRIVAL_MS = 1000;

/** One run of one cell, as its code and the kernel see it. */
export class CellRun {
  /** Read by loops at the top level of the cell: they stop even after the STOP flag is lowered. */
  stopped = false;
  /** Of the cell's last expression. */
  value: unknown;
  readonly abort: AbortController = new AbortController();
  readonly interrupted: Promise<never>;
  #reject: (error: unknown) => void = () => {};

  constructor(readonly sequence: number) {
    this.interrupted = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    this.interrupted.catch(() => {});
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    const error = new InterruptError();
    this.abort.abort(error);
    this.#reject(error);
  }

  /** Ends the wait for the cell by an error of its own. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  /** Called by the cell's loops. */
  throwInterrupt(): never {
    throw new InterruptError();
  }
}

/** The main thread's side of interrupts: which cell runs, in which phase, and whether it was told to stop. */
export class InterruptState {
  #run: CellRun | undefined;
  #lowerStop: NodeJS.Timeout | undefined;
  /** As in the flag, but for what the protocol thread makes of that. */
  #phase: number = Phase.LOADING;

  constructor(readonly flags: Int32Array) {}

  begin(): CellRun {
    clearTimeout(this.#lowerStop);
    Atomics.store(this.flags, Flag.STOP, 0);
    const run = new CellRun(Atomics.add(this.flags, Flag.SEQUENCE, 1) + 1);
    this.#run = run;
    this.enter(Phase.KERNEL);
    return run;
  }

  get phase(): number {
    return this.#phase;
  }

  /** Code of the kernel and code of cells have their own built-ins. */
  enter(phase: number): void {
    useBuiltIns("kernel");
    this.#move(phase);
    if (phase !== Phase.KERNEL) useBuiltIns("cells");
  }

  /** What the protocol thread has sent to the phase that ends must not hit what comes after it. */
  #move(phase: number): void {
    for (;;) {
      const found = Atomics.compareExchange(this.flags, Flag.PHASE, this.#phase, phase);
      if (found === this.#phase) break;
      if (found === Phase.SIGNALLED) Atomics.wait(this.flags, Flag.OWN_SIGNAL, 1, ARRIVAL_MS);
      // Mostly the wait does not return.
      else Atomics.wait(this.flags, Flag.PHASE, found, ARRIVAL_MS);
      this.#release();
    }
    this.#phase = phase;
  }

  #release(): void {
    Atomics.store(this.flags, Flag.OWN_SIGNAL, 0);
    Atomics.store(this.flags, Flag.PHASE, this.#phase);
  }

  /** A signal has met the code that it was sent to. */
  signalled(): void {
    Atomics.store(this.flags, Flag.OWN_SIGNAL, 0);
  }

  /** The main thread was torn out of code that awaits, or between two cells. */
  terminated(): void {
    if (Atomics.load(this.flags, Flag.PHASE) === Phase.TERMINATED) this.#release();
  }

  /** Runs code of the kernel's own beside a cell, or between two. */
  asKernel<T>(code: () => T): T {
    const { phase } = this;
    this.enter(Phase.KERNEL);
    try {
      return code();
    } finally {
      this.enter(phase);
    }
  }

  /** True where the running cell was told to stop because the heap is full. */
  get outOfMemory(): boolean {
    return this.#run !== undefined && Atomics.load(this.flags, Flag.OUT_OF_MEMORY) === this.#run.sequence;
  }

  /** Throws when the cell was told to stop while no code of it could notice. */
  check(): void {
    const kept = Atomics.exchange(this.flags, Flag.KEPT, 0) === 1;
    if (!kept && Atomics.load(this.flags, Flag.STOP) === 0) return;
    this.#run?.stop();
    throw new InterruptError();
  }

  /** Throws when an interrupt came while code of a cell was blocked in Node's own. */
  throwIfStopped(): void {
    if (Atomics.load(this.flags, Flag.STOP) === 1) throw new InterruptError();
  }

  end(run: CellRun, interrupted: boolean): void {
    this.#move(Phase.IDLE);
    // What was to stop the cell must not stop the description of its error.
    this.#acknowledge(Atomics.load(this.flags, Flag.INTERRUPTS));
    if (!interrupted) {
      Atomics.store(this.flags, Flag.STOP, 0);
      return;
    }
    run.stop();
    Atomics.store(this.flags, Flag.STOP, 1);
    this.#lowerStop = setTimeout(() => Atomics.store(this.flags, Flag.STOP, 0), STOP_LINGERS_MS);
    this.#lowerStop.unref();
  }

  /** The protocol thread's message; one that speaks of an earlier cell is only noted. */
  receive(id: number, sequence: number): void {
    this.#acknowledge(id);
    // Code that blocked the thread between two cells, if any did, has ended.
    if (sequence === NO_CELL && !this.isRunning) Atomics.store(this.flags, Flag.STOP, 0);
    if (this.#run?.sequence === sequence && this.isRunning) this.#run.stop();
  }

  #acknowledge(id: number): void {
    if (id > Atomics.load(this.flags, Flag.ACKNOWLEDGED)) Atomics.store(this.flags, Flag.ACKNOWLEDGED, id);
  }

  /** The running cell waits for what cannot come. */
  fail(error: unknown): void {
    if (this.isRunning) this.#run?.fail(error);
  }

  get isRunning(): boolean {
    return this.phase !== Phase.IDLE;
  }

  /** Number of the running or last cell. */
  get sequence(): number {
    return this.#run?.sequence ?? 0;
  }

  /** The signal of the running or last cell. */
  get signal(): AbortSignal | undefined {
    return this.#run?.abort.signal;
  }
}
