/** Superpixels: positions of an image that lie together and look alike. */
import { sizeOf } from "../../tensor";

/** Rounds of assigning positions and moving centres. */
const ROUNDS = 8;

/**
 * The segment of each position of one image, by k-means over place and colour from a regular grid of centres (SLIC). Segments that
 * end up empty are left out, so that numbers run from 0.
 * @param pixels channels last, one example.
 * @param compactness weight of a place against a colour whose spread is one.
 *
 * Achanta et al.: SLIC Superpixels (2012), doi 10.1109/TPAMI.2012.120.
 */
export function superpixels(
  pixels: ArrayLike<number>,
  extents: readonly number[],
  channels: number,
  segments: number,
  compactness: number,
): Int32Array {
  const positions = sizeOf(extents);
  const spacing = Math.max(1, (positions / segments) ** (1 / extents.length));
  const cells = extents.map((extent) => Math.max(1, Math.round(extent / spacing)));
  const spread = spreadOf(pixels) || 1;
  const featuresAt = (position: number): number[] => [
    ...extents.map(
      (extent, axis) =>
        ((Math.floor(position / sizeOf(extents.slice(axis + 1))) % extent) * compactness) / spacing,
    ),
    ...Array.from({ length: channels }, (_, c) => pixels[position * channels + c] / spread),
  ];
  const features = Array.from({ length: positions }, (_, position) => featuresAt(position));
  let centres = Array.from({ length: sizeOf(cells) }, (_, cell) => {
    const at = extents.map((extent, axis) => {
      const index = Math.floor(cell / sizeOf(cells.slice(axis + 1))) % cells[axis];
      return Math.min(extent - 1, Math.floor(((index + 0.5) * extent) / cells[axis]));
    });
    return featuresAt(at.reduce((sum, index, axis) => sum * extents[axis] + index, 0));
  });
  let own = new Int32Array(positions);
  for (let round = 0; round < ROUNDS; round++) {
    own = Int32Array.from(features, (feature) => nearest(centres, feature));
    centres = centres.map((centre, k) => {
      const members = features.filter((_, position) => own[position] === k);
      if (members.length === 0) return centre;
      return centre.map((_, i) => members.reduce((sum, member) => sum + member[i], 0) / members.length);
    });
  }
  const used = [...new Set(own)].sort((a, b) => a - b);
  return own.map((k) => used.indexOf(k));
}

function nearest(centres: readonly (readonly number[])[], feature: readonly number[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  centres.forEach((centre, k) => {
    let distance = 0;
    for (let i = 0; i < feature.length && distance < least; i++) distance += (feature[i] - centre[i]) ** 2;
    if (distance < least) [best, least] = [k, distance];
  });
  return best;
}

/** The standard deviation of all entries. */
function spreadOf(values: ArrayLike<number>): number {
  const all = Float64Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
}
