/** Attention in a run of one example: its weights, the size of what they weigh, and the gradient of a score at them. */
import type { AttentionFound, AttentionRequest, Batch, Facts } from "../../model/model";
import { type NdArray, sizeOf } from "../../tensor";
import type { RowRequest } from "../row-request";
import { type Adapter, placeKey, type Tensor, type Tf } from "../tfjs/adapter";
import { engineOf, type KernelCall, onBackend, runningKernels, unfused } from "../tfjs/kernel-watch";
import { preprocessed } from "../tfjs/preprocessed";
import { AttentionFinder, type AttentionUse } from "./attention-finder";
import { evaluate } from "./evaluate";

/** A net, as it is run here. */
export interface Attending {
  readonly tf: Tf;
  readonly adapter: Adapter;
  readonly facts: Facts;
  readonly backend: string;
}

/** One attention of a run, in the axes that its kernel has. */
interface Seen extends AttentionFound {
  /** Axes of the weights in the order heads, query, key. */
  readonly order: readonly number[];
  readonly shape: readonly number[];
}

/** Every attention in a run of one example, in the order in which it is used: weights [1, heads, query, key]. */
export function attentionOf(
  net: Attending,
  example: Batch,
  request: AttentionRequest = {},
): AttentionFound[] {
  const seen = weightsOf(net, example, request);
  const { of } = request;
  if (of === undefined || seen.length === 0) return seen.map(({ order: _, shape: __, ...found }) => found);
  const gradients = gradientsAt(net, example, { ...request, of }, seen);
  return seen.map(({ order, shape, ...found }, i) => ({
    ...found,
    gradient: { data: inOrder(gradients[i].data, shape, order), shape: found.weights.shape },
  }));
}

function weightsOf(
  { tf, adapter, facts, backend }: Attending,
  example: Batch,
  { replace = [] }: AttentionRequest,
): Seen[] {
  const found: Seen[] = [];
  const layers: string[] = [];
  const finder = new AttentionFinder();
  engineOf(tf).findBackend(backend);
  onBackend(tf, backend, () =>
    tf.tidy(() => {
      const inputs = example.map(({ data, shape }, i) =>
        tf.tensor(data.slice(), [...shape]).cast(adapter.inputs[i].dtype),
      );
      const standing = replace.map(({ place, values: { data, shape } }): [string, Tensor] => [
        placeKey(place),
        tf.tensor(data.slice(), [...shape]),
      ]);
      const entered = ({ name }: { readonly name: string }): (() => void) => {
        layers.push(name);
        return () => layers.pop();
      };
      const watched = (call: KernelCall, run: (call: KernelCall) => Tensor | Tensor[]): Tensor | Tensor[] => {
        const use = finder.useOf(call);
        if (use) found.push(seenAt(use, layers.at(-1) ?? "function"));
        const result = run(call);
        finder.saw(call, result);
        return result;
      };
      // By the kernels that a gradient is computed of, so that both runs meet the same uses.
      runningKernels(tf, watched, () =>
        unfused(tf, () =>
          adapter.run(preprocessed(facts, inputs), { replace: new Map(standing), capture: [], entered }),
        ),
      );
    }),
  );
  return found;
}

/** ∂F/∂A of each attention of a run, as the gradient at zeros that are added to its weights. */
function gradientsAt(
  { tf, adapter, facts, backend }: Attending,
  example: Batch,
  { of, replace = [] }: AttentionRequest & Pick<Required<AttentionRequest>, "of">,
  seen: readonly Seen[],
): readonly NdArray[] {
  const zeros = seen.map(({ shape }) => ({ data: new Float32Array(sizeOf(shape)), shape }));
  const inputs = adapter.inputs.length;
  const shifted: Adapter = {
    ...adapter,
    inputs: [
      ...adapter.inputs,
      ...seen.map((_, i) => ({ name: `attention${i}`, dtype: "float32" as const })),
    ],
    run(tensors, intervention) {
      const finder = new AttentionFinder();
      let use = 0;
      return runningKernels(
        tf,
        (call, run) => {
          const found = finder.useOf(call);
          const moved = found ? withOperand(call, found, tensors[inputs + use++]) : call;
          const result = run(moved);
          finder.saw(call, result);
          return result;
        },
        () => adapter.run(preprocessed(facts, tensors.slice(0, inputs)), intervention),
      );
    },
  };
  const { preprocess: _, ...others } = facts;
  const request: RowRequest = {
    batch: [...example, ...zeros],
    replace,
    of,
    at: seen.map((__, i) => ({ input: inputs + i })),
    capture: [],
  };
  const watch = { seekCuts: false, met: () => {} };
  return evaluate(tf, shifted, others, backend, request, new Set(), watch).gradients;
}

/** The same call with something added to the weights that it uses. */
function withOperand(call: KernelCall, { operand, weights }: AttentionUse, shift: Tensor): KernelCall {
  const moved = weights.add(shift);
  const inputs = Array.isArray(call.inputs)
    ? call.inputs.map((one: Tensor, i) => (String(i) === operand ? moved : one))
    : { ...call.inputs, [operand]: moved };
  return { ...call, inputs: inputs as KernelCall["inputs"] };
}

/** Of one example all other axes are heads. */
function seenAt({ weights, heads, query, key, values }: AttentionUse, layer: string): Seen {
  const { shape } = weights;
  const order = [...heads, query, key];
  const count = heads.reduce((product, axis) => product * shape[axis], 1);
  const data = inOrder(Float32Array.from(weights.dataSync()), shape, order);
  const sizes = values && sizesOf(values.tensor, values.axes, heads, shape);
  return {
    layer,
    order,
    shape: [...shape],
    weights: { data, shape: [1, count, shape[query], shape[key]] },
    ...(sizes ? { valueNorms: { data: sizes, shape: [1, count, shape[key]] } } : {}),
  };
}

/** Entries of an array with its axes in another order. */
function inOrder(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const ordered = order.map((axis) => shape[axis]);
  return Float32Array.from({ length: data.length }, (_, i) => {
    let [rest, from] = [i, 0];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += (rest % ordered[axis]) * strides[order[axis]];
      rest = Math.floor(rest / ordered[axis]);
    }
    return data[from];
  });
}

/** The length of each row that is weighed, [heads, key]; heads that share their rows have the same. */
function sizesOf(
  tensor: Tensor,
  axes: readonly (number | "key" | "entry")[],
  heads: readonly number[],
  weightsShape: readonly number[],
): Float32Array | undefined {
  const keyAxis = axes.indexOf("key");
  if (keyAxis < 0) return undefined;
  const { shape } = tensor;
  const keys = shape[keyAxis];
  const extents = heads.map((axis) => weightsShape[axis]);
  const squares = new Float64Array(sizeOf(extents) * keys);
  const values = tensor.dataSync();
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const shared = axes.some((axis, i) => typeof axis === "number" && shape[i] !== weightsShape[axis]);
  if (shared || axes.filter((axis) => typeof axis === "number").length < heads.length) return undefined;
  for (let i = 0; i < values.length; i++) {
    const at = axes.map((_, axis) => Math.floor(i / strides[axis]) % shape[axis]);
    const head = heads.reduce((sum, axis, k) => sum * extents[k] + at[axes.indexOf(axis)], 0);
    squares[head * keys + at[keyAxis]] += values[i] ** 2;
  }
  return Float32Array.from(squares, Math.sqrt);
}
