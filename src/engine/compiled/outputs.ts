/** Outputs of one run of a session. */
import type { InputFact } from "../../model/model";
import { concatRows, type NdArray, sliceRows } from "../../tensor";
import { portName, portValues } from "../graph/ports";
import { type RowRequest, rowsOf, takeRequest } from "../row-request";
import type { Comparable } from "./check/first-check";
import { feedsOf } from "./feeds";
import type { LoadedGraph } from "./loaded-graph";
import { sessions } from "./session/session-cache";
import { runner } from "./session/session-runner";
import type { ThreadArray } from "./session/session-thread";

/** Arrays of one run of a session, by the names of its outputs. */
export type Outputs = Readonly<Record<string, NdArray>>;

/** Runs a graph once, on so many rows. */
export async function runGraph(
  graph: LoadedGraph,
  rows: number,
  feeds: Readonly<Record<string, ThreadArray>>,
  signal?: AbortSignal,
): Promise<Outputs> {
  const work = graph.workPerRun + rows * graph.workPerRow;
  sessions.ran(graph, rows);
  const outputs = await runner.run(graph.session, feeds, work, signal);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, shape }]) => [
      name,
      { data: data instanceof Float32Array ? data : Float32Array.from(data), shape: [...shape] },
    ]),
  );
}

/** Answers a request by a graph: in one run, or, of a graph of one number of rows, in as many as it takes. */
export async function runRequest(
  graph: LoadedGraph,
  request: RowRequest,
  inputs: readonly InputFact[],
  signal?: AbortSignal,
): Promise<Outputs> {
  const total = rowsOf(request);
  const { rows = total } = graph;
  if (rows === total) return runGraph(graph, total, feedsOf(request, inputs), signal);
  const answers: Outputs[] = [];
  for (let start = 0; start < total; start += rows) {
    // The last run is filled up by its last row.
    const some = Array.from({ length: rows }, (_, i) => Math.min(start + i, total - 1));
    answers.push(await runGraph(graph, rows, feedsOf(takeRequest(request, some), inputs), signal));
  }
  const joined = joinOutputs(answers);
  return Object.fromEntries(
    Object.entries(joined).map(([name, array]) => [name, sliceRows(array, 0, total)]),
  );
}

/** Outputs of a run, as the first check reads them: activations are compared as scores are. */
export function comparable(outputs: Outputs): Comparable {
  const scores = outputs[portName("scores")] ? [outputs[portName("scores")]] : portValues(outputs, "output");
  return {
    scores: [...scores, ...portValues(outputs, "activation")].map(({ data }) => data),
    gradients: portValues(outputs, "gradient"),
  };
}

/** One score per row. */
export function scoresIn(outputs: Outputs): Float64Array {
  return Float64Array.from(outputs[portName("scores")].data);
}

/** The rows of several answers, one after the other. */
export function joinOutputs(answers: readonly Outputs[]): Outputs {
  const [first, ...others] = answers as [Outputs, ...Outputs[]];
  if (others.length === 0) return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, concatRows(answers.map((answer) => answer[name]))]),
  );
}
