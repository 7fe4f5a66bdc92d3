/** Several methods on the same examples. */
import type { AnyMethod, Attribution, BaselineOptions, CommonOptions } from "../attribution";
import { checkOptions, outOfRange, shown, wrongType } from "../check";
import {
  type ComparisonOptions,
  compare as compareFigure,
  DISPLAY,
  type Figure,
  type FigureOptions,
  INSPECT,
  type MimeBundle,
} from "../display";
import type { CompareView } from "../display/map-view";
import { asModel, type Net } from "../engine";
import { completeness, passes, signalToNoise } from "../metrics";
import type { MetricResult } from "../metrics/metric";
import type { Input } from "../model/input";

/** Options of `compare`: what all methods have in common. A baseline goes to the methods that have one. */
export type CompareOptions = Pick<
  CommonOptions,
  "target" | "output" | "explain" | "seed" | "maxBytes" | "signal" | "onProgress" | "engine"
> &
  BaselineOptions;

/** One method's map with its checks, one number per example. */
export interface ComparedMap {
  readonly label: string;
  readonly map: Attribution;
  /**
   * Σ attribution − (F(x) − F(x′)). A method without a baseline takes F(x′) of those that explain the same score; it is
   * undefined where there are none, or where their baselines differ.
   */
  readonly completeness: MetricResult;
  /** Signal to noise: max |a| / mean |a|. High is concentrated on few features, low is diffuse. */
  readonly signalToNoise: MetricResult;
  /** Backward passes per example, or forward ones where no gradient was asked for. */
  readonly passes: MetricResult;
  /** mean |a| */
  readonly magnitude: readonly number[];
}

/** The checks of the table, in order. */
const CHECKS = [completeness, signalToNoise, passes] as const;

const OPTIONS = [
  "target",
  "output",
  "explain",
  "seed",
  "maxBytes",
  "signal",
  "onProgress",
  "engine",
  "baseline",
];

/** Several methods on the same examples; in a notebook it shows itself. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the display methods are set on the prototype
export class Comparison {
  constructor(readonly rows: readonly ComparedMap[]) {
    Object.freeze(this);
  }

  /** The maps, in the order of the methods. */
  get maps(): readonly Attribution[] {
    return this.rows.map((row) => row.map);
  }

  /** The maps of one example (the first unless `example` says another), one scale per unit, with their checks. */
  figure(options: FigureOptions & Partial<ComparisonOptions> = {}): Figure {
    return compareFigure(this, options);
  }

  /** View for the figure. */
  toView(example = 0): CompareView {
    const number = (value: number | undefined): string =>
      value === undefined ? "—" : Number(value.toPrecision(3)).toString().replace(/-/g, "−");
    return {
      views: this.maps.map((map) => map.toView()),
      labels: this.rows.map((row) => row.label),
      checks: CHECKS.map(({ meta }) => ({
        label: meta.label,
        values: this.rows.map((row) =>
          meta === completeness.meta && !sharesOut(row.map)
            ? "—"
            : number(row[meta.name as "passes"].values[example]),
        ),
        meaning: `${meta.shows} ${meta.cannotShow}`,
      })),
      magnitudes: this.rows.map((row) => row.magnitude[example]),
      magnitudeLabel: "mean |attribution|",
    };
  }

  toHTML(options?: FigureOptions): Promise<string> {
    return this.figure(options).toHTML();
  }

  toSVG(options?: FigureOptions): Promise<string> {
    return this.figure(options).toSVG();
  }

  toPNG(options?: FigureOptions): Promise<Uint8Array> {
    return this.figure(options).toPNG();
  }

  save(path: string, options?: FigureOptions): Promise<void> {
    return this.figure(options).save(path);
  }

  /** One readable line. */
  toString(): string {
    return `compare · ${this.rows.map((row) => row.label).join(", ")} · target ${this.maps[0]?.targetLabels[0]}`;
  }

  static {
    Object.defineProperties(Comparison.prototype, {
      [INSPECT]: { value: Comparison.prototype.toString },
      [DISPLAY]: {
        value(this: Comparison): Promise<MimeBundle> {
          return this.figure()[DISPLAY]();
        },
      },
    });
  }
}

export interface Comparison {
  /** Output in a notebook. */
  [DISPLAY](): Promise<MimeBundle>;
  /** Text in a terminal. */
  [INSPECT](): string;
}

/**
 * Several methods on the same model, input and target: maps with one scale per unit, a table of checks, rank
 * correlations.
 *
 * ```ts
 * await compare(net, x, [saliency, integratedGradients.with({ steps: 200 }), smoothGrad, gradCam]);
 * ```
 * @param methods one or more; each keeps its own defaults.
 * @throws TypeError when something else than methods is given.
 */
export async function compare(
  net: Net,
  x: Input,
  methods: readonly AnyMethod[],
  options: CompareOptions = {},
): Promise<Comparison> {
  checkOptions("compare", options, OPTIONS);
  if (!Array.isArray(methods) || methods.some((method) => typeof method !== "function" || !method.meta)) {
    throw wrongType("compare", "an array of methods", shown(methods));
  }
  if (methods.length === 0) throw outOfRange("compare", "at least one method", "none");
  const model = asModel(net);
  const { baseline, ...common } = options;
  const maps: Attribution[] = [];
  for (const method of methods) {
    const own = method.meta.needsBaseline && baseline !== undefined ? { ...common, baseline } : common;
    maps.push(await method(model, x, own));
  }
  const labels = methods.map((method) => method.meta.name);
  const row = async (map: Attribution, i: number): Promise<ComparedMap> => ({
    label: uniqueLabel(labels, maps, i),
    map,
    completeness: await completeness(model, map, {
      baselineScore: map.score.map(
        (_, example) => map.baselineScore?.[example] ?? commonBaselineScore(map, maps, example),
      ),
    }),
    signalToNoise: await signalToNoise(model, map),
    passes: await passes(model, map),
    magnitude: map.score.map((_, example) => mean(rowOf(map, example).map(Math.abs))),
  });
  return new Comparison(await Promise.all(maps.map(row)));
}

/** Whether a map shares out a score: a sum of gradients has another unit, and misses no difference of scores. */
function sharesOut(map: Attribution): boolean {
  return map.quantity === "attribution to";
}

/** F(x′) of the maps that explain the same score as this one, where they agree about it. */
function commonBaselineScore(
  map: Attribution,
  maps: readonly Attribution[],
  row: number,
): number | undefined {
  const scores = maps.flatMap((other) =>
    other.baselineScore && sameQuestion(map, other, row) ? [other.baselineScore[row]] : [],
  );
  const [first] = scores;
  return first !== undefined && scores.every((score) => close(score, first)) ? first : undefined;
}

/** Whether two maps explain the same score of an example. Masks and functions of one name differ in their scores. */
function sameQuestion(a: Attribution, b: Attribution, row: number): boolean {
  return (
    a.explain === b.explain &&
    a.options.output === b.options.output &&
    String(a.target[row]) === String(b.target[row]) &&
    close(a.score[row], b.score[row])
  );
}

/** Equal but for the rounding of engines and chunks. */
function close(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(a), Math.abs(b));
}

/** The method's name; with the options that differ when it occurs twice, and a number where these read the same. */
function uniqueLabel(labels: readonly string[], maps: readonly Attribution[], i: number): string {
  const name = labels[i];
  const twins = maps.flatMap((map, j) => (labels[j] === name ? [{ j, options: map.options }] : []));
  if (twins.length === 1) return name;
  const differing = Object.keys(maps[i].options).filter(
    (key) => new Set(twins.map(({ options }) => JSON.stringify(options[key]))).size > 1,
  );
  const inWords = (options: Attribution["options"]): string =>
    differing.flatMap((key) => optionInWords(key, options[key])).join(", ");
  const words = inWords(maps[i].options);
  const isAlike = twins.some(({ j, options }) => j !== i && inWords(options) === words);
  const told = [words, isAlike ? `${i + 1}` : ""].filter((part) => part !== "").join(" ");
  return told === "" ? name : `${name} (${told})`;
}

/** An option in a word or two: what is too long to be read is only named, what was left out says nothing. */
function optionInWords(key: string, value: unknown): string[] {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
  const entries = Array.isArray(value) ? value : [value];
  return [entries.some((entry) => typeof entry === "object") ? `own ${key}` : `${key} ${entries.join(", ")}`];
}

/** All entries of one example's map, over all parts. */
function rowOf(map: Attribution, row: number): number[] {
  return map.toView().parts.flatMap(({ values }) => {
    const width = values.data.length / values.shape[0];
    return Array.from(values.data.subarray(row * width, (row + 1) * width));
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
