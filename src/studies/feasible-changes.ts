/** Feasible changes: a search for the cheapest moves of few features that reach the far side of an edge. */
import { subsetsOf } from "./minimal-sets";

/** Bounds of a feature, what a move across its extent costs, and the step it moves by. */
export interface Freedom {
  readonly low: number;
  readonly high: number;
  readonly extent: number;
  readonly cost: number;
  readonly step?: number;
}

/** A point beyond the edge. */
export interface Solution {
  readonly values: Float32Array;
  readonly changed: readonly number[];
  readonly cost: number;
}

/** Values tried of each feature, when one, two or three change together. */
const GRID = [64, 16, 8];
/** Features that are tried together, at most: those that alone come nearest to the edge. */
const MOST_TOGETHER = 12;
/** Points between two, in each of so many rounds of drawing a move back: a thousandth of the way, and finer. */
const [BETWEEN, ROUNDS] = [16, 3];

/**
 * The cheapest points beyond an edge that change up to `most` features: the fewest features first, then the lowest cost. A set of
 * features counts only where none of its parts is enough.
 * @param margin 0 or more beyond the edge.
 */
export async function cheapest(
  from: Float32Array,
  freedoms: readonly Freedom[],
  most: number,
  count: number,
  margin: (points: readonly Float32Array[]) => Promise<number[]>,
): Promise<Solution[]> {
  const free = freedoms.flatMap(({ low, high }, i) => (low < high ? [i] : []));
  const best = new Map<number, number>();
  const found: Solution[] = [];
  for (let size = 1; size <= Math.min(most, free.length); size++) {
    const candidates =
      size === 1
        ? free
        : [...free].sort((a, b) => (best.get(b) ?? 0) - (best.get(a) ?? 0)).slice(0, MOST_TOGETHER);
    const enough = found.map(({ changed }) => changed);
    const sets = subsetsOf(candidates.length, size)
      .map((set) => set.map((i) => candidates[i]))
      .filter((set) => !enough.some((smaller) => smaller.every((feature) => set.includes(feature))));
    for (const set of sets) {
      const points = gridOf(from, set, freedoms, GRID[size - 1]);
      const margins = await margin(points);
      if (size === 1) best.set(set[0], Math.max(...margins));
      const beyond = points.filter((_, i) => margins[i] >= 0);
      if (beyond.length === 0) continue;
      const start = beyond.reduce((least, point) =>
        costOf(from, point, freedoms) < costOf(from, least, freedoms) ? point : least,
      );
      const values = await drawnBack(from, start, set, freedoms, margin);
      const changed = set.filter((feature) => values[feature] !== from[feature]);
      found.push({ values, changed, cost: costOf(from, values, freedoms) });
    }
    if (found.length >= count) break;
  }
  return found.sort((a, b) => a.changed.length - b.changed.length || a.cost - b.cost).slice(0, count);
}

function costOf(from: Float32Array, to: Float32Array, freedoms: readonly Freedom[]): number {
  return freedoms.reduce((sum, { cost, extent }, i) => sum + (cost * Math.abs(to[i] - from[i])) / extent, 0);
}

/** All combinations of some values of each feature of a set, its own among them. */
function gridOf(
  from: Float32Array,
  set: readonly number[],
  freedoms: readonly Freedom[],
  count: number,
): Float32Array[] {
  return set.reduce<Float32Array[]>(
    (points, feature) => {
      const { low, high } = freedoms[feature];
      const values = Array.from({ length: count }, (_, k) => low + (k * (high - low)) / (count - 1));
      const allowed = [...new Set(values.map((value) => onStep(from[feature], value, freedoms[feature])))];
      return points.flatMap((point) =>
        allowed.map((value) => {
          const moved = Float32Array.from(point);
          moved[feature] = value;
          return moved;
        }),
      );
    },
    [from],
  );
}

/** The value itself, or where the feature moves by steps, the next one within its bounds. */
function onStep(from: number, value: number, { low, high, step }: Freedom): number {
  if (step === undefined) return value;
  // A hair's breadth for the rounding of a quotient.
  const [least, most] = [Math.ceil((low - from) / step - 1e-6), Math.floor((high - from) / step + 1e-6)];
  return from + step * Math.max(least, Math.min(most, Math.round((value - from) / step)));
}

/** A point beyond the edge, nearer to where it came from: all features together, then one after the other. */
async function drawnBack(
  from: Float32Array,
  start: Float32Array,
  set: readonly number[],
  freedoms: readonly Freedom[],
  margin: (points: readonly Float32Array[]) => Promise<number[]>,
): Promise<Float32Array> {
  let point = start;
  for (const moved of [set, ...(set.length > 1 ? set.map((feature) => [feature]) : [])]) {
    let [near, far] = [0, 1];
    const origin = point;
    const at = (share: number): Float32Array => {
      const drawn = Float32Array.from(origin);
      for (const feature of moved) {
        const value = from[feature] + share * (origin[feature] - from[feature]);
        drawn[feature] = share === 1 ? origin[feature] : onStep(from[feature], value, freedoms[feature]);
      }
      return drawn;
    };
    for (let round = 0; round < ROUNDS; round++) {
      // The first round asks for the origin, too: a feature may not be needed.
      const offset = round === 0 ? 0 : 1;
      const shares = Array.from(
        { length: BETWEEN },
        (_, k) => near + ((k + offset) * (far - near)) / (BETWEEN + offset),
      );
      const margins = await margin(shares.map(at));
      const first = margins.findIndex((value) => value >= 0);
      if (first >= 0) far = shares[first];
      if (far === 0) break;
      if (first !== 0) near = shares[first < 0 ? shares.length - 1 : first - 1];
    }
    point = at(far);
  }
  return point;
}
