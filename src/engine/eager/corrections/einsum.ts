import { type Correction, gradientOf, type InputGradients } from "./correction.js";

/**
 * y = einsum of the inputs: the gradient of one input is the einsum of dy with the other inputs, broadcast along the
 * indices that only this input carries.
 *
 * Stock tfjs has no gradient.
 */
export const einsum: Correction = gradientOf("Einsum", (tf) => ({
  saveAllInputs: true,
  backward: ([dy], saved, { equation }) => {
    const [left, output] = (equation as string).replace(/\s/g, "").split("->");
    const terms = left.split(",");
    const gradients: InputGradients = {};
    terms.forEach((term, i) => {
      gradients[i] = () => {
        const otherTerms = terms.filter((_, j) => j !== i);
        const others = saved.filter((_, j) => j !== i);
        const known = new Set([output, ...otherTerms].join(""));
        const kept = [...term].filter((index) => known.has(index)).join("");
        const product = tf.einsum(`${[output, ...otherTerms].join(",")}->${kept}`, dy, ...others);
        const shape = saved[i].shape.map((length, axis) => (known.has(term[axis]) ? length : 1));
        return tf.broadcastTo(tf.reshape(product, shape), saved[i].shape);
      };
    });
    return gradients;
  },
}));
