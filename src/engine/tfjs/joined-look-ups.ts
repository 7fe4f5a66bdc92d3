/** Look-ups of tokens of several inputs, joined in front of one table: each input has its own share of the vectors. */
import type { LayerPlace } from "../../model/place";
import { type Adapter, placeKey, type Tensor, type Tf } from "./adapter";

/** A share of a look-up, as a place that the net itself does not know. */
type Share = LayerPlace & { readonly joined: NonNullable<LayerPlace["joined"]> };

/** The same net, which can be asked for each input's share of what it looks up, and told others. */
export function withJoinedLookUps(tf: Tf, adapter: Adapter): Adapter {
  const shares = new Map(
    adapter.inputs
      .flatMap((_, input) => adapter.lookups(input))
      .flatMap((place) => (isShare(place) ? [[placeKey(place), place] as const] : [])),
  );
  if (shares.size === 0) return adapter;
  /** The vectors of a look-up with some shares in place of its own. */
  const joinedWith = (
    tensors: readonly Tensor[],
    { place, given }: { readonly place: Share; readonly given: ReadonlyMap<number, Tensor> },
    replace: ReadonlyMap<string, Tensor>,
  ): Tensor => {
    const { joined } = place;
    const own = joined.inputs.every((_, at) => given.has(at))
      ? undefined
      : adapter.run(tensors, { replace, capture: [wholeOf(place)] }).captured[0];
    const pieces = joined.inputs.map(
      (_, at) => given.get(at) ?? shareOf(own as Tensor, tensors, { ...place, joined: { ...joined, at } }),
    );
    return tf.concat(pieces, axisOf(place, tensors));
  };
  return {
    ...adapter,
    run(tensors, intervention) {
      const replace = new Map([...intervention.replace].filter(([key]) => !shares.has(key)));
      const changed = new Map<string, { place: Share; given: Map<number, Tensor> }>();
      for (const [key, tensor] of intervention.replace) {
        const place = shares.get(key);
        // Values of the whole look-up, where they are told, are those of its shares.
        if (!place || replace.has(placeKey(wholeOf(place)))) continue;
        const whole = placeKey(wholeOf(place));
        const one = changed.get(whole) ?? { place, given: new Map<number, Tensor>() };
        one.given.set(place.joined.at, tensor);
        changed.set(whole, one);
      }
      const others = new Map(replace);
      for (const [whole, one] of changed) replace.set(whole, joinedWith(tensors, one, others));
      const run = adapter.run(tensors, {
        ...intervention,
        replace,
        capture: intervention.capture.map(wholeOf),
      });
      return {
        outputs: run.outputs,
        captured: run.captured.map((tensor, i) => {
          const place = intervention.capture[i];
          return isShare(place) ? tf.keep(shareOf(tensor, tensors, place)) : tensor;
        }),
      };
    },
  };
}

function isShare(place: LayerPlace): place is Share {
  return place.joined !== undefined;
}

function wholeOf(place: LayerPlace): LayerPlace {
  const { joined: _, ...whole } = place;
  return whole;
}

/** The axis along which tokens of these inputs were joined. */
function axisOf({ joined: { axis, inputs } }: Share, tensors: readonly Tensor[]): number {
  return axis < 0 ? axis + tensors[inputs[0]].rank : axis;
}

function shareOf(whole: Tensor, tensors: readonly Tensor[], place: Share): Tensor {
  const { inputs, at } = place.joined;
  const axis = axisOf(place, tensors);
  const extents = inputs.map((input) => tensors[input].shape[axis]);
  const begin = whole.shape.map((_, i) =>
    i === axis ? extents.slice(0, at).reduce((sum, extent) => sum + extent, 0) : 0,
  );
  const size = whole.shape.map((extent, i) => (i === axis ? extents[at] : extent));
  return whole.slice(begin, size);
}
