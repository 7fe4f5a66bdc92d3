/** Linear maps of images that treat rows and columns apart, and their transposes. */
import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

/**
 * dx = Rᵀ·dy·C for a linear map of images y = R·x·Cᵀ that treats rows and columns apart.
 *
 * @param dy - [n, outHeight, outWidth, channels].
 * @param rows - R: [n or 1, outHeight, height].
 * @param columns - C: [n or 1, outWidth, width].
 * @returns [n, height, width, channels].
 */
export function transposedSeparableMap(tf: Tf, dy: Tensor4D, rows: Tensor3D, columns: Tensor3D): Tensor4D {
  const alongRows = transposedRows(tf, dy, rows);
  const turned = tf.transpose(alongRows, [0, 2, 1, 3]);
  return tf.transpose(transposedRows(tf, turned, columns), [0, 2, 1, 3]);
}

function transposedRows(tf: Tf, dy: Tensor4D, rows: Tensor3D): Tensor4D {
  const [n, outHeight, width, channels] = dy.shape;
  const product = tf.matMul(rows, tf.reshape(dy, [n, outHeight, width * channels]), true, false);
  return tf.reshape(product, [n, rows.shape[2], width, channels]);
}

/** The identity as an image one cell wide with one channel per row: a map of images turns it into its matrix of rows. */
export function identityColumn(tf: Tf, height: number): Tensor4D {
  return tf.reshape(tf.eye(height), [1, height, 1, height]);
}

/** The identity as an image one cell high with one channel per column. */
export function identityRow(tf: Tf, width: number): Tensor4D {
  return tf.reshape(tf.eye(width), [1, 1, width, width]);
}

/** Reads the matrix back from the image made of `identityColumn` or `identityRow`. */
export function matrixOf(tf: Tf, image: Tensor): Tensor3D {
  const [n, height, width, length] = image.shape as number[];
  return tf.reshape(image, [n, height * width, length]);
}
