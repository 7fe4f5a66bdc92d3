/**
 * Gradients that a recording keeps as one operator each, named for the function that they lead back through: passes then
 * choose how each is written, and need not recognise what it was written in.
 */
import type { Tensor, Tf } from "../tfjs/adapter";
import type { GradientOperator } from "./operators";

/** A gradient of a kernel of one operand x. */
interface NamedGradient {
  readonly operator: GradientOperator;
  /** Numbers that the operator takes behind x and dy, out of the kernel's attributes. */
  bounds(attrs: Readonly<Record<string, unknown>>): readonly number[];
}

/** By kernel of tfjs; all of these save x alone for their gradient. */
const NAMED: Readonly<Record<string, NamedGradient>> = {
  ClipByValue: {
    operator: "ClipGrad",
    bounds: ({ clipValueMin, clipValueMax }) => [clipValueMin as number, clipValueMax as number],
  },
  Relu: { operator: "ReluGrad", bounds: () => [] },
  Sigmoid: { operator: "SigmoidGrad", bounds: () => [] },
  Tanh: { operator: "TanhGrad", bounds: () => [] },
  Relu6: { operator: "ReluGrad", bounds: () => [6] },
};

/** Is told of a gradient dx at x, backpropagated from dy. */
export type GradientWatcher = (
  operator: GradientOperator,
  x: Tensor,
  dy: Tensor,
  bounds: readonly number[],
  dx: Tensor,
) => void;

/** Runs `fn`; each of these gradients is computed as always, then `seen` is told. Synchronous, restored on any exit. */
export function namingGradients<T>(tf: Tf, seen: GradientWatcher, fn: () => T): T {
  const stock = Object.keys(NAMED).flatMap((kernel) => tf.getGradient(kernel) ?? []);
  for (const config of stock) {
    const { operator, bounds } = NAMED[config.kernelName];
    tf.registerGradient({
      ...config,
      gradFunc: (dy, saved, attrs) => {
        const { x, ...others } = config.gradFunc(dy, saved, attrs);
        const named = (): Tensor => {
          const dx = x();
          seen(operator, saved[0], dy as Tensor, bounds(attrs), dx);
          return dx;
        };
        return { ...others, x: named };
      },
    });
  }
  try {
    return fn();
  } finally {
    for (const config of stock) tf.registerGradient(config);
  }
}
