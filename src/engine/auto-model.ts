/** A Model that chooses its engine for each question. */
import type {
  Batch,
  CurvatureAnswer,
  CurvatureAsk,
  ForwardAnswer,
  GradientAnswer,
  GradientAsk,
  Model,
  PathAnswer,
  PathAsk,
} from "../model/model";
import type { ResolvedTarget } from "../model/target";
import type { NdArray } from "../tensor";
import type { Call, onChosenEngine } from "./choice";
import { DelegatingModel, type ForwardAsk } from "./delegating-model";
import type { EagerModel } from "./eager/eager-model";

/**
 * The compiled engine where it can serve, eager otherwise. A method chooses once for a whole call, and says on its
 * result which engine it was; questions that are put to this model itself are answered without a word about that.
 */
export class AutoModel extends DelegatingModel {
  readonly engine = "auto" as const;

  constructor(
    reference: EagerModel,
    private readonly choose: typeof onChosenEngine,
  ) {
    super(reference);
  }

  forward(batch: Batch, ask: ForwardAsk): Promise<ForwardAnswer> {
    return this.#ask(batch, ask.of, 1, (model) => model.forward(batch, ask));
  }

  gradient(batch: Batch, ask: GradientAsk): Promise<GradientAnswer> {
    return this.#ask(batch, ask.of, 1, (model) => model.gradient(batch, ask));
  }

  path(batch: Batch, ask: PathAsk): Promise<PathAnswer> {
    return this.#ask(batch, ask.of, ask.nodes.length, (model) => model.path(batch, ask));
  }

  curvature(batch: Batch, direction: readonly NdArray[], ask: CurvatureAsk): Promise<CurvatureAnswer> {
    // A second derivative costs about two gradients.
    return this.#ask(batch, ask.of, 2, (model) => model.curvature(batch, direction, ask));
  }

  #ask<T>(
    batch: Batch,
    of: ResolvedTarget | undefined,
    passes: number,
    question: (model: Model) => Promise<T>,
  ): Promise<T> {
    const rows = (batch[0] as NdArray).shape[0] as number;
    const call: Call = { evaluations: rows * passes, fixed: of?.score.kind !== "function" };
    return this.choose(this, undefined, call, question);
  }
}
