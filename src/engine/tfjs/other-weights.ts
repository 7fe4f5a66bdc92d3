/** The same net with other weights: they stand in its own places for the length of each run, and the net's own come back. */
import type { NdArray } from "../../tensor";
import type { Adapter, Tensor, Tf, WeightSlot } from "./adapter";

/** An adapter whose net runs with other weights. `dispose` frees them. */
export interface OtherWeights extends Adapter {
  dispose(): void;
}

/** Puts other weights in for the length of each run; `changes` are by the names of slots. */
export function withOtherWeights(
  tf: Tf,
  adapter: Adapter,
  changes: ReadonlyMap<WeightSlot, NdArray>,
): OtherWeights {
  const made = new Map<WeightSlot, Tensor>();
  for (const [slot, { data, shape }] of changes)
    made.set(slot, tf.keep(tf.tensor(data, [...shape], slot.read().dtype)));
  const standIn = (weight: Tensor): Tensor => {
    for (const [slot, tensor] of made) if (slot.read() === weight) return tensor;
    return weight;
  };
  return {
    ...adapter,
    weights: () => adapter.weights().map(standIn),
    run(inputs, intervention) {
      const own = new Map<WeightSlot, Tensor>();
      try {
        for (const [slot, tensor] of made) {
          own.set(slot, slot.read());
          slot.write(tensor);
        }
        return adapter.run(inputs, intervention);
      } finally {
        for (const [slot, tensor] of own) slot.write(tensor);
      }
    },
    dispose() {
      for (const tensor of made.values()) tensor.dispose();
    },
  };
}
