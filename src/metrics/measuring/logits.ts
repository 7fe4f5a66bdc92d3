/** Values of a model at the examples of several batches, asked in one question. */
import type { Batch, Model } from "../../model/model";
import type { LayerPlace } from "../../model/place";
import { concatRows, type NdArray, rowSize } from "../../tensor";

/** The logits of the first output: per batch, per example. */
export async function logitsAt(model: Model, batches: readonly Batch[]): Promise<Float64Array[][]> {
  const { outputs } = await model.forward(joined(batches), { explain: "logit" });
  return apart([outputs[0]], batches.length);
}

/** The values of layers, one after the other: per batch, per example. */
export async function activationsAt(
  model: Model,
  batches: readonly Batch[],
  at: readonly LayerPlace[],
): Promise<Float64Array[][]> {
  const { activations } = await model.forward(joined(batches), { at });
  return apart(activations, batches.length);
}

/** The class of logits: the largest; of one alone 1 where it is positive. */
export function classOf(logits: Float64Array): number {
  if (logits.length === 1) return Number(logits[0] > 0);
  return logits.indexOf(logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY));
}

function joined(batches: readonly Batch[]): NdArray[] {
  return batches[0].map((_, i) => concatRows(batches.map((batch) => batch[i])));
}

function apart(arrays: readonly NdArray[], batches: number): Float64Array[][] {
  const examples = arrays[0].shape[0] / batches;
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: examples }, (_, example) =>
      Float64Array.from(
        arrays.flatMap((array) => {
          const width = rowSize(array);
          const first = (batch * examples + example) * width;
          return Array.from(array.data.subarray(first, first + width));
        }),
      ),
    ),
  );
}
