/**
 * The differentiable program of both engines: forward, score, gradient, rule and curvature, by whichever backend of tfjs is
 * active. The eager engine runs it on numbers, the compiled engine on a backend that records it.
 */
import type { BackwardRule, Cut, Facts, NamedOperation } from "../model/model";
import type { LayerPlace, Place } from "../model/place";
import { type Explain, scoredLayer } from "../model/score";
import { hessianProducts, ruleGradients } from "./rules/differentiate";
import type { CurrentLayer } from "./rules/tape";
import { type Adapter, type Intervention, placeKey, type Tensor, type Tf } from "./tfjs/adapter";
import { cutsOf, dependence } from "./tfjs/dependence";
import { explained, type ScoredTarget, type ScoreOperands, scoresOf } from "./tfjs/head";
import { engineOf, type KernelCall, unfused, watchingKernels, watchingReads } from "./tfjs/kernel-watch";
import { HeadFinder, type OutputEnd } from "./tfjs/output-end";
import { preprocessed } from "./tfjs/preprocessed";

/** Tensors that a run starts from. */
export interface Start {
  readonly inputs: readonly Tensor[];
  /** Values in place of layers' own, by `placeKey`. */
  readonly replace: ReadonlyMap<string, Tensor>;
  /** Those of one example where a layer has several rows for it, such as its views: they have an axis more than the layer. */
  readonly viewed?: ReadonlySet<string>;
}

/** A program over one model. */
export interface Program {
  readonly start: Start;
  /** Places to differentiate at; none for a forward pass. A layer must be among those replaced. */
  readonly at: readonly Place[];
  /** Layers whose values are wanted. */
  readonly capture: readonly LayerPlace[];
  /** The form in which a forward pass gives outputs; none when they are not wanted. */
  readonly explain?: Explain | undefined;
  /** The score, and the arrays that weigh or label it; none for outputs and activations alone. */
  readonly score?: { readonly of: ScoredTarget; readonly operands: ScoreOperands } | undefined;
  /** The rule in place of the plain gradient, and the start of the run that it compares with. */
  readonly rule?: BackwardRule | undefined;
  readonly reference?: Start | undefined;
  /** One tensor per place: Hessian times direction is wanted in place of the gradient. */
  readonly directions?: readonly Tensor[] | undefined;
  /** Whether what cuts a part of the way is looked for: where it is depends on the net alone, not on numbers. */
  readonly seekCuts?: boolean | undefined;
  /** Told the innermost layer that an error came from. */
  readonly failed?: Intervention["failed"];
  /** A way of its own to run recurrent layers. */
  readonly recur?: Intervention["recur"];
}

/** Values of a program, alive while they are read. */
export interface ProgramValues {
  /** In the form that was asked for. */
  readonly outputs: readonly Tensor[];
  readonly ends: readonly OutputEnd[];
  readonly activations: readonly Tensor[];
  /** For each activation, whether it holds several rows of the layer for one example. */
  readonly viewed: readonly boolean[];
  readonly scores: Tensor | undefined;
  /** In the order of `at`; undefined where the score does not depend on a place. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** For each of `at`, whether the score depends on it. */
  readonly depends: readonly boolean[];
  /** For each of `at`, what cuts a part of the way to the score; empty where that was not looked for. */
  readonly cuts: readonly (readonly Cut[])[];
  /** Operations that a rule left to the plain gradient. */
  readonly plain: readonly NamedOperation[];
}

/**
 * Runs a program, made by `write` once kernels are watched, and hands its values to `read`. `ran` is told of each kernel.
 * Synchronous; to be called in a tidy.
 */
export function runProgram(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  write: () => Program,
  read: (values: ProgramValues) => void,
  ran?: (call: KernelCall) => void,
): void {
  const heads = new HeadFinder(tf);
  const kept: Tensor[] = [];
  let isForward = true;
  /** The layers that run, one inside the other, and the one that each tensor was computed in. */
  const inside: string[] = [];
  const layers = new Map<number, string>();
  const observed = { layers, read: new Map<object, string | undefined>() };
  const watch: Parameters<typeof watchingKernels>[1] = (call, result) => {
    ran?.(call);
    if (!isForward) return;
    heads.saw(call, result);
    const layer = inside[inside.length - 1];
    if (layer !== undefined) for (const { id } of [result].flat()) layers.set(id, layer);
  };
  const compute = (): void => {
    const { start, at, capture, explain, score, rule, reference, directions, failed, seekCuts, recur } =
      write();
    const layer = scoredLayer(score?.of.score);
    let outputs: readonly Tensor[] = [];
    let ends: OutputEnd[] = [];
    let activations: readonly Tensor[] = [];
    let several: readonly boolean[] = [];
    let scores: Tensor | undefined;
    let depends: boolean[] = [];
    let cuts: Cut[][] = [];
    let plain: readonly NamedOperation[] = [];
    const naming = (current: CurrentLayer | undefined): CurrentLayer["entered"] => {
      return (layer) => {
        const ended = current?.entered(layer);
        inside.push(layer.name);
        return () => {
          inside.pop();
          ended?.();
        };
      };
    };
    const forward = ({ inputs, replace, viewed }: Start, current?: CurrentLayer): Tensor => {
      const standing = [...replace].map(([key, values]): [string, Tensor] => [
        key,
        viewed?.has(key) ? values.reshape(values.shape.slice(1)) : values,
      ]);
      const run = adapter.run(preprocessed(facts, inputs), {
        replace: new Map(standing),
        capture: layer ? [...capture, layer] : capture,
        ...(failed ? { failed } : {}),
        ...(recur ? { recur } : {}),
        ...(current ? { entered: current.entered } : {}),
        ...(seekCuts ? { entered: naming(current) } : {}),
      });
      kept.push(...run.captured);
      outputs = run.outputs;
      // Of one example all rows are its own, however many a layer has.
      const alone = inputs[0].shape[0] === 1;
      const ofExamples = (values: Tensor): Tensor =>
        alone && values.shape[0] !== 1 ? values.reshape([1, ...values.shape]) : values;
      const captured = run.captured.slice(0, capture.length);
      activations = captured.map(ofExamples);
      several = captured.map((values, i) => values !== activations[i]);
      ends = outputs.map((output) => heads.endOf(output));
      if (score === undefined) return outputs[0];
      const values = layer && ofExamples(run.captured[capture.length]);
      scores = tf.keep(scoresOf(tf, outputs, ends, values, score.of, score.operands));
      kept.push(scores);
      return scores;
    };
    const variablesOf = ({ inputs, replace }: Start): Tensor[] =>
      at.map((place) => ("input" in place ? inputs[place.input] : replace.get(placeKey(place))!));
    const variables = variablesOf(start);
    /** Passes a value on that is computed last on the way forward. */
    const forwardDone = (value: Tensor): Tensor => {
      const tape = engineOf(tf).state.activeTape ?? [];
      depends = dependence(tape, variables, value, observed);
      if (seekCuts) cuts = cutsOf(tape, variables, value, observed);
      isForward = false;
      return value;
    };
    const total = (): Tensor => forwardDone(forward(start).sum());
    const gradients = (): readonly (Tensor | undefined)[] => {
      if (rule) {
        const run = {
          variables,
          scores: (current: CurrentLayer) => forwardDone(forward(start, current)),
        };
        const twin = reference && { variables: variablesOf(reference), scores: () => forward(reference) };
        const backpropagated = ruleGradients(tf, rule, run, twin);
        plain = backpropagated.plain;
        return backpropagated.relevance;
      }
      if (directions) return hessianProducts(tf, variables, directions, total);
      return engineOf(tf).gradients(total, variables, undefined, true).grads;
    };
    if (at.length > 0) {
      const found = gradients();
      read({
        outputs: [],
        ends,
        activations,
        viewed: several,
        scores,
        gradients: found,
        depends,
        cuts,
        plain,
      });
      return;
    }
    unfused(tf, () => forward(start));
    const formed = explain ? outputs.map((output, i) => explained(tf, output, ends[i], explain)) : [];
    read({
      outputs: formed,
      ends,
      activations,
      viewed: several,
      scores,
      gradients: [],
      depends,
      cuts,
      plain,
    });
  };
  try {
    const noteRead = (dataId: object): void => {
      if (isForward) observed.read.set(dataId, inside[inside.length - 1]);
    };
    watchingReads(tf, noteRead, () => watchingKernels(tf, watch, compute));
  } finally {
    heads.dispose();
    for (const tensor of kept) tensor.dispose();
  }
}
