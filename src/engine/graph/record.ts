/** Records the program of a request as a graph: outputs, scores, gradients, for one number of rows. */
import { UnsupportedOperationError } from "../../check";
import type { BackwardRule, Cut, Facts, NamedOperation } from "../../model/model";
import type { LayerPlace, Place } from "../../model/place";
import type { Explain, Head } from "../../model/score";
import { sizeOf } from "../../tensor";
import { type Program, type ProgramValues, runProgram, type Start } from "../program";
import { type Adapter, placeKey, type Tensor, type Tf } from "../tfjs/adapter";
import { installCorrections } from "../tfjs/corrections";
import type { ScoredTarget, ScoreOperands } from "../tfjs/head";
import { engineOf } from "../tfjs/kernel-watch";
import { makeConstant, makeValue } from "./builder";
import type { DataType, Graph, Port } from "./graph";
import { loopsOf } from "./loops";
import { eliminateDeadCode } from "./passes/eliminate-dead-code";
import { type NumberedPort, portAt, portName, type SinglePort } from "./ports";
import { Recorder } from "./recorder";
import { paysWithin, writtenOut } from "./worth";

/** Values that a graph takes in place of a layer's own, as its inputs `replace0`, `replace1`, … */
export interface ReplacedLayer {
  readonly place: LayerPlace;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

/** Request of a graph. Its inputs and outputs are named in `ports.ts`. */
export interface GraphRequest {
  /** The form of outputs; none when only layers or scores are wanted. */
  readonly explain?: Explain | undefined;
  /**
   * The score: a weighted sum of an output's entries or of a layer's, with the weights as the input `mask`, so that all
   * classes and neurons share one graph; the loss against the input `label`; or a function of the output. None for a graph
   * that gives the outputs themselves.
   */
  readonly of?: ScoredTarget | undefined;
  /** Places to differentiate at: inputs, and layers that are among `replace`. */
  readonly at: readonly Place[];
  readonly replace: readonly ReplacedLayer[];
  /** Layers whose values are wanted. */
  readonly capture: readonly LayerPlace[];
  /** The rule in place of the plain gradient. One that compares takes its reference as inputs. */
  readonly rule?: BackwardRule | undefined;
  /** True where Hessian times direction is wanted in place of the gradient; the direction is an input. */
  readonly curvature?: boolean;
}

/** A recorded graph and what was learned on the way. */
export interface Recording {
  readonly graph: Graph;
  readonly heads: readonly Head[];
  /** For each of `at`, whether the score depends on it. */
  readonly depends: readonly boolean[];
  /** All that was computed, needed or not: in front of a layer whose values are given, tfjs computes as well. */
  readonly whole: Pick<Graph, "nodes">;
  /** For each of `at`, what cuts a part of the way to the score. */
  readonly cuts: readonly (readonly Cut[])[];
  /** Operations that a rule left to the plain gradient. */
  readonly plain: readonly NamedOperation[];
  /** Tensors that it met and is made of, with the identity of the entries that they had. */
  readonly met: ReadonlyMap<object, object>;
}

/**
 * Records a model at inputs of the given shapes, batch axis first.
 * @param evaluations those that the graph has to pay within, where it has to.
 * @throws NotWorthIt as soon as it would not.
 */
export function record(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  shapes: readonly (readonly number[])[],
  request: GraphRequest,
  evaluations?: number,
): Recording {
  engineOf(tf).findBackend("cpu");
  installCorrections(tf);
  const { of, at, replace, capture, rule, curvature } = request;
  const [rows] = shapes[0];
  const recorder = new Recorder(tf, paysWithin(evaluations, rows));
  const inputs = shapes.map((shape, i) => numbered("input", i, shape, adapter.inputs[i].dtype));
  const replaced = replace.map(({ shape }, i) => numbered("replace", i, [rows, ...shape], "float32"));
  const like = (kind: NumberedPort, ports: readonly Port[]): Port[] =>
    ports.map(({ value }, i) => numbered(kind, i, value.shape, value.dtype));
  const compared = rule?.reference
    ? { inputs: like("reference", inputs), replaced: like("referenceReplace", replaced) }
    : undefined;
  const places = at.map((place) => {
    const name = portAt(place, replace);
    return [...inputs, ...replaced].find((port) => port.name === name) as Port;
  });
  const directions = curvature ? like("direction", places) : [];
  const weights = new ScorePorts(recorder, rows);
  const errors = new LayerErrors();

  const tensors = (ports: readonly Port[]): Tensor[] => ports.map(({ value }) => recorder.tensor(value));
  const startAt = (given: readonly Port[], standing: readonly Port[]): Start => {
    const values = tensors(standing);
    return {
      inputs: tensors(given),
      replace: new Map(replace.map(({ place }, i) => [placeKey(place), values[i]])),
    };
  };
  const write = (): Program => ({
    start: startAt(inputs, replaced),
    at,
    capture,
    explain: of ? undefined : request.explain,
    score: of && { of, operands: weights },
    rule,
    reference: compared && startAt(compared.inputs, compared.replaced),
    directions: curvature ? tensors(directions) : undefined,
    failed: errors.failed,
    seekCuts: at.length > 0,
    // Rules and second derivatives read each step's own operations.
    recur: rule || curvature ? writtenOut(evaluations, adapter) : loopsOf(tf, recorder, rows),
  });
  const outputs: Port[] = [];
  let heads: readonly Head[] = [];
  let depends: readonly boolean[] = [];
  let cuts: readonly (readonly Cut[])[] = [];
  let plain: readonly NamedOperation[] = [];
  const read = (values: ProgramValues): void => {
    const add = (kind: NumberedPort, found: readonly Tensor[]): void => {
      for (const [i, tensor] of found.entries())
        outputs.push({ name: portName(kind, i), value: recorder.value(tensor) });
    };
    add("activation", values.activations);
    add("output", values.outputs);
    if (values.scores) outputs.push({ name: portName("scores"), value: recorder.value(values.scores) });
    values.gradients.forEach((gradient, i) => {
      const { shape } = places[i].value;
      const zeros = (): Float32Array => new Float32Array(sizeOf(shape));
      const value = gradient ? recorder.value(gradient) : makeConstant(zeros(), shape, "float32");
      outputs.push({ name: portName("gradient", i), value });
    });
    heads = values.ends.map(({ head }) => head);
    depends = values.depends;
    cuts = values.cuts;
    plain = values.plain;
  };
  recorder.run(() => errors.naming(() => runProgram(tf, adapter, facts, write, read)));
  const { inputs: reference = [], replaced: standing = [] } = compared ?? {};
  const all = [...inputs, ...replaced, ...reference, ...standing, ...directions, ...weights.ports];
  return {
    graph: eliminateDeadCode({ inputs: all, outputs, nodes: recorder.graph.nodes }),
    heads,
    depends,
    whole: { nodes: recorder.graph.nodes },
    cuts,
    plain,
    met: recorder.met,
  };
}

function numbered(kind: NumberedPort, index: number, shape: readonly number[], dtype: DataType): Port {
  return { name: portName(kind, index), value: makeValue(shape, dtype) };
}

/** Weights or labels of scores as one input of a graph, made once it is known what is scored. */
class ScorePorts implements ScoreOperands {
  readonly ports: Port[] = [];
  readonly #recorder: Recorder;
  readonly #rows: number;

  constructor(recorder: Recorder, rows: number) {
    this.#recorder = recorder;
    this.#rows = rows;
  }

  weigh(values: Tensor): Tensor {
    const mask = this.#port("mask", values.shape, "float32");
    return values.mul(mask).reshape([values.shape[0], -1]).sum(1);
  }

  label(dtype: "float32" | "int32"): Tensor {
    return this.#port("label", [this.#rows], dtype);
  }

  #port(name: SinglePort, shape: readonly number[], dtype: DataType): Tensor {
    // The run that a rule compares with is scored alike.
    if (this.ports.length === 0) this.ports.push({ name: portName(name), value: makeValue(shape, dtype) });
    return this.#recorder.tensor(this.ports[0].value);
  }
}

/** Errors of operations that cannot be compiled, with the innermost layer that each came from. */
class LayerErrors {
  readonly #layers = new WeakMap<UnsupportedOperationError, string>();

  readonly failed = (error: unknown, layer: string): void => {
    if (error instanceof UnsupportedOperationError && !this.#layers.has(error))
      this.#layers.set(error, layer);
  };

  /** Does some work, and names the layer of an error; what helps comes last. */
  naming(work: () => void): void {
    try {
      work();
    } catch (error) {
      const layer = error instanceof UnsupportedOperationError ? this.#layers.get(error) : undefined;
      if (layer === undefined) throw error;
      const [what, ...help] = (error as UnsupportedOperationError).message.split("; engine ");
      throw new UnsupportedOperationError([`${what} in layer "${layer}"`, ...help].join("; engine "));
    }
  }
}
