/** What recordings of a net tell of it, for each shape of its inputs. */
import type { Batch, Facts, LookedUpColumns, WayLayer } from "../../model/model";
import { lookedUpColumns } from "../graph/looked-up-columns";
import { recordedWay } from "../graph/recorded-way";
import type { Adapter, Tf } from "../tfjs/adapter";

/** Recorded facts of a net, kept until its layers change. */
export class Recordings {
  readonly #tf: Tf;
  readonly #facts: Facts;
  /** Layers on the way to an output, by output and shapes of inputs. */
  readonly #ways = new Map<string, readonly WayLayer[]>();
  readonly #columns = new Map<string, readonly LookedUpColumns[]>();

  constructor(tf: Tf, facts: Facts) {
    this.#tf = tf;
    this.#facts = facts;
  }

  /** The layers on the way to an output; undefined where nobody knows. */
  way(adapter: Adapter, batch: Batch, output: number): readonly WayLayer[] | undefined {
    const shapes = rowShapes(batch);
    const key = JSON.stringify([shapes, output]);
    const known = this.#ways.get(key);
    if (known) return known;
    try {
      const found = recordedWay(this.#tf, adapter, this.#facts, shapes, output);
      // Of a net that runs row by row, values of all rows lie beside the way of each.
      if (found.length === 0) return undefined;
      // A plain function may go another way the next time.
      if (adapter.fixed) this.#ways.set(key, found);
      return found;
    } catch {
      // What cannot be recorded can still be run.
      return undefined;
    }
  }

  /** Columns of float inputs that are looked up beside others, in nets with a layer that may do so. */
  lookedUpColumns(adapter: Adapter, batch: Batch): readonly LookedUpColumns[] {
    if (!adapter.fixed || !adapter.looksUp) return [];
    const shapes = rowShapes(batch);
    const key = JSON.stringify(shapes);
    const known = this.#columns.get(key) ?? this.#columnsIn(adapter, shapes);
    this.#columns.set(key, known);
    return known;
  }

  #columnsIn(adapter: Adapter, shapes: readonly (readonly number[])[]): readonly LookedUpColumns[] {
    try {
      return lookedUpColumns(this.#tf, adapter, this.#facts, shapes);
    } catch {
      // What cannot be recorded is explained as far as gradients reach, and the rest is named.
      return [];
    }
  }

  clear(): void {
    this.#ways.clear();
    this.#columns.clear();
  }
}

function rowShapes(batch: Batch): readonly (readonly number[])[] {
  return batch.map(({ shape }) => shape.slice(1));
}
