import * as tf from "@tensorflow/tfjs";

type T = tf.Tensor;
type T4 = tf.Tensor4D;
type T5 = tf.Tensor5D;
type Table = Record<string, (...inputs: never[]) => T>;

const explicit: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [1, 0],
  [0, 2],
  [0, 0],
];
const boxes = (): tf.Tensor2D =>
  tf.tensor2d([
    [0.1, 0.1, 0.8, 0.9],
    [0.95, 0.2, 0.3, 1.2],
    [0, 0, 1, 1],
  ]);
const boxImages = (): tf.Tensor1D => tf.tensor1d([0, 1, 0], "int32");

export const poolsAndImages: Table = {
  "max pool": (x: T4) => tf.maxPool(x, 2, 2, "valid"),
  "max pool same": (x: T4) => tf.maxPool(x, 3, 2, "same"),
  "max pool negative": (x: T4) => tf.maxPool(x.sub<T4>(5), 3, 1, "same"),
  "max pool numeric pad": (x: T4) => tf.maxPool(x, 3, 2, 1),
  "max pool uneven": (x: T4) => tf.maxPool(x, [3, 2], [1, 2], "same"),
  "max pool ceil": (x: T4) => tf.maxPool(x, 2, 2, 0, "ceil"),
  "max pool with argmax": (x: T4) => tf.maxPoolWithArgmax(x, 2, 2, "valid").result,
  "max pool one image": (x: tf.Tensor3D) => tf.maxPool(x, 2, 1, "valid"),
  "max pool dilated": (x: T4) => tf.pool(x, 2, "max", "same", 2),
  "average pool": (x: T4) => tf.avgPool(x, 2, 2, "valid"),
  "average pool same": (x: T4) => tf.avgPool(x, 3, 2, "same"),
  "average pool same even": (x: T4) => tf.avgPool(x, 2, 2, "same"),
  "average pool numeric pad": (x: T4) => tf.avgPool(x, 3, 1, 1),
  "average pool explicit pad": (x: T4) => tf.pool(x, [2, 3], "avg", explicit, 1, [2, 1]),
  "average pool strides": (x: T4) => tf.avgPool(x, [3, 2], [1, 2], "same"),
  "average pool ceil": (x: T4) => tf.avgPool(x, 3, 2, 1, "ceil"),
  "average pool dilated": (x: T4) => tf.pool(x, 2, "avg", "valid", 2),
  "average pool dilated same": (x: T4) => tf.pool(x, 2, "avg", "same", 2),
  "max pool 3d": (x: T5) => tf.maxPool3d(x, 2, 2, "valid"),
  "max pool 3d same": (x: T5) => tf.maxPool3d(x, 2, 2, "same"),
  "max pool 3d stride beyond the window": (x: T5) => tf.maxPool3d(x, [1, 2, 1], [2, 4, 3], "same"),
  "average pool 3d stride beyond the window": (x: T5) => tf.avgPool3d(x, [1, 2, 1], [2, 4, 3], "same"),
  "max pool 3d uneven": (x: T5) => tf.maxPool3d(x, [2, 3, 2], [1, 2, 2], "same"),
  "average pool 3d uneven": (x: T5) => tf.avgPool3d(x, [2, 3, 2], [1, 2, 2], "same"),
  "average pool 3d": (x: T5) => tf.avgPool3d(x, 2, 2, "valid"),
  "average pool 3d same": (x: T5) => tf.avgPool3d(x, 2, 2, "same"),
  "average pool 3d numeric pad": (x: T5) => tf.avgPool3d(x, 3, 2, 1),
  "nearest up": (x: T4) => tf.image.resizeNearestNeighbor(x, [8, 10]),
  "nearest odd": (x: T4) => tf.image.resizeNearestNeighbor(x, [7, 9]),
  "nearest down": (x: T4) => tf.image.resizeNearestNeighbor(x, [3, 2]),
  "nearest align corners": (x: T4) => tf.image.resizeNearestNeighbor(x, [7, 9], true),
  "nearest half pixel": (x: T4) => tf.image.resizeNearestNeighbor(x, [7, 8], false, true),
  "nearest to one": (x: T4) => tf.image.resizeNearestNeighbor(x, [1, 1], true),
  "bilinear up": (x: T4) => tf.image.resizeBilinear(x, [8, 7]),
  "bilinear down": (x: T4) => tf.image.resizeBilinear(x, [3, 2]),
  "bilinear align corners": (x: T4) => tf.image.resizeBilinear(x, [7, 9], true),
  "bilinear half pixel": (x: T4) => tf.image.resizeBilinear(x, [8, 7], false, true),
  "bilinear half pixel down": (x: T4) => tf.image.resizeBilinear(x, [3, 2], false, true),
  "crop and resize": (x: T4) => tf.image.cropAndResize(x, boxes(), boxImages(), [4, 3], "bilinear", 0.5),
  "crop and resize nearest": (x: T4) =>
    tf.image.cropAndResize(x, boxes(), boxImages(), [4, 3], "nearest", 0.5),
  "crop and resize to one": (x: T4) => tf.image.cropAndResize(x, boxes(), boxImages(), [1, 1]),
  "flip left right": (x: T4) => tf.image.flipLeftRight(x),
  "greyscale to rgb": (x: T4) => tf.image.grayscaleToRGB(x),
  "rgb to greyscale": (x: T4) => tf.image.rgbToGrayscale(x),
};
