/** What a rule and a direction must come with, checked before any work starts. */
import { wrongType } from "../../check";
import type { Batch, GradientRequest, Replacement } from "../../model/model";
import { samePlace } from "../../model/place";
import type { NdArray } from "../../tensor";

/**
 * The reference batch that a rule asks for, and the values that stand in for layers in it: those given, except where
 * the gradient is taken. Undefined for a rule that compares with nothing.
 *
 * @throws TypeError when it is missing or of another shape than the batch.
 */
export function askedReference(
  batch: Batch,
  { rule, reference, at, replace }: GradientRequest,
): { readonly batch: Batch; readonly replace: readonly Replacement[] } | undefined {
  if (!rule?.reference) return undefined;
  const expected = `a reference of shape ${shapes(batch)} for the rule ${rule.name}`;
  if (reference === undefined) throw wrongType("gradient", expected, "none");
  if (shapes(reference) !== shapes(batch))
    throw wrongType("gradient", expected, `shape ${shapes(reference)}`);
  const fixed = (replace ?? []).filter((r) => !at.some((place) => samePlace(r.place, place)));
  return { batch: reference, replace: fixed };
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
