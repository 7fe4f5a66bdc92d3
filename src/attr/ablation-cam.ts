/** Ablation-CAM: channels of a layer, weighed by what the score loses without them. */
import type { Method } from "../attribution";
import { type ClassActivationOptions, classActivation } from "../attribution/class-activation-map";
import { perturbedScores } from "../attribution/coalitions";
import { channelSum, filled, ndarray, rowSize } from "../tensor";

/**
 * Ablation-CAM: Grad-CAM without gradients, which saturation cannot silence.
 *
 * L = Σ_c w_c A_c with w_c = F(A) − F(A with channel c at zero)
 *
 * Layer, shape and options as those of `gradCam`; unit: score times activation. One score per channel. The paper divides all
 * weights by F(A), which scales the map, and would turn it around where F(A) is negative.
 *
 * Desai, Ramaswamy: Ablation-CAM (2020), WACV, doi 10.1109/WACV45572.2020.9093360.
 */
export const ablationCam: Method<ClassActivationOptions> = classActivation(
  {
    name: "ablationCam",
    paper: "Desai, Ramaswamy 2020, doi 10.1109/WACV45572.2020.9093360",
    axioms: ["linearity"],
    gradient: false,
    whenZero: "the score loses nothing without any single channel",
  },
  async ({ activations, place }, p) => {
    const channels = activations.shape[activations.shape.length - 1];
    const axis = p.channelAxis(p.places[place]) ?? p.x[place].shape.length - 1;
    const inner = p.x[place].shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    const zeros = p.x.map(({ shape }) => filled(shape, 0));
    const all = p.x.map((array) => new Float32Array(rowSize(array)).fill(1));
    const whole = await p.score();
    const without = await perturbedScores(
      p,
      channels,
      (c) =>
        all.map((one, i) =>
          i === place ? one.map((_, k) => Number(Math.floor(k / inner) % channels !== c)) : one,
        ),
      { absent: () => zeros },
    );
    const weights = Float64Array.from({ length: p.examples * channels }, (_, i) => {
      const [row, c] = [Math.floor(i / channels), i % channels];
      return whole[row] - without[c * p.examples + row];
    });
    return channelSum(activations, ndarray(weights, [p.examples, channels]));
  },
);
