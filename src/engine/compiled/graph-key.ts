/** Keys that tell graphs apart. */
import { scoredLayer } from "../../model/score";
import type { RowRequest } from "../row-request";

const numbers = new WeakMap<object, number>();
/** From 1, since 0 stands for no object. */
let nextNumber = 1;

/** A number that tells objects apart. */
export function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) {
    number = nextNumber++;
    numbers.set(object, number);
  }
  return number;
}

/** Key that tells graphs of the same weights apart. */
export function keyOf(shapes: readonly (readonly number[])[], request: RowRequest, path: boolean): string {
  const { replace, of, explain, at, capture, rule, direction } = request;
  const score = of?.score;
  return JSON.stringify([
    shapes,
    path,
    of ? [of.explain, of.output, of.head, score?.kind] : explain,
    score?.kind === "function" ? [numberOf(score.score), score.reads] : 0,
    scoredLayer(score) ?? 0,
    at,
    capture,
    replace.map(({ place, values }) => [place, values.shape.slice(1)]),
    rule ? numberOf(rule) : 0,
    direction !== undefined,
  ]);
}
