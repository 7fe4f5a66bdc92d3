/** Patches: squares of an image, cuboids of a volume, stretches of a sequence. */
import type { Features } from "../../attribution/features";
import type { Problem } from "../../attribution/problem";
import { sizeOf } from "../../tensor";

/**
 * Entries of each place in patches of a width, all channels together; of a table each entry by itself. The last patch along an
 * axis is smaller where the width does not fit.
 * @param width positions along each axis. Default: 8, or a quarter of the largest extent where that is less.
 */
export function patchFeatures(p: Problem<object>, width?: number): Features {
  const firsts = new Map<number | undefined, number>();
  let count = 0;
  const of = p.places.map((place, i) => {
    const shape = p.x[i].shape.slice(1);
    const channels = (p.channelAxis(place) ?? shape.length) - 1;
    const spatial = shape.map((_, axis) => shape.length > 1 && axis !== channels);
    const widest = Math.max(...shape.filter((_, axis) => spatial[axis]));
    const size = width ?? Math.max(1, Math.min(8, Math.ceil(widest / 4)));
    // Channels are together; the entries of a table are not.
    const extents = shape.map((extent, axis) =>
      spatial[axis] ? Math.ceil(extent / size) : shape.length > 1 ? 1 : extent,
    );
    // Several look-ups of an input are of the same tokens.
    const input = p.isLookUp(place) ? p.inputOf(place) : undefined;
    const first = (input === undefined ? undefined : firsts.get(input)) ?? count;
    if (first === count) {
      if (input !== undefined) firsts.set(input, first);
      count += sizeOf(extents);
    }
    return Int32Array.from({ length: sizeOf(shape) }, (_, entry) => {
      let [at, rest, stride] = [0, entry, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const index = rest % shape[axis];
        rest = Math.floor(rest / shape[axis]);
        const cell = spatial[axis] ? Math.floor(index / size) : shape.length > 1 ? 0 : index;
        at += cell * stride;
        stride *= extents[axis];
      }
      return first + at;
    });
  });
  const sizes = new Int32Array(count);
  for (const place of of) for (const feature of place) sizes[feature]++;
  return { count, of, sizes };
}
