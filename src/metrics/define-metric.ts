/** Makes a metric out of its equation: checks arguments, and records what was found. */
import { Attribution } from "../attribution";
import { question } from "../attribution/define-method";
import { questionOf } from "../attribution/map-call";
import { checkLimits, ownOptions } from "../attribution/options";
import { checkName, checkOptions, outOfRange, shown, throwIfAborted, wrongType } from "../check";
import { DISPLAY, INSPECT, type MimeBundle } from "../display";
import { asModel, type Net } from "../engine";
import { host } from "../platform/host";
import type {
  AnyMetric,
  Direction,
  Measure,
  Measured,
  Measurement,
  Metric,
  MetricCallOptions,
  MetricMeta,
  MetricResult,
} from "./metric";

const DIRECTIONS: readonly Direction[] = ["higher", "lower", "zero", "none"];
const META = ["name", "label", "paper", "direction", "range", "needs", "shows", "cannotShow", "options"];
/** Options of every metric's call. */
const CALL_OPTIONS = ["engine", "maxBytes", "signal", "onProgress"];

/**
 * Makes a metric. The equation sees the map and the model, and returns one number per example:
 *
 * ```ts
 * const spread = defineMetric(
 *   { name: "spread", direction: "none", range: [0, Infinity], shows: "…", cannotShow: "…" },
 *   ({ entries, examples }) => Array.from({ length: examples }, (_, i) => Math.max(...entries(i)) - Math.min(...entries(i))),
 * );
 * await spread(net, map);
 * ```
 * @throws TypeError when something is not said of it, or the equation is no function.
 */
export function defineMetric<Own extends object = Record<never, never>>(
  meta: MetricMeta<Own>,
  measure: Measure<Own>,
): Metric<Own> {
  checkMeta(meta);
  if (typeof measure !== "function")
    throw wrongType("defineMetric", "a function of what is measured", shown(measure));
  const usual = {
    label: meta.name,
    paper: "",
    needs: [],
    options: {} as Required<MetricMeta<Own>>["options"],
  };
  const full: Required<MetricMeta<Own>> = { ...usual, ...meta };
  type Given = Partial<Own> & MetricCallOptions;
  const withDefaults = (defaults: Given): Metric<Own> => {
    const call = (net: Net, map: Attribution, options?: Given): Promise<MetricResult> =>
      measured(full, measure, net, map, { ...defaults, ...options });
    Object.defineProperties(call, {
      name: { value: full.name },
      [INSPECT]: { value: () => `${full.name} · ${DIRECTION_WORDS[full.direction]} · ${full.shows}` },
    });
    return Object.assign(call, {
      meta: full,
      with: (options: Given) => {
        checkOptions(full.name, options, [...Object.keys(full.options), ...CALL_OPTIONS]);
        return withDefaults({ ...defaults, ...options });
      },
    });
  };
  const none: Given = {};
  return withDefaults(none);
}

const DIRECTION_WORDS: Readonly<Record<Direction, string>> = {
  higher: "higher is better",
  lower: "lower is better",
  zero: "nearer to zero is better",
  none: "neither direction is better",
};

async function measured<Own extends object>(
  meta: Required<MetricMeta<Own>>,
  measure: Measure<Own>,
  net: Net,
  map: Attribution,
  given: Partial<Own> & MetricCallOptions,
): Promise<MetricResult> {
  const fn = meta.name;
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution as map", shown(map));
  checkOptions(fn, given, [...Object.keys(meta.options), ...CALL_OPTIONS]);
  const options = ownOptions<Own>(meta, { ...given });
  checkLimits(fn, given);
  const bounds = Object.fromEntries(Object.entries(given).filter(([name]) => CALL_OPTIONS.includes(name)));
  const signal = given.signal ?? host().signal;
  throwIfAborted(signal);
  const model = asModel(net);
  const { parts } = map.toView();
  const examples = map.score.length;
  const entries = (example: number): Float64Array =>
    Float64Array.from(
      parts.flatMap(({ values }) => {
        const width = values.data.length / examples;
        return Array.from(values.data.subarray(example * width, (example + 1) * width));
      }),
    );
  const ask: Measured<Own>["ask"] = (passes, work, { baseline, explain } = {}) => {
    const { input, options: asked } = questionOf(fn, map);
    const changes = { ...(baseline === undefined ? {} : { baseline }), ...(explain ? { explain } : {}) };
    return question(fn, net, input, { ...asked, ...bounds, ...changes }, passes, work);
  };
  const goOn = (): void => throwIfAborted(signal);
  const answer = await measure({ model, map, options, examples, entries, ask, goOn });
  const found: Measurement = isMeasurement(answer) ? answer : { values: answer };
  if (found.values.length !== examples)
    throw outOfRange(fn, `its equation to return one value per example (${examples})`, shown(found.values));
  const text = (): string => {
    const numbers = found.values.map((value) =>
      value === undefined ? "—" : String(Number(value.toPrecision(4))),
    );
    return `${fn} of ${map.method} · ${numbers.join(", ")} · ${DIRECTION_WORDS[meta.direction]}`;
  };
  const result = {
    metric: fn,
    method: map.method,
    ...found,
    direction: meta.direction,
    range: meta.range,
    options: { ...options },
    shows: meta.shows,
    cannotShow: meta.cannotShow,
  };
  return Object.freeze(
    Object.defineProperties(result, {
      toString: { value: text },
      [INSPECT]: { value: text },
      [DISPLAY]: {
        value: (): Promise<MimeBundle> =>
          Promise.resolve({ "text/plain": `${text()}\n${meta.shows} ${meta.cannotShow}` }),
      },
    }),
  ) as MetricResult;
}

function isMeasurement(answer: unknown): answer is Measurement {
  return typeof answer === "object" && answer !== null && !Array.isArray(answer) && "values" in answer;
}

function checkMeta(meta: unknown): void {
  checkOptions("defineMetric", meta, META);
  const { direction, range, ...said } = (meta ?? {}) as Partial<AnyMetric["meta"]>;
  for (const name of ["name", "shows", "cannotShow"] as const)
    if (typeof said[name] !== "string" || said[name] === "")
      throw wrongType("defineMetric", `meta with ${name}`, shown(said[name]));
  checkName("defineMetric", "direction", direction, DIRECTIONS);
  const [low, high] = Array.isArray(range) ? range : [];
  if (typeof low !== "number" || typeof high !== "number" || !(low < high))
    throw wrongType("defineMetric", "range to be [smallest, largest]", shown(range));
}
