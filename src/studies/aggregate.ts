/** Aggregate: one map of several of the same input, by different methods, seeds or models. */
import { Attribution, type AttributionPart, type AttributionRecord } from "../attribution";
import { checkName, checkOptions, outOfRange, shown, wrongType } from "../check";
import { mapped, type NdArray, ndarray, rowRanges, rowSize, sameShape } from "../tensor";

/** Options of `aggregate`. */
export interface AggregateOptions {
  /**
   * "mean" (default), "median", or "rank": the mean of each entry's rank among those of its map by |value|, between 0 and 1, which
   * needs no common unit.
   */
  readonly by?: "mean" | "median" | "rank";
  /** "none" (default), or "largest": each example of each map divided by its largest |value| before. */
  readonly scale?: "none" | "largest";
}

/**
 * One map of several of the same input: their mean, their median or the mean rank of each entry. The maps may come from different
 * methods, seeds or models; entries of a mean carry the `standardError` of the maps' mean, by how they differ.
 *
 * `again` repeats every map on another model, input or target and aggregates anew, so that metrics accept the result.
 * @throws RangeError for fewer than two maps, or maps of other shapes or examples.
 */
export function aggregate(maps: readonly Attribution[], options: AggregateOptions = {}): Attribution {
  const fn = "aggregate";
  checkOptions(fn, options, ["by", "scale"]);
  const by = checkName(fn, "by", options.by ?? "mean", ["mean", "median", "rank"]);
  const scale = checkName(fn, "scale", options.scale ?? "none", ["none", "largest"]);
  if (!Array.isArray(maps) || maps.some((map) => !(map instanceof Attribution)))
    throw wrongType(fn, "an array of attributions", shown(maps));
  if (maps.length < 2) throw outOfRange(fn, "at least two maps", String(maps.length));
  const [first]: readonly Attribution[] = maps;
  for (const other of maps) checkAlike(fn, first, other);
  const parts = first.parts.map((part, p): AttributionPart => {
    const { standardError: _, ...kept } = part;
    const each = maps.map((map) => scaled(map.parts[p].values, map, scale, by));
    const values = entrywise(each, by === "median" ? medianOf : meanOf);
    return { ...kept, values, ...(by === "mean" ? { standardError: entrywise(each, errorOf) } : {}) };
  });
  const names = [...new Set(maps.map(({ method }) => method))];
  const { convergenceDelta: _, details: __, path: ___, ...record }: AttributionRecord = { ...first };
  const passes = (kind: "forward" | "backward"): number =>
    maps.reduce((sum, map) => sum + map.passes[kind], 0);
  return new Attribution(
    {
      ...record,
      method: `${by} of ${maps.length} × ${names.join(", ")}`,
      parts,
      quantity: by === "rank" ? "mean rank of attribution to" : `${by} of attributions to`,
      options: {
        target: first.options.target,
        by,
        scale,
        maps: maps.map(({ method, seed }) => ({ method, seed })),
      },
      passes: { forward: passes("forward"), backward: passes("backward") },
      elapsedMs: maps.reduce((sum, map) => sum + map.elapsedMs, 0),
      warnings: [...new Set(maps.flatMap((map) => map.warnings))],
    },
    async (changes) => aggregate(await Promise.all(maps.map((map) => map.again(changes))), options),
  );
}

function checkAlike(fn: string, first: Attribution, other: Attribution): void {
  const shapes = (map: Attribution): string =>
    map.parts.map(({ name, values }) => `${name} [${values.shape.join(", ")}]`).join(", ");
  const same =
    first.parts.length === other.parts.length &&
    first.batched === other.batched &&
    first.parts.every(({ values }, p) => sameShape(values.shape, other.parts[p].values.shape));
  if (!same) throw outOfRange(fn, `maps of ${shapes(first)}`, shapes(other));
  const inputs = first.parts.every(({ input }, p) =>
    input.data.every((value, i) => value === other.parts[p].input.data[i]),
  );
  if (!inputs && first.fingerprint === other.fingerprint)
    throw outOfRange(fn, "maps of the same input", `one by ${other.method} of another`);
}

/** Values as they are averaged: in their unit, as shares of the largest, or as ranks. */
function scaled(
  values: NdArray,
  { batched }: Attribution,
  scale: AggregateOptions["scale"],
  by: AggregateOptions["by"],
): NdArray {
  const rows = batched ? values : ndarray(values.data, [1, ...values.shape]);
  const width = rowSize(rows);
  const done = by === "rank" ? ranks(rows) : scale === "largest" ? shares(rows, width) : rows;
  return ndarray(done.data, values.shape);
}

function shares(rows: NdArray, width: number): NdArray {
  const ranges = rowRanges(rows).map(({ min, max }) => Math.max(Math.abs(min), Math.abs(max)) || 1);
  return mapped(rows, (value, i) => value / ranges[Math.floor(i / width)]);
}

/** The rank of each |value| in its row, from 0 to 1; equal ones share the mean of theirs. */
function ranks(rows: NdArray): NdArray {
  const width = rowSize(rows);
  const found = new Float32Array(rows.data.length);
  for (let from = 0; from < found.length; from += width) {
    const sizes = rows.data.subarray(from, from + width).map(Math.abs);
    const order = Array.from(sizes.keys()).sort((a, b) => sizes[a] - sizes[b]);
    for (let start = 0; start < width; ) {
      let end = start + 1;
      while (end < width && sizes[order[end]] === sizes[order[start]]) end++;
      const rank = (start + end - 1) / 2 / Math.max(1, width - 1);
      for (let k = start; k < end; k++) found[from + order[k]] = rank;
      start = end;
    }
  }
  return ndarray(found, rows.shape);
}

function entrywise(arrays: readonly NdArray[], f: (values: readonly number[]) => number): NdArray {
  return mapped(arrays[0], (_, i) => f(arrays.map(({ data }) => data[i])));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function errorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const scatter = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(scatter / (values.length * (values.length - 1)));
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
