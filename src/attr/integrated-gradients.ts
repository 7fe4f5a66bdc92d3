/** Integrated gradients: the straight path from a baseline, each input's share of the change of the score. */
import { ALL_AXIOMS, defineMethod, type Method } from "../attribution";
import { exactPath } from "../attribution/exact-path";
import { alongGivenPath, checkedPath, type GivenPath } from "../attribution/given-path";
import {
  checkPathOptions,
  lookForJumps,
  type PathOptions,
  pathIntegral,
  pathOptions,
  pathOptionsInUse,
} from "../attribution/path-integral";
import { outOfRange } from "../check";
import { minus, type Parts, times } from "../tensor";
import { optionTrueOrFalse } from "./option-rules";

/** Options of `integratedGradients`, beside `baseline`. */
export interface IntegratedGradientsOptions extends PathOptions {
  /** Multiply by x − x′. Default true; without it the map is the mean gradient along the path. */
  readonly multiplyByInputs: boolean;
  /**
   * Another path than the straight one: points from the baseline to x, both among them, or a function of α from 0 to 1; each in
   * the shape of x. Not together with `tolerance`, `keepPath` or `multiplyByInputs: false`.
   */
  readonly path: GivenPath | undefined;
  /**
   * Without quadrature, for a net that is linear piece by piece (ReLUs, maxima, products with weights): the breakpoints of the path are
   * found, and each piece counts with its own gradient. Default false. Refused where the net is curved, and not together with `path`,
   * `tolerance` or `keepPath`.
   */
  readonly exact: boolean;
}

/**
 * Integrated gradients: what each input adds to the score on the straight way from the baseline.
 *
 * IG(x) = (x − x′) ⊙ ∫₀¹ ∂F(x′ + α (x − x′))/∂x dα ≈ (x − x′) ⊙ Σ_k w_k ∂F(x′ + α_k (x − x′))/∂x
 *
 * Shape: that of the input or layer; unit: score. Complete: the map sums to F(x) − F(x′), and `convergenceDelta`
 * says by how much the quadrature misses that. At a layer the path runs in the layer's space. Along another `path` γ, ∫ ∂F(γ) ⊙ dγ:
 * complete as well. With `exact` there is no quadrature at all, in a net that is linear piece by piece.
 *
 * Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks (2017), arXiv 1703.01365.
 */
export const integratedGradients: Method<IntegratedGradientsOptions, "complete"> =
  defineMethod<IntegratedGradientsOptions>(
    {
      name: "integratedGradients",
      paper: "Sundararajan et al. 2017, arXiv 1703.01365",
      axioms: ALL_AXIOMS,
      needsBaseline: true,
      multipliesByInput: true,
      quantity: ({ multiplyByInputs }) => (multiplyByInputs ? "attribution to" : "mean gradient of"),
      whenZero: "dead units, or no difference from the baseline wherever there is a gradient",
      whenIncomplete: ({ tolerance, exact }) =>
        exact
          ? "the scores are large beside their difference, which rounding then blurs"
          : tolerance === undefined
            ? "raise steps, or give a tolerance"
            : "the tolerance allows it, or its evaluations were too few: 40 · steps of them",
      examine: lookForJumps,
      passes: ({ steps }) => steps,
      asksFirst: ({ tolerance, keepPath, path }) =>
        tolerance === undefined && keepPath === false && path === undefined ? "path" : undefined,
      options: {
        ...pathOptions,
        multiplyByInputs: optionTrueOrFalse("multiplyByInputs", true),
        path: { default: undefined, check: checkedPath },
        exact: optionTrueOrFalse("exact", false),
      },
      recorded: inUse,
      check: checkOptionsOfPath,
    },
    async (p) => {
      const { path: given } = p.options;
      if (given) return alongGivenPath("integratedGradients", p, given, p.options);
      const attribution = (gradients: Parts): Parts =>
        p.options.multiplyByInputs ? times(minus(p.x, p.baseline), gradients) : gradients;
      if (p.options.exact) return attribution(await exactPath("integratedGradients", p));
      const { gradients, path } = await pathIntegral(p, attribution);
      return { values: attribution(gradients), ...(path ? { path } : {}) };
    },
  );

/** Exact pieces have neither a rule nor steps. */
function inUse(own: IntegratedGradientsOptions): Partial<IntegratedGradientsOptions> {
  const { exact, ...others } = own;
  if (!exact) return pathOptionsInUse(others);
  const { rule: _, steps: __, ...rest } = own;
  return rest;
}

function checkOptionsOfPath(fn: string, options: IntegratedGradientsOptions): void {
  checkPathOptions(fn, options);
  const { path, tolerance, keepPath, multiplyByInputs, exact } = options;
  const refined = { tolerance: tolerance !== undefined, keepPath: keepPath !== false };
  if (exact) refuse(fn, "exact", { path: path !== undefined, ...refined });
  if (path !== undefined) refuse(fn, "a path", { ...refined, multiplyByInputs: !multiplyByInputs });
}

function refuse(fn: string, what: string, others: Readonly<Record<string, boolean>>): void {
  for (const [name, isSet] of Object.entries(others))
    if (isSet) throw outOfRange(fn, `no ${name} beside ${what}`, name);
}
