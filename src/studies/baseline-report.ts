/** Baseline report: how a map depends on what the input is compared with. */
import { integratedGradients } from "../attr";
import type { AnyMethod, Attribution } from "../attribution";
import { checkOptions, outOfRange, shown, wrongType } from "../check";
import { rankCorrelation } from "../display/rank-correlation";
import { asModel, type Net } from "../engine";
import { type Baseline, labelOf } from "../model/baseline";
import type { Input } from "../model/input";
import type { Model } from "../model/model";
import type { Target } from "../model/target";
import { Study } from "./study";

/** Options of `baselineReport`. */
export interface BaselineReportOptions {
  /** Baselines that are compared. Default: those that suit the inputs. */
  readonly baselines?: readonly Baseline[];
  /** A method with a baseline. Default: integrated gradients. */
  readonly method?: AnyMethod;
  /** Share of a map's largest entry below which a sign does not count. Default 0.01. */
  readonly threshold?: number;
  readonly target?: Target;
  readonly signal?: AbortSignal;
}

/**
 * Maps of one method for several baselines, every two compared: the rank correlation of their entries, the share of entries whose sign
 * changes, and which those are. An entry counts where it is above the threshold in both.
 *
 * ```ts
 * await baselineReport(net, x, { baselines: ["zeros", "ones", "blur"] });
 * ```
 */
export async function baselineReport(
  net: Net,
  x: Input,
  options: BaselineReportOptions = {},
): Promise<Study> {
  const fn = "baselineReport";
  checkOptions(fn, options, ["baselines", "method", "threshold", "target", "signal"]);
  const model = asModel(net);
  const { baselines = suitable(model), method = integratedGradients, threshold = 0.01, ...common } = options;
  if (!Array.isArray(baselines)) throw wrongType(fn, "an array of baselines", shown(baselines));
  if (baselines.length < 2) throw outOfRange(fn, "at least two baselines", String(baselines.length));
  if (typeof method !== "function" || method.meta?.needsBaseline !== true)
    throw wrongType(fn, "a method with a baseline", shown(method));
  const maps: Attribution[] = [];
  for (const baseline of baselines) maps.push(await method(model, x, { ...common, baseline }));
  const names = baselines.map(labelOf);
  const entries = maps.map(entriesOf);
  const pairs = names.flatMap((first, i) =>
    names.slice(i + 1).map((second, k) => {
      const [a, b] = [entries[i], entries[i + 1 + k]];
      const [leastA, leastB] = [a, b].map((values) => threshold * Math.max(...values.map(Math.abs)));
      const counted = a.map((value, at) => Math.abs(value) > leastA && Math.abs(b[at]) > leastB);
      const flipped = a.flatMap((value, at) => (counted[at] && value * b[at] < 0 ? [at] : []));
      const total = counted.filter((yes) => yes).length;
      return {
        first,
        second,
        rank: rankCorrelation(a, b),
        share: total === 0 ? 0 : flipped.length / total,
        flipped,
      };
    }),
  );
  const labels = entryLabels(maps[0]);
  const flips = pairs.filter(({ flipped }) => flipped.length > 0);
  return new Study({
    kind: "baseline report",
    tables: [
      {
        name: "pairs",
        columns: [
          { name: "baseline", values: pairs.map(({ first }) => first) },
          { name: "with", values: pairs.map(({ second }) => second) },
          {
            name: "rank correlation",
            values: pairs.map(({ rank }) => (Number.isNaN(rank) ? undefined : rank)),
          },
          { name: "signs changed", unit: "share", values: pairs.map(({ share }) => share) },
        ],
      },
      {
        name: "flips",
        columns: [
          {
            name: "baselines",
            values: flips.flatMap((pair) => pair.flipped.map(() => `${pair.first}, ${pair.second}`)),
          },
          { name: "entry", values: flips.flatMap((pair) => pair.flipped.map((at) => labels[at])) },
        ],
      },
      {
        name: "scores",
        columns: [
          { name: "baseline", values: names },
          { name: "F(x′)", unit: "score", values: maps.map((map) => map.baselineScore?.[0]) },
          { name: "why", values: names.map((name) => RATIONALE[name] ?? "as given") },
        ],
      },
    ],
    findings: flips.map(
      ({ first, second, flipped, share }) =>
        `From ${first} to ${second} ${flipped.length} of the entries that count change their sign (${Math.round(100 * share)} %): ${flipped
          .slice(0, 8)
          .map((at) => labels[at])
          .join(", ")}${flipped.length > 8 ? ", …" : ""}.`,
    ),
  });
}

/** Reasons for the presets. */
const RATIONALE: Readonly<Record<string, string>> = {
  zeros: "black, silence, no token; the mean of standardised features",
  ones: "white",
  min: "the darkest or least of the range",
  max: "the brightest or most of the range",
  mean: "the average example of the data",
  blur: "the picture without its detail",
  noise: "no information, another each seed",
  "max-distance": "as far from the input as the range allows",
  pad: "an empty place in a text",
};

/** Presets that suit the inputs: those that need nothing that was not told. */
function suitable(model: Model): Baseline[] {
  const tokens = model.inputs.some((_, i) => model.lookups(i).length > 0);
  if (tokens) return ["zeros", ...(model.facts.padId === undefined ? [] : (["pad"] as const))];
  const pictures = model.inputs.every(
    ({ shape, axes }) => axes?.includes("height") === true || shape?.length === 4,
  );
  return [
    "zeros",
    "max-distance",
    "noise",
    ...(pictures ? (["blur"] as const) : []),
    ...(model.facts.data === undefined ? [] : (["mean"] as const)),
  ];
}

function entriesOf(map: Attribution): number[] {
  return map.toView().parts.flatMap(({ values }) => Array.from(values.data));
}

/** Names of all entries: the feature where it has one, else its number, with part and example where there are several. */
function entryLabels(map: Attribution): string[] {
  const { parts } = map.toView();
  const examples = map.score.length;
  return parts.flatMap(({ name, values, labels }) => {
    const width = values.data.length / examples;
    return Array.from(values.data, (_, i) => {
      const entry = labels?.length === width ? labels[i % width] : `${i % width}`;
      const example = examples > 1 ? `example ${Math.floor(i / width)}: ` : "";
      return `${example}${parts.length > 1 ? `${name} ` : ""}${entry}`;
    });
  });
}
