/** Finds attention in what a net computes: a softmax that weighs the rows of a matrix, whatever its layer is called. */
import type { AttentionFound, Batch, Facts } from "../../model/model";
import type { NdArray } from "../../tensor";
import type { Adapter, Tensor, Tf } from "../tfjs/adapter";
import { engineOf, type KernelCall, onBackend, watchingKernels } from "../tfjs/kernel-watch";
import { preprocessed } from "../tfjs/preprocessed";

/** Kernels that leave weights what they are: moved, masked by factors, or as they were. */
const CARRYING: ReadonlySet<string> = new Set(["Reshape", "Transpose", "Identity", "Cast", "Multiply"]);

/** The weights of every attention in a run of one example, [1, heads, query, key], in the order in which they are used. */
export function attentionOf(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  backend: string,
  example: Batch,
): AttentionFound[] {
  const found: AttentionFound[] = [];
  const layers: string[] = [];
  /** Softmaxes, and what was made of them. */
  const weights = new Set<Tensor>();
  const exponentials = new Set<Tensor>();
  const seen = (call: KernelCall, result: Tensor | Tensor[]): void => {
    if (Array.isArray(result)) return;
    const { kernelName = "", inputs } = call;
    const operands = Object.values(inputs).filter((one) => one !== undefined);
    if (kernelName === "Exp") exponentials.add(result);
    // Written out it is exponentials, divided by their sum.
    const isSoftmax =
      kernelName === "Softmax" ||
      (kernelName === "RealDiv" && inputs["a"] !== undefined && exponentials.has(inputs["a"]));
    if (isSoftmax && asks(result)) weights.add(result);
    if (CARRYING.has(kernelName) && operands.some((one) => weights.has(one))) weights.add(result);
    const used = operands.findIndex((one) => weights.has(one));
    if (used < 0) return;
    const entering = operands[used];
    const order = orderOf(call, used, operands);
    if (order) found.push({ layer: layers.at(-1) ?? "function", weights: inOrder(entering, order) });
  };
  engineOf(tf).findBackend(backend);
  onBackend(tf, backend, () =>
    tf.tidy(() => {
      const inputs = example.map(({ data, shape }, i) =>
        tf.tensor(data.slice(), [...shape]).cast(adapter.inputs[i].dtype),
      );
      const entered = ({ name }: { readonly name: string }): (() => void) => {
        layers.push(name);
        return () => layers.pop();
      };
      watchingKernels(tf, seen, () =>
        adapter.run(preprocessed(facts, inputs), { replace: new Map(), capture: [], entered }),
      );
    }),
  );
  return found;
}

/** Whether a softmax has a query: one row of numbers for an example, such as the probabilities of classes, has none. */
function asks({ shape }: Tensor): boolean {
  return shape.length > 2 || (shape.length === 2 && shape[0] > 1);
}

/** Axes of weights as heads, then query, then key; undefined where a kernel does not weigh rows by them. */
interface Order {
  readonly heads: readonly number[];
  readonly query: number;
  readonly key: number;
}

function orderOf(
  { kernelName, attrs }: KernelCall,
  used: number,
  operands: readonly Tensor[],
): Order | undefined {
  const { shape } = operands[used];
  const rank = shape.length;
  if (kernelName === "BatchMatMul" || kernelName === "_FusedMatMul") {
    const turned = used === 0 ? attrs?.transposeA === true : attrs?.transposeB !== true;
    if (used > 1) return undefined;
    const [query, key] = turned ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
    return { heads: Array.from({ length: rank - 2 }, (_, axis) => axis), query, key };
  }
  if (kernelName !== "Einsum" || attrs?.equation === undefined || operands.length !== 2) return undefined;
  const [left, out] = attrs.equation.replaceAll(" ", "").split("->");
  const [mine, other] = used === 0 ? left.split(",") : left.split(",").reverse();
  const axes = [...mine].map((label, axis) => ({
    axis,
    inOther: other.includes(label),
    inOut: out.includes(label),
  }));
  // What both hold and the result does not is summed over: the keys. What only the weights hold asks.
  const keys = axes.filter(({ inOther, inOut }) => inOther && !inOut);
  const queries = axes.filter(({ inOther, inOut }) => !inOther && inOut);
  if (keys.length !== 1 || queries.length !== 1) return undefined;
  const [key, query] = [keys[0].axis, queries[0].axis];
  return { heads: axes.flatMap(({ axis }) => (axis === key || axis === query ? [] : [axis])), query, key };
}

/** Weights [1, heads, query, key]: those of one example, so that all other axes are heads. */
function inOrder(weights: Tensor, { heads, query, key }: Order): NdArray {
  const { shape } = weights;
  const ordered = weights.transpose([...heads, query, key]);
  const count = heads.reduce((product, axis) => product * shape[axis], 1);
  const data = Float32Array.from(ordered.dataSync());
  ordered.dispose();
  return { data, shape: [1, count, shape[query], shape[key]] };
}
