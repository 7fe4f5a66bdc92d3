/** Arrays of outputs on the tape that no caller can change. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, ofEngine } from "./correction";

interface TapeMethods {
  addTapeNode(kernel: string, inputs: unknown, outputs: Tensor[], ...rest: unknown[]): void;
}

/**
 * The tape lists the outputs of an operation in an array of its own.
 *
 * Stock tfjs keeps the array that `split` or `unstack` returned: a caller that reverses it or pops from it changes
 * which gradient belongs to which part, without a message.
 */
export const ownOutputs: Correction = ofEngine<TapeMethods>({ name: "outputs on the tape" }, (engine) => {
  const addTapeNode = engine.addTapeNode;
  engine.addTapeNode = function (kernel, inputs, outputs, ...rest): void {
    addTapeNode.call(this, kernel, inputs, [...outputs], ...rest);
  };
});
