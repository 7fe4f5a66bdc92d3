/** Kernels whose optional inputs are not given, on the tape. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, ofEngine } from "./correction";

interface TapeMethods {
  addTapeNode(kernel: string, inputs: NamedInputs, ...rest: unknown[]): void;
  getTensorsForGradient(kernel: string, inputs: NamedInputs, outputs: Tensor[]): Tensor[];
}

type NamedInputs = Record<string, Tensor | undefined> | Tensor[];

/**
 * Optional inputs that are not given (batch normalisation without scale or offset, fused kernels without bias)
 * are left off the tape.
 *
 * Stock tfjs reads the id of the missing tensor and throws. A missing tensor is not saved either, so a gradient
 * rule names its optional inputs last in `inputsToSave`.
 */
export const optionalInputs: Correction = ofEngine<TapeMethods>({ name: "optional inputs" }, (engine, tf) => {
  const addTapeNode = engine.addTapeNode;
  const getTensorsForGradient = engine.getTensorsForGradient;

  engine.getTensorsForGradient = function (kernel, inputs, outputs): Tensor[] {
    if (Array.isArray(inputs) || Object.values(inputs).every((input) => input != null)) {
      return getTensorsForGradient.call(this, kernel, inputs, outputs);
    }
    const config = tf.getGradient(kernel);
    const savedInputs = (config?.inputsToSave ?? []).map((name) => inputs[name]);
    const savedOutputs = outputs.filter((_, i) => config?.outputsToSave?.[i]);
    return [...savedInputs, ...savedOutputs].filter((t): t is Tensor => t != null);
  };

  engine.addTapeNode = function (kernel, inputs, ...rest): void {
    const given = Array.isArray(inputs)
      ? inputs
      : Object.fromEntries(Object.entries(inputs).filter(([, input]) => input != null));
    addTapeNode.call(this, kernel, given, ...rest);
  };
});
