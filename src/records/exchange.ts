/** Exchange with Captum and SHAP: their arrays by name as attributions, and back. */
import { Attribution, type AttributionPart, type AttributionRecord } from "../attribution";
import { checkInteger, checkOptions, outOfRange, shown, wrongType } from "../check";
import type { Axis } from "../model/model";
import { type NdArray, ndarray, rowSize, rowSums, sameShape } from "../tensor";

/** Arrays by name, such as those of `io.readArrays`. */
export type ExchangedArrays = Readonly<Record<string, NdArray>>;

/** Options of `fromCaptum`. */
export interface FromCaptumOptions {
  /** Name of the method, as records have it. Default "captum". */
  readonly method?: string;
  /** Names of the features of a table. */
  readonly features?: readonly string[];
}

/** Options of `fromShap`. */
export interface FromShapOptions {
  /** The class whose values are read, where there are several. */
  readonly target?: number;
  readonly features?: readonly string[];
}

const FOREIGN = "made elsewhere and read from arrays: gradlens did not check it";

/**
 * The attribution that arrays of Captum hold, batch axis first:
 *
 * `attributions`, `inputs`, and where there are any `baselines`, `delta`, `target`, `scores` (F of each row) and `baseline_scores`; of
 * several inputs `attributions_0`, `attributions_1` …, and so `inputs_0` and `baselines_0`.
 *
 * Scores that are not told are not a number: Captum does not give them.
 */
export function fromCaptum(arrays: ExchangedArrays, options: FromCaptumOptions = {}): Attribution {
  const fn = "fromCaptum";
  checkArrays(fn, arrays);
  checkOptions(fn, options, ["method", "features"]);
  const { method = "captum", features } = options;
  const several = Object.hasOwn(arrays, "attributions_0");
  const count = several ? Object.keys(arrays).filter((name) => /^attributions_\d+$/.test(name)).length : 1;
  const parts = Array.from({ length: count }, (_, i) => {
    const name = (what: string): string => (several ? `${what}_${i}` : what);
    return partOf(fn, several ? `input_${i}` : "input", {
      values: needed(fn, arrays, name("attributions")),
      input: needed(fn, arrays, name("inputs")),
      baseline: arrays[name("baselines")],
      features,
    });
  });
  const examples = parts[0].values.shape[0];
  const perExample = (name: string): number[] | undefined => {
    const found = arrays[name];
    if (found === undefined) return undefined;
    if (found.data.length !== examples)
      throw outOfRange(fn, `${name} with ${examples} entries`, shown(found));
    return Array.from(found.data);
  };
  const [scores, from, delta] = [perExample("scores"), perExample("baseline_scores"), perExample("delta")];
  return new Attribution(
    recordOf({
      method,
      parts,
      target: perExample("target"),
      score: scores ?? new Array<number>(examples).fill(Number.NaN),
      ...(from ? { baselineScore: from } : {}),
      ...(delta ? { convergenceDelta: delta } : {}),
    }),
  );
}

/** The arrays of an attribution by the names of `fromCaptum`, for `io.saveArrays` and numpy.load. */
export function toCaptum(map: Attribution): Record<string, NdArray> {
  if (!(map instanceof Attribution)) throw wrongType("toCaptum", "an attribution", shown(map));
  const { parts } = map.toView();
  const examples = map.score.length;
  const named = parts.flatMap(({ values, input, baseline }, i): [string, NdArray | undefined][] => {
    const suffix = parts.length > 1 ? `_${i}` : "";
    return [
      [`attributions${suffix}`, values],
      [`inputs${suffix}`, input],
      [`baselines${suffix}`, baseline],
    ];
  });
  const numbers = (values: readonly number[] | undefined): NdArray | undefined =>
    values ? ndarray(values, [examples]) : undefined;
  const classes = map.target.flatMap((target) => (typeof target === "number" ? [target] : []));
  const all: [string, NdArray | undefined][] = [
    ...named,
    ["delta", numbers(map.convergenceDelta)],
    ["target", classes.length === examples ? numbers(classes) : undefined],
    ["scores", numbers(map.score)],
    ["baseline_scores", numbers(map.baselineScore)],
  ];
  return Object.fromEntries(all.flatMap(([name, array]) => (array ? [[name, array]] : [])));
}

/**
 * The attribution that a SHAP explanation holds: `values` [rows, features] or [rows, features, classes], `base_values` (one, one per
 * row, or [rows, classes]) and `data`. F(x) is the base value and the sum of the values, which is what SHAP promises.
 */
export function fromShap(arrays: ExchangedArrays, options: FromShapOptions = {}): Attribution {
  const fn = "fromShap";
  checkArrays(fn, arrays);
  checkOptions(fn, options, ["target", "features"]);
  const { target, features } = options;
  const [all, data, base] = ["values", "data", "base_values"].map((name) => needed(fn, arrays, name));
  const isPerClass = all.shape.length === data.shape.length + 1;
  const classes = isPerClass ? all.shape[all.shape.length - 1] : 1;
  if (isPerClass && target === undefined)
    throw outOfRange(fn, `option target, from 0 to ${classes - 1}`, "none");
  if (target !== undefined) checkInteger(fn, "target", target, 0, isPerClass ? classes - 1 : undefined);
  const chosen = isPerClass ? (target ?? 0) : 0;
  const values = isPerClass
    ? ndarray(
        all.data.filter((_, i) => i % classes === chosen),
        all.shape.slice(0, -1),
      )
    : all;
  const examples = values.shape[0];
  const baseOf = (row: number): number => {
    if (base.data.length === 1) return base.data[0];
    if (base.data.length === examples * classes) return base.data[row * classes + chosen];
    if (base.data.length === classes) return base.data[chosen];
    if (base.data.length === examples) return base.data[row];
    throw outOfRange(fn, `base_values for ${examples} rows`, shown(base));
  };
  const from = Array.from({ length: examples }, (_, row) => baseOf(row));
  const part = partOf(fn, "input", { values, input: data, baseline: undefined, features });
  return new Attribution(
    recordOf({
      method: "shap",
      parts: [part],
      target: target === undefined ? undefined : new Array<number>(examples).fill(target),
      score: rowSums(values).map((sum, row) => from[row] + sum),
      baselineScore: from,
      convergenceDelta: from.map(() => 0),
    }),
  );
}

/** The arrays of an attribution of one part as a SHAP explanation has them: `values`, `base_values`, `data`. */
export function toShap(map: Attribution): Record<string, NdArray> {
  const fn = "toShap";
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution", shown(map));
  const [part, ...others] = map.toView().parts;
  if (others.length > 0) throw outOfRange(fn, "an attribution of one part", `${others.length + 1}`);
  const { baselineScore } = map;
  if (!baselineScore || !part.input)
    throw wrongType(fn, "a map with a baseline, whose values add up from F(x′)", `one of ${map.method}`);
  return { values: part.values, base_values: ndarray(baselineScore, [map.score.length]), data: part.input };
}

function checkArrays(fn: string, arrays: unknown): void {
  if (typeof arrays !== "object" || arrays === null || Array.isArray(arrays))
    throw wrongType(fn, "arrays by name", shown(arrays));
}

function needed(fn: string, arrays: ExchangedArrays, name: string): NdArray {
  const found = arrays[name];
  if (found?.data instanceof Float32Array && found.shape.length > (name === "base_values" ? -1 : 0))
    return found;
  throw wrongType(fn, `an array "${name}"`, Object.keys(arrays).join(", ") || "none");
}

interface PartArrays {
  readonly values: NdArray;
  readonly input: NdArray;
  readonly baseline: NdArray | undefined;
  readonly features: readonly string[] | undefined;
}

function partOf(
  fn: string,
  name: string,
  { values, input, baseline, features }: PartArrays,
): AttributionPart {
  if (!sameShape(values.shape, input.shape))
    throw outOfRange(fn, `values of shape [${input.shape.join(", ")}], as what went in`, shown(values));
  if (baseline && rowSize(baseline) !== rowSize(input))
    throw outOfRange(fn, `baselines of shape [${input.shape.join(", ")}]`, shown(baseline));
  const rank = input.shape.length - 1;
  const axes: readonly Axis[] =
    rank === 1
      ? ["feature"]
      : rank === 3
        ? ["channel", "height", "width"]
        : Array.from({ length: rank }, (): Axis => "unit");
  if (features && features.length !== input.shape[rank])
    throw outOfRange(fn, `${input.shape[rank]} names of features`, `${features.length}`);
  return {
    name,
    at: "input",
    values,
    input,
    ...(baseline && sameShape(baseline.shape, input.shape) ? { baseline } : {}),
    axes,
    ...(features && rank === 1 ? { labels: [...features] } : {}),
  };
}

type Told = Pick<AttributionRecord, "method" | "parts" | "score" | "baselineScore" | "convergenceDelta"> & {
  readonly target: readonly number[] | undefined;
};

function recordOf({ target, ...told }: Told): AttributionRecord {
  const classes = target ?? told.score.map(() => "output");
  return {
    ...told,
    target: classes,
    targetLabels: classes.map(String),
    explain: "output",
    quantity: "attribution to",
    options: {},
    seed: 0,
    engine: "black box",
    checked: "reference",
    passes: { forward: 0, backward: 0 },
    elapsedMs: 0,
    peakBytes: 0,
    warnings: [FOREIGN],
    batched: true,
  };
}
