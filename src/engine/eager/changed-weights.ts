/** Weights of a net by name, and changes of them. */
import { outOfRange, shown, unknownName, wrongType } from "../../check";
import type { WeightFact } from "../../model/model";
import { type NdArray, ndarray, sameShape } from "../../tensor";
import type { Adapter, Tf, WeightSlot } from "../tfjs/adapter";
import { type OtherWeights, withOtherWeights } from "../tfjs/other-weights";

/** The weights of a net, layer by layer. */
export function weightFacts(adapter: Adapter): WeightFact[] {
  return (adapter.slots?.() ?? []).map(({ name, layer, read }) => {
    const tensor = read();
    return { name, layer, values: ndarray(Float32Array.from(tensor.dataSync()), tensor.shape) };
  });
}

/**
 * The same net with other values of some weights.
 * @throws RangeError for a name that no weight has, or values of another shape; TypeError for a net of unknown weights.
 */
export function changedWeights(
  tf: Tf,
  adapter: Adapter,
  changes: Readonly<Record<string, NdArray>>,
): OtherWeights {
  const slots = adapter.slots?.() ?? [];
  if (slots.length === 0)
    throw wrongType("withWeights", "a net whose weights have names, as a LayersModel", "one without");
  const wanted = new Map<WeightSlot, NdArray>();
  for (const [name, values] of Object.entries(changes)) {
    const slot = slots.find((one) => one.name === name);
    if (slot === undefined)
      throw unknownName(
        "withWeights",
        "changes to name weights",
        name,
        slots.map((one) => one.name),
      );
    const { shape } = slot.read();
    if (!Array.isArray(values?.shape) || !sameShape(values.shape, shape))
      throw outOfRange("withWeights", `${name} of shape [${shape.join(", ")}]`, shown(values));
    wanted.set(slot, values);
  }
  return withOtherWeights(tf, adapter, wanted);
}
