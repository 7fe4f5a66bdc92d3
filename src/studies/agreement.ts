/** Agreement: how far several maps of one input put the same entries first. */
import { Attribution } from "../attribution";
import { checkOptions, outOfRange, shown, wrongType } from "../check";
import { rankCorrelation } from "../display/rank-correlation";
import { Study } from "./study";

/** Options of `agreement`. */
export interface AgreementOptions {
  /** Names of the maps. Default: their methods, numbered where one occurs twice. */
  readonly labels?: readonly string[];
  /** Entries of the largest magnitude that are compared as a set. Default: a tenth of all. */
  readonly k?: number;
}

/**
 * Every two maps compared, the mean over examples: Spearman's ρ of their entries, and the share that the k entries of the largest
 * magnitude have in common. One number for all: the mean ρ over pairs. Entries on whose sign all maps agree are counted.
 *
 * @throws RangeError for maps of different sizes or fewer than two.
 */
export function agreement(maps: readonly Attribution[], options: AgreementOptions = {}): Study {
  const fn = "agreement";
  checkOptions(fn, options, ["labels", "k"]);
  if (!Array.isArray(maps) || maps.some((map) => !(map instanceof Attribution)))
    throw wrongType(fn, "an array of attributions", shown(maps));
  if (maps.length < 2) throw outOfRange(fn, "at least two maps", String(maps.length));
  const rows = maps.map(rowsOf);
  for (const other of rows)
    if (other.length !== rows[0].length || other[0].length !== rows[0][0].length)
      throw outOfRange(
        fn,
        `maps of ${rows[0].length} × ${rows[0][0].length} entries`,
        `${other.length} × ${other[0].length}`,
      );
  const methods = maps.map(({ method }) => method);
  const labels =
    options.labels ??
    methods.map((name, i) =>
      methods.indexOf(name) === methods.lastIndexOf(name) ? name : `${name} ${i + 1}`,
    );
  if (labels.length !== maps.length) throw outOfRange(fn, `${maps.length} labels`, String(labels.length));
  const width = rows[0][0].length;
  const k = Math.min(width, options.k ?? Math.ceil(width / 10));
  const pairs = labels.flatMap((first, i) =>
    labels.slice(i + 1).map((second, j) => {
      const both = rows[i].map((a, example) => [a, rows[i + 1 + j][example]] as const);
      const told = both.map(([a, b]) => rankCorrelation(a, b)).filter((rho) => !Number.isNaN(rho));
      return {
        first,
        second,
        rank: told.length === 0 ? undefined : meanOf(told),
        common: meanOf(both.map(([a, b]) => shared(a, b, k))),
      };
    }),
  );
  const same = rows[0].map(
    (first, example) =>
      first.filter((value, i) => rows.every((map) => Math.sign(map[example][i]) === Math.sign(value)))
        .length / width,
  );
  const ranks = pairs.flatMap(({ rank }) => (rank === undefined ? [] : [rank]));
  const worst = [...pairs].sort((a, b) => (a.rank ?? 2) - (b.rank ?? 2))[0];
  return new Study({
    kind: "agreement",
    tables: [
      {
        name: "pairs",
        columns: [
          { name: "map", values: pairs.map(({ first }) => first) },
          { name: "with", values: pairs.map(({ second }) => second) },
          { name: "rank correlation", values: pairs.map(({ rank }) => rank) },
          { name: `top ${k} in common`, unit: "share", values: pairs.map(({ common }) => common) },
        ],
      },
      {
        name: "all maps",
        columns: [
          { name: "mean rank correlation", values: [ranks.length === 0 ? undefined : meanOf(ranks)] },
          { name: "entries of one sign", unit: "share", values: [meanOf(same)] },
        ],
      },
    ],
    findings: [
      ...(ranks.length === 0
        ? ["No two maps can be ranked: all are constant."]
        : [`The maps agree by a mean rank correlation of ${meanOf(ranks).toFixed(2)}.`]),
      ...(worst.rank === undefined
        ? []
        : [`Furthest apart are ${worst.first} and ${worst.second} (${worst.rank.toFixed(2)}).`]),
    ],
  });
}

function rowsOf(map: Attribution): number[][] {
  const { parts } = map.toView();
  const examples = map.score.length;
  return Array.from({ length: examples }, (_, row) =>
    parts.flatMap(({ values }) => {
      const width = values.data.length / examples;
      return Array.from(values.data.subarray(row * width, (row + 1) * width));
    }),
  );
}

/** The share of the k entries of the largest magnitude that two maps have in common. */
function shared(a: readonly number[], b: readonly number[], k: number): number {
  const [first, second] = [a, b].map(
    (values) =>
      new Set(
        values
          .map((_, i) => i)
          .sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]) || i - j)
          .slice(0, k),
      ),
  );
  return [...first].filter((entry) => second.has(entry)).length / k;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
