/** Requirements of a rule and of a direction, checked before any work starts. */
import { wrongType } from "../../check";
import type { Batch, GradientRequest, Replacement } from "../../model/model";
import { samePlace } from "../../model/place";
import type { NdArray } from "../../tensor";

/**
 * The reference batch that a rule needs, and the values that stand in for layers in it: its own, and those of the
 * batch except where the gradient is taken. Undefined for a rule that compares with nothing.
 *
 * @throws TypeError when it is missing or of another shape than the batch.
 */
export function checkedReference(
  batch: Batch,
  { rule, reference, at, replace }: GradientRequest,
): { readonly batch: Batch; readonly replace: readonly Replacement[] } | undefined {
  if (!rule?.reference) return undefined;
  const expected = `a reference of shape ${shapes(batch)} for the rule ${rule.name}`;
  if (reference === undefined) throw wrongType("gradient", expected, "none");
  const { batch: compared, replace: own = [] } = "batch" in reference ? reference : { batch: reference };
  if (shapes(compared) !== shapes(batch)) throw wrongType("gradient", expected, `shape ${shapes(compared)}`);
  const elsewhere = (replace ?? []).filter(
    ({ place }) => ![...at, ...own.map((r) => r.place)].some((other) => samePlace(place, other)),
  );
  return { batch: compared, replace: [...elsewhere, ...own] };
}

/** Replacements in the order of others at the same places: a graph takes both by number. */
export function inOrderOf(replace: readonly Replacement[], others: readonly Replacement[]): Replacement[] {
  return others.map(({ place }) => replace.find((r) => samePlace(r.place, place))!);
}

/** Throws a TypeError unless there is one direction of the same shape for each value. */
export function checkDirection(direction: readonly NdArray[], values: readonly NdArray[]): void {
  if (direction.length !== values.length || shapes(direction) !== shapes(values)) {
    throw wrongType("curvature", `a direction of shape ${shapes(values)}`, `shape ${shapes(direction)}`);
  }
}

function shapes(arrays: readonly NdArray[]): string {
  return arrays.map(({ shape }) => `[${shape.join(", ")}]`).join(", ");
}
