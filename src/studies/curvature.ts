/** Curvature of a score: the directions in which its gradient changes most. */
import { question } from "../attribution/define-method";
import { lanczos } from "../attribution/lanczos";
import type { Problem } from "../attribution/problem";
import { checkInteger, checkNumber, outOfRange } from "../check";
import { asModel, type Net } from "../engine";
import { axesOf } from "../model/baseline";
import type { Input } from "../model/input";
import type { Model } from "../model/model";
import { random } from "../random";
import { type NdArray, ndarray, rowSize, sliceRows } from "../tensor";
import { type AskedOptions, checkAsked, ofExample } from "./pairs";
import { Study } from "./study";
import type { StudyMap } from "./study-contents";

/** Options of `curvature`. */
export interface CurvatureOptions extends AskedOptions {
  /** Number of eigenpairs. Default 3. */
  readonly count?: number;
  /** Products of Hessian and vector per example, at most. Default 100. */
  readonly iterations?: number;
  /** A pair is found once |H v − λ v| is at most this share of the largest |λ|. Default 1e-4. */
  readonly tolerance?: number;
}

/**
 * The eigenpairs of largest |λ| of the Hessian of the score at x (with `target: loss(label)`, of the loss), by Lanczos: the matrix is
 * never made, so that images are no larger than their pixels.
 *
 * Table "eigenpairs": λ (score per squared unit of input) and the residual |H v − λ v| of each; `study.maps` holds the unit vectors v in the
 * shape of the input or layer, largest |λ| first, the largest entry of each positive; where λ is 0, or less than `tolerance` can tell
 * from it, any vector is one, and none is shown. A large |λ| says that the gradient at x, and a map made of it, holds for a small
 * neighbourhood only in that direction.
 *
 * Lanczos: An Iteration Method for the Solution of the Eigenvalue Problem (1950), doi 10.6028/jres.045.026; Moosavi-Dezfooli et al.:
 * Robustness via Curvature Regularization (2019), arXiv 1811.09716.
 * @throws RangeError for more pairs than entries; UnsupportedOperationError naming an operation without a second derivative.
 */
export async function curvature(net: Net, x: Input, options: CurvatureOptions = {}): Promise<Study> {
  const fn = "curvature";
  checkAsked(fn, options, ["count", "iterations", "tolerance"]);
  const { count = 3, iterations = 100, tolerance = 1e-4, ...asked } = options;
  checkInteger(fn, "count", count, 1);
  checkInteger(fn, "iterations", iterations, count);
  checkNumber(fn, "tolerance", tolerance, 0, true);
  const model = asModel(net);
  return question(fn, model, x, asked, 2 * iterations, async (p) => {
    const sizes = p.x.map(rowSize);
    const size = sizes.reduce((sum, own) => sum + own, 0);
    if (count > size) throw outOfRange(fn, `count of at most ${size} entries`, `${count}`);
    const rows: { example: number; number: number; value: number; residual: number }[] = [];
    const maps: StudyMap[] = [];
    const findings: string[] = [];
    for (let example = 0; example < p.examples; example++) {
      const points = p.x.map((array) => sliceRows(array, example, example + 1));
      const apply = async (vector: Float64Array): Promise<Float64Array> =>
        flat(await p.curvature(shaped(vector, points), { points, rows: [example] }));
      const stream = random(p.seed, 0x1a2c, example);
      const pairs = await lanczos(apply, { size, count, iterations, tolerance, random: stream });
      const bound = tolerance * Math.abs(pairs[0].value);
      pairs.forEach(({ value, vector, residual }, number) => {
        rows.push({ example, number: number + 1, value, residual });
        // Of no curvature any direction is one.
        if (Math.abs(value) > bound)
          maps.push(...vectorMaps(model, p, { example, number, value }, shaped(vector, points)));
      });
      const rough = pairs.filter(({ residual }) => residual > bound).length;
      const of = ofExample(example, p.examples);
      if (pairs.every(({ value }) => value === 0))
        findings.push(`${of}no curvature here: the net is linear piece by piece, or saturated.`);
      else if (rough > 0)
        findings.push(
          `${of}${rough} of ${count} pairs did not settle within ${iterations} products: raise iterations.`,
        );
    }
    return new Study({
      kind: "curvature",
      tables: [
        {
          name: "eigenpairs",
          columns: [
            { name: "example", values: rows.map((row) => row.example) },
            { name: "number", values: rows.map((row) => row.number) },
            { name: "eigenvalue", unit: "score per squared unit", values: rows.map((row) => row.value) },
            { name: "residual", values: rows.map((row) => row.residual) },
          ],
        },
      ],
      findings,
      maps,
    });
  });
}

/** Entries of one row of all places, one after the other. */
function flat(parts: readonly NdArray[]): Float64Array {
  return Float64Array.from(parts.flatMap(({ data }) => Array.from(data)));
}

function shaped(vector: Float64Array, like: readonly NdArray[]): NdArray[] {
  let from = 0;
  return like.map(({ data, shape }) => {
    const part = vector.subarray(from, from + data.length);
    from += data.length;
    return ndarray(part, shape);
  });
}

/** An eigenvector as maps, one per place. */
function vectorMaps<O>(
  model: Model,
  p: Problem<O>,
  { example, number, value }: { readonly example: number; readonly number: number; readonly value: number },
  parts: readonly NdArray[],
): StudyMap[] {
  return parts.map(({ data, shape }, i) => {
    const place = p.places[i];
    const input = p.inputOf(place);
    const name = "layer" in place ? place.layer : model.inputs[place.input].name;
    const axes =
      input !== undefined && "input" in place
        ? axesOf(model.inputs[input], p.x[i])
        : axesOf({ name, dtype: "float32" }, p.x[i]).map((axis) => (axis === "feature" ? "unit" : axis));
    return {
      title: `${ofExample(example, p.examples)}eigenvector ${number + 1}, λ = ${Number(value.toPrecision(3))}`,
      part: name,
      unit: "direction of curvature of",
      axes,
      shape: shape.slice(1),
      values: Array.from(data),
    };
  });
}
