/** Checks of a report: each a number, the bound that it must keep, and what it cannot show. */
import { inputXGradient } from "../../attr";
import type { AnyMethod, Attribution } from "../../attribution";
import { UnsupportedOperationError } from "../../check";
import { rankCorrelation } from "../../display/rank-correlation";
import * as metrics from "../../metrics";
import { rowsOfMap } from "../../metrics/measuring/maps-again";
import type { Input } from "../../model/input";
import type { Model } from "../../model/model";
import type { Target } from "../../model/target";
import { baselineReport } from "../baseline-report";
import { counterfactual } from "../counterfactual";
import { diagnose } from "../diagnose";
import { askAboutMap } from "../map-question";
import { decider } from "../minimal-sets";
import { pictureBlocks } from "./picture-blocks";

/** What a check looks at. */
export interface Checked {
  readonly model: Model;
  readonly x: Input;
  readonly map: Attribution;
  readonly method: AnyMethod;
  readonly target: Target;
  readonly signal?: AbortSignal;
}

/** Outcome of a check. */
export interface CheckResult {
  readonly name: string;
  /** What the number is, and what it cannot show. */
  readonly measures: string;
  readonly cannotShow: string;
  readonly value: number | undefined;
  /** The bound that the number keeps where the check holds. */
  readonly bound: number;
  readonly better: "at most" | "at least";
  /** Undefined where there is no answer. */
  readonly held: boolean | undefined;
  /** Details of a check that fails, or the reason why there is no answer. */
  readonly notes: readonly string[];
}

interface Measured {
  readonly value: number | undefined;
  readonly notes?: readonly string[];
}

interface Check extends Pick<CheckResult, "name" | "measures" | "cannotShow" | "bound" | "better"> {
  /** Undefined where the check is not for such a map. */
  measure(checked: Checked): Promise<Measured | undefined>;
}

const metricOptions = ({ signal }: Checked): { signal?: AbortSignal } => (signal ? { signal } : {});

/** All checks, in the order of a report. The first four need nothing but the map's own call. */
const CHECKS: readonly Check[] = [
  {
    name: "completeness",
    measures: "what the map's sum misses of F(x) − F(x′), as a share of it",
    cannotShow: metrics.completeness.meta.cannotShow,
    bound: 0.05,
    better: "at most",
    async measure({ map: { convergenceDelta, baselineScore, score } }) {
      if (!convergenceDelta || !baselineScore) return undefined;
      const difference = Math.abs(score[0] - baselineScore[0]);
      return { value: difference === 0 ? undefined : Math.abs(convergenceDelta[0]) / difference };
    },
  },
  {
    name: "hiding in order",
    measures:
      "the area under the score when features come back, the strongest first, less that when they are hidden, as a share of what is at stake",
    cannotShow: metrics.deletion.meta.cannotShow,
    bound: 0,
    better: "at least",
    async measure(checked) {
      const { model, map } = checked;
      const [inserted, deleted] = [
        await metrics.insertion(model, map, metricOptions(checked)),
        await metrics.deletion(model, map, metricOptions(checked)),
      ];
      const curve = deleted.curve?.values[0] ?? [];
      const stake = Math.abs(curve[0] - curve[curve.length - 1]);
      const [up, down] = [inserted.values[0], deleted.values[0]];
      return { value: stake > 0 && up !== undefined && down !== undefined ? (up - down) / stake : undefined };
    },
  },
  {
    name: "faithfulness correlation",
    measures: "how the map's sums over random sets of features go with what hiding them does (Pearson's r)",
    cannotShow: metrics.faithfulnessCorrelation.meta.cannotShow,
    bound: 0.2,
    better: "at least",
    async measure(checked) {
      const { values } = await metrics.faithfulnessCorrelation(
        checked.model,
        checked.map,
        metricOptions(checked),
      );
      return { value: values[0] };
    },
  },
  {
    name: "stability",
    measures: "the largest relative change of the map under a little noise (max sensitivity, five copies)",
    cannotShow: metrics.maxSensitivity.meta.cannotShow,
    bound: 1,
    better: "at most",
    async measure(checked) {
      const { values } = await metrics.maxSensitivity(checked.model, checked.map, {
        samples: 5,
        ...metricOptions(checked),
      });
      return { value: values[0] };
    },
  },
  {
    name: "randomised weights",
    measures: "how like the map is to those of the net with weights drawn anew, layer by layer (MPRT)",
    cannotShow: metrics.mprt.meta.cannotShow,
    bound: 0.6,
    better: "at most",
    async measure(checked) {
      const { model, map } = checked;
      if (!model.withWeights || (model.weights?.() ?? []).length === 0) return undefined;
      return { value: (await metrics.mprt(model, map, metricOptions(checked))).values[0] };
    },
  },
  {
    name: "another method",
    measures: "the rank correlation of magnitudes with those of input × gradient",
    cannotShow: "Two methods may agree and both be wrong, or differ since they answer different questions.",
    bound: 0.3,
    better: "at least",
    async measure({ model, x, map, method, target, signal }) {
      if (method.meta.name === inputXGradient.meta.name || model.engine === "black box") return undefined;
      const other = await inputXGradient(model, x, { target, ...(signal ? { signal } : {}) });
      const [a, b] = [map, other].map((one) => Array.from(rowsOfMap(one)[0], Math.abs));
      if (a.length !== b.length) return undefined;
      const rank = rankCorrelation(a, b);
      return { value: Number.isNaN(rank) ? undefined : rank };
    },
  },
  {
    name: "other baselines",
    measures: "the largest share of entries whose sign is another with another baseline",
    cannotShow: "Which baseline is right: each asks another question.",
    bound: 0.25,
    better: "at most",
    async measure({ model, x, method, target, signal }) {
      if (!method.meta.needsBaseline) return undefined;
      const study = await baselineReport(model, x, { method, target, ...(signal ? { signal } : {}) });
      const shares = study
        .table("pairs")
        .columns[3].values.flatMap((v) => (typeof v === "number" ? [v] : []));
      return { value: Math.max(0, ...shares), notes: study.findings };
    },
  },
  {
    name: "predicted changes",
    measures:
      "the share of changes that are not what the map predicts, when its strongest features are hidden",
    cannotShow:
      "Hidden features leave inputs that the net was not trained on; sums cannot say what features do together.",
    bound: 0.5,
    better: "at most",
    async measure(checked) {
      const study = await counterfactual(checked.model, checked.map, metricOptions(checked));
      const [tried, wrong] = [1, 2].map((column) =>
        Number(study.table("examples").columns[column].values[0]),
      );
      return { value: wrong / tried, notes: study.findings };
    },
  },
  {
    name: "one region",
    measures:
      "the number of small blocks of the picture that decide alone, and without which the decision is another",
    cannotShow: "Marks that are spread over the whole picture, or that only help a decision.",
    bound: 0,
    better: "at most",
    measure: regionsThatDecide,
  },
  {
    name: "diagnosis",
    measures: "what diagnose() finds of the net and of this question",
    cannotShow: "Faults that the examples at hand do not show.",
    bound: 0,
    better: "at most",
    async measure({ model, x, target, signal }) {
      if (model.engine === "black box") return undefined;
      const { findings } = await diagnose(model, x, { target, ...(signal ? { signal } : {}) });
      return { value: findings.length, notes: findings };
    },
  },
];

/** Blocks of a picture that alone are enough for the decision, and without which it is another. */
async function regionsThatDecide({ model, map, signal }: Checked): Promise<Measured | undefined> {
  const blocks = pictureBlocks(map);
  if (blocks === undefined || map.explain === "output") return undefined;
  const { regions, pixels } = blocks;
  const options = { groups: pixels, explain: "logit" as const, ...(signal ? { signal } : {}) };
  return askAboutMap("report", model, map, options, 2 * regions.length, async (question) => {
    const all = Array.from(pixels.data);
    const decide = decider("report", question, undefined);
    const [whole, nothing] = await decide(0, [[], all]);
    const without = await decide(
      0,
      regions.map((region) => region.pixels),
    );
    const alone = await decide(
      0,
      regions.map((region) => {
        const kept = new Set(region.pixels);
        return all.filter((pixel) => !kept.has(pixel));
      }),
    );
    // What an empty picture is taken for says nothing of a region.
    const found = regions.flatMap((region, i) =>
      nothing !== whole && without[i] !== whole && alone[i] === whole ? [{ region, other: without[i] }] : [],
    );
    const named = (decision: number): string => `“${model.facts.classes?.[decision] ?? decision}”`;
    return {
      value: found.length,
      notes: found.map(
        ({ region, other }) =>
          `The block at “${region.name}”${region.atEdge ? ", at the edge of the picture," : ""} decides by itself: seen alone the answer is still ${named(whole)}, and hidden it is ${named(other)}. Look whether it belongs to what should be recognised; a mark or a frame would do the same.`,
      ),
    };
  });
}

/** Runs all checks that are for such a map. */
export async function runChecks(checked: Checked): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { measure, ...check } of CHECKS) {
    const measured = await answered(measure, checked);
    if (measured === undefined) continue;
    const { value, notes = [] } = measured;
    const held =
      value === undefined
        ? undefined
        : check.better === "at most"
          ? value <= check.bound
          : value >= check.bound;
    results.push({ ...check, value, held, notes: held === true ? [] : notes });
  }
  return results;
}

/** A measurement; where the question has no answer for such a net, the reason in its place. */
async function answered(measure: Check["measure"], checked: Checked): Promise<Measured | undefined> {
  try {
    return await measure(checked);
  } catch (error) {
    if (checked.signal?.aborted) throw error;
    const refused =
      error instanceof RangeError || error instanceof TypeError || error instanceof UnsupportedOperationError;
    // What the house refuses it refuses in words of one form; anything else is a fault, and told as such.
    if (!refused || !/\(\): expected /.test(error.message)) throw error;
    return { value: undefined, notes: [`${error.message}.`] };
  }
}
