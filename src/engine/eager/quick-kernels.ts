/**
 * Kernels of TensorFlow.js's cpu backend that take most of a pass, computed by blocks: the same sums in another order, five times
 * as fast. What graphs are compared with is computed so; results of the eager engine are TensorFlow.js's own.
 */
import { sizeOf } from "../../tensor";
import type { Tensor, Tf } from "../tfjs/adapter";
import { type KernelCall, runningKernels } from "../tfjs/kernel-watch";
import { blockProduct, columnBlocks, wholeBlocks } from "./block-product";

/** Entries of the rows that are multiplied at a time: as many as a core's cache keeps. */
const ENTRIES_AT_ONCE = 2 ** 17;

type Kernel = (tf: Tf, call: KernelCall) => Tensor | undefined;

/** Quick forms by the names of kernels; undefined of a call that they do not cover. */
const kernels: Readonly<Record<string, Kernel>> = {
  Conv2D: convolution,
  FusedConv2D: (tf, call) => linear(tf, call, convolution),
  BatchMatMul: matrixProduct,
  _FusedMatMul: (tf, call) => linear(tf, call, matrixProduct),
  PadV2: padded,
};

/** Runs `fn` on the cpu backend with quick kernels in place of its own. Synchronous, restored on any exit. */
export function withQuickKernels<T>(tf: Tf, fn: () => T): T {
  return runningKernels(
    tf,
    (call, run) => {
      const { kernelName = "", inputs } = call;
      const covered = Object.values(inputs).every((input) => !input || input.dtype === "float32");
      return (covered && kernels[kernelName]?.(tf, call)) || run(call);
    },
    fn,
  );
}

/** Rows of a product, written into `rows` from one row on. */
interface Rows {
  readonly count: number;
  readonly depth: number;
  readonly write: (rows: Float32Array, from: number, to: number) => void;
}

/** Rows times a matrix in blocks of columns, so many rows at a time, into `out`. */
function multiply({ count, depth, write }: Rows, matrix: Float32Array, out: Float32Array): void {
  const columns = out.length / count;
  const atOnce = wholeBlocks(Math.max(1, Math.min(count, ENTRIES_AT_ONCE / Math.max(1, depth))));
  const rows = new Float32Array(atOnce * depth);
  const width = wholeBlocks(columns);
  const product = new Float32Array(atOnce * width);
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(count, from + atOnce);
    write(rows, from, to);
    blockProduct(rows, matrix, { rows: to - from, depth, columns }, product);
    for (let row = from; row < to; row++) {
      const start = (row - from) * width;
      out.set(product.subarray(start, start + columns), row * columns);
    }
  }
}

/** A kernel with a bias and nothing else behind it. */
function linear(tf: Tf, call: KernelCall, kernel: Kernel): Tensor | undefined {
  const { bias, preluActivationWeights } = call.inputs;
  if (preluActivationWeights || (call.attrs?.activation ?? "linear") !== "linear") return undefined;
  const product = kernel(tf, call);
  return product && bias ? tf.add(product, bias) : product;
}

function convolution(tf: Tf, { inputs: { x, filter }, attrs }: KernelCall): Tensor | undefined {
  if (!x || !filter || x.rank !== 4 || attrs?.strides === undefined || attrs.pad === undefined)
    return undefined;
  const { strides, pad, dataFormat = "NHWC", dilations = 1, dimRoundingMode } = attrs;
  if (dataFormat !== "NHWC") return undefined;
  const [rows, height, width, channels]: readonly number[] = x.shape;
  const [tall, wide, depthOfFilter, filters]: readonly number[] = filter.shape;
  const info = tf.backend_util.computeConv2DInfo(
    [rows, height, width, channels],
    [tall, wide, depthOfFilter, filters],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const { inHeight, inWidth, inChannels, outHeight, outWidth, batchSize } = info;
  // Several groups have filters of fewer channels.
  if (depthOfFilter !== inChannels) return undefined;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { left, top } = info.padInfo;
  const image = x.dataSync();
  const depth = filterHeight * filterWidth * inChannels;
  /** What each position of the output sees of the image, the padding as zeros. */
  const write = (patches: Float32Array, from: number, to: number): void => {
    let at = 0;
    for (let position = from; position < to; position++) {
      const column = position % outWidth;
      const row = ((position - column) / outWidth) % outHeight;
      const example = Math.floor(position / (outWidth * outHeight));
      for (let h = 0; h < filterHeight; h++) {
        const y = row * strideHeight - top + h * dilationHeight;
        for (let w = 0; w < filterWidth; w++) {
          const z = column * strideWidth - left + w * dilationWidth;
          const inside = y >= 0 && y < inHeight && z >= 0 && z < inWidth;
          const start = ((example * inHeight + y) * inWidth + z) * inChannels;
          for (let c = 0; c < inChannels; c++) patches[at++] = inside ? image[start + c] : 0;
        }
      }
    }
  };
  const out = new Float32Array(sizeOf(info.outShape));
  const matrix = columnBlocks(filter.dataSync(), depth, filters, (row, column) => row * filters + column);
  multiply({ count: batchSize * outHeight * outWidth, depth, write }, matrix, out);
  return tf.tensor(out, info.outShape);
}

function matrixProduct(tf: Tf, { inputs: { a, b }, attrs = {} }: KernelCall): Tensor | undefined {
  if (!a || !b || a.rank < 2 || a.rank !== b.rank) return undefined;
  const outer = a.shape.slice(0, -2);
  // One matrix for all of a batch, or one for each.
  if (outer.some((extent, axis) => extent !== b.shape[axis])) return undefined;
  const turned = (shape: readonly number[], transpose: boolean | undefined): readonly [number, number] => {
    const [rows, columns] = shape.slice(-2);
    return transpose ? [columns, rows] : [rows, columns];
  };
  const [count, depth] = turned(a.shape, attrs.transposeA);
  const [, columns] = turned(b.shape, attrs.transposeB);
  const [left, right] = [a.dataSync(), b.dataSync()];
  const products = sizeOf(outer);
  const out = new Float32Array(products * count * columns);
  for (let k = 0; k < products; k++) {
    const [startA, startB] = [k * count * depth, k * depth * columns];
    const write = (rows: Float32Array, from: number, to: number): void => {
      for (let row = from; row < to; row++)
        for (let i = 0; i < depth; i++)
          rows[(row - from) * depth + i] =
            left[startA + (attrs.transposeA ? i * count + row : row * depth + i)];
    };
    const matrix = columnBlocks(
      right,
      depth,
      columns,
      (row, column) => startB + (attrs.transposeB ? column * depth + row : row * columns + column),
    );
    const product = out.subarray(k * count * columns, (k + 1) * count * columns);
    multiply({ count, depth, write }, matrix, product);
  }
  return tf.tensor(out, [...outer, count, columns]);
}

function padded(tf: Tf, { inputs: { x }, attrs }: KernelCall): Tensor | undefined {
  const { paddings, constantValue = 0 } = attrs ?? {};
  if (!x || !paddings || x.rank === 0) return undefined;
  const shape = x.shape.map((extent, axis) => paddings[axis][0] + extent + paddings[axis][1]);
  const data = x.dataSync();
  const out = new Float32Array(sizeOf(shape)).fill(constantValue);
  const last = x.rank - 1;
  /** Copies the rows behind one index of the axes so far. */
  const copy = (axis: number, from: number, to: number): void => {
    const start = to * shape[axis] + paddings[axis][0];
    const extent = x.shape[axis];
    if (axis === last) out.set(data.subarray(from * extent, (from + 1) * extent), start);
    else for (let i = 0; i < extent; i++) copy(axis + 1, from * extent + i, start + i);
  };
  copy(0, 0, 0);
  return tf.tensor(out, shape);
}
