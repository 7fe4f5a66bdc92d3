/** What an equation gives, checked before anything is made of it. */
import { outOfRange, shown, wrongType } from "../check";
import { type NdArray, sameShape, sizeOf } from "../tensor";
import type { Solution } from "./method";
import type { Problem } from "./problem";

/**
 * Result of an equation, checked: one array per place with a row per example; in the shape of x at the look-up of an
 * input, where it will be summed over its last axis.
 */
export function checkedSolution<Own extends object>(
  fn: string,
  answer: Solution | readonly NdArray[],
  problem: Problem<Own>,
): Solution {
  const { x, places } = problem;
  const solution: Solution | undefined = Array.isArray(answer) ? { values: answer } : (answer as Solution);
  const values: readonly NdArray[] | undefined = solution?.values;
  const good =
    Array.isArray(values) &&
    values.length === x.length &&
    values.every((v) => v?.data instanceof Float32Array && Array.isArray(v.shape));
  if (!good) {
    const arrays = `${x.length} array${x.length === 1 ? "" : "s"} { data: Float32Array, shape }`;
    throw wrongType(fn, `its equation to return ${arrays}`, shown(values ?? answer));
  }
  values.forEach(({ data, shape }, i) => {
    const point = x[i].shape;
    const whole = problem.isLookUp(places[i]) && !problem.ofLayer;
    const fits = whole ? sameShape(shape, point) : shape.length > 0 && shape[0] === point[0];
    if (!fits) {
      const wanted = whole ? `shape [${point.join(", ")}]` : `one row per example (${point[0]})`;
      throw outOfRange(fn, `its equation to return ${wanted}`, `shape [${shape.join(", ")}]`);
    }
    if (data.length !== sizeOf(shape)) {
      const wanted = `${sizeOf(shape)} entries for shape [${shape.join(", ")}]`;
      throw outOfRange(fn, `its equation to return ${wanted}`, `${data.length}`);
    }
  });
  const errors = solution?.standardError;
  if (
    errors &&
    !(errors.length === values.length && errors.every(({ shape }, i) => sameShape(shape, values[i].shape)))
  )
    throw outOfRange(fn, "its equation to return a standardError for each value", `${shown(errors)}`);
  for (const [name, numbers] of Object.entries(solution?.details ?? {}))
    if (numbers.length !== x[0].shape[0])
      throw outOfRange(
        fn,
        `details.${name} with one number per example (${x[0].shape[0]})`,
        `${numbers.length}`,
      );
  if (solution?.input !== undefined && typeof solution.input !== "function") {
    throw wrongType(fn, "its equation to return input as a function of the inputs", shown(solution.input));
  }
  return solution;
}
