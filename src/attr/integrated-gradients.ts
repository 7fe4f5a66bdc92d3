/** Integrated gradients: the straight path from a baseline, each input's share of the change of the score. */
import { ALL_AXIOMS, defineMethod, type Method } from "../attribution";
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
}

/**
 * Integrated gradients: what each input adds to the score on the straight way from the baseline.
 *
 * IG(x) = (x − x′) ⊙ ∫₀¹ ∂F(x′ + α (x − x′))/∂x dα ≈ (x − x′) ⊙ Σ_k w_k ∂F(x′ + α_k (x − x′))/∂x
 *
 * Shape: that of the input or layer; unit: score. Complete: the map sums to F(x) − F(x′), and `convergenceDelta`
 * says by how much the quadrature misses that. At a layer the path runs in the layer's space. Along another `path` γ, ∫ ∂F(γ) ⊙ dγ:
 * complete as well.
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
      whenIncomplete: ({ tolerance }) =>
        tolerance === undefined
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
      },
      recorded: pathOptionsInUse,
      check: checkOptionsOfPath,
    },
    async (p) => {
      const { path: given } = p.options;
      if (given) return alongGivenPath("integratedGradients", p, given, p.options);
      const attribution = (gradients: Parts): Parts =>
        p.options.multiplyByInputs ? times(minus(p.x, p.baseline), gradients) : gradients;
      const { gradients, path } = await pathIntegral(p, attribution);
      return { values: attribution(gradients), ...(path ? { path } : {}) };
    },
  );

function checkOptionsOfPath(fn: string, options: IntegratedGradientsOptions): void {
  checkPathOptions(fn, options);
  const { path, tolerance, keepPath, multiplyByInputs } = options;
  if (path === undefined) return;
  const others = {
    tolerance: tolerance !== undefined,
    keepPath: keepPath !== false,
    multiplyByInputs: !multiplyByInputs,
  };
  for (const [name, isSet] of Object.entries(others))
    if (isSet) throw outOfRange(fn, `no ${name} beside a path`, name);
}
