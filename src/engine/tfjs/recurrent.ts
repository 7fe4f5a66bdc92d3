/** Recurrent layers as loops: what tfjs runs step after step is handed over as a step and the sequences that it reads. */
import type { Tensor, Tf } from "./adapter";
import type { Recurrence, RunRecurrence } from "./recurrence";
import { withoutState } from "./without-state";

/** The parts of tfjs's layers that are read here. */
interface LayerTree {
  readonly layers?: readonly LayerTree[];
  /** Layers inside a wrapper; a bidirectional one has two. */
  readonly layer?: LayerTree;
  readonly forwardLayer?: LayerTree;
  readonly backwardLayer?: LayerTree;
  readonly cell?: Cell;
}

interface Cell {
  readonly stateSize: number | readonly number[];
  call(inputs: readonly Tensor[], kwargs: object): readonly Tensor[];
}

interface RecurrentLayer extends LayerTree {
  readonly cell: Cell;
  readonly goBackwards: boolean;
  readonly returnSequences: boolean;
  returnState: boolean;
  readonly stateful: boolean;
  getInitialState(x: Tensor): readonly Tensor[];
}

interface CallArguments {
  readonly mask?: Tensor | readonly Tensor[] | null;
  readonly training?: boolean | null;
  readonly initialState?: readonly Tensor[] | null;
}

type RecurrentCall = (
  this: RecurrentLayer,
  inputs: Tensor | Tensor[],
  kwargs?: CallArguments | null,
) => Tensor | Tensor[];

/** Has the recurrent layers of a model, and those of the models and wrappers in it, run so; returns what undoes it. */
export function runRecurrencesBy(tf: Tf, model: object, run: RunRecurrence): () => void {
  const undo: (() => void)[] = [];
  for (const prototype of recurrentPrototypes(model)) {
    const original = prototype.call;
    prototype.call = function (inputs, kwargs) {
      return tf.tidy(() => {
        const answer = recurrenceOf(tf, this, original, inputs, kwargs ?? {});
        const found = answer && run(answer);
        if (found === undefined) return original.call(this, inputs, kwargs);
        return this.returnState ? [found.output, ...found.states] : found.output;
      });
    };
    undo.push(() => {
      prototype.call = original;
    });
  }
  return () => {
    for (const step of undo) step();
  };
}

/** The classes that step through sequences, of whichever copy of tfjs: those that make initial states. */
function recurrentPrototypes(model: LayerTree): Set<{ call: RecurrentCall }> {
  const found = new Set<{ call: RecurrentCall }>();
  const visit = (layer: LayerTree): void => {
    for (const inner of [...(layer.layers ?? []), layer.layer, layer.forwardLayer, layer.backwardLayer])
      if (inner) visit(inner);
    if (layer.cell === undefined) return;
    let base: { call: RecurrentCall } | undefined;
    for (let type = Object.getPrototypeOf(layer); type !== null; type = Object.getPrototypeOf(type))
      if (Object.hasOwn(type, "getInitialState") && Object.hasOwn(type, "call")) base = type;
    if (base) found.add(base);
  };
  visit(model);
  return found;
}

/** A call as tfjs's own `call` reads it; undefined where that is left to see what is wrong. */
function recurrenceOf(
  tf: Tf,
  layer: RecurrentLayer,
  call: RecurrentCall,
  inputs: Tensor | Tensor[],
  { mask, training, initialState }: CallArguments,
): Recurrence | undefined {
  const { cell, goBackwards, returnSequences, stateful } = layer;
  const all = Array.isArray(inputs) ? inputs : [inputs];
  const [x] = all;
  if (all.length !== 1 || x === undefined || x.rank < 3 || stateful || Array.isArray(mask)) return undefined;
  const states = initialState ?? layer.getInitialState(x);
  const expected = Array.isArray(cell.stateSize) ? cell.stateSize.length : 1;
  if (states.length !== expected) return undefined;
  let counts: Tensor | undefined;
  if (mask != null) {
    const numbers = (mask as Tensor).cast("bool").cast("float32");
    if (numbers.rank !== x.rank - 1 && numbers.rank !== x.rank) return undefined;
    counts = numbers.rank === x.rank ? numbers : numbers.expandDims(-1);
  }
  return {
    x,
    mask: counts,
    states,
    backwards: goBackwards,
    sequences: returnSequences,
    step(entry, before, count) {
      const [output, ...after] = cell.call([entry, ...before], { training }) as [Tensor, ...Tensor[]];
      if (count === undefined) return { output, states: after };
      const rest = tf.sub(tf.onesLike(count), count);
      const kept = (now: Tensor, earlier: Tensor): Tensor => now.mul(count).add(earlier.mul(rest));
      return { output: kept(output, before[0]), states: before.map((state, i) => kept(after[i], state)) };
    },
    stretch(entries, before, count) {
      const given = { mask: count ?? null, training: training ?? null, initialState: before };
      const { returnState } = layer;
      const makeStateful = withoutState(layer);
      layer.returnState = true;
      try {
        const [output, ...after] = [call.call(layer, entries, given)].flat();
        return { output, states: after };
      } finally {
        layer.returnState = returnState;
        makeStateful();
      }
    },
  };
}
