/** Matrix products. */
import type { Value } from "../graph";
import { activated } from "./activations";
import { broadcast, elementwise, input, type KernelCall, type LoweringTable } from "./lowering";

/** The last two axes exchanged, before the graph runs where the matrix is constant. */
function turned(call: KernelCall, x: Value, wanted: unknown): Value {
  if (!wanted) return x;
  const order = x.shape.map((_, axis) => axis);
  order.push(...order.splice(-2).reverse());
  return call.run("Transpose", { x }, { perm: order });
}

function matMul(call: KernelCall): Value {
  const a = turned(call, input(call, "a"), call.attrs["transposeA"]);
  const b = turned(call, input(call, "b"), call.attrs["transposeB"]);
  const rows = a.shape[a.shape.length - 2];
  const columns = b.shape[b.shape.length - 1];
  const outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  // One matrix on the right of all: one product of tall matrices.
  if (a.shape.length === 3 && b.shape.length === 3 && b.shape[0] === 1 && a.shape[0] !== 1) {
    const matrix = call.run("Reshape", { x: b }, { shape: b.shape.slice(1) });
    return call.graph.add("MatMul", [a, matrix], [...outer, rows, columns]);
  }
  return call.graph.add("MatMul", [a, b], [...outer, rows, columns]);
}

/** Products of batches of matrices, and sums of products by letters. */
export const products: LoweringTable = {
  BatchMatMul: matMul,
  _FusedMatMul: (call) => {
    const product = matMul(call);
    const { bias } = call.inputs;
    return activated(call, bias ? elementwise(call, "Add", product, bias) : product);
  },
  Einsum: (call) => {
    const values = Object.values(call.inputs);
    const equation = (call.attrs["equation"] as string).replace(/\s/g, "");
    const [left = "", output = ""] = equation.split("->");
    const extents = new Map<string, number>();
    left.split(",").forEach((term, i) => {
      [...term].forEach((letter, axis) => {
        extents.set(letter, values[i].shape[axis]);
      });
    });
    const shape = [...output].map((letter) => extents.get(letter) as number);
    return call.graph.add("Einsum", values, shape, "float32", { equation });
  },
};
