/** The gradients of mirrored padding, strided slices, flips and blocks moved into space. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel } from "./correction";
import { selectionGradient, sliceGradient } from "./selection";

interface SliceAttrs {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

/** y holds copies of entries of its only tensor input: dx[i] = Σ of dy over the copies of entry i. */
function selectionOf(kernel: string, input: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: [input],
    backward: ([dy], [x], attrs: NamedAttrMap) => ({
      [input]: () =>
        selectionGradient(tf, dy, x.shape, (numbers) => runKernel(tf, kernel, { [input]: numbers }, attrs)),
    }),
  }));
}

/**
 * Reflected and symmetric padding: the border repeats entries, along one axis after the other. Stock tfjs drops the
 * gradient of the border.
 */
export const mirrorPad: Correction = gradientOf("MirrorPad", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], { paddings, mode }) => ({
    x: () =>
      x.shape.reduce((gradient: Tensor, length, axis) => {
        const [before, after] = (paddings as unknown as [number, number][])[axis];
        if (before === 0 && after === 0) return gradient;
        const own = { paddings: [[before, after]], mode } as unknown as NamedAttrMap;
        const places = runKernel(tf, "MirrorPad", { x: tf.range(0, length, 1, "int32") }, own);
        return sliceGradient(tf, gradient, axis, places, length);
      }, dy),
  }),
}));

/**
 * Slices with strides: dy with zeros around it, and between its entries along axes with steps. Stock tfjs has no gradient.
 */
export const stridedSlice: Correction = gradientOf("StridedSlice", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], attrs) => ({
    x: () => {
      const given = attrs as unknown as SliceAttrs;
      const { begin, end, strides } = tf.slice_util.sliceInfo(
        x.shape,
        given.begin,
        given.end,
        given.strides,
        given.beginMask,
        given.endMask,
        given.ellipsisMask,
        given.newAxisMask,
        given.shrinkAxisMask,
      );
      const size = tf.slice_util.computeOutShape(begin, end, strides);
      const around = x.shape.map((length, axis): [number, number] =>
        strides[axis] === 1 ? [begin[axis], length - begin[axis] - size[axis]] : [0, 0],
      );
      return x.shape.reduce(
        (gradient: Tensor, length, axis) => {
          if (strides[axis] === 1) return gradient;
          const places = tf.range(begin[axis], end[axis], strides[axis], "int32");
          return sliceGradient(tf, gradient, axis, places, length);
        },
        tf.pad(tf.reshape(dy, size), around),
      );
    },
  }),
}));

/** Blocks of channels moved into space. Stock tfjs has no gradient. */
export const depthToSpace: Correction = selectionOf("DepthToSpace", "x");

/** Mirrored images. Stock tfjs has no gradient. */
export const flipLeftRight: Correction = selectionOf("FlipLeftRight", "image");
