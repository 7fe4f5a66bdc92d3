/** A linear operation run again with other weights, bias and input: what relevance rules do to it. */
import type { Tensor, Tf } from "../tfjs/adapter";
import { engineOf } from "../tfjs/kernel-watch";
import type { CanonicalOperation } from "./canonical";
import { weightsName } from "./kinds";
import { type Folded, folded } from "./normalisation";
import type { ModifiedLinear, ModifiedOperands } from "./step";
import { accumulate, callsBetween, type PathCall, type Tape, vjp } from "./tape";

/** Products that tfjs fuses with a bias: what is left of them without it. Others than linear ones it takes apart itself. */
const UNFUSED: Readonly<Record<string, string>> = {
  _FusedMatMul: "BatchMatMul",
  FusedConv2D: "Conv2D",
  FusedDepthwiseConv2D: "DepthwiseConv2dNative",
};

/** A product with weights, the moves behind it, and its bias. */
interface Linear extends Folded {
  readonly product: PathCall;
  readonly moves: readonly PathCall[];
}

/** The way to run an operation again; undefined where it has no weights. */
export function modifiedLinear(
  tf: Tf,
  tape: Tape,
  operation: CanonicalOperation,
): ((operands: ModifiedOperands) => ModifiedLinear) | undefined {
  const [product, ...others] = operation.calls;
  if (operation.weights === undefined) return undefined;
  const moves = others.filter(({ kernelName }) => kernelName === "Reshape" || kernelName === "Identity");
  return (operands) => {
    const linear: Linear = { product, moves, ...folded(tape, operation) };
    const own = tape.other();
    // A value of its own, so that the tape tells what depends on it.
    const input = operands.input.clone();
    const output = own.run(() => run(tf, tape, linear, { ...operands, input }), false);
    const path = callsBetween(own.calls, [input], output);
    return {
      output,
      back(cotangent) {
        const found = new Map<number, Tensor>([[output.id, cotangent]]);
        for (const call of [...path].reverse()) {
          const incoming = call.outputs.map(({ id }) => found.get(id));
          vjp(call, incoming, "gradient").forEach((led, k) => {
            accumulate(found, call.inputs[call.active[k]], led);
          });
        }
        return found.get(input.id) ?? tf.zerosLike(input);
      },
    };
  };
}

function run(
  tf: Tf,
  tape: Tape,
  { product, moves, weights, bias }: Linear,
  operands: ModifiedOperands,
): Tensor {
  const again = (call: PathCall, { bias: _, ...inputs }: Readonly<Record<string, Tensor>>): Tensor => {
    const result = engineOf(tf).runKernel(
      UNFUSED[call.kernelName] ?? call.kernelName,
      inputs,
      tape.attributesOf(call),
    );
    return [result].flat()[0];
  };
  const [active] = product.active;
  const names = Object.keys(product.inputs).filter((name) => product.inputs[name] !== undefined);
  const held = weightsName(names, product.active) ?? "";
  const start = again(product, {
    ...product.inputs,
    [active]: operands.input,
    [held]: operands.weights(weights),
  });
  const moved = moves.reduce(
    (value, call) => again(call, { ...call.inputs, [call.active[0]]: value }),
    start,
  );
  return bias && operands.bias ? moved.add(operands.bias(bias)) : moved;
}
