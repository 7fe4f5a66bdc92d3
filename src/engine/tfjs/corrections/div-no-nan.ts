/** The gradient of a quotient that is 0 where the divisor is. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, ofEngine } from "./correction";

type RunKernel = (kernel: string, inputs: Record<string, Tensor>, attrs?: NamedAttrMap) => Tensor;

interface ScopedEngine {
  runKernel: RunKernel;
  isTapeOn(): boolean;
  readonly state: { readonly scopeStack: readonly { readonly name: string }[] };
}

/**
 * y = a/b, 0 where b is 0: the gradients are 0 there, too.
 *
 * tfjs divides first and then takes zeros in place of what it got. The gradient of the quotient is 0/0 there, so the
 * quotient is taken by 1 instead while a gradient is recorded.
 */
export const divNoNan: Correction = ofEngine<ScopedEngine>(
  { name: "division without not-a-number" },
  (engine, tf) => {
    const stock = engine.runKernel.bind(engine) as RunKernel;
    engine.runKernel = (kernel, inputs, attrs): Tensor => {
      // The division is an operation of its own inside the other.
      const within = kernel === "RealDiv" && engine.state.scopeStack.slice(-2)[0]?.name === "divNoNan__op";
      if (!within || !engine.isTapeOn()) return stock(kernel, inputs, attrs);
      const { a, b } = inputs;
      return stock(kernel, { a, b: tf.where(tf.equal(b, 0), tf.onesLike(b), b) }, attrs);
    };
  },
);
