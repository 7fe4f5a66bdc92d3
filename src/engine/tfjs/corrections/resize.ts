/** The gradients of resized images. */
import type { NamedAttrMap, Tensor4D } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel, type Tf } from "./correction";
import { identityColumn, identityRow, matrixOf, transposedSeparableMap } from "./separable-map";

function resizeGradient(tf: Tf, kernel: string, dy: Tensor4D, x: Tensor4D, attrs: NamedAttrMap): Tensor4D {
  const [, height, width] = x.shape;
  const [, outHeight, outWidth] = dy.shape;
  const rows = runKernel(
    tf,
    kernel,
    { images: identityColumn(tf, height) },
    { ...attrs, size: [outHeight, 1] },
  );
  const columns = runKernel(
    tf,
    kernel,
    { images: identityRow(tf, width) },
    { ...attrs, size: [1, outWidth] },
  );
  return transposedSeparableMap(tf, dy, matrixOf(tf, rows), matrixOf(tf, columns));
}

/**
 * y = R·x·Cᵀ with the interpolation weights R of the rows and C of the columns: dx = Rᵀ·dy·C.
 *
 * The weights are read off the kernel itself, applied to the identity, so they follow every combination of
 * `alignCorners` and `halfPixelCenters` on every backend. Stock tfjs ignores `halfPixelCenters`.
 */
export const resizeBilinear: Correction = gradientOf("ResizeBilinear", (tf) => ({
  inputsToSave: ["images"],
  backward: ([dy], [images], attrs) => ({
    images: () => resizeGradient(tf, "ResizeBilinear", dy as Tensor4D, images as Tensor4D, attrs),
  }),
}));

/**
 * y = R·x·Cᵀ with 0/1 weights: dx = Rᵀ·dy·C.
 *
 * On cpu, stock tfjs reads dy of the wrong example for every example but the first.
 */
export const resizeNearestNeighbor: Correction = gradientOf("ResizeNearestNeighbor", (tf) => ({
  inputsToSave: ["images"],
  backward: ([dy], [images], attrs) => ({
    images: () => resizeGradient(tf, "ResizeNearestNeighbor", dy as Tensor4D, images as Tensor4D, attrs),
  }),
}));
