/** The gradients of Einstein sums. */
import { type Correction, gradientOf, type InputGradients } from "./correction";

/**
 * y = einsum of the inputs: the gradient of one input is the einsum of dy with the other inputs, broadcast along the
 * indices that only this input carries.
 *
 * Indices that only one of the others carries are summed first: tfjs's einsum sums them wrongly in some equations.
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
        const others = terms.flatMap((other, j) => {
          if (j === i) return [];
          const elsewhere = output + terms.filter((_, k) => k !== j).join("");
          const lone = [...other].flatMap((index, axis) => (elsewhere.includes(index) ? [] : [axis]));
          const shared = [...other].filter((index) => elsewhere.includes(index)).join("");
          return [{ term: shared, tensor: lone.length > 0 ? tf.sum(saved[j], lone) : saved[j] }];
        });
        const inputs = [output, ...others.map((other) => other.term)].join(",");
        const kept = [...term].filter((index) => inputs.includes(index)).join("");
        // The cpu kernel returns its input itself for an equation that changes nothing: the tape would go round.
        const same = others.length === 0 && inputs === kept;
        const product = same
          ? dy
          : tf.einsum(`${inputs}->${kept}`, dy, ...others.map((other) => other.tensor));
        const shape = saved[i].shape.map((length, axis) => (kept.includes(term[axis]) ? length : 1));
        return tf.broadcastTo(tf.reshape(product, shape), saved[i].shape);
      };
    });
    return gradients;
  },
}));
