/** The activation at the end of a fused kernel. */
import type { Value } from "../graph";
import { type KernelCall, unsupported } from "./lowering";

const KERNELS: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** Output of a fused kernel, given its product or convolution. */
export function activated(call: KernelCall, x: Value): Value {
  const { activation, leakyreluAlpha } = call.attrs;
  if (activation === undefined || activation === null || activation === "linear") return x;
  const kernel = KERNELS[activation as string];
  if (kernel === undefined) throw unsupported(call, `with the activation ${String(activation)}`);
  const weights = call.inputs["preluActivationWeights"];
  if (kernel === "Prelu" && weights) return call.run(kernel, { x, alpha: weights });
  return call.run(kernel, { x }, kernel === "LeakyRelu" ? { alpha: leakyreluAlpha } : {});
}
