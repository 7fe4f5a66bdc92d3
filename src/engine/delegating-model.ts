/** A Model of the same net as an eager one: what is known of the net is read there. */
import type {
  AttentionFound,
  AttentionRequest,
  Batch,
  CurvatureAnswer,
  CurvatureRequest,
  EngineChoice,
  Facts,
  ForwardAnswer,
  ForwardRequest,
  GradientAnswer,
  GradientRequest,
  InputFact,
  LayerFact,
  LookedUpColumns,
  Model,
  OutputFact,
  PathAnswer,
  PathRequest,
  Vocabulary,
  WayLayer,
  WeightFact,
} from "../model/model";
import type { LayerPlace } from "../model/place";
import type { NdArray } from "../tensor";
import type { EagerModel } from "./eager/eager-model";

/** The facts of a net; requests are for its heirs to answer. */
export abstract class DelegatingModel implements Model {
  abstract readonly engine: EngineChoice;

  constructor(
    /** The same net on the eager engine. */
    readonly reference: EagerModel,
  ) {}

  abstract forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer>;
  abstract gradient(batch: Batch, request: GradientRequest): Promise<GradientAnswer>;
  abstract path(batch: Batch, request: PathRequest): Promise<PathAnswer>;
  abstract curvature(
    batch: Batch,
    direction: readonly NdArray[],
    request: CurvatureRequest,
  ): Promise<CurvatureAnswer>;

  /** One readable line. */
  toString(): string {
    return this.reference.toString().replace(/\w+ engine$/, `${this.engine} engine`);
  }

  static {
    Object.defineProperty(DelegatingModel.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: DelegatingModel): string {
        return this.toString();
      },
    });
  }

  get facts(): Facts {
    return this.reference.facts;
  }

  get inputs(): readonly InputFact[] {
    return this.reference.inputs;
  }

  get outputs(): readonly OutputFact[] {
    return this.reference.outputs;
  }

  get layers(): readonly LayerFact[] {
    return this.reference.layers;
  }

  get fingerprint(): string {
    return this.reference.fingerprint;
  }

  get epoch(): number {
    return this.reference.epoch;
  }

  beginCall(): () => void {
    return this.reference.beginCall();
  }

  lookups(input: number): readonly LayerPlace[] {
    return this.reference.lookups(input);
  }

  vocabularies(input: number): readonly Vocabulary[] {
    return this.reference.vocabularies(input);
  }

  lookedUpColumns(batch: Batch): readonly LookedUpColumns[] {
    return this.reference.lookedUpColumns(batch);
  }

  way(batch: Batch, output: number): readonly WayLayer[] | undefined {
    return this.reference.way(batch, output);
  }

  weights(): readonly WeightFact[] {
    return this.reference.weights();
  }

  abstract withWeights(changes: Readonly<Record<string, NdArray>>): Model;

  attention(example: Batch, request?: AttentionRequest): readonly AttentionFound[] {
    return this.reference.attention(example, request);
  }

  checkAlive(fn: string): void {
    this.reference.checkAlive(fn);
  }
}
