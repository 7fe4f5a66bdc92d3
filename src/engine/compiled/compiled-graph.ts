/** From a request to a session: recorded at two numbers of rows, put through the pipeline, written, loaded. */
import type { Facts, OutputDescription } from "../../model/model";
import type { Explain } from "../../model/score";
import { breathe } from "../eager/chunks";
import { floatingPointOperations, peakBytes, quickRows, work, workOfCalls } from "../graph/analysis/cost";
import { RECORDED_ROWS } from "../graph/dynamic-batch";
import type { Graph } from "../graph/graph";
import { pipeline, type Stage } from "../graph/passes/pipeline";
import { portAt } from "../graph/ports";
import { type GraphRequest, type Recording, record } from "../graph/record";
import type { Adapter, Tf } from "../tfjs/adapter";
import { isSlow } from "./check/gradient-check";
import { dumpStages } from "./dump";
import { type EagerCost, eagerCost, perRow } from "./eager-cost";
import type { LoadedGraph } from "./loaded-graph";
import { type Cores, placementFor } from "./session/placement";
import { runsInBlocks } from "./session/runtimes";
import { sessions } from "./session/session-cache";
import { runner } from "./session/session-runner";

/** Request that a graph computes: outputs and scores, gradients, or the weighted sum of gradients along a path. */
export interface CompileRequest extends GraphRequest {
  readonly path: boolean;
  /** The cores that it is given. */
  readonly cores: Cores;
  /** Rows of the request that it is made for. */
  readonly rowsAsked: number;
}

/** A request as it was recorded at both numbers of rows, and the stages that lead from there to what runs. */
export interface Trace {
  readonly recordings: readonly [Recording, Recording];
  /** The number of rows of both, where the net takes no other. */
  readonly rows: number | undefined;
  readonly stages: readonly Stage[];
  /** Cost of the same for the eager engine. */
  readonly eager: EagerCost;
  readonly cores: Cores;
  /** Rows that it will be asked for at once, as far as that is known: no end of them along a path. */
  readonly rowsAsked: number;
  /** Its result, in a word. */
  readonly title: string;
}

/**
 * Records a request, for one number of rows where one is given, and as long as it pays within so many evaluations.
 * `rowShapes` are the shapes of the inputs without the batch axis.
 */
export function trace(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  rowShapes: readonly (readonly number[])[],
  request: CompileRequest,
  fixed?: number,
  evaluations?: number,
): Trace {
  const at = (rows: number): Recording =>
    record(
      tf,
      adapter,
      facts,
      rowShapes.map((shape) => [rows, ...shape]),
      request,
      evaluations,
    );
  const [few, many] = RECORDED_ROWS;
  const alone = fixed === undefined ? undefined : at(fixed);
  const recordings = [alone ?? at(few), alone ?? at(many)] as const;
  const eager = eagerCost(recordings, fixed);
  // What large graphs are checked by is scores.
  const path = request.path
    ? { at: request.at.map((place) => portAt(place, request.replace)), scored: isSlow(eager) }
    : undefined;
  const twin = alone ? undefined : recordings[1].graph;
  const stages = pipeline({ twin, path, inBlocks: runsInBlocks() });
  const ways = request.curvature ? "curvature" : request.at.length > 0 ? "gradient" : "forward";
  const rowsAsked = path ? Number.POSITIVE_INFINITY : request.rowsAsked;
  const title = path ? "path" : ways;
  return { recordings, rows: fixed, stages, eager, cores: request.cores, rowsAsked, title };
}

/** Compiles what was recorded; `meanwhile` is called while the session loads in its own thread. */
export async function compile(
  { recordings, rows, stages, eager, cores, rowsAsked, title }: Trace,
  meanwhile: (cost: EagerCost) => void = () => {},
): Promise<LoadedGraph> {
  const [first] = recordings;
  const [few] = rows === undefined ? RECORDED_ROWS : [rows];
  const graphs = await runStages(first.graph, stages);
  const [graph, laidOut] = graphs.slice(-2) as [Graph, Graph];
  // Protobuf is loaded when it is needed, which takes a moment by itself.
  await breathe();
  const { writeOnnx } = await import("./onnx/write-onnx.js");
  await breathe();
  dumpStages(title, ["recording", ...stages.map(({ name }) => name)], [first.graph, ...graphs], writeOnnx);
  const model = writeOnnx(laidOut);
  const modelBytes = model.byteLength;
  const operationsPerRow = perRow(recordings, rows, floatingPointOperations);
  const workPerRow = work(graph) / few;
  const placement = placementFor(cores, { modelBytes, operationsPerRow, workPerRow });
  const bytesPerRow = perRow(recordings, rows, peakBytes);
  const atOnce = placement.copies * quickRows(bytesPerRow, operationsPerRow, placement.threads);
  const keepsRuns = sessions.mayKeepRuns({ bytesPerRow }, Math.min(rowsAsked, atOnce));
  const loading = runner.load(model, laidOut.nodes.length, placement, keepsRuns);
  meanwhile(eager);
  return {
    session: await loading,
    rows,
    ...placement,
    keepsRuns,
    heads: first.heads,
    depends: first.depends,
    cuts: first.cuts,
    plain: first.plain,
    bytesPerRow,
    operationsPerRow,
    nodes: first.graph.nodes.length,
    eager,
    workPerRow,
    workPerRun: workOfCalls(laidOut),
    modelBytes,
  };
}

/** Nodes from which passes take long enough that others should have their turn between them. */
const MANY_NODES = 1000;

/** The graphs behind each stage, in order; of long graphs with a turn for others, an abort among them, behind each pass. */
async function runStages(graph: Graph, stages: readonly Stage[]): Promise<Graph[]> {
  let current = graph;
  const graphs: Graph[] = [];
  for (const { passes } of stages) {
    for (const { run } of passes) {
      current = run(current);
      if (graph.nodes.length > MANY_NODES) await breathe();
    }
    graphs.push(current);
  }
  return graphs;
}

/** Shapes of one row of each output, and how outputs end, from a recording alone. */
export function recordedOutputs(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  rowShapes: readonly (readonly number[])[],
  explain: Explain,
): OutputDescription {
  const rows = adapter.madeFor?.rows ?? RECORDED_ROWS[0];
  const shapes = rowShapes.map((shape) => [rows, ...shape]);
  const { graph, heads } = record(tf, adapter, facts, shapes, { explain, at: [], replace: [], capture: [] });
  return { heads, shapes: graph.outputs.map(({ value }) => value.shape.slice(1)) };
}
