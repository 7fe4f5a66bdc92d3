/** The passes of the compiled engine in order, from a recording to the graph that ONNX Runtime gets: the list is data. */
import { makeBatchDynamic } from "../dynamic-batch";
import { type Graph, mapBodies } from "../graph";
import { pathGraph } from "../path-graph";
import { batchPerRowOps } from "./batch-per-row-ops";
import { DECOMPOSITIONS } from "./decompose-gradients";
import { eliminateConcatSlice } from "./eliminate-concat-slice";
import { eliminateDeadCode } from "./eliminate-dead-code";
import { flattenMatMul } from "./flatten-matmul";
import { foldMulIntoConv } from "./fold-mul-into-conv";
import { fuseMatMulAdd } from "./fuse-matmul-add";
import { fusePadIntoConv } from "./fuse-pad-into-conv";
import { fuseReshapes } from "./fuse-reshapes";
import { fuseSlicesToSplit } from "./fuse-slices-to-split";
import { layoutNchwc } from "./layout-nchwc";
import { preserveSigmoidPrecision } from "./preserve-sigmoid-precision";
import { reassociateAddConstant } from "./reassociate-add-constant";
import { separatePadFromMaxPool } from "./separate-pad-from-max-pool";
import { shareTransposedWeights } from "./share-transposed-weights";
import { sinkTransposes } from "./sink-transposes";

/** A rewrite of a graph that leaves its numbers as they are. */
export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => Graph;
  /** Whether no graph runs without it, since it changes what goes in. */
  readonly required?: boolean;
}

/** Passes with one purpose. */
export interface Stage {
  readonly name: string;
  readonly passes: readonly Pass[];
}

/** Differences between the pipelines of requests. */
export interface PipelineOptions {
  /** The recording of as many rows as `makeBatchDynamic` compares the first with; none for a graph of one number of rows. */
  readonly twin?: Graph | undefined;
  /** The inputs that a path moves, and whether its points are scored; none for a graph that answers row by row. */
  readonly path?: { readonly at: readonly string[]; readonly scored: boolean } | undefined;
  /** Whether images are laid out in blocks of channels, as native ONNX Runtime does. */
  readonly inBlocks: boolean;
}

/** A rewrite under its own name. */
function pass(run: Pass["run"]): Pass {
  return { name: run.name, run };
}

/** The same, which rewrites the steps of loops as well. */
function passWithin(run: Pass["run"]): Pass {
  return { name: run.name, run: (graph) => run(mapBodies(graph, run)) };
}

/**
 * Passes that leave operators linear which are: what is linear on a path is found by operator. Gradients are operators of
 * their own until transpositions have sunk past them.
 */
export const SIMPLIFY: Stage = {
  name: "simplify",
  passes: [
    eliminateConcatSlice,
    sinkTransposes,
    flattenMatMul,
    eliminateConcatSlice,
    ...DECOMPOSITIONS,
    fuseReshapes,
    fusePadIntoConv,
    separatePadFromMaxPool,
    foldMulIntoConv,
    reassociateAddConstant,
    eliminateDeadCode,
  ].map(passWithin),
};

/** Passes into operators that do several things at once. */
export const FUSE: Stage = {
  name: "fuse",
  passes: [preserveSigmoidPrecision, fuseSlicesToSplit, fuseMatMulAdd, eliminateDeadCode].map(passWithin),
};

/** The stages from the first recording to the graph that is written; the last is `layout`, of which costs know nothing. */
export function pipeline({ twin, path, inBlocks }: PipelineOptions): readonly Stage[] {
  const anyRows: Pass[] = twin
    ? [
        {
          name: "makeBatchDynamic",
          required: true,
          run: (graph) => makeBatchDynamic(graph, batchPerRowOps(twin)),
        },
      ]
    : [];
  const batch: Stage = {
    name: "batch",
    passes: [{ name: "batchPerRowOps", required: true, run: batchPerRowOps }, ...anyRows],
  };
  const layout: Stage = {
    name: "layout",
    passes: [shareTransposedWeights, ...(inBlocks ? [layoutNchwc] : [])].map(pass),
  };
  if (path === undefined) return [batch, SIMPLIFY, FUSE, layout];
  const along: Stage = {
    name: "path",
    passes: [{ name: "pathGraph", required: true, run: (graph) => pathGraph(graph, path.at, path.scored) }],
  };
  return [batch, SIMPLIFY, along, SIMPLIFY, FUSE, layout];
}

/** The graph behind all passes. */
export function runPasses(graph: Graph, passes: readonly Pass[]): Graph {
  return passes.reduce((before, { run }) => run(before), graph);
}
