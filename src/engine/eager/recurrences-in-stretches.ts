/**
 * Runs a net whose recurrent layers take long stretch by stretch: tfjs runs a net without a pause, and some hundred steps
 * would hold up timers, interrupts and progress for as long. A run ends where such a layer begins; that is done a few steps
 * at a time, and the net runs again with what it gave. The numbers are those of one run, bit by bit.
 */
import type { Tensor, Tf } from "../tfjs/adapter";
import type { Recurrence, RecurrenceAnswer, RunRecurrence } from "../tfjs/recurrence";

/** Steps of a stretch: a few milliseconds, as a rule. */
const STRETCH_STEPS = 8;

/** The axis of steps in sequences. */
const STEPS = 1;

/** Thrown where a recurrent layer begins that is done in stretches. */
export class Paused extends Error {
  readonly recurrence: HeldRecurrence;

  constructor(recurrence: HeldRecurrence) {
    super("a recurrent layer is done in stretches");
    this.recurrence = recurrence;
  }
}

/** How a run of the net is put together. */
export interface StretchedRun<T> {
  readonly tf: Tf;
  /** Runs the net, its recurrent layers in such a way. Synchronous. */
  readonly whole: (recur: RunRecurrence) => T;
  /** Runs a stretch where the net runs. Synchronous. */
  readonly part: (stretch: () => void) => void;
  /** Called between stretches; what it throws ends the run. */
  readonly pause: () => Promise<void>;
}

/** Runs a net with its long recurrent layers in stretches. Leaks nothing, also when something throws. */
export async function inStretches<T>({ tf, whole, part, pause }: StretchedRun<T>): Promise<T> {
  const done: HeldRecurrence[] = [];
  try {
    for (;;) {
      let met = 0;
      const recur: RunRecurrence = (recurrence) => {
        const steps = stepsIn(recurrence);
        const { mask } = recurrence;
        if (steps <= 2 * STRETCH_STEPS || (mask && mask.shape[STEPS] !== steps)) return undefined;
        const held = done[met++];
        if (held) return held.rest(tf);
        throw new Paused(new HeldRecurrence(tf, recurrence));
      };
      try {
        return whole(recur);
      } catch (error) {
        if (!(error instanceof Paused)) throw error;
        done.push(error.recurrence);
      }
      const current = done[done.length - 1];
      await pause();
      while (!current.nearlyDone) {
        part(() => current.advance(tf));
        await pause();
      }
    }
  } finally {
    for (const held of done) held.dispose();
  }
}

/** A recurrence that outlives the run that it was met in, and how far it is. */
class HeldRecurrence {
  readonly #recurrence: Recurrence;
  readonly #x: Tensor;
  readonly #mask: Tensor | undefined;
  #states: readonly Tensor[];
  /** Outputs of the stretches so far, where those of all steps are wanted. */
  readonly #outputs: Tensor[] = [];
  #steps = 0;

  constructor(tf: Tf, recurrence: Recurrence) {
    const { x, mask, states } = recurrence;
    const held = (tensor: Tensor): Tensor => tf.keep(tensor.clone());
    this.#recurrence = recurrence;
    this.#x = held(x);
    this.#mask = mask && held(mask);
    this.#states = states.map(held);
  }

  /** True where one stretch is left, which the run itself does: it sees the operations that the layer ends with. */
  get nearlyDone(): boolean {
    return this.#steps + STRETCH_STEPS >= stepsIn(this.#recurrence);
  }

  /** Does a stretch. */
  advance(tf: Tf): void {
    const before = this.#states;
    tf.tidy(() => {
      const { output, states } = this.#stretch(this.#steps + STRETCH_STEPS);
      this.#states = states.map((state) => tf.keep(state.clone()));
      if (this.#recurrence.sequences) this.#outputs.push(tf.keep(output.clone()));
    });
    this.#steps += STRETCH_STEPS;
    for (const state of before) state.dispose();
  }

  /** Does what is left, and gives what the layer gives. */
  rest(tf: Tf): RecurrenceAnswer {
    const last = this.#stretch(stepsIn(this.#recurrence));
    const output =
      this.#outputs.length === 0 ? last.output : tf.concat([...this.#outputs, last.output], STEPS);
    return { output, states: last.states };
  }

  dispose(): void {
    for (const tensor of [this.#x, this.#mask, ...this.#states, ...this.#outputs]) tensor?.dispose();
  }

  /** The steps from those that are done to another, in the order in which they are made. */
  #stretch(end: number): RecurrenceAnswer {
    const { backwards } = this.#recurrence;
    const from = backwards ? stepsIn(this.#recurrence) - end : this.#steps;
    const part = (sequence: Tensor): Tensor =>
      sequence.slice([0, from], [sequence.shape[0], end - this.#steps]);
    return this.#recurrence.stretch(part(this.#x), this.#states, this.#mask && part(this.#mask));
  }
}

function stepsIn({ x }: Recurrence): number {
  return x.shape[STEPS] ?? 0;
}
