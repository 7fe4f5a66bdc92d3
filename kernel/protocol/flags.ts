/** Slots of the shared Int32Array through which the protocol thread sees and stops the main thread. */
export const Flag = {
  /** 1: code that ticks throws InterruptError. */
  STOP: 0,
  /** Activity of the main thread: a value of Phase. */
  PHASE: 1,
  /** Number of the running or last cell. */
  SEQUENCE: 2,
  /** The last interrupt that the main thread has taken note of, or that came before its cell's end. */
  ACKNOWLEDGED: 3,
  /** 1: an interrupt came while a cell was waiting to start; it stops that cell. */
  KEPT: 4,
  /** Number of answers of the user so far; the main thread sleeps on it while it asks. */
  ANSWERS: 5,
  /** Number of the cell that was told to stop because the heap is full. */
  OUT_OF_MEMORY: 6,
  /** Number of interrupts so far. */
  INTERRUPTS: 7,
  /** 1: a SIGINT of the kernel's own is on its way, and nobody has met it yet. */
  OWN_SIGNAL: 8,
} as const;

export const Phase = {
  IDLE: 0,
  /** The kernel's own code works for the cell: the compiler, say. It must not be torn out of its own state. */
  KERNEL: 1,
  /** Synchronous part of a cell, under vm's breakOnSigint. */
  SYNC: 2,
  /** The cell awaits; callbacks run from the event loop. */
  ASYNC: 3,
  /** The kernel is not there yet: nothing may be torn. */
  LOADING: 4,
  /** A synchronous part to which the protocol thread sends SIGINT. */
  SIGNALLED: 5,
  /** An awaiting cell, or what came of one, whose execution the protocol thread terminates. */
  TERMINATED: 6,
} as const;

const FLAG_COUNT = 9;

/** Code of a cell runs, or is awaited. */
export function isCellPhase(phase: number): boolean {
  return phase !== Phase.IDLE && phase !== Phase.KERNEL && phase !== Phase.LOADING;
}

export function createFlags(): Int32Array {
  const flags = new Int32Array(new SharedArrayBuffer(FLAG_COUNT * Int32Array.BYTES_PER_ELEMENT));
  flags[Flag.PHASE] = Phase.LOADING;
  return flags;
}
