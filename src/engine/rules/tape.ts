/** tfjs's tape, read and backpropagated by our own hand: rules change single steps, second order needs another order. */
import { UnsupportedOperationError } from "../../check";
import type { LayerFact } from "../../model/model";
import type { Tensor, Tf } from "../tfjs/adapter";
import { engineOf, watchingKernels } from "../tfjs/kernel-watch";
import { CONSTANT } from "./kinds";

/** One recorded call of a kernel. */
export interface TapeCall {
  readonly kernelName: string;
  /** By name; a list of inputs has its numbers as names. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly Tensor[];
  readonly saved: readonly Tensor[];
  /** The gradients of the outputs backpropagated to the inputs, each computed on demand. */
  readonly gradient?: (dys: readonly (Tensor | undefined)[]) => Readonly<Record<string, () => Tensor>>;
}

/** The parts of tfjs's engine that start and end a tape. */
interface TapeEngine {
  startTape(): void;
  endTape(): void;
  readonly state: {
    activeTape: TapeCall[] | null | undefined;
    gradientDepth: number;
    kernelDepth: number;
  };
}

/** The innermost layer that runs now, as adapters tell it. */
export class CurrentLayer {
  layer: LayerFact | undefined;

  /** To be told of each layer that begins; returns what is to be called at its end. */
  readonly entered = (layer: LayerFact): (() => void) => {
    const outer = this.layer;
    this.layer = { name: layer.name, kind: layer.kind };
    return () => {
      this.layer = outer;
    };
  };
}

/** The calls of one run, with every value that went in or came out held until it is disposed of. */
export class Tape {
  readonly #values = new Map<number, Tensor>();
  readonly #layers = new Map<number, LayerFact>();
  /** Attributes of calls, by the first of their outputs: tfjs's own tape does not hold them. */
  readonly #attributes = new Map<number, object>();
  readonly #others: Tape[] = [];
  #calls: readonly TapeCall[] = [];

  readonly #tf: Tf;

  constructor(tf: Tf) {
    this.#tf = tf;
  }

  /** Runs `fn` and keeps what it did. `keepValues` holds all values on the way, which rules read. */
  run<T>(fn: () => T, keepValues: boolean, current?: CurrentLayer): T {
    const engine = engineOf(this.#tf) as unknown as TapeEngine;
    const { state } = engine;
    engine.startTape();
    try {
      if (!keepValues) return fn();
      return watchingKernels(
        this.#tf,
        ({ inputs, attrs }, result) => {
          if (state.kernelDepth > 0) return;
          const outputs = Array.isArray(result) ? result : [result];
          if (attrs) this.#attributes.set(outputs[0].id, attrs);
          const layer = current?.layer;
          if (layer) for (const { id } of outputs) this.#layers.set(id, layer);
          // A copy that the tape does not see.
          state.kernelDepth++;
          try {
            for (const tensor of [...Object.values(inputs), ...outputs]) {
              if (tensor && !this.#values.has(tensor.id))
                this.#values.set(tensor.id, this.#tf.keep(tensor.clone()));
            }
          } finally {
            state.kernelDepth--;
          }
        },
        fn,
      );
    } finally {
      this.#calls = state.activeTape ?? [];
      engine.endTape();
    }
  }

  get calls(): readonly TapeCall[] {
    return this.#calls;
  }

  /** A value on the way, alive whatever its layer disposed of. */
  valueOf(tensor: Tensor): Tensor {
    return this.#values.get(tensor.id) ?? tensor;
  }

  layerOf({ outputs }: TapeCall): LayerFact | undefined {
    return this.#layers.get(outputs[0].id);
  }

  attributesOf({ outputs }: TapeCall): object {
    return this.#attributes.get(outputs[0].id) ?? {};
  }

  /** A tape of something else, which is disposed of with this one. */
  other(): Tape {
    const tape = new Tape(this.#tf);
    this.#others.push(tape);
    return tape;
  }

  dispose(): void {
    for (const tape of this.#others) tape.dispose();
    for (const tensor of this.#values.values()) tensor.dispose();
    this.#values.clear();
    for (const { saved } of this.#calls) {
      for (const tensor of saved) if (!tensor.isDisposed) tensor.dispose();
    }
    const { state } = engineOf(this.#tf) as unknown as TapeEngine;
    if (state.activeTape === this.#calls) state.activeTape = null;
    this.#calls = [];
  }
}

/** A call on the way from the variables to the explained value. */
export interface PathCall extends TapeCall {
  /** The names of its inputs that depend on the variables. */
  readonly active: readonly string[];
}

/**
 * The calls on the way from `variables` to `y`, each after those that it reads from.
 *
 * tfjs notes the copies of outputs that gradients save in front of the call that makes these outputs; second
 * derivatives would miss them (tfjs issue 3252).
 */
export function callsBetween(
  calls: readonly TapeCall[],
  variables: readonly Tensor[],
  y: Tensor,
): PathCall[] {
  const ordered = inOrder(calls);
  const fed = new Set(variables.map(({ id }) => id));
  const path: PathCall[] = [];
  for (const call of ordered) {
    if (CONSTANT.has(call.kernelName)) continue;
    const active = Object.keys(call.inputs).filter((name) => {
      const input = call.inputs[name];
      return input !== undefined && fed.has(input.id);
    });
    if (active.length === 0) continue;
    for (const { id } of call.outputs) fed.add(id);
    path.push({ ...call, active });
  }
  const needed = new Set([y.id]);
  const leading: PathCall[] = [];
  for (const call of path.reverse()) {
    if (!call.outputs.some(({ id }) => needed.has(id))) continue;
    for (const name of call.active) needed.add(call.inputs[name].id);
    leading.push(call);
  }
  return leading.reverse();
}

function inOrder(calls: readonly TapeCall[]): TapeCall[] {
  const position = new Map<number, number>();
  calls.forEach((call, i) => {
    for (const { id } of call.outputs) position.set(id, i);
  });
  const waiting = new Map<number, TapeCall[]>();
  const ordered: TapeCall[] = [];
  calls.forEach((call, i) => {
    const last = Math.max(...Object.values(call.inputs).map((input) => position.get(input?.id ?? -1) ?? -1));
    if (last > i) {
      waiting.set(last, [...(waiting.get(last) ?? []), call]);
      return;
    }
    ordered.push(call, ...(waiting.get(i) ?? []));
  });
  return ordered;
}

/** The gradient that one call leads to each of its active inputs. */
export function vjp(call: PathCall, dys: readonly (Tensor | undefined)[], fn: string): Tensor[] {
  const gradients = call.gradient?.(dys);
  return call.active.map((name) => {
    const gradient = gradients?.[name];
    if (gradient === undefined) {
      throw new UnsupportedOperationError(
        `${fn}(): expected operations with a gradient, got ${call.kernelName} without one for ${name}`,
      );
    }
    return gradient();
  });
}

/** Adds a cotangent to what was already found for a tensor. */
export function accumulate(found: Map<number, Tensor>, tensor: Tensor, cotangent: Tensor): void {
  const known = found.get(tensor.id);
  found.set(tensor.id, known === undefined ? cotangent : known.add(cotangent));
}
