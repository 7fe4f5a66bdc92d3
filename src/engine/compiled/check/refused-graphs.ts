/** Graphs that were refused, so that none is tried twice: for what the net is, or for what one row showed. */
import { fingerprint } from "../../../model/fingerprint";
import { type RowRequest, sliceRequest } from "../../row-request";

/** Rows that differed between the engines after which a graph is refused for all: the net is too sensitive, or compiled wrongly. */
const ROWS_OF_PROOF = 3;

const ofRow = new WeakSet<object>();

/** Marks what a comparison found at one row: other rows are compared anew. */
export function foundAtRow(error: unknown): unknown {
  if (typeof error === "object" && error !== null) ofRow.add(error);
  return error;
}

/** Refusals by the keys of graphs. */
export class RefusedGraphs {
  readonly #forAll = new Map<string, unknown>();
  /** Errors by the fingerprint of the first row of the request. */
  readonly #forRows = new Map<string, Map<string, unknown>>();

  /** The error that a graph was refused with, for all rows or for the first one of this request. */
  find(key: string, request: RowRequest): unknown {
    const rows = this.#forRows.get(key);
    return this.#forAll.get(key) ?? rows?.get(firstRow(request));
  }

  add(key: string, error: unknown, request: RowRequest): void {
    const rows = this.#forRows.get(key) ?? new Map<string, unknown>();
    if (typeof error === "object" && error !== null && ofRow.has(error)) {
      this.#forRows.set(key, rows.set(firstRow(request), error));
      if (rows.size < ROWS_OF_PROOF) return;
    }
    this.#forAll.set(key, error);
  }

  clear(): void {
    this.#forAll.clear();
    this.#forRows.clear();
  }
}

function firstRow(request: RowRequest): string {
  const { batch, replace } = sliceRequest(request, 0, 1);
  const arrays = [...batch, ...replace.map(({ values }) => values)];
  return fingerprint(arrays.map(({ data }) => Float32Array.from(data)));
}
