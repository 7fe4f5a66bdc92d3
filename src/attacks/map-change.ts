/** Change of maps beside change of the score, when an input is moved. */
import type { AnyMethod, CommonOptions } from "../attribution";
import { checkOptions, outOfRange, shown, wrongType } from "../check";
import type { Net } from "../engine";
import { correlation, meanOfTold, rankAssociation } from "../metrics/measuring/association";
import { rowsOfMap } from "../metrics/measuring/maps-again";
import type { Input } from "../model/input";
import { figure } from "../studies/counterfactual";
import { Study } from "../studies/study";

/** Options of `mapChange`. */
export interface MapChangeOptions
  extends Pick<CommonOptions, "output" | "explain" | "seed" | "engine" | "maxBytes" | "signal"> {
  /** Methods whose maps are compared. */
  readonly methods: readonly AnyMethod[];
}

/**
 * Each method's map at x and at the moved input, of one and the same target: the class that the net predicts at x. Per method the means over examples of
 * Pearson's and Spearman's correlation of the two maps, and of |F(x*) − F(x)| as a share of |F(x)|. A map that turns over where the score
 * stays says more about the place than about the decision.
 *
 * ```ts
 * const attack = await attacks.manipulateMap(net, x, { toward });
 * await attacks.mapChange(net, x, attack.input, { methods: [saliency, integratedGradients, smoothGrad] });
 * ```
 * @throws TypeError without methods; RangeError for another number of examples.
 */
export async function mapChange(net: Net, x: Input, moved: Input, options: MapChangeOptions): Promise<Study> {
  const fn = "mapChange";
  checkOptions(fn, options, ["methods", "output", "explain", "seed", "engine", "maxBytes", "signal"]);
  const { methods, ...asked } = options;
  if (!Array.isArray(methods) || methods.length === 0 || methods.some((method) => !method?.meta))
    throw wrongType(fn, "an array of methods", shown(methods));
  const rows: { name: string; score: number; pearson: number | undefined; rank: number | undefined }[] = [];
  for (const method of methods) {
    const before = await method(net, x, asked);
    const after = await method(net, moved, { ...asked, target: before.target });
    if (after.score.length !== before.score.length)
      throw outOfRange(fn, `${before.score.length} moved examples`, String(after.score.length));
    const [was, is] = [rowsOfMap(before), rowsOfMap(after)];
    rows.push({
      name: before.method,
      score:
        meanOfTold(
          before.score.map((score: number, i: number) =>
            score === 0 ? undefined : Math.abs(after.score[i] - score) / Math.abs(score),
          ),
        ) ?? Number.NaN,
      pearson: meanOfTold(was.map((row, i) => correlation(row, is[i]))),
      rank: meanOfTold(was.map((row, i) => rankAssociation(row, is[i]))),
    });
  }
  const told = rows.filter(({ pearson }) => pearson !== undefined);
  const sorted = [...told].sort((a, b) => (a.pearson ?? 0) - (b.pearson ?? 0));
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  return new Study({
    kind: "change of maps",
    tables: [
      {
        name: "methods",
        columns: [
          { name: "method", values: rows.map(({ name }) => name) },
          { name: "score moved", unit: "share", values: rows.map(({ score }) => score) },
          { name: "map kept", unit: "correlation", values: rows.map(({ pearson }) => pearson) },
          { name: "order kept", unit: "rank correlation", values: rows.map(({ rank }) => rank) },
        ],
      },
    ],
    findings:
      least === undefined
        ? ["No map can be compared: all are constant."]
        : [
            `The score moves by ${figure(100 * least.score)} % in the mean. Least is kept of the map of ${least.name} (correlation ${figure(least.pearson ?? 0)})${most === least ? "" : `, most of that of ${most.name} (${figure(most.pearson ?? 0)})`}.`,
          ],
  });
}
