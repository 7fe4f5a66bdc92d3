/** A path as rows of a request for gradients, and the sum of what these give: for engines that do not fuse the two. */
import type { Batch, PathRequest, Replacement } from "../model/model";
import { targetRows } from "../model/target";
import { filled, type NdArray, type Parts, rowSize, takeRows } from "../tensor";
import { type RowRequest, rowsOf } from "./row-request";

/** Some rows of a path: row r is example r mod B at node ⌊r / B⌋. */
export function pathRows(batch: Batch, request: PathRequest, rows: readonly number[]): RowRequest {
  const { at, from, to, nodes, of } = request;
  const examples = rowsOf({ batch });
  const same = rows.map((row) => row % examples);
  const inputs = batch.map((array) => takeRows(array, same));
  const replace = (request.replace ?? []).map(
    (r): Replacement => ({ ...r, values: takeRows(r.values, same) }),
  );
  at.forEach((place, i) => {
    const values = pointsBetween(from[i], to[i], nodes, rows, examples);
    if ("input" in place) inputs[place.input] = values;
    else replace.push({ place, values });
  });
  return { batch: inputs, replace, of: targetRows(of, same), at, capture: [] };
}

/** Σ weights · gradients, one sum per place and example. */
export class PathSum {
  readonly #sums: readonly Float64Array[];
  readonly #request: PathRequest;
  readonly #examples: number;

  constructor(batch: Batch, request: PathRequest) {
    this.#sums = request.from.map(({ data }) => new Float64Array(data.length));
    this.#request = request;
    this.#examples = rowsOf({ batch });
  }

  /** Adds the gradients of some rows of the path. */
  add(gradients: Parts, rows: readonly number[]): void {
    const { weights } = this.#request;
    gradients.forEach((gradient, place) => {
      const sum = this.#sums[place];
      const width = rowSize(gradient);
      rows.forEach((row, k) => {
        const weight = weights[Math.floor(row / this.#examples)];
        const base = (row % this.#examples) * width;
        for (let i = 0; i < width; i++) sum[base + i] += weight * gradient.data[k * width + i];
      });
    });
  }

  get gradients(): NdArray[] {
    const { from } = this.#request;
    return this.#sums.map((sum, i) => ({ data: Float32Array.from(sum), shape: from[i].shape }));
  }
}

function pointsBetween(
  from: NdArray,
  to: NdArray,
  nodes: readonly number[],
  rows: readonly number[],
  examples: number,
): NdArray {
  const width = rowSize(from);
  const points = filled([rows.length, ...from.shape.slice(1)], 0);
  rows.forEach((row, k) => {
    const alpha = nodes[Math.floor(row / examples)];
    const base = (row % examples) * width;
    for (let i = 0; i < width; i++) {
      const start = from.data[base + i];
      points.data[k * width + i] = start + alpha * (to.data[base + i] - start);
    }
  });
  return points;
}
