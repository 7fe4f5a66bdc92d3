/** The gradient of crops of images. */
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import { type Correction, gradientOf } from "./correction";
import { identityColumn, identityRow, matrixOf, transposedSeparableMap } from "./separable-map";

/**
 * yₖ = Rₖ·x[bₖ]·Cₖᵀ for box k with the weights Rₖ, Cₖ of its crop: dx[b] = Σ over boxes k of image b of Rₖᵀ·dyₖ·Cₖ.
 *
 * Stock tfjs has no gradient. The boxes themselves get none: an output that depends on x through them is an error.
 */
export const cropAndResize: Correction = gradientOf("CropAndResize", (tf) => ({
  inputsToSave: ["image", "boxes", "boxInd"],
  backward: ([dy], [image, boxes, boxInd], { method, cropSize }) => ({
    image: () => {
      const [, height, width] = image.shape;
      const [cropHeight, cropWidth] = cropSize as number[];
      const [top, left, bottom, right] = tf.split(boxes, 4, 1);
      const none = tf.zerosLike(top);
      const first = tf.zeros([boxes.shape[0]], "int32") as Tensor1D;
      const crop = (x: Tensor4D, edges: Tensor2D, size: [number, number]): Tensor4D =>
        tf.image.cropAndResize(x, edges, first, size, method as "bilinear", 0);
      const rows = crop(identityColumn(tf, height), tf.concat([top, none, bottom, none], 1) as Tensor2D, [
        cropHeight,
        1,
      ]);
      const columns = crop(identityRow(tf, width), tf.concat([none, left, none, right], 1) as Tensor2D, [
        1,
        cropWidth,
      ]);
      const perBox = transposedSeparableMap(tf, dy as Tensor4D, matrixOf(tf, rows), matrixOf(tf, columns));
      return tf.scatterND(tf.reshape(boxInd, [-1, 1]), perBox, image.shape);
    },
  }),
}));
