/** One chunk, synchronously: the program on numbers. While tfjs's global state is changed nothing awaits. */
import type { Batch, Cut, Facts, NamedOperation, Replacement } from "../../model/model";
import type { Head, ResolvedTarget } from "../../model/score";
import { filled, indexAt, type NdArray } from "../../tensor";
import { type Program, type ProgramValues, runProgram, type Start } from "../program";
import { type RowRequest, valueAt } from "../row-request";
import { type Adapter, placeKey, type Tensor, type Tf, type Variable } from "../tfjs/adapter";
import { withCleanTape } from "../tfjs/corrections";
import type { ScoreOperands } from "../tfjs/head";
import { engineOf, type KernelCall, onBackend } from "../tfjs/kernel-watch";
import { withQuickKernels } from "./quick-kernels";

/** Answer of one chunk, in plain arrays. */
export interface ChunkAnswer {
  readonly scores?: Float32Array;
  readonly outputs: readonly NdArray[];
  readonly heads: readonly Head[];
  readonly activations: readonly NdArray[];
  /** For each activation, whether it holds several rows of the layer for one example. */
  readonly viewed: readonly boolean[];
  readonly gradients: readonly NdArray[];
  readonly depends: readonly boolean[];
  /** What cuts a part of the way, where that was looked for. */
  readonly cuts: readonly (readonly Cut[])[];
  /** Operations that a rule left to the plain gradient. */
  readonly plain: readonly NamedOperation[];
  /** Most bytes that tensors took at any time. */
  readonly peakBytes: number;
}

/** What is looked for while a chunk is computed. */
export interface Watch {
  /** Whether what cuts a part of the way is wanted. */
  readonly seekCuts: boolean;
  /** Told of each variable that the net uses. */
  readonly met: (variable: Variable) => void;
  /** Told the layers that an error came from. */
  readonly failed?: Program["failed"];
  /** Whether numbers are computed by quick kernels. */
  readonly quick?: boolean;
  /** A way of its own to run recurrent layers. */
  readonly recur?: Program["recur"];
}

/** Computes one chunk on `backend`, with the places that have several rows per example, and tells of the variables met. Leaks nothing, also when something throws. */
export function evaluate(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  backend: string,
  request: RowRequest,
  viewed: ReadonlySet<string>,
  { seekCuts, met, failed, quick = false, recur }: Watch,
): ChunkAnswer {
  const { batch, at, capture, explain, of, rule, reference, direction } = request;
  const engine = engineOf(tf);
  const startBytes = engine.state.numBytes;
  let peakBytes = 0;
  let answer: Omit<ChunkAnswer, "peakBytes"> | undefined;
  const write = (): Program => ({
    start: startOf(tf, adapter, request, viewed),
    at,
    capture,
    explain,
    score: of && { of, operands: numbersOf(tf, of) },
    rule,
    reference: reference && startOf(tf, adapter, reference, viewed),
    seekCuts,
    failed,
    recur,
    directions: direction?.map((array) => toTensor(tf, array, "float32")),
  });
  const read = (values: ProgramValues): void => {
    answer = {
      ...(values.scores ? { scores: Float32Array.from(values.scores.dataSync()) } : {}),
      outputs: values.outputs.map(toArray),
      heads: values.ends.map(({ head }) => head),
      activations: values.activations.map(toArray),
      viewed: values.viewed,
      gradients: values.gradients.map((gradient, i) =>
        gradient ? toArray(gradient) : filled(valueAt(request, at[i]).shape, 0),
      ),
      depends: values.depends,
      cuts: values.cuts,
      plain: values.plain,
    };
  };
  const ran = ({ inputs }: KernelCall): void => {
    for (const name in inputs) {
      const input = inputs[name];
      if (input instanceof tf.Variable) met(input as Variable);
    }
    peakBytes = Math.max(peakBytes, engine.state.numBytes - startBytes);
  };
  onBackend(tf, backend, () => {
    // A trial of the net is no part of what is watched and recorded below.
    if (adapter.madeFor && adapter.madeFor.rows !== batch[0]?.shape[0]) adapter.madeFor.binds();
    computeOn(tf, backend, quick, () => runProgram(tf, adapter, facts, write, read, ran));
  });
  return { ...answer!, peakBytes };
}

/** Computes on a backend, with a tape of its own; on the cpu by quick kernels where numbers may be rounded in another order. */
export function computeOn(tf: Tf, backend: string, quick: boolean, compute: () => void): void {
  onBackend(tf, backend, () => {
    const run = (): void => withCleanTape(tf, compute);
    if (quick && backend === "cpu") withQuickKernels(tf, run);
    else run();
  });
}

function startOf(
  tf: Tf,
  adapter: Adapter,
  { batch, replace }: { readonly batch: Batch; readonly replace: readonly Replacement[] },
  viewed: ReadonlySet<string>,
): Start {
  return {
    viewed,
    inputs: batch.map((array, i) => toTensor(tf, array, adapter.inputs[i].dtype)),
    replace: new Map(replace.map((r) => [placeKey(r.place), toTensor(tf, r.values, "float32")])),
  };
}

/** The numbers that weigh or label the score of a target. */
function numbersOf(tf: Tf, { score }: ResolvedTarget): ScoreOperands {
  return {
    weigh(values) {
      if (score.kind === "neuron") return weighedUnits(tf, values, score.weights);
      if (score.kind !== "mask") throw new Error(`weights of a score of kind ${score.kind}`);
      const mask = tf.tensor(score.mask.data, [...score.mask.shape]);
      return values.mul(mask).reshape([values.shape[0], -1]).sum(1);
    },
    label(dtype) {
      if (score.kind !== "loss") throw new Error(`labels of a score of kind ${score.kind}`);
      return tf.tensor1d([...score.label], dtype);
    },
  };
}

/** Σ weights ⊙ layer of each row. One unit is cut out, so that others which are infinite do no harm. */
function weighedUnits(tf: Tf, layer: Tensor, { data, shape }: NdArray): Tensor {
  const rows = layer.shape[0];
  const [sets, ...row] = shape;
  const units = [...data.keys()].filter((unit) => data[unit] !== 0);
  if (units.length !== 1 || sets > 1)
    return layer
      .mul(tf.tensor(data, [...shape]))
      .reshape([rows, -1])
      .sum(1);
  const [unit] = units;
  const size = row.map(() => 1);
  const cut = layer.slice([0, ...indexAt(row, unit)], [rows, ...size]).reshape([rows]);
  return data[unit] === 1 ? cut : cut.mul(data[unit]);
}

function toTensor(tf: Tf, array: NdArray, dtype: "float32" | "int32" | "bool"): Tensor {
  // A copy, since tfjs keeps the typed array that it is given.
  const values = dtype === "float32" ? array.data.slice() : Int32Array.from(array.data);
  return dtype === "bool"
    ? tf.tensor(Uint8Array.from(array.data), [...array.shape], "bool")
    : tf.tensor(values, [...array.shape], dtype);
}

function toArray(tensor: Tensor): NdArray {
  return { data: Float32Array.from(tensor.dataSync()), shape: [...tensor.shape] };
}
