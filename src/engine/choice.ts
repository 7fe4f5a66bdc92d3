/** The choice of the engine that answers: from the net, the request and shapes, never from time. */
import { wrongType } from "../check";
import type {
  Batch,
  CurvatureAnswer,
  CurvatureRequest,
  EngineChoice,
  EngineName,
  ForwardAnswer,
  ForwardRequest,
  GradientAnswer,
  GradientRequest,
  Model,
  ModelRequest,
  PathAnswer,
  PathRequest,
} from "../model/model";
import type { ResolvedTarget } from "../model/score";
import type { NdArray } from "../tensor";
import { CompiledModel } from "./compiled/compiled-model";
import { isRefusal, refusalInWords } from "./compiled/refusal";
import { runner } from "./compiled/session/session-runner";
import { DelegatingModel } from "./delegating-model";
import { EagerModel } from "./eager/eager-model";

/**
 * Arithmetic of a whole call below which the eager engine answers before a graph were compiled: tfjs on the cpu does
 * some hundred million operations a second, and compiling takes some ten milliseconds at least.
 */
const SMALL_CALL = 2e6;

/** A gradient costs about this many forward passes. */
const PASSES = 3;

/** Compiled and choosing forms of models, so that each graph is compiled once. */
const compiledForms = new WeakMap<EagerModel, CompiledModel>();
const autoForms = new WeakMap<EagerModel, AutoModel>();

/** What is known of a call before it is made. */
export interface Call {
  /** Evaluations of the model, counted in examples. */
  readonly evaluations: number;
  /** Whether what is explained is fixed by the model and by numbers: not so for a function. */
  readonly fixed: boolean;
}

/**
 * The same model on another engine; on its own when none is named.
 *
 * @throws TypeError for a Model of the caller's making, which is its own engine.
 */
export function onEngine(model: Model, engine: EngineChoice | undefined): Model {
  if (engine === undefined || engine === model.engine) return model;
  const eager = referenceOf(model);
  if (eager === undefined)
    throw wrongType(
      "asModel",
      `a net for the ${engine} engine`,
      model.engine === "black box" ? "a black box" : "a Model",
    );
  switch (engine) {
    case "eager":
      return eager;
    case "compiled":
      return compiledForm(eager);
    case "auto":
      return autoForm(eager);
  }
}

/** How a call came to its engine. */
export interface Chosen {
  /** Whether nobody asked for the engine: a graph has to pay then. */
  readonly sparing: boolean;
  /** Why it was not the first choice, in words. */
  readonly note?: string;
}

/** Does a call on the engine that was asked for, or on the one that is chosen. */
export async function onChosenEngine<T>(
  model: Model,
  engine: EngineChoice | undefined,
  call: Call,
  work: (model: Model, chosen: Chosen) => Promise<T>,
): Promise<T> {
  const asked = onEngine(model, engine);
  if (!(asked instanceof AutoModel)) return work(asked, { sparing: false });
  const { reference } = asked;
  if (chosenEngine(reference, call) === "eager") return work(reference, { sparing: true });
  try {
    return await work(compiledForm(reference), { sparing: true });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return work(reference, { sparing: true, note: refusalInWords(error) });
  }
}

/** The engine that `auto` stands for. */
function chosenEngine({ adapter }: EagerModel, { evaluations, fixed }: Call): EngineName {
  if (!fixed || !adapter.fixed || !runner.available) return "eager";
  const { operationsPerRow } = adapter;
  const small = operationsPerRow !== undefined && PASSES * operationsPerRow * evaluations < SMALL_CALL;
  return small ? "eager" : "compiled";
}

function referenceOf(model: Model): EagerModel | undefined {
  if (model instanceof EagerModel) return model;
  return model instanceof CompiledModel || model instanceof AutoModel ? model.reference : undefined;
}

function compiledForm(eager: EagerModel): CompiledModel {
  const compiled = compiledForms.get(eager) ?? new CompiledModel(eager);
  compiledForms.set(eager, compiled);
  return compiled;
}

function autoForm(eager: EagerModel): AutoModel {
  const auto = autoForms.get(eager) ?? new AutoModel(eager);
  autoForms.set(eager, auto);
  return auto;
}

/**
 * The compiled engine where it can serve, eager otherwise. A method chooses once for a whole call, and says on its
 * result which engine it was; questions that are put to this model itself are answered without a word about that.
 */
class AutoModel extends DelegatingModel {
  readonly engine = "auto" as const;

  withWeights(changes: Readonly<Record<string, NdArray>>): Model {
    return autoForm(this.reference.withWeights(changes));
  }

  forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer> {
    return this.#choose(batch, request, 1, (model, asked) => model.forward(batch, asked));
  }

  gradient(batch: Batch, request: GradientRequest): Promise<GradientAnswer> {
    return this.#choose(batch, request, 1, (model, asked) => model.gradient(batch, asked));
  }

  path(batch: Batch, request: PathRequest): Promise<PathAnswer> {
    return this.#choose(batch, request, request.nodes.length, (model, asked) => model.path(batch, asked));
  }

  curvature(
    batch: Batch,
    direction: readonly NdArray[],
    request: CurvatureRequest,
  ): Promise<CurvatureAnswer> {
    // A second derivative costs about two gradients.
    return this.#choose(batch, request, 2, (model, asked) => model.curvature(batch, direction, asked));
  }

  #choose<R extends ModelRequest & { readonly of?: ResolvedTarget }, T>(
    batch: Batch,
    request: R,
    passes: number,
    work: (model: Model, request: R) => Promise<T>,
  ): Promise<T> {
    const evaluations = batch[0].shape[0] * passes;
    const call: Call = { evaluations, fixed: request.of?.score.kind !== "function" };
    return onChosenEngine(this, undefined, call, (model) => work(model, { evaluations, ...request }));
  }
}
