/** One chunk, synchronously: forward, and backward if asked. While tfjs's global state is changed nothing awaits. */
import type { BackwardRule, Batch, Facts, Replacement } from "../../model/model";
import type { LayerPlace, Place } from "../../model/place";
import { type Explain, type Head, type ResolvedTarget, scoredLayer } from "../../model/score";
import { filled, type NdArray } from "../../tensor";
import { hessianProducts, ruleGradients } from "../rules/differentiate";
import type { CurrentLayer } from "../rules/tape";
import { type Adapter, placeKey, type Tensor, type Tf } from "../tfjs/adapter";
import { withCleanTape } from "../tfjs/corrections";
import { dependence } from "../tfjs/dependence";
import { explained, HeadFinder, type OutputEnd, scoresOf } from "../tfjs/head";
import { engineOf, onBackend, unfused, watchingKernels } from "../tfjs/kernel-watch";
import { preprocessed } from "../tfjs/preprocessed";

/** Request of one chunk. */
export interface ChunkRequest {
  readonly of?: ResolvedTarget;
  /** Places to differentiate at; none for a forward pass. A layer must be among `replace`. */
  readonly variables: readonly Place[];
  readonly replace: readonly Replacement[];
  readonly capture: readonly LayerPlace[];
  /** Read the outputs in this form. */
  readonly explain?: Explain;
  /** The rule in place of the plain gradient. */
  readonly rule?: BackwardRule;
  /** The batch that the rule compares with. */
  readonly reference?: { readonly batch: Batch; readonly replace: readonly Replacement[] };
  /** One array per variable: Hessian times direction is wanted in place of the gradient. */
  readonly direction?: readonly NdArray[];
}

/** Answer of one chunk, in plain arrays. */
export interface ChunkAnswer {
  readonly scores?: Float32Array;
  readonly outputs: readonly NdArray[];
  readonly heads: readonly Head[];
  readonly activations: readonly NdArray[];
  readonly gradients: readonly NdArray[];
  readonly depends: readonly boolean[];
  /** Most bytes that tensors took at any time. */
  readonly peakBytes: number;
}

/** Computes one chunk on `backend`. Leaks nothing, also when something throws. */
export function evaluate(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  backend: string,
  batch: readonly NdArray[],
  ask: ChunkRequest,
): ChunkAnswer {
  const engine = engineOf(tf);
  const heads = new HeadFinder(tf);
  const kept: Tensor[] = [];
  const startBytes = engine.state.numBytes;
  let peakBytes = 0;
  let forwardDone = false;
  const compute = (): ChunkAnswer => {
    const clean = startAt(tf, adapter, batch, ask.replace, ask.variables);
    const { variables } = clean;
    const layer = scoredLayer(ask.of?.score);
    const capture = layer ? [...ask.capture, layer] : ask.capture;
    let ends: OutputEnd[] = [];
    let outputs: readonly Tensor[] = [];
    let captured: readonly Tensor[] = [];
    let depends: boolean[] = [];
    let scores: Tensor | undefined;
    const forward = ({ inputs, replace }: Start = clean, current?: CurrentLayer): Tensor => {
      const prepared = preprocessed(facts, inputs);
      const run = adapter.run(prepared, {
        replace,
        capture,
        ...(current ? { entered: current.entered } : {}),
      });
      kept.push(...run.captured);
      captured = run.captured.slice(0, ask.capture.length);
      outputs = run.outputs;
      ends = run.outputs.map((output) => heads.endOf(output));
      if (ask.of) {
        const values = layer ? run.captured[run.captured.length - 1] : undefined;
        scores = tf.keep(scoresOf(tf, outputs, ends, values, ask.of));
        kept.push(scores);
      }
      return scores ?? outputs[0];
    };
    let gradients: NdArray[] = [];
    let answers: NdArray[] = [];
    const readOutputs = (): void => {
      if (ask.explain === undefined) return;
      const { explain } = ask;
      answers = outputs.map((output, i) => read(explained(tf, output, ends[i], explain)));
    };
    const total = (): Tensor => {
      const sum = forward().sum();
      depends = dependence(engine.state.activeTape ?? [], variables, sum);
      forwardDone = true;
      return sum;
    };
    if (variables.length === 0) {
      unfused(tf, () => forward());
      readOutputs();
    } else {
      let grads: readonly (Tensor | undefined)[];
      if (ask.rule) {
        const scored = (current: CurrentLayer): Tensor => {
          const answer = forward(clean, current);
          depends = dependence(engine.state.activeTape ?? [], variables, answer);
          // The run at the reference came before.
          forwardDone = true;
          return answer;
        };
        const { reference, rule } = ask;
        const other = reference && startAt(tf, adapter, reference.batch, reference.replace, ask.variables);
        const twin = other && { variables: other.variables, scores: () => forward(other) };
        grads = ruleGradients(tf, rule, { variables, scores: scored }, twin);
      } else if (ask.direction) {
        const directions = ask.direction.map((array) => toTensor(tf, array, "float32"));
        grads = hessianProducts(tf, variables, directions, total);
      } else grads = engine.gradients(total, [...variables], undefined, true).grads;
      gradients = grads.map((gradient, i) => (gradient ? read(gradient) : filled(variables[i].shape, 0)));
    }
    return {
      ...(scores ? { scores: Float32Array.from(scores.dataSync()) } : {}),
      outputs: answers,
      heads: ends.map((end) => end.head),
      activations: captured.map(read),
      gradients,
      depends,
      peakBytes,
    };
  };
  try {
    return onBackend(tf, backend, () => {
      // A trial of the net is no part of what is watched and recorded below.
      if (adapter.madeFor && adapter.madeFor.rows !== batch[0]?.shape[0]) adapter.madeFor.binds();
      return watchingKernels(
        tf,
        (call, result) => {
          peakBytes = Math.max(peakBytes, engine.state.numBytes - startBytes);
          if (!forwardDone) heads.saw(call, result);
        },
        () => {
          let answer: ChunkAnswer | undefined;
          // Kept out of tf.tidy's hands, which would walk through every entry of a typed array for tensors.
          withCleanTape(tf, () => {
            answer = compute();
          });
          return { ...(answer as unknown as ChunkAnswer), peakBytes };
        },
      );
    });
  } finally {
    heads.dispose();
    for (const tensor of kept) tensor.dispose();
  }
}

/** Start of a run. */
interface Start {
  readonly inputs: readonly Tensor[];
  readonly replace: ReadonlyMap<string, Tensor>;
  readonly variables: readonly Tensor[];
}

function startAt(
  tf: Tf,
  adapter: Adapter,
  batch: Batch,
  replacements: readonly Replacement[],
  places: readonly Place[],
): Start {
  const inputs = batch.map((array, i) => toTensor(tf, array, adapter.inputs[i].dtype));
  const replace = new Map(replacements.map((r) => [placeKey(r.place), toTensor(tf, r.values, "float32")]));
  const variables = places.map((place) =>
    "input" in place ? inputs[place.input] : (replace.get(placeKey(place)) as Tensor),
  );
  return { inputs, replace, variables };
}

function toTensor(tf: Tf, array: NdArray, dtype: "float32" | "int32" | "bool"): Tensor {
  // A copy, since tfjs keeps the typed array that it is given.
  const values = dtype === "float32" ? array.data.slice() : Int32Array.from(array.data);
  return dtype === "bool"
    ? tf.tensor(Uint8Array.from(array.data), [...array.shape], "bool")
    : tf.tensor(values, [...array.shape], dtype);
}

function read(tensor: Tensor): NdArray {
  return { data: Float32Array.from(tensor.dataSync()), shape: [...tensor.shape] };
}
