/** The slope of a fused leaky ReLU, which the converter of TensorFlow.js forgets for one operation. */

interface FusedNode {
  readonly op: string;
  readonly rawAttrs?: Readonly<Record<string, { readonly f?: number } | undefined>>;
  readonly attrParams: Record<string, { readonly value?: unknown; readonly type?: string } | undefined>;
}

/**
 * Gives depthwise convolutions that were fused with a leaky ReLU the slope that the model file names.
 *
 * tfjs reads it for other fused operations, but not for these, and takes 0.2. The node keeps it, so that the model's own
 * predictions are those that are explained.
 */
export function readLeakySlopes(nodes: readonly FusedNode[]): void {
  for (const { op, rawAttrs, attrParams } of nodes) {
    const slope = rawAttrs?.["leakyrelu_alpha"]?.f;
    if (op === "FusedDepthwiseConv2dNative" && typeof slope === "number") {
      attrParams["leakyreluAlpha"] ??= { value: slope, type: "number" };
    }
  }
}
