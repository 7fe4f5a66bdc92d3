/** Convolutions and pools in three dimensions with padding "same", where strides skip the end of the image. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, ofEngine, tuple } from "./correction";

type RunKernel = (kernel: string, inputs: Record<string, Tensor>, attrs?: NamedAttrMap) => Tensor;

/** Reach of the windows of a three-dimensional operation with padding "same"; shorter than the image where strides skip its end. */
function reached(shape: readonly number[], window: readonly number[], strides: readonly number[]): number[] {
  return shape.map((length, axis) => {
    const spatial = axis - 1;
    if (window[spatial] === undefined) return length;
    const windows = Math.ceil(length / strides[spatial]);
    return Math.min(length, (windows - 1) * strides[spatial] + window[spatial]);
  });
}

function windowOf({ filter }: Record<string, Tensor>, { filterSize, dilations }: NamedAttrMap): number[] {
  if (filter === undefined) return tuple(filterSize, 3);
  const spacing = tuple(dilations, 3);
  return spacing.map((dilation, i) => (filter.shape[i] - 1) * dilation + 1);
}

const kernels: ReadonlySet<string> = new Set(["Conv3D", "Conv3DBackpropInputV2", "MaxPool3D", "AvgPool3D"]);

/**
 * Convolutions and pools in three dimensions with padding "same" start at the first cell where their strides skip the
 * last ones, as in TensorFlow: what no window reaches is cut off beforehand.
 *
 * Stock tfjs's cpu backend pads by a negative amount, so that windows start at other cells than on TensorFlow, and in one
 * or two dimensions. The transposed convolution has zeros in place of what is cut off.
 */
export const same3d: Correction = ofEngine<{ runKernel: RunKernel }>(
  { name: "padding of three axes" },
  (engine, tf) => {
    const stock = engine.runKernel.bind(engine) as RunKernel;
    engine.runKernel = (kernel, inputs, attrs = {}): Tensor => {
      if (!kernels.has(kernel) || attrs.pad !== "same") return stock(kernel, inputs, attrs);
      const transposed = kernel === "Conv3DBackpropInputV2";
      const shape = transposed ? (attrs.inputShape as number[]) : inputs.x.shape;
      const kept = reached(shape, windowOf(inputs, attrs), tuple(attrs.strides, 3));
      if (tf.util.arraysEqual(kept, shape)) return stock(kernel, inputs, attrs);
      if (transposed) {
        const dx = stock(kernel, inputs, { ...attrs, inputShape: kept });
        return tf.pad(
          dx,
          shape.map((length, axis) => [0, length - kept[axis]] as [number, number]),
        );
      }
      const begin = shape.map(() => 0);
      return stock(kernel, { ...inputs, x: tf.slice(inputs.x, begin, kept) }, attrs);
    };
  },
);
