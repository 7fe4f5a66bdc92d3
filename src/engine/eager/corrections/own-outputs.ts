import type { Tensor } from "@tensorflow/tfjs";
import type { Correction, Tf } from "./correction";

interface TapeMethods {
  addTapeNode(kernel: string, inputs: unknown, outputs: Tensor[], ...rest: unknown[]): void;
}

const wrapped = Symbol.for("gradlens.ownOutputs");

/**
 * The tape lists the outputs of an operation in an array of its own.
 *
 * Stock tfjs keeps the array that `split` or `unstack` returned: a caller that reverses it or pops from it changes
 * which gradient belongs to which part, without a message.
 */
export const ownOutputs: Correction = {
  name: "outputs on the tape",
  ops: [],
  install(tf: Tf): void {
    const engine = tf.engine() as unknown as TapeMethods & { [wrapped]?: boolean };
    if (engine[wrapped]) return;
    engine[wrapped] = true;
    const addTapeNode = engine.addTapeNode;
    engine.addTapeNode = function (kernel, inputs, outputs, ...rest): void {
      addTapeNode.call(this, kernel, inputs, [...outputs], ...rest);
    };
  },
};
