import * as tf from "@tensorflow/tfjs";

type T = tf.Tensor;
type T4 = tf.Tensor4D;
type Table = Record<string, (...inputs: never[]) => T>;

const int32 = (values: tf.TensorLike): T => tf.tensor(values, undefined, "int32");

export const shapes: Table = {
  reshape: (x: T) => x.reshape([2, 10]).square(),
  transpose: (x: T) => x.transpose([2, 0, 1]),
  concat: (a: T, b: T) => tf.concat([a, b, a.square()], 1),
  split: (x: T) =>
    tf
      .split(x, 3, 1)[1]
      .mul(2)
      .add(tf.split(x, [2, 4], 1)[0]),
  stack: (x: T) => tf.stack([x, x.square()], 1),
  "split, last part taken off": (x: T) => {
    const parts = tf.split(x, 3, 1);
    const last = parts.pop() as T;
    return tf.add(tf.concat(parts, 1), last.tile([1, 2]));
  },
  "unstack, reversed": (x: T) => tf.stack(tf.unstack(x, 1).reverse(), 1),
  unstack: (x: T) => tf.unstack(x, 1)[2].mul(tf.unstack(x, 1)[0]),
  slice: (x: T) => x.slice([1, 2], [2, 2]),
  "strided slice": (x: T) => tf.stridedSlice(x, [0, 1], [4, 5], [2, 2]),
  "strided slice backwards": (x: T) => tf.stridedSlice(x, [3, 4], [0, 1], [-1, -2]),
  "strided slice masks": (x: T) => tf.stridedSlice(x, [1, 1], [2, 3], [1, 1], 2, 2, 0, 0, 1),
  pad: (x: T) =>
    x.pad(
      [
        [1, 2],
        [0, 1],
      ],
      3,
    ),
  "mirror pad reflect": (x: T) =>
    tf.mirrorPad(
      x,
      [
        [1, 2],
        [0, 1],
      ],
      "reflect",
    ),
  "mirror pad symmetric": (x: T) =>
    tf.mirrorPad(
      x,
      [
        [1, 2],
        [3, 1],
      ],
      "symmetric",
    ),
  "mirror pad images": (x: T) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 1],
        [2, 0],
        [0, 0],
      ],
      "reflect",
    ),
  "tile of five axes": (x: T) => x.tile([1, 2, 1, 3, 2]),
  "broadcast to five axes": (x: T) => tf.broadcastTo(x, [2, 3, 2, 1, 4]),
  tile: (x: T) => x.tile([2, 3]),
  reverse: (x: T) => x.reverse(1),
  gather: (x: T) => tf.gather(x, int32([0, 2, 2, 5])),
  "gather last axis": (x: T) => tf.gather(x, int32([0, 2, 2, 5]), -1),
  "gather matrix of indices": (x: T) =>
    tf.gather(
      x,
      int32([
        [0, 2],
        [2, 5],
        [1, 1],
      ]),
      1,
    ),
  "gather batch axis": (x: T) =>
    tf.gather(
      x,
      int32([
        [0, 2],
        [1, 1],
        [5, 3],
      ]),
      1,
      1,
    ),
  "gather batch axis inner": (x: T) =>
    tf.gather(
      x,
      int32([
        [0, 2],
        [1, 1],
      ]),
      1,
      1,
    ),
  "gather nd": (x: T) =>
    tf.gatherND(
      x,
      int32([
        [0, 1],
        [2, 3],
        [0, 1],
      ]),
    ),
  "gather nd rows": (x: T) => tf.gatherND(x, int32([[2], [0], [2]])),
  "expand and squeeze": (x: T) => x.expandDims(1).square().squeeze([1]),
  "broadcast to": (x: T) => tf.broadcastTo(x, [3, 4, 5]),
  "batch to space": (x: T) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 0],
        [0, 1],
      ],
    ),
  "space to batch": (x: T) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [1, 1],
      ],
    ),
  "depth to space": (x: T4) => tf.depthToSpace(x, 2),
  "unsorted segment sum": (x: T) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, 0, 1], "int32"), 3),
  "scatter nd": (x: T) => tf.scatterND(int32([[0], [3]]), x, [5, 3]),
  "scatter nd twice": (x: T) => tf.scatterND(int32([[3], [3]]), x, [5, 3]),
  "tensor scatter update": (x: T, updates: T) => tf.tensorScatterUpdate(x, int32([[2], [0]]), updates),
  "sparse to dense": (values: T, fallback: tf.Scalar) =>
    tf.sparseToDense(
      int32([
        [0, 1],
        [2, 3],
      ]),
      values,
      [3, 4],
      fallback,
    ),
  "sparse to dense vector": (values: T) => tf.sparseToDense(int32([1, 3]), values, [5], tf.scalar(0)),
  "top k": (x: T) => tf.topk(x, 2).values,
  "top k of volumes": (x: T) => tf.topk(x, 3).values.sum(-1),
  diag: (x: T) => tf.diag(x),
  "dropout off": (x: T) => tf.dropout(x, 0),
  frame: (x: tf.Tensor1D) => tf.signal.frame(x, 4, 3, true),
  "band part": (x: T) => tf.linalg.bandPart(x, 1, 1),
  "boolean select": (x: T) => x.mul(tf.tensor2d([[1, 0, 1, 1, 0]])).max(1),
};
