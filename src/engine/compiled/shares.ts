/** Shares of a request's rows: so many in one run, so many runs at once, all within the memory cap. */
import type { Facts, ModelRequest } from "../../model/model";
import { rowsPerChunk } from "../eager/chunks";
import { evenRows, quickRows } from "../graph/analysis/cost";
import type { LoadedGraph } from "./loaded-graph";
import { copiesFor } from "./session/placement";
import { bytesOfRuns, bytesOfWeights } from "./session/session-cache";

export interface Shares {
  /** Rows of one run. */
  readonly size: number;
  /** Runs at once; together they stay within the memory cap. */
  readonly atOnce: number;
}

/** Shares of `total` rows of a graph. */
export function sharesOf(
  fn: string,
  graph: LoadedGraph,
  facts: Facts,
  request: ModelRequest,
  total: number,
): Shares {
  const byMemory = rowsPerChunk(fn, graph.bytesPerRow, {
    facts,
    asked: request.maxBytes,
    backend: "onnxruntime",
  });
  const atOnce = Math.min(copiesFor(graph, total), byMemory);
  const size = evenRows(Math.ceil(total / atOnce), bestRows(graph), Math.floor(byMemory / atOnce));
  request.onHeld?.(
    `graph ${graph.session}`,
    bytesOfWeights(graph) + bytesOfRuns(graph, Math.min(total, atOnce * size)),
  );
  return { atOnce, size };
}

/** Shares of requests of `points` rows each: so many rows of one request, so many requests at once. */
export function sharesOfRequests(
  graph: LoadedGraph,
  maxBytes: number,
  points: number,
): { readonly rowsAtOnce: number; readonly requestsAtOnce: number } {
  const within = Math.floor(maxBytes / graph.bytesPerRow);
  const requestsAtOnce = Math.max(1, Math.min(graph.copies, Math.floor(within / points)));
  const rows = Math.min(bestRows(graph), within / requestsAtOnce);
  return { requestsAtOnce, rowsAtOnce: Math.max(1, Math.floor(rows / points)) };
}

/** Rows that are best computed in one run. */
function bestRows({ bytesPerRow, operationsPerRow, threads }: LoadedGraph): number {
  return quickRows(bytesPerRow, operationsPerRow, threads);
}
