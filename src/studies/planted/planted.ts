/** Planted data by kind, and how well methods find what was planted. */
import type { AnyMethod } from "../../attribution";
import {
  checkInteger,
  checkName,
  checkNumber,
  checkOptions,
  outOfRange,
  shown,
  wrongType,
} from "../../check";
import { asModel, type Net } from "../../engine";
import { rowsOfMap } from "../../metrics/measuring/maps-again";
import { Study } from "../study";
import { plantedConfounding } from "./confounded";
import { plantedImage } from "./image";
import type { Draw, PlantedData, PlantedKind, PlantedOptions, PlantedTruth } from "./planted-data";
import { plantedSequence } from "./sequence";
import { plantedTable } from "./tabular";

const BUILDERS: Readonly<Record<PlantedKind, (draw: Draw) => PlantedData>> = {
  tabular: plantedTable,
  image: plantedImage,
  sequence: plantedSequence,
  confounded: plantedConfounding,
};
const KINDS: readonly PlantedKind[] = ["tabular", "image", "sequence", "confounded"];

/**
 * Examples whose right answer was planted, with a net whose equation is known on paper:
 *
 * - `"tabular"`: F = x_a − x_b + x_c x_d, beside noisy copies of these features on which F does not depend;
 * - `"image"`: the best match of a chequered patch, beside a brighter bar;
 * - `"sequence"`: the best match of a word of four letters among twenty;
 * - `"confounded"`: what the net uses is not what changes the outcome when one sets it (`causes`).
 *
 * The same seed gives the same examples.
 */
export function planted(kind: PlantedKind, options: PlantedOptions = {}): PlantedData {
  const fn = "planted";
  checkName(fn, "kind", kind, KINDS);
  checkOptions(fn, options, ["examples", "seed"]);
  const { examples = 32, seed = 0 } = options;
  checkInteger(fn, "examples", examples, 1);
  checkInteger(fn, "seed", seed);
  return BUILDERS[kind]({ examples, seed });
}

/** Options of `scorePlanted`. */
export interface ScorePlantedOptions {
  /** Default: all four kinds, 32 examples each. */
  readonly data?: PlantedData | readonly PlantedData[];
  /** Another net that was trained on the same data, in place of the one known on paper. */
  readonly net?: Net;
  /** A feature is called from this share of the largest of its example on. Default 0.1. */
  readonly share?: number;
  readonly signal?: AbortSignal;
}

/**
 * Scores methods against planted data. A feature is called where the sum of |attribution| over its entries is a tenth (`share`) of the
 * largest of its example, or more. Per method and data, over all examples: hits (planted and called), misses (planted, not called),
 * false alarms (called, not planted); recall = hits / planted, precision = hits / called. Confounded data is scored twice: against
 * what the net uses, and against what changes the outcome when one sets it, which no attribution of a net can know.
 *
 * ```ts
 * await scorePlanted([saliency, integratedGradients]);
 * ```
 */
export async function scorePlanted(
  methods: AnyMethod | readonly AnyMethod[],
  options: ScorePlantedOptions = {},
): Promise<Study> {
  const fn = "scorePlanted";
  checkOptions(fn, options, ["data", "net", "share", "signal"]);
  const { data = KINDS.map((kind) => planted(kind)), share = 0.1, signal, net } = options;
  const given: readonly AnyMethod[] = typeof methods === "function" ? [methods] : methods;
  if (!Array.isArray(given) || given.some((method) => typeof method !== "function" || !method.meta))
    throw wrongType(fn, "a method or an array of methods", shown(methods));
  if (given.length === 0) throw outOfRange(fn, "at least one method", "none");
  checkNumber(fn, "share", share, 0, true);
  const sets: readonly PlantedData[] = isList(data) ? data : [data];
  const model = net === undefined ? undefined : asModel(net);
  const rows: Score[] = [];
  const without: string[] = [];
  for (const set of sets)
    for (const method of given) {
      const { name, needsBaseline } = method.meta;
      const asked = {
        target: 0,
        ...(needsBaseline ? { baseline: "zeros" } : {}),
        ...(signal ? { signal } : {}),
      };
      try {
        const map = await method(model ?? set.net, set.inputs, asked);
        const called = rowsOfMap(map).map((entries) => calledOf(entries, set, share));
        const counted = (against: string, truth: PlantedTruth): Score => ({
          data: set.kind,
          method: name,
          against,
          ...counts(called, truth),
        });
        rows.push(counted("what the net uses", set.used));
        if (set.causes) rows.push(counted("what changes the outcome", set.causes));
      } catch (error) {
        if (signal?.aborted) throw error;
        without.push(
          `No answer of ${name} for ${set.kind} data: ${error instanceof Error ? error.message : String(error)}.`,
        );
      }
    }
  const column = <K extends keyof Score>(key: K): Score[K][] => rows.map((row) => row[key]);
  return new Study({
    kind: "planted truth",
    tables: [
      {
        name: "scores",
        columns: [
          { name: "data", values: column("data") },
          { name: "method", values: column("method") },
          { name: "against", values: column("against") },
          { name: "planted", values: column("planted") },
          { name: "hits", values: column("hits") },
          { name: "misses", values: column("misses") },
          { name: "false alarms", values: column("falseAlarms") },
          { name: "recall", unit: "share", values: column("recall") },
          { name: "precision", unit: "share", values: column("precision") },
        ],
      },
    ],
    findings: [...rows.flatMap(sentence), ...without],
  });
}

/** One row of the table. */
interface Score {
  readonly data: PlantedKind;
  readonly method: string;
  readonly against: string;
  readonly planted: number;
  readonly hits: number;
  readonly misses: number;
  readonly falseAlarms: number;
  readonly recall: number;
  readonly precision: number | undefined;
}

function isList(data: PlantedData | readonly PlantedData[]): data is readonly PlantedData[] {
  return Array.isArray(data);
}

/** Which features an example's map calls. */
function calledOf(entries: Float64Array, { groups, features }: PlantedData, share: number): boolean[] {
  if (entries.length !== groups.length)
    throw outOfRange("scorePlanted", `a map of ${groups.length} entries`, String(entries.length));
  const strength = new Float64Array(features.length);
  entries.forEach((entry, i) => {
    strength[groups[i]] += Math.abs(entry);
  });
  const largest = strength.reduce((most, value) => Math.max(most, value), 0);
  return Array.from(strength, (value) => value > 0 && value >= share * largest);
}

function counts(
  called: readonly (readonly boolean[])[],
  truth: PlantedTruth,
): Omit<Score, "data" | "method" | "against"> {
  const count = (isCalled: boolean, isPlanted: boolean): number =>
    called.reduce(
      (sum, row, i) => sum + row.filter((yes, k) => yes === isCalled && truth[i][k] === isPlanted).length,
      0,
    );
  const [hits, misses, falseAlarms] = [count(true, true), count(false, true), count(true, false)];
  return {
    planted: hits + misses,
    hits,
    misses,
    falseAlarms,
    recall: hits / (hits + misses),
    precision: hits + falseAlarms === 0 ? undefined : hits / (hits + falseAlarms),
  };
}

function sentence({ data, method, against, planted: all, hits, falseAlarms }: Score): string[] {
  if (hits === all && falseAlarms === 0) return [];
  return [`${data}: ${method} finds ${hits} of ${all} of ${against}, with ${falseAlarms} false alarms.`];
}
