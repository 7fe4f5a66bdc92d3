/** The Hessian: second derivatives of the score by pairs of features. */
import { question } from "../attribution/define-method";
import { featureHessian } from "../attribution/feature-hessian";
import { type FeatureOptions, featuresOf, givenGroups } from "../attribution/features";
import { outOfRange } from "../check";
import { asModel, type Net } from "../engine";
import type { Input } from "../model/input";
import { filled } from "../tensor";
import { type AskedOptions, checkAsked, featureNames, ofExample, pairMatrix, strongestPairs } from "./pairs";
import { Study } from "./study";

/** Options of `hessian`. */
export type HessianOptions = AskedOptions & Partial<FeatureOptions>;

/** Features of which the whole matrix is made: as many products of Hessian and vector. */
const MOST_FEATURES = 512;

/**
 * The Hessian of the score at x, feature by feature: H_gh = Σ_{i ∈ g, j ∈ h} ∂²F/∂x_i∂x_j.
 *
 * One matrix per example, `study.matrices[example].values`, [features · features] row by row, unit score per squared unit of input; with
 * `target: loss(label)` that of the loss. `groups` makes features, "entry" by default; a token is one. At most 512 features: for
 * more, `curvature` finds the directions of largest curvature without the matrix. A net of ReLUs is linear piece by piece, and its
 * Hessian zero but at kinks.
 *
 * @throws RangeError for more features; UnsupportedOperationError naming an operation without a second derivative.
 */
export async function hessian(net: Net, x: Input, options: HessianOptions = {}): Promise<Study> {
  const fn = "hessian";
  checkAsked(fn, options, ["groups"]);
  const { groups: given, ...asked } = options;
  const groups = givenGroups(fn, given);
  const model = asModel(net);
  return question(fn, model, x, asked, 2, async (p) => {
    const features = featuresOf(p, fn, groups);
    const { count } = features;
    if (count > MOST_FEATURES)
      throw outOfRange(
        fn,
        `at most ${MOST_FEATURES} features (option groups, or studies.curvature)`,
        `${count}`,
      );
    const rows = Array.from({ length: p.examples }, (_, row) => row);
    const ones = p.x.map(({ shape }) => filled(shape, 1));
    const values = await featureHessian(p, features, { points: p.x, rows, weights: ones });
    const matrices = rows.map((row) =>
      pairMatrix(
        `${ofExample(row, p.examples)}Hessian`,
        featureNames(model, p, features, row),
        values.subarray(row * count * count, (row + 1) * count * count),
        "∂²F/∂x∂x",
      ),
    );
    const flat = matrices.flatMap(({ values: entries }, row) =>
      entries.every((value) => value === 0)
        ? [`${ofExample(row, p.examples)}no curvature here: the net is linear piece by piece, or saturated.`]
        : [],
    );
    return new Study({
      kind: "Hessian",
      tables: [strongestPairs(matrices, "∂²F/∂x∂x, twice")],
      findings: flat,
      matrices,
    });
  });
}
