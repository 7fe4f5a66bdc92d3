/** The gradients of average pooling in two and three dimensions. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel, type Tf, tuple } from "./correction";
import { poolReach, type Reach } from "./reach";

/** Windows of a pooling along one axis. */
interface PooledAxis {
  /** Padding before the first cell. */
  readonly before: number;
  /** Padding after the last cell, as far as the last window reaches. */
  readonly after: number;
  /** For each window, how many cells of the input it holds. */
  readonly counts: number[];
}

function pooledAxis({ size, windows, window, stride, before }: Reach): PooledAxis {
  const end = (windows - 1) * stride + window - before;
  const counts = Array.from({ length: windows }, (_, i) => {
    const start = i * stride - before;
    return Math.min(size, start + window) - Math.max(0, start);
  });
  return { before, after: Math.max(0, end - size), counts };
}

/** The gradient of average pooling, by the kernel for windows without padding on the padded input. */
function averagePoolGradient(tf: Tf, kernel: string, dy: Tensor, x: Tensor, attrs: NamedAttrMap): Tensor {
  const { filterSize, strides } = attrs;
  const axes = poolReach(tf, x, attrs).map(pooledAxis);
  const spatial = axes.length;
  const scaled = axes.reduce((current: Tensor, { counts }, i) => {
    const window = tuple(filterSize, spatial)[i];
    const shape = dy.shape.map((_, axis) => (axis === i + 1 ? counts.length : 1));
    return tf.mul(
      current,
      tf.tensor(
        counts.map((count) => window / count),
        shape,
      ),
    );
  }, dy);
  const padded = x.shape.map((size, axis) => {
    const place = axes[axis - 1];
    return place === undefined ? size : place.before + size + place.after;
  });
  const gradient = runKernel(
    tf,
    kernel,
    { dy: scaled, input: tf.zeros(padded) },
    { filterSize, strides, pad: "valid" },
  );
  return tf.slice(
    gradient,
    x.shape.map((_, axis) => axes[axis - 1]?.before ?? 0),
    x.shape,
  );
}

/**
 * y = mean of the cells of x in the window: dx = Σ dy / (cells of the window that lie inside x).
 *
 * Stock tfjs divides by the full window on cpu, also where part of it is padding.
 */
export const averagePool: Correction = gradientOf("AvgPool", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], attrs) => ({ x: () => averagePoolGradient(tf, "AvgPoolGrad", dy, x, attrs) }),
}));

/** The same in three dimensions. */
export const averagePool3d: Correction = gradientOf("AvgPool3D", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], attrs) => ({ x: () => averagePoolGradient(tf, "AvgPool3DGrad", dy, x, attrs) }),
}));
