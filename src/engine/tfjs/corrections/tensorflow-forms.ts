/** Operations in forms that the tensorflow backend takes. */
import type { NamedAttrMap, Tensor, Tensor4D } from "@tensorflow/tfjs";
import { type Correction, ofEngine, type Tf, tuple } from "./correction";
import { dilateFilter } from "./dilated-filter";
import { poolReach, type Reach, reach } from "./reach";

type Inputs = Record<string, Tensor>;
type RunKernel = (kernel: string, inputs: Inputs, attrs?: NamedAttrMap) => Tensor | Tensor[];
/** The same operation in a form that the tensorflow backend takes, or nothing if it takes it as it is. */
type Rewrite = (tf: Tf, kernel: string, inputs: Inputs, attrs: NamedAttrMap) => Tensor | undefined;

/** Attributes of a convolution, which tfjs does not type. */
interface ConvolutionAttributes {
  readonly strides: number;
  readonly dilations: number;
  readonly pad: "same" | "valid" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Smaller than any activation, and finite, so that no not-a-number comes of it. */
const lowest = -3.4028234663852886e38;

function run(tf: Tf, kernel: string, inputs: Inputs, attrs: NamedAttrMap): Tensor {
  return (tf.engine() as unknown as { runKernel: RunKernel }).runKernel(kernel, inputs, attrs) as Tensor;
}

function padded(tf: Tf, x: Tensor, axes: readonly Reach[], value: number): Tensor {
  const borders = axes.map(({ size, windows, window, stride, before }): [number, number] => [
    before,
    Math.max(0, (windows - 1) * stride + window - before - size),
  ]);
  return tf.pad(x, [[0, 0], ...borders, [0, 0]], value);
}

const convolution: Rewrite = (tf, kernel, inputs, attrs) => {
  const { x, filter } = inputs;
  if (attrs.dataFormat === "NCHW") {
    const channelsLast = { ...inputs, x: tf.transpose(x, [0, 2, 3, 1]) };
    // Explicit padding is given per axis, in the order of the axes.
    const borders = attrs.pad as unknown as number[][];
    const pad = Array.isArray(borders) ? { pad: [0, 2, 3, 1].map((axis) => borders[axis]) } : {};
    const form = { ...attrs, ...pad, dataFormat: "NHWC" } as unknown as NamedAttrMap;
    return tf.transpose(run(tf, kernel, channelsLast, form), [0, 3, 1, 2]);
  }
  if (typeof attrs.pad === "string") return undefined;
  const { strides, dilations, pad, dimRoundingMode } = attrs as unknown as ConvolutionAttributes;
  const info = tf.backend_util.computeConv2DInfo(
    (x as Tensor4D).shape,
    (filter as Tensor4D).shape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    kernel.includes("Depthwise"),
  );
  const axes = [
    reach(info.inHeight, info.outHeight, info.effectiveFilterHeight, info.strideHeight, info.padInfo.top),
    reach(info.inWidth, info.outWidth, info.effectiveFilterWidth, info.strideWidth, info.padInfo.left),
  ];
  return run(tf, kernel, { ...inputs, x: padded(tf, x, axes, 0) }, valid(attrs));
};

/** Without dilation: zeros between the entries of the filter do the same. */
function undilated(spatial: number, otherwise?: Rewrite): Rewrite {
  return (tf, kernel, inputs, attrs) => {
    const dilations = tuple(attrs.dilations, spatial);
    if (dilations.every((dilation) => dilation === 1)) return otherwise?.(tf, kernel, inputs, attrs);
    const filter = dilateFilter(tf, inputs.filter, dilations);
    return run(tf, kernel, { ...inputs, filter }, { ...attrs, dilations: dilations.map(() => 1) });
  };
}

function pool(tf: Tf, kernel: string, { x }: Inputs, attrs: NamedAttrMap): Tensor | undefined {
  if (typeof attrs.pad === "string") return undefined;
  const axes = poolReach(tf, x, attrs);
  if (kernel.startsWith("Max")) return run(tf, kernel, { x: padded(tf, x, axes, lowest) }, valid(attrs));
  // The mean is over the cells inside x only: scale by the share of the window that they are.
  const share = run(tf, kernel, { x: padded(tf, tf.ones(x.shape), axes, 0) }, valid(attrs));
  return tf.div(run(tf, kernel, { x: padded(tf, x, axes, 0) }, valid(attrs)), share);
}

function valid({ dimRoundingMode: _, ...attrs }: NamedAttrMap): NamedAttrMap {
  return { ...attrs, pad: "valid" };
}

/** With an axis counted from the front. */
const gather: Rewrite = (tf, kernel, inputs, attrs) => {
  const axis = attrs.axis as number;
  return axis < 0 ? run(tf, kernel, inputs, { ...attrs, axis: axis + inputs.x.rank }) : undefined;
};

const rewrites: Readonly<Record<string, Rewrite>> = {
  Conv2D: convolution,
  FusedConv2D: convolution,
  DepthwiseConv2dNative: undilated(2, convolution),
  FusedDepthwiseConv2D: undilated(2, convolution),
  Conv3D: undilated(3),
  MaxPool: pool,
  AvgPool: pool,
  MaxPool3D: pool,
  AvgPool3D: pool,
  GatherV2: gather,
};

/**
 * On the tensorflow backend, convolutions and pools with numeric or explicit padding, channels first, or dilation
 * that TensorFlow lacks on the CPU are run as a padded, transposed or zero-filled form of themselves, and gathers
 * along a negative axis with a positive one.
 *
 * Stock tfjs-node throws, or ignores the rounding of the output size.
 */
export const tensorflowForms: Correction = ofEngine<{ runKernel: RunKernel; backendName: string }>(
  { name: "forms that the tensorflow backend refuses", ops: Object.keys(rewrites) },
  (engine, tf) => {
    const stock = engine.runKernel.bind(engine) as RunKernel;
    engine.runKernel = (kernel, inputs, attrs = {}): Tensor | Tensor[] => {
      const rewrite = engine.backendName === "tensorflow" ? rewrites[kernel] : undefined;
      return rewrite?.(tf, kernel, inputs, attrs) ?? stock(kernel, inputs, attrs);
    };
  },
);
