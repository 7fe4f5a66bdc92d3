/** Context in which a method chooses its layer, before it has a problem. */
import type { Batch, Model } from "../model/model";
import type { LayerPlace } from "../model/place";
import type { ResolvedTarget } from "../model/score";
import { targetRows } from "../model/target";
import { type NdArray, sliceRows } from "../tensor";
import type { Budget } from "./problem-state";

/** Context in which a layer is chosen. */
export interface LayerContext {
  readonly fn: string;
  readonly model: Model;
  readonly batch: Batch;
  /** The target that is explained. */
  readonly of: ResolvedTarget;
  /** The gradient of the first example's score at a layer. */
  gradient(at: LayerPlace): Promise<NdArray>;
  /** Adds a sentence to the result's warnings. */
  warn(text: string): void;
}

/** What a method may ask before its layer is chosen: of the first example, since a layer is that of all. */
export function layerContext(
  fn: string,
  model: Model,
  batch: Batch,
  of: ResolvedTarget,
  budget: Budget,
): LayerContext {
  return {
    fn,
    model,
    batch,
    of,
    async gradient(at) {
      const one = batch.map((array) => sliceRows(array, 0, 1));
      const answer = await model.gradient(one, { ...budget.asked, of: targetRows(of, [0]), at: [at] });
      budget.forward += 1;
      budget.backward += 1;
      return answer.gradients[0];
    },
    warn: (text) => budget.warnings.push(text),
  };
}
