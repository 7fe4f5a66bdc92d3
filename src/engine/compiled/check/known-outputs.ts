/** Outputs that the eager engine gave: a large net takes seconds there, and is run once for each example asked about. */
import type { Batch } from "../../../model/model";
import type { Explain } from "../../../model/score";
import type { NdArray } from "../../../tensor";

interface Known {
  readonly batch: Batch;
  readonly explain: Explain;
  readonly outputs: readonly NdArray[];
}

/** Examples that are remembered: those of one question and its baseline, and of the one before. */
const MOST = 4;

/** Outputs of single examples, by their entries. */
export class KnownOutputs {
  #known: readonly Known[] = [];

  /** The outputs in a form, or in any where none is named; undefined where they are not known. */
  find(batch: Batch, explain?: Explain): Known | undefined {
    return this.#known.find(
      (known) =>
        (explain === undefined || known.explain === explain) &&
        known.batch.every((array, i) => sameArrays(array, batch[i])),
    );
  }

  /** Remembers outputs; arrays are copied, since callers may go on writing into theirs. */
  add(batch: Batch, explain: Explain, outputs: readonly NdArray[]): void {
    const own = batch.map(({ data, shape }) => ({
      data: Float32Array.from(data),
      shape,
    })) as unknown as Batch;
    this.#known = [{ batch: own, explain, outputs }, ...this.#known].slice(0, MOST);
  }

  clear(): void {
    this.#known = [];
  }
}

function sameArrays(a: NdArray, b: NdArray): boolean {
  if (a.data.length !== b.data.length) return false;
  for (let i = 0; i < a.data.length; i++) if (!Object.is(a.data[i], b.data[i])) return false;
  return true;
}
