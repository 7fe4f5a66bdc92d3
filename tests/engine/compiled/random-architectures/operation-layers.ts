import * as tf from "@tensorflow/tfjs";
import { normals } from "../../../models";

type T = tf.Tensor;
type Shape = readonly number[];

/**
 * A computation that tfjs has no layer for, as models made of layers contain it. Slopes of single numbers keep away from zero,
 * where a gradient loses its digits.
 */
export interface Operation {
  /** Whether it can follow a tensor of this shape, batch axis left out. */
  readonly fits: (shape: Shape) => boolean;
  readonly run: (x: T, seed: number) => T;
}

const rank =
  (n: number) =>
  (shape: Shape): boolean =>
    shape.length === n;

/** Weights of an operation: the same ones at each call. */
function weight(seed: number, shape: number[]): T {
  return tf.tensor(normals(seed, shape, 1 / Math.sqrt(shape[0] as number)).data, shape);
}

/** Fits everything. */
export const anyShape = (): boolean => true;
const widthOf = (x: T): number => x.shape[x.rank - 1] as number;

/** Filters for the channels of an image. */
function filters(seed: number, x: T, size: number, to: number): tf.Tensor4D {
  const shape = [size, size, widthOf(x), to];
  return tf.tensor4d(
    normals(seed, shape, 1 / (size * Math.sqrt(widthOf(x)))).data as Float32Array,
    shape as [number, number, number, number],
  );
}

/** A different number of zeros on each side of an image that a window of three slides over. */
const borders: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [2, 1],
  [1, 2],
  [0, 0],
];

/** Callers add some of x itself: a mean over the normalised axes would be zero up to rounding. */
function normalised(x: T, axes: number[]): T {
  const { mean, variance } = tf.moments(x, axes, true);
  return x.sub(mean).div(variance.add(1e-2).sqrt());
}

/** Two heads of width 3, with a residual connection. */
function attention(x: T, seed: number, causal: boolean): T {
  const [, steps, width] = x.shape as [number, number, number];
  const [query, key, value] = [1, 2, 3].map((k) =>
    tf.einsum("btd,dhk->bthk", x, weight(seed + k, [width, 2, 3])),
  ) as [T, T, T];
  let scores = tf.einsum("bthk,bshk->bhts", query, key).div(Math.sqrt(3));
  if (causal) {
    const seen = tf.linalg.bandPart(tf.ones([steps, steps]), -1, 0);
    scores = tf.where(tf.broadcastTo(seen.cast("bool"), scores.shape), scores, tf.fill(scores.shape, -1e9));
  }
  const read = tf.einsum("bhts,bshk->bthk", tf.softmax(scores), value);
  return tf.einsum("bthk,hkd->btd", read, weight(seed + 4, [2, 3, width])).add(x);
}

function crops(x: T): T {
  const [rows] = x.shape as [number];
  const boxes = tf.tile(tf.tensor2d([[0.1, 0.2, 0.85, 0.9]]), [rows, 1]) as tf.Tensor2D;
  const images = tf.range(0, rows, 1, "int32") as tf.Tensor1D;
  return tf.image.cropAndResize(x as tf.Tensor4D, boxes, images, [4, 5], "bilinear");
}

export const operations: Readonly<Record<string, Operation>> = {
  clipped: { fits: anyShape, run: (x) => x.clipByValue(-1, 1.5) },
  "power of a half": { fits: anyShape, run: (x) => x.square().add(1).pow(0.5).add(x.mul(1.3)) },
  "error function": { fits: anyShape, run: (x) => tf.erf(x).add(x.mul(0.3)) },
  "steeper above": {
    fits: anyShape,
    run: (x) => tf.where(x.greater(0.1), x.mul(2).sub(0.1), x),
  },
  "at least": { fits: anyShape, run: (x) => tf.maximum(x, tf.scalar(-0.4)).add(x.mul(0.2)) },
  magnitude: { fits: anyShape, run: (x) => x.abs().sub(x.mul(0.4)) },
  "squared difference": {
    fits: anyShape,
    run: (x, seed) =>
      tf
        .squaredDifference(x.tanh(), weight(seed, [widthOf(x)]))
        .mul(0.1)
        .add(x),
  },
  reciprocal: { fits: anyShape, run: (x) => x.square().add(1).reciprocal().add(x) },
  sine: { fits: anyShape, run: (x) => tf.sin(x).add(x.mul(1.3)) },
  asinh: { fits: anyShape, run: (x) => tf.asinh(x) },
  "two stacked": { fits: anyShape, run: (x) => tf.stack([x, x.mul(2).tanh()], -1).sum(-1) },
  "halves swapped": {
    fits: (shape) => (shape[shape.length - 1] as number) % 2 === 0,
    run: (x) => {
      const [first, second] = tf.split(x, 2, -1) as [T, T];
      return tf.concat([second, first.mul(1.2)], -1);
    },
  },
  "features twice": {
    fits: (shape) => shape.reduce((a, b) => a * b, 1) <= 150,
    run: (x) => tf.tile(x, [...x.shape.slice(0, -1).map(() => 1), 2]),
  },
  "features picked": {
    fits: (shape) => (shape[shape.length - 1] as number) > 3,
    run: (x) => tf.gather(x, tf.tensor1d([3, 0, 1, 0, 2], "int32"), x.rank - 1),
  },
  "first feature left out": {
    fits: (shape) => (shape[shape.length - 1] as number) > 4,
    run: (x) => {
      const from = x.shape.map((_, axis) => (axis === x.rank - 1 ? 1 : 0));
      return tf.slice(x, from);
    },
  },
  "less than the largest": { fits: anyShape, run: (x) => x.sub(tf.max(x, -1, true).mul(0.5)) },
  "root mean square norm": {
    fits: anyShape,
    run: (x) => x.div(x.square().mean(-1, true).add(1e-2).sqrt()).add(x.mul(0.3)),
  },
  "softmax as a gate": { fits: anyShape, run: (x) => tf.softmax(x).add(0.2).mul(x) },
  "log softmax": { fits: (shape) => (shape[shape.length - 1] as number) > 3, run: (x) => tf.logSoftmax(x) },
  "product with weights": {
    fits: rank(1),
    run: (x, seed) => tf.matMul(x as tf.Tensor2D, weight(seed, [6, widthOf(x)]) as tf.Tensor2D, false, true),
  },
  "fused product": {
    fits: rank(1),
    run: (x, seed) =>
      tf.fused.matMul({
        a: x as tf.Tensor2D,
        b: weight(seed, [widthOf(x), 5]) as tf.Tensor2D,
        bias: weight(seed + 1, [5]),
        activation: "elu",
      }),
  },
  "outer product": {
    fits: (shape) => shape.length === 1 && (shape[0] as number) <= 8,
    run: (x) => tf.einsum("bi,bj->bij", x.tanh(), x.sigmoid()),
  },
  "einsum of vectors": {
    fits: rank(1),
    run: (x, seed) => tf.einsum("bd,de->be", x, weight(seed, [x.shape[1] as number, 5])),
  },
  atan2: { fits: rank(1), run: (x) => tf.atan2(x, tf.reverse(x, 1).square().add(0.5)) },
  "product of pairs": {
    fits: (shape) => shape.length === 1 && (shape[0] as number) % 2 === 0,
    run: (x) => {
      const pairs = x.reshape([-1, (x.shape[1] as number) / 2, 2]);
      return tf.concat([x, pairs.add(0.5).prod(2)], 1);
    },
  },
  "largest four": { fits: (s) => s.length === 1 && (s[0] as number) > 4, run: (x) => tf.topk(x, 4).values },
  // The root of zero has no slope: a vector of zeros would have no gradient.
  "unit length": { fits: rank(1), run: (x) => x.div(x.square().sum(1, true).add(1e-2).sqrt()) },
  // Whole, it would be a constant beyond the next softmax.
  "log sum exp": { fits: rank(1), run: (x) => tf.concat([x, tf.logSumExp(x, 1, true).mul(0.7)], 1) },
  attention: { fits: rank(2), run: (x, seed) => attention(x, seed, false) },
  "causal attention": { fits: rank(2), run: (x, seed) => attention(x, seed, true) },
  "einsum of series": {
    fits: rank(2),
    run: (x, seed) => tf.einsum("btd,de->bte", x, weight(seed, [x.shape[2] as number, 4])),
  },
  "positions added": {
    fits: rank(2),
    run: (x, seed) => x.add(weight(seed, [1, ...(x.shape.slice(1) as number[])])),
  },
  "running sum": { fits: rank(2), run: (x) => tf.cumsum(x, 1).div(x.shape[1] as number) },
  "running product": { fits: rank(2), run: (x) => tf.cumprod(x.sigmoid().add(0.5), 1) },
  spectrum: {
    fits: rank(2),
    // The window keeps a series that repeats itself from having empty frequencies, where a magnitude has a kink.
    run: (x, seed) => {
      const seen = x.mul(weight(seed, [1, x.shape[1] as number, 1]));
      return tf.log1p(tf.abs(tf.spectral.rfft(seen.transpose([0, 2, 1])))).transpose([0, 2, 1]);
    },
  },
  "products of steps": {
    fits: rank(2),
    run: (x) => tf.matMul(x, x, false, true).div(Math.sqrt(widthOf(x))),
  },
  "sums to come": { fits: rank(2), run: (x) => tf.cumsum(x, 1, true, true).mul(0.3).add(x) },
  "changes from step to step": {
    fits: (shape) => shape.length === 2 && (shape[0] as number) > 2,
    run: (x) => {
      const steps = x.shape[1] as number;
      return tf
        .slice(x, [0, 1, 0], [-1, steps - 1, -1])
        .sub(tf.slice(x, [0, 0, 0], [-1, steps - 1, -1]).mul(0.7));
    },
  },
  "steps in front": {
    fits: rank(2),
    run: (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [2, 0],
          [0, 0],
        ],
        0.3,
      ),
  },
  "smallest over time": { fits: rank(2), run: (x) => tf.min(x, 1) },
  "spread over time": {
    fits: rank(2),
    run: (x) => tf.moments(x, 1).variance.add(1e-2).sqrt().add(x.mean(1)),
  },
  "product over time": { fits: rank(2), run: (x) => x.tanh().mul(0.3).add(1).prod(1) },
  "log sum exp over time": { fits: rank(2), run: (x) => tf.logSumExp(x, 1) },
  "spectrum and back": {
    fits: (shape) => shape.length === 2 && (shape[0] as number) % 2 === 0,
    // Each frequency is damped by itself, so that no step depends on another by rounding alone.
    run: (x, seed) => {
      const waves = tf.spectral.rfft(x.transpose([0, 2, 1]));
      const damping = [0, 1].map((k) =>
        weight(seed + k, [1, 1, widthOf(waves)])
          .mul(0.2)
          .add(0.8),
      ) as [T, T];
      const damped = tf.complex(tf.real(waves).mul(damping[0]), tf.imag(waves).mul(damping[1]));
      return tf.spectral
        .irfft(damped)
        .reshape([-1, x.shape[2] as number, x.shape[1] as number])
        .transpose([0, 2, 1]);
    },
  },
  "every second step": {
    fits: (shape) => shape.length === 2 && (shape[0] as number) > 3,
    run: (x) => tf.stridedSlice(x, [0, 1, 0], x.shape, [1, 2, 1]),
  },
  "steps picked": {
    fits: (shape) => shape.length === 2 && (shape[0] as number) > 2,
    run: (x) => tf.gather(x, tf.tensor1d([2, 0, 1, 2], "int32"), 1),
  },
  "steps picked by row": {
    fits: (shape) => shape.length === 2 && (shape[0] as number) > 2,
    run: (x) =>
      tf.gather(x, tf.tile(tf.tensor2d([[2, 0, 2]], [1, 3], "int32"), [x.shape[0] as number, 1]), 1, 1),
  },
  backwards: { fits: rank(2), run: (x) => tf.reverse(x, 1) },
  "group norm": {
    fits: (shape) => shape.length === 3 && (shape[2] as number) % 2 === 0,
    run: (x) => {
      const [, height, width, channels] = x.shape as [number, number, number, number];
      const groups = x.reshape([-1, height * width, 2, channels / 2]);
      return normalised(groups, [1, 3]).reshape([-1, height, width, channels]).add(x.mul(0.5));
    },
  },
  "instance norm": { fits: rank(3), run: (x) => normalised(x, [1, 2]).add(x.mul(0.5)) },
  "local response norm": {
    fits: rank(3),
    run: (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 1, 0.5, 0.6),
  },
  "conv with borders of its own": {
    fits: rank(3),
    run: (x, seed) => tf.conv2d(x as tf.Tensor4D, filters(seed, x, 3, 4), 1, borders),
  },
  "fused conv": {
    fits: (shape) => shape.length === 3 && Math.min(shape[0] as number, shape[1] as number) > 1,
    run: (x, seed) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: filters(seed, x, 2, 4),
        strides: 1,
        pad: "same",
        bias: weight(seed + 1, [4]),
        activation: "leakyrelu",
        leakyreluAlpha: 0.3,
      }),
  },
  "max pool with borders of its own": {
    fits: rank(3),
    run: (x) => tf.maxPool(x as tf.Tensor4D, 3, 1, borders),
  },
  "mean pool with borders of its own": {
    fits: rank(3),
    run: (x) => tf.avgPool(x as tf.Tensor4D, 3, 1, borders),
  },
  "values around": {
    fits: rank(3),
    run: (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [0, 1],
          [2, 0],
          [0, 0],
        ],
        -0.2,
      ),
  },
  "symmetric border": {
    fits: (shape) => shape.length === 3 && Math.min(shape[0] as number, shape[1] as number) > 1,
    run: (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [0, 2],
          [0, 0],
        ],
        "symmetric",
      ),
  },
  "resized by pixel centres": {
    fits: rank(3),
    run: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [6, 5], false, true),
  },
  "batch norm of an image": {
    fits: rank(3),
    run: (x, seed) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        weight(seed, [widthOf(x)]) as tf.Tensor1D,
        weight(seed + 1, [widthOf(x)])
          .square()
          .add(0.5) as tf.Tensor1D,
        weight(seed + 2, [widthOf(x)]) as tf.Tensor1D,
        weight(seed + 3, [widthOf(x)]).add(1) as tf.Tensor1D,
        1e-2,
      ),
  },
  "rows against columns": {
    fits: (shape) => shape.length === 3 && Math.max(shape[0] as number, shape[1] as number) <= 8,
    run: (x) =>
      tf
        .matMul(x.transpose([0, 3, 1, 2]), x.transpose([0, 3, 2, 1]))
        .div(x.shape[2] as number)
        .transpose([0, 2, 3, 1]),
  },
  "depth to space": {
    fits: (shape) => shape.length === 3 && (shape[0] as number) * (shape[1] as number) <= 36,
    run: (x) => tf.depthToSpace(tf.concat([x, x.mul(0.5), x.neg(), x.square()], 3) as tf.Tensor4D, 2),
  },
  "mirrored border": {
    fits: (shape) => shape.length === 3 && Math.min(shape[0] as number, shape[1] as number) > 2,
    run: (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 2],
          [2, 0],
          [0, 0],
        ],
        "reflect",
      ),
  },
  "morphological dilation": {
    fits: (shape) => shape.length === 3 && Math.min(shape[0] as number, shape[1] as number) > 2,
    run: (x, seed) =>
      tf.dilation2d(
        x as tf.Tensor4D,
        weight(seed, [2, 2, x.shape[3] as number]) as tf.Tensor3D,
        1,
        "same",
        1,
      ),
  },
  crop: { fits: rank(3), run: crops },
  "resized bilinear": { fits: rank(3), run: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [5, 7], true) },
  "resized nearest": {
    fits: rank(3),
    run: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [5, 4], false, true),
  },
  flipped: { fits: rank(3), run: (x) => tf.image.flipLeftRight(x as tf.Tensor4D) },
  "dilated pool": {
    fits: (shape) => shape.length === 3 && Math.min(shape[0] as number, shape[1] as number) > 3,
    run: (x) => tf.pool(x as tf.Tensor4D, 2, "avg", "valid", 2),
  },
  "dilated largest": {
    fits: (shape) => shape.length === 3 && Math.min(shape[0] as number, shape[1] as number) > 3,
    run: (x) => tf.pool(x as tf.Tensor4D, 2, "max", "same", 2),
  },
  "softmax over space": {
    fits: rank(3),
    run: (x) => {
      const [, height, width, channels] = x.shape as [number, number, number, number];
      const cells = tf.softmax(x.reshape([-1, height * width, channels]).transpose([0, 2, 1]));
      return cells.transpose([0, 2, 1]).reshape([-1, height, width, channels]).mul(x);
    },
  },
  "space to batch and back": {
    fits: (shape) => shape.length === 3 && (shape[0] as number) % 2 === 0 && (shape[1] as number) % 2 === 0,
    run: (x) => {
      const none = [
        [0, 0],
        [0, 0],
      ];
      return tf.batchToSpaceND(tf.spaceToBatchND(x, [2, 2], none).tanh(), [2, 2], none);
    },
  },
};

/** One of the operations as a layer. */
export class OperationLayer extends tf.layers.Layer {
  static className = "Operation";
  readonly #operation: string;
  readonly #seed: number;

  constructor(operation: string, seed: number) {
    super({});
    this.#operation = operation;
    this.#seed = seed;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), operation: this.#operation, seed: this.#seed };
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [, ...shape] = inputShape as number[];
    const sample = tf.tidy(() => this.#run(tf.ones([1, ...shape])));
    sample.dispose();
    return [null, ...sample.shape.slice(1)];
  }

  override call(inputs: T | T[]): T {
    return tf.tidy(() => this.#run(Array.isArray(inputs) ? (inputs[0] as T) : inputs));
  }

  #run(x: T): T {
    return (operations[this.#operation] as Operation).run(x, this.#seed);
  }
}
