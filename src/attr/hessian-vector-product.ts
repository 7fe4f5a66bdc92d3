/** Hessian-vector product: how the gradient changes in a direction. */
import { defineMethod, type Method } from "../attribution";
import { likeExamples } from "../attribution/like-examples";
import type { Problem } from "../attribution/problem";
import { outOfRange, shown, wrongType } from "../check";
import type { ArrayInput } from "../model/input";
import type { Parts } from "../tensor";

/** A direction: that of x itself, or an array in the shape of x (of several explained inputs one each). */
export type VectorDirection = "input" | ArrayInput | readonly ArrayInput[];

/** Options of `hessianVectorProduct`. */
export interface HessianVectorProductOptions {
  /** VectorDirection v in the space that is explained. Default "input": x itself. */
  readonly direction: VectorDirection;
}

/**
 * Hessian-vector product: how the gradient of the score changes when the input moves in a direction.
 *
 * H(x) v = ∂/∂ε ∂F/∂x(x + ε v) at ε = 0
 *
 * Shape: that of the input or layer; unit: score per squared unit of input, times that of v. One pass forward and back, and
 * one through both: the Hessian itself is never made. A net that is linear piece by piece, such as one of ReLUs, has no
 * curvature but at its kinks, and a map of zeros.
 *
 * Pearlmutter: Fast Exact Multiplication by the Hessian (1994), doi 10.1162/neco.1994.6.1.147.
 * @throws UnsupportedOperationError naming an operation that has no second derivative.
 */
export const hessianVectorProduct: Method<HessianVectorProductOptions> =
  defineMethod<HessianVectorProductOptions>(
    {
      name: "hessianVectorProduct",
      paper: "Pearlmutter 1994, doi 10.1162/neco.1994.6.1.147",
      axioms: ["dummy", "implementation invariance", "linearity", "symmetry"],
      quantity: () => "change of the gradient of",
      whenZero: "no curvature in this direction, as of a net that is linear piece by piece",
      passes: () => 2,
      options: { direction: { default: "input", check: checkedDirection } },
    },
    (p) => p.curvature(directionOf(p)),
  );

function checkedDirection(fn: string, given: unknown): VectorDirection {
  const isDirection = (value: unknown): value is VectorDirection =>
    value === "input" || (typeof value === "object" && value !== null);
  if (!isDirection(given))
    throw wrongType(fn, 'direction to be "input" or an array in the shape of x', shown(given));
  return given;
}

function directionOf(p: Problem<HessianVectorProductOptions>): Parts {
  const { direction } = p.options;
  const fn = "hessianVectorProduct";
  if (direction === "input") return p.x;
  if (p.x.length === 1)
    return [likeExamples(fn, p.x[0], isSeveral(direction) ? direction[0] : direction, "direction")];
  if (!isSeveral(direction) || direction.length !== p.x.length)
    throw outOfRange(fn, `a direction for each of ${p.x.length} explained inputs`, shown(direction));
  return p.x.map((x, i) => likeExamples(fn, x, direction[i], `direction ${i}`));
}

/** A list of arrays, which nested numbers are not. */
function isSeveral(direction: VectorDirection): direction is readonly ArrayInput[] {
  return Array.isArray(direction) && direction.some((one) => typeof one === "object" && !Array.isArray(one));
}
