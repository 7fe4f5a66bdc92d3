/** Report: one prediction, what drove it, what was checked of that and what failed, in plain words made from numbers. */
import { integratedGradients } from "../../attr";
import type { AnyMethod, Attribution } from "../../attribution";
import { question } from "../../attribution/define-method";
import { checkOptions, outOfRange, shown, wrongType } from "../../check";
import { asModel, type Net } from "../../engine";
import { rowsOfMap } from "../../metrics/measuring/maps-again";
import { type Input, readInput } from "../../model/input";
import type { Target } from "../../model/target";
import { askAboutMap } from "../map-question";
import { namesOfMap } from "../map-rows";
import { minimalSets } from "../minimal-sets";
import { pictureBlocks } from "./picture-blocks";
import { runChecks } from "./report-checks";
import type { Driver } from "./report-contents";
import { Report } from "./report-record";
import { sectionsOf } from "./report-text";

/** Options of `report`. */
export interface ReportOptions {
  /** Default: integrated gradients. */
  readonly method?: AnyMethod;
  /** Default: the predicted class. */
  readonly target?: Target;
  readonly signal?: AbortSignal;
}

const MOST_DRIVERS = 5;

/**
 * A report of one example: what was decided, what drove it, what was checked, what failed, how far to trust the map, and what would
 * change the decision. Every sentence is made from numbers that are in its JSON; at least three metrics are always told together; the
 * same question gives the same bytes. Pictures are looked over for a block that decides by itself, such as a watermark, without being
 * told of one.
 *
 * ```ts
 * const page = await report(net, x);
 * page                              // shows itself
 * await page.toHTML();              // one page; also toMarkdown() and toJSON()
 * ```
 *
 * Checks and their bounds: completeness (5 % of F(x) − F(x′)), insertion above deletion, faithfulness correlation (0.2), max
 * sensitivity (1), parameter randomisation (0.6), rank correlation with input × gradient (0.3), signs that change with the baseline
 * (25 %), changes that the map predicts wrongly (half), blocks that decide alone (none), findings of `diagnose` (none).
 * @throws RangeError for several examples.
 */
export async function report(net: Net, x: Input, options: ReportOptions = {}): Promise<Report> {
  const fn = "report";
  checkOptions(fn, options, ["method", "target", "signal"]);
  const { method = integratedGradients, target = "predicted", signal } = options;
  if (typeof method !== "function" || !method.meta) throw wrongType(fn, "a method", shown(method));
  const model = asModel(net);
  const { examples } = readInput(fn, model, x);
  if (examples !== 1) throw outOfRange(fn, "one example", `${examples}`);
  const common = { target, ...(signal ? { signal } : {}) };
  const map = await method(model, x, common);
  const checks = await runChecks({ model, x, map, method, ...common });
  const told = checks.filter(({ value }) => value !== undefined);
  if (told.length < 3)
    throw outOfRange(
      fn,
      "at least three checks that have an answer",
      told.map(({ name }) => name).join(", ") || "none",
    );
  const blocks = pictureBlocks(map);
  const drivers = await driversOf(model, map, blocks);
  const decides = map.explain !== "output" || !map.targetLabels.includes("output");
  const groups = blocks === undefined ? {} : { groups: blocks.groups };
  const flips = decides
    ? await minimalSets(model, map, { ...groups, ...(signal ? { signal } : {}) })
    : undefined;
  const [first] =
    flips
      ?.table("sets")
      .columns.map(({ values }) => values[0])
      .slice(1) ?? [];
  const contents = {
    method: map.method,
    target: map.targetLabels[0],
    explain: map.explain,
    score: map.score[0],
    baselineScore: map.baselineScore?.[0],
    classes: decides ? await probabilitiesOf(model, x, map, common) : [],
    drivers,
    checks,
    flips:
      flips === undefined || first === undefined
        ? undefined
        : {
            without: blocks ? namedBlocks(String(first), blocks.names) : String(first),
            features: Number(flips.table("sets").columns[2].values[0]),
            afterwards: String(flips.table("sets").columns[4].values[0]),
          },
    decides,
    warnings: map.warnings,
    fingerprint: map.fingerprint,
  };
  return new Report(contents, sectionsOf(contents), map);
}

/** Numbers of blocks in their words. */
function namedBlocks(numbers: string, names: readonly string[]): string {
  return numbers.replace(/\d+/g, (block) => names[Number(block)] ?? block);
}

/** The entries, or blocks of a picture, of the largest share of Σ|a|. */
async function driversOf(
  model: Parameters<typeof askAboutMap>[1],
  map: Attribution,
  blocks: ReturnType<typeof pictureBlocks>,
): Promise<Driver[]> {
  const [entries] = rowsOfMap(map);
  const total = entries.reduce((sum, value) => sum + Math.abs(value), 0);
  const named = blocks
    ? await askAboutMap("report", model, map, { groups: blocks.groups }, 1, async ({ own, features }) => {
        const [sums, sizes] = [new Float64Array(features.count), new Float64Array(features.count)];
        const seen = new Set<number>();
        features.of.forEach((of, place) => {
          of.forEach((block, i) => {
            const number = own.of[place][i];
            if (seen.has(number)) return;
            seen.add(number);
            sums[block] += own.values[0][number];
            sizes[block] += Math.abs(own.values[0][number]);
          });
        });
        return blocks.names.map((name, block) => ({ name, value: sums[block], size: sizes[block] }));
      })
    : namesOfMap(map).map((name, i) => ({ name, value: entries[i], size: Math.abs(entries[i]) }));
  return named
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size)
    .slice(0, MOST_DRIVERS)
    .map(({ name, value, size }) => ({ name, value, share: size / total }));
}

/** The likeliest classes, the first three of them. */
async function probabilitiesOf(
  model: Parameters<typeof askAboutMap>[1],
  x: Input,
  map: Attribution,
  common: { readonly target: Target },
): Promise<{ readonly label: string; readonly value: number }[]> {
  const known = asModel(model).facts.classes;
  const outputs = await question("report", model, x, { ...common, explain: "probability" }, 1, (p) =>
    p.output(),
  );
  if (outputs.shape.length !== 2) return [];
  const single = outputs.shape[1] === 1;
  const values = single ? [1 - outputs.data[0], outputs.data[0]] : Array.from(outputs.data);
  if (map.explain === "output" && single) return [];
  return values
    .map((value, i) => ({ label: known?.[i] ?? String(i), value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 3);
}
