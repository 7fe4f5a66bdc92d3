/** A path that the user gives: from the baseline to the input by points of their own. */
import { outOfRange, shown, wrongType } from "../check";
import type { ArrayInput } from "../model/input";
import { minimumSteps, quadrature, type RuleName } from "../quadrature";
import { RunningSum } from "../running";
import { minus, type NdArray, type Parts, times } from "../tensor";
import { likeExamples } from "./like-examples";
import type { Problem } from "./problem";

/** Points from the baseline to x, both among them, or a function of α from 0 to 1 that gives them; each in the shape of x. */
export type GivenPath = readonly ArrayInput[] | ((alpha: number) => ArrayInput);

/** Points as a function, which a record names instead of holding them all. */
interface PathOfPoints {
  (alpha: number): ArrayInput;
  readonly points?: readonly ArrayInput[];
}

/** Checks the form of a path; its points are read when x is known. */
export function checkedPath(fn: string, given: unknown): GivenPath {
  const isPath = (value: unknown): value is GivenPath =>
    typeof value === "function" || (Array.isArray(value) && value.length >= 2);
  if (!isPath(given))
    throw wrongType(fn, "path to be a function of α or a list of at least two points", shown(given));
  if (typeof given === "function") return given;
  const nearest = (alpha: number): ArrayInput => given[Math.round(alpha * (given.length - 1))];
  Object.defineProperty(nearest, "name", { value: `path of ${given.length} points` });
  return Object.assign(nearest, { points: given });
}

/** The points of a path, where it was given as such. */
function pointsOf(path: GivenPath): readonly ArrayInput[] | undefined {
  const asFunction: PathOfPoints | undefined = typeof path === "function" ? path : undefined;
  return asFunction ? asFunction.points : (path as readonly ArrayInput[]);
}

/** Distance from an end of the path that rounding explains, as a share of the largest entry. */
const ROUNDING = 1e-5;

/**
 * Σ_s (γ_{s+1} − γ_s) ⊙ ∫₀¹ ∂F(γ_s + α (γ_{s+1} − γ_s)) dα over the stretches of a path, each by as many nodes as it has of
 * `steps`; a function is read at `steps` + 1 places, and each stretch at its middle.
 * @throws RangeError for points of another shape, and for a path that leads from or to another place.
 */
export async function alongGivenPath(
  fn: string,
  p: Problem<object>,
  path: GivenPath,
  { rule, steps }: { readonly rule: RuleName; readonly steps: number },
): Promise<NdArray[]> {
  if (p.x.length !== 1)
    throw outOfRange(fn, "a path only where one input or layer is explained", `${p.x.length}`);
  const own = pointsOf(path);
  const given =
    own ?? (typeof path === "function" ? Array.from({ length: steps + 1 }, (_, k) => path(k / steps)) : []);
  const points = given.map((point, k) =>
    likeExamples(fn, p.x[0], point, `point ${k} of path`, "points of path"),
  );
  checkEnd(fn, "start at the baseline", points[0], p.baseline[0]);
  checkEnd(fn, "end at x", points[points.length - 1], p.x[0]);
  const stretches = points.length - 1;
  const nodes = Math.max(minimumSteps(rule), Math.floor(steps / stretches));
  const along = own ? quadrature(rule, nodes) : quadrature("midpoint", 1);
  const sum = new RunningSum(p.examples);
  for (let k = 0; k < stretches; k++) {
    const [from, to]: Parts[] = [[points[k]], [points[k + 1]]];
    sum.add(times(minus(to, from), await p.path(along, from, to)));
  }
  return sum.values;
}

function checkEnd(fn: string, what: string, { data }: NdArray, { data: wanted }: NdArray): void {
  const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const off = data.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
  if (off > ROUNDING * Math.max(size, 1))
    throw outOfRange(fn, `path to ${what}`, `a distance of ${off.toPrecision(3)} from it`);
}
