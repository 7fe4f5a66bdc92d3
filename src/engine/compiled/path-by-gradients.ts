/** The sum of gradients along a path by requests for gradients: of nets that take one number of rows, and no other. */
import { UnsupportedOperationError } from "../../check";
import type { Batch, Model, PathAnswer, PathRequest } from "../../model/model";
import { PathSum, pathRows } from "../path-rows";
import { rowsOf } from "../row-request";

/** Bytes of the points that are made at a time. */
const BYTES_AT_ONCE = 16 * 2 ** 20;

/** A path through a net that takes one number of rows: its points are as many as it has nodes. */
export class RowsAtATime extends UnsupportedOperationError {
  constructor(rows: number) {
    super(
      `compiled engine: expected a model that takes any number of rows, got one that takes ${rows} at a time`,
    );
  }
}

/** Answers a request for a path by gradients at its points. */
export async function pathByGradients(
  model: Pick<Model, "gradient">,
  batch: Batch,
  request: PathRequest,
): Promise<PathAnswer> {
  const { at, nodes, signal, onRows, maxBytes } = request;
  const carried = {
    ...(signal ? { signal } : {}),
    ...(onRows ? { onRows } : {}),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
  const total = rowsOf({ batch }) * nodes.length;
  const bytes = batch.reduce((sum, { data, shape }) => sum + (4 * data.length) / shape[0], 0);
  const size = Math.max(1, Math.floor(BYTES_AT_ONCE / bytes));
  const sum = new PathSum(batch, request);
  let ways: Pick<PathAnswer, "depends" | "cuts"> = { depends: at.map(() => false) };
  for (let start = 0; start < total; start += size) {
    const rows = Array.from({ length: Math.min(size, total - start) }, (_, i) => start + i);
    const { batch: points, replace, of } = pathRows(batch, request, rows);
    const answer = await model.gradient(points, { ...carried, of: of ?? request.of, at, replace });
    sum.add(answer.gradients, rows);
    ways = answer;
  }
  return { gradients: sum.gradients, depends: ways.depends, cuts: ways.cuts };
}
