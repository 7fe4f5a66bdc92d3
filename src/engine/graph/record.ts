/** Records what is asked of a model as a graph: outputs, scores, gradients, for one number of rows. */
import { UnsupportedOperationError } from "../../check";
import type { BackwardRule, Facts } from "../../model/model";
import type { LayerPlace, Place } from "../../model/place";
import { type Explain, type Head, type ScoreForm, scoredLayer } from "../../model/score";
import { sizeOf } from "../../tensor";
import { hessianProducts, ruleGradients } from "../rules/differentiate";
import type { CurrentLayer } from "../rules/tape";
import { type Adapter, placeKey, type Tensor, type Tf } from "../tfjs/adapter";
import { installCorrections } from "../tfjs/corrections";
import { dependence } from "../tfjs/dependence";
import { checkEnd, explained, HeadFinder, lossOf, type OutputEnd, onePerRow, readBy } from "../tfjs/head";
import { engineOf, unfused, watchingKernels } from "../tfjs/kernel-watch";
import { preprocessed } from "../tfjs/preprocessed";
import { makeConstant, makeValue } from "./builder";
import type { Graph, Port } from "./graph";
import { eliminateDeadCode } from "./passes/eliminate-dead-code";
import { Recorder } from "./recorder";

/**
 * How a graph scores rows: a weighted sum of an output's entries or of a layer's, with the weights as its input `mask`,
 * so that all classes and neurons share one graph; the loss against its input `label`; or a function of the output.
 */
export type GraphScore =
  | { readonly kind: "mask"; readonly output: number }
  | { readonly kind: "neuron"; readonly place: LayerPlace }
  | { readonly kind: "loss"; readonly output: number }
  | (Extract<ScoreForm, { kind: "function" }> & { readonly output: number });

/** Values that a graph takes in place of a layer's own, as its inputs `replace0`, `replace1`, … */
export interface ReplacedLayer {
  readonly place: LayerPlace;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

/** What a graph is to compute. */
export interface GraphRequest {
  /** The form of outputs; none when only layers are asked for. */
  readonly explain?: Explain;
  /** None for a graph that gives the outputs themselves, as `output0`, `output1`, … */
  readonly score?: GraphScore;
  /** How the output that is scored ends where no layer is replaced: what is given in place of its end cannot be scored as such. */
  readonly head?: Head;
  /** Where to differentiate: at inputs, and at layers that are among `replace`; given as `gradient0`, … */
  readonly at: readonly Place[];
  readonly replace: readonly ReplacedLayer[];
  /** Layers whose values are wanted, as `activation0`, … */
  readonly capture: readonly LayerPlace[];
  /**
   * What replaces the plain gradient. A rule that compares with a reference takes it as inputs `reference0`, … and, in
   * place of layers' own values, `referenceReplace0`, …
   */
  readonly rule?: BackwardRule;
  /** Whether Hessian times direction is wanted in place of the gradient; the direction is inputs `direction0`, … */
  readonly curvature?: boolean;
}

/** A recorded graph and what was learned on the way. */
export interface Recording {
  readonly graph: Graph;
  readonly heads: readonly Head[];
  /** For each of `at`, whether the score depends on it. */
  readonly depends: readonly boolean[];
}

/** Where a run starts. */
interface Start {
  readonly tensors: readonly Tensor[];
  readonly replace: ReadonlyMap<string, Tensor>;
  readonly variables: readonly Tensor[];
}

/** The name of the graph's input that holds the values at a place. */
export function portAt(place: Place, replace: readonly ReplacedLayer[]): string {
  if ("input" in place) return `input${place.input}`;
  return `replace${replace.findIndex((r) => placeKey(r.place) === placeKey(place))}`;
}

/** Records a model at inputs of the given shapes, batch axis first. */
export function record(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  shapes: readonly (readonly number[])[],
  request: GraphRequest,
): Recording {
  engineOf(tf).findBackend("cpu");
  installCorrections(tf);
  const recorder = new Recorder(tf);
  const heads = new HeadFinder(tf);
  const rows = shapes[0]?.[0];
  const inputs: Port[] = shapes.map((shape, i) => ({
    name: `input${i}`,
    value: makeValue(shape, adapter.inputs[i].dtype),
  }));
  const replaced: Port[] = request.replace.map(({ shape }, i) => ({
    name: `replace${i}`,
    value: makeValue([rows, ...shape], "float32"),
  }));
  const portOf = (place: Place): Port => {
    const name = portAt(place, request.replace);
    return [...inputs, ...replaced].find((port) => port.name === name) as Port;
  };
  const named = (name: string, ports: readonly Port[]): Port[] =>
    ports.map(({ value }, i) => ({ name: `${name}${i}`, value: makeValue(value.shape, value.dtype) }));
  const compared = request.rule?.reference
    ? { inputs: named("reference", inputs), replaced: named("referenceReplace", replaced) }
    : undefined;
  const directions: Port[] = request.curvature
    ? named(
        "direction",
        request.at.map((place) => portOf(place)),
      )
    : [];
  const outputs: Port[] = [];
  const atLayer = new WeakMap<UnsupportedOperationError, string>();
  const kept: Tensor[] = [];
  let scoring: Port | undefined;
  let ends: OutputEnd[] = [];
  let depends: boolean[] = [];
  let forwardDone = false;
  const compute = (): void => {
    const startAt = (given: readonly Port[], standing: readonly Port[]): Start => {
      const tensors = given.map(({ value }) => recorder.tensor(value));
      const replace = new Map(
        request.replace.map((r, i) => [placeKey(r.place), recorder.tensor(standing[i].value)]),
      );
      const variables = request.at.map((place) =>
        "input" in place ? tensors[place.input] : (replace.get(placeKey(place)) as Tensor),
      );
      return { tensors, replace, variables };
    };
    const clean = startAt(inputs, replaced);
    const { variables } = clean;
    const { score, explain = "logit" } = request;
    const layer = scoredLayer(score);
    const capture = layer ? [...request.capture, layer] : request.capture;
    let captured: readonly Tensor[] = [];
    const forward = ({ tensors, replace }: Start = clean, current?: CurrentLayer): readonly Tensor[] => {
      const prepared = preprocessed(facts, tensors);
      const failed = (error: unknown, layer: string): void => {
        if (error instanceof UnsupportedOperationError && !atLayer.has(error)) atLayer.set(error, layer);
      };
      const run = adapter.run(prepared, {
        replace,
        capture,
        failed,
        ...(current ? { entered: current.entered } : {}),
      });
      kept.push(...run.captured);
      captured = run.captured;
      request.capture.forEach((_, i) => {
        outputs.push({ name: `activation${i}`, value: recorder.value(run.captured[i]) });
      });
      ends = run.outputs.map((output) => heads.endOf(output));
      return run.outputs;
    };
    if (score === undefined) {
      const all = unfused(tf, () => forward());
      if (request.explain === undefined) return;
      all.forEach((tensor, i) => {
        const form = explained(tf, tensor, ends[i], explain);
        outputs.push({ name: `output${i}`, value: recorder.value(form) });
      });
      return;
    }
    const weighed = (form: Tensor): Tensor => {
      scoring ??= { name: "mask", value: makeValue(form.shape, "float32") };
      return form.mul(recorder.tensor(scoring.value)).reshape([form.shape[0], -1]).sum(1);
    };
    const scored = (start: Start = clean, current?: CurrentLayer): Tensor => {
      const all = forward(start, current);
      let scores: Tensor;
      const values = layer && captured[captured.length - 1];
      if (score.kind === "neuron") scores = weighed(values!);
      else {
        const [output, end] = [all[score.output], ends[score.output]];
        if (request.head && !values) checkEnd(end, { head: request.head, explain, kind: score.kind });
        if (score.kind === "mask") scores = weighed(explained(tf, output, end, explain));
        else if (score.kind === "function") {
          const given = readBy(tf, score, all, ends, values, { output: score.output, explain });
          scores = onePerRow(score.score(...given), rows);
        } else {
          scoring ??= { name: "label", value: makeValue([rows], end.head === "none" ? "float32" : "int32") };
          scores = lossOf(tf, output, end, recorder.tensor(scoring.value));
        }
      }
      if (start === clean) outputs.push({ name: "scores", value: recorder.value(scores) });
      return scores;
    };
    if (request.at.length === 0) {
      unfused(tf, () => scored());
      return;
    }
    const engine = engineOf(tf);
    /** Passes a value on that is computed last on the way forward. */
    const done = (value: Tensor): Tensor => {
      depends = dependence(engine.state.activeTape ?? [], variables, value);
      forwardDone = true;
      return value;
    };
    const total = (): Tensor => done(scored().sum());
    let grads: readonly (Tensor | undefined)[];
    if (request.rule) {
      const other = compared && startAt(compared.inputs, compared.replaced);
      const twin = other && { variables: other.variables, scores: () => scored(other) };
      const run = { variables, scores: (current: CurrentLayer) => done(scored(clean, current)) };
      grads = ruleGradients(tf, request.rule, run, twin);
    } else if (request.curvature) {
      const along = directions.map(({ value }) => recorder.tensor(value));
      grads = hessianProducts(tf, variables, along, total);
    } else grads = engine.gradients(total, [...variables], undefined, true).grads;
    grads.forEach((gradient, i) => {
      const { shape } = variables[i];
      const value = gradient
        ? recorder.value(gradient)
        : makeConstant(new Float32Array(sizeOf(shape)), shape, "float32");
      outputs.push({ name: `gradient${i}`, value });
    });
  };
  recorder.run(() => {
    try {
      watchingKernels(
        tf,
        (call, result) => {
          if (!forwardDone) heads.saw(call, result);
        },
        compute,
      );
    } catch (error) {
      const layer = atLayer.get(error as UnsupportedOperationError);
      throw layer === undefined ? error : inLayer(error as UnsupportedOperationError, layer);
    } finally {
      heads.dispose();
      for (const tensor of kept) tensor.dispose();
    }
  });
  const all: Port[] = [
    ...inputs,
    ...replaced,
    ...(compared ? [...compared.inputs, ...compared.replaced] : []),
    ...directions,
    ...(scoring ? [scoring] : []),
  ];
  return {
    graph: eliminateDeadCode({ inputs: all, outputs, nodes: recorder.graph.nodes }),
    heads: ends.map((end) => end.head),
    depends,
  };
}

/** The same error, naming the layer; what helps comes last. */
function inLayer({ message }: UnsupportedOperationError, layer: string): UnsupportedOperationError {
  const [what, ...help] = message.split("; engine ");
  return new UnsupportedOperationError([`${what} in layer "${layer}"`, ...help].join("; engine "));
}
