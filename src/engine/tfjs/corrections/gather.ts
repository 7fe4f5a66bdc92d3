/** The gradients of gathers. */
import { type Correction, gradientOf, runKernel, zerosOf } from "./correction";
import { selectionGradient, sliceGradient } from "./selection";

/**
 * y = x[…, indices, …]: dx[i] = Σ of dy over the places that read entry i.
 *
 * Stock tfjs handles at most one batch axis, and its cpu kernel visits all of dy once per row of x.
 */
export const gather: Correction = gradientOf("GatherV2", (tf) => ({
  inputsToSave: ["x", "indices"],
  backward: ([dy], [x, indices], attrs) => ({
    x: () => {
      if (attrs.batchDims) {
        return selectionGradient(tf, dy, x.shape, (numbers) =>
          runKernel(tf, "GatherV2", { x: numbers, indices }, attrs),
        );
      }
      const [axis] = tf.util.parseAxisParam(attrs.axis as number, x.shape);
      const shape = x.shape.map((length, i) => (i === axis ? indices.size : length));
      return sliceGradient(tf, tf.reshape(dy, shape), axis, indices, x.shape[axis]);
    },
    indices: () => zerosOf(tf, indices),
  }),
}));

/** y = params[indices] with whole index tuples: dparams[i] = Σ of dy over the places that read entry i. Stock tfjs has no gradient. */
export const gatherNd: Correction = gradientOf("GatherNd", (tf) => ({
  inputsToSave: ["params", "indices"],
  backward: ([dy], [params, indices]) => ({
    params: () => tf.scatterND(indices, dy, params.shape),
    indices: () => zerosOf(tf, indices),
  }),
}));
