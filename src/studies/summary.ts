/** Summary: what each feature does over a data set, for all examples and for each class. */
import { checkInteger, checkOptions } from "../check";
import { correlation, meanOf } from "../metrics/measuring/association";
import { type Maps, mapsOf, namesOfMap, rowsOfMaps } from "./map-rows";
import { Study } from "./study";
import { swarmsOf } from "./summary-figure";

/** Options of `summary`. */
export interface SummaryOptions {
  /** Features drawn of each class, those of the largest mean magnitude. Default 12. */
  readonly features?: number;
}

/**
 * Per class that was explained, and per feature: the mean of its attributions, their spread (standard deviation), their mean magnitude,
 * and how they go with the feature's own value (Pearson's r: 1 where more of it always adds more). Features stand in the order of their
 * mean magnitude. The picture is a swarm of all examples for each class, coloured by the feature's value, where features have no
 * positions.
 *
 * ```ts
 * summary(await integratedGradients(net, people));
 * ```
 */
export function summary(maps: Maps, options: SummaryOptions = {}): Study {
  const fn = "summary";
  checkOptions(fn, options, ["features"]);
  const { features = 12 } = options;
  checkInteger(fn, "features", features, 1);
  const given = mapsOf(fn, "maps", maps);
  const { rows } = rowsOfMaps(fn, "maps", given);
  const names = namesOfMap(given[0]);
  const classes = given.flatMap(({ targetLabels }) => [...targetLabels]);
  const inputs = given.flatMap((map) => inputRows(map, names.length));
  const lines = [...new Set(classes)].flatMap((label) => {
    const members = classes.flatMap((other, row) => (other === label ? [row] : []));
    return names
      .map((name, entry) => {
        const values = members.map((row) => rows[row][entry]);
        const mean = meanOf(values);
        const seen = members.flatMap((row) => inputs[row]?.[entry] ?? []);
        return {
          label,
          name,
          examples: members.length,
          mean,
          spread:
            members.length < 2
              ? undefined
              : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (members.length - 1)),
          magnitude: meanOf(values.map(Math.abs)),
          together: seen.length === values.length ? correlation(values, seen) : undefined,
        };
      })
      .sort((one, other) => other.magnitude - one.magnitude);
  });
  const column = <K extends keyof (typeof lines)[number]>(key: K): (typeof lines)[number][K][] =>
    lines.map((line) => line[key]);
  const strongest = [...new Set(classes)].flatMap((label) => {
    const [first, second] = lines.filter((line) => line.label === label);
    return first === undefined || first.magnitude === 0
      ? [`${label}: all attributions are zero.`]
      : [
          `${label}: over ${first.examples} examples ${first.name} counts most (mean magnitude ${first.magnitude.toPrecision(3)})${second ? `, then ${second.name} (${second.magnitude.toPrecision(3)})` : ""}.`,
        ];
  });
  const drawing = swarmsOf(given, classes, features);
  return new Study({
    kind: "summary",
    tables: [
      {
        name: "features",
        columns: [
          { name: "target", values: column("label") },
          { name: "feature", values: column("name") },
          { name: "examples", values: column("examples") },
          { name: "mean", values: column("mean") },
          { name: "spread", unit: "standard deviation", values: column("spread") },
          { name: "magnitude", unit: "mean", values: column("magnitude") },
          { name: "with its value", unit: "r", values: column("together") },
        ],
      },
    ],
    findings: strongest,
    ...(drawing ? { drawing } : {}),
  });
}

/** What went in, in the shape of the map; none where it has another. */
function inputRows(map: ReturnType<typeof mapsOf>[number], width: number): (Float32Array | undefined)[] {
  const { parts } = map.toView();
  return map.score.map((_, row) => {
    const values = parts.flatMap(({ input }) => {
      const each = (input?.data.length ?? 0) / map.score.length;
      return Array.from(input?.data.subarray(row * each, (row + 1) * each) ?? []);
    });
    return values.length === width ? Float32Array.from(values) : undefined;
  });
}
