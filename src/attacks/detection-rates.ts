/** Detection rates: how many attacked examples are flagged, and how many that nobody has touched. */
import { checkOptions, outOfRange } from "../check";
import type { Net } from "../engine";
import type { Input } from "../model/input";
import { figure } from "../studies/counterfactual";
import { Study } from "../studies/study";
import { DETECT_OPTIONS, type DetectOptions, signalsOf } from "./detect";

/** Options of `detectionRates`. */
export interface DetectionRatesOptions extends DetectOptions {
  /** Examples that nobody has touched and that are not among the clean ones. */
  readonly honest: Input;
  /** Attacked examples, by the name of the attack. */
  readonly attacked: Readonly<Record<string, Input>>;
}

/**
 * The share of examples that `detect` flags: of untouched ones, which are false alarms, and of each attack. With 95 % intervals, since a
 * rate of thirty examples says little.
 *
 * Wilson: Probable Inference, the Law of Succession, and Statistical Inference (1927), doi 10.1080/01621459.1927.10502953.
 * @throws RangeError as of `detect`, or without an attack.
 */
export async function detectionRates(net: Net, options: DetectionRatesOptions): Promise<Study> {
  const fn = "detectionRates";
  checkOptions(fn, options, [...DETECT_OPTIONS, "honest", "attacked"]);
  const { honest, attacked, ...asked } = options;
  const names = Object.keys(attacked);
  if (names.length === 0) throw outOfRange(fn, "at least one attack", "none");
  const sets = await signalsOf(fn, net, [honest, ...Object.values(attacked)], asked);
  const rows = sets.map((signals, set) => {
    const examples = signals[0].values.map((_, example) => example);
    const counted = (of: (example: number) => boolean): number => examples.filter(of).length;
    const flagged = counted((example) =>
      signals.some(({ values, threshold }) => values[example] > threshold),
    );
    return {
      name: set === 0 ? "untouched" : names[set - 1],
      examples: examples.length,
      rate: flagged / examples.length,
      interval: wilson(flagged, examples.length),
      each: signals.map(
        ({ values, threshold }) => counted((example) => values[example] > threshold) / examples.length,
      ),
    };
  });
  return new Study({
    kind: "detection rates",
    tables: [
      {
        name: "rates",
        columns: [
          { name: "examples", values: rows.map(({ name }) => name) },
          { name: "count", values: rows.map(({ examples }) => examples) },
          { name: "flagged", unit: "share", values: rows.map(({ rate }) => rate) },
          { name: "from", unit: "95 %", values: rows.map(({ interval }) => interval[0]) },
          { name: "to", unit: "95 %", values: rows.map(({ interval }) => interval[1]) },
          ...sets[0].map(({ name }, signal) => ({
            name: `by ${name}`,
            unit: "share",
            values: rows.map(({ each }) => each[signal]),
          })),
        ],
      },
    ],
    findings: rows.map(({ name, rate, examples }, set) =>
      set === 0
        ? `Of ${examples} untouched examples ${figure(100 * rate)} % are flagged: false alarms.`
        : `Of ${examples} examples of ${name}, ${figure(100 * rate)} % are flagged.`,
    ),
    matrices: [
      {
        title: "share that is flagged",
        rowNames: rows.map(({ name }) => name),
        columnNames: ["any signal", ...sets[0].map(({ name }) => name)],
        values: rows.flatMap(({ rate, each }) => [rate, ...each]),
        rowTitle: "examples",
        columnTitle: "flagged by",
        unit: "share",
      },
    ],
  });
}

/** Wilson's 95 % interval of a rate. */
function wilson(hits: number, count: number): readonly [number, number] {
  const z = 1.959964;
  const [rate, square] = [hits / count, (z * z) / count];
  const middle = (rate + square / 2) / (1 + square);
  const half = (z * Math.sqrt((rate * (1 - rate)) / count + square / (4 * count))) / (1 + square);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
