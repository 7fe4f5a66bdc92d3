/** Eigen-CAM and Eigen-Grad-CAM: the first principal component of a layer's features. */
import type { Method } from "../attribution";
import { type ClassActivationOptions, classActivation } from "../attribution/class-activation-map";
import { principalComponent } from "../attribution/principal-component";
import { times } from "../tensor";

/**
 * Eigen-CAM: what a layer sees most of, whatever the class.
 *
 * L = (A − Ā) v₁, where rows of A are positions, Ā their mean, and v₁ is the first right singular vector of A − Ā
 *
 * Layer, shape and options as those of `gradCam`; unit: that of the activations. No gradient is asked for, and no target
 * changes it. A component has no sign of its own: it is turned so that more activation counts as more.
 *
 * Muhammad, Yeasin: Eigen-CAM (2020), arXiv 2008.00299.
 */
export const eigenCam: Method<ClassActivationOptions> = classActivation(
  {
    name: "eigenCam",
    paper: "Muhammad, Yeasin 2020, arXiv 2008.00299",
    gradient: false,
    whenZero: "all positions of the layer have the same features",
  },
  ({ activations }) => principalComponent(activations),
);

/**
 * Eigen-Grad-CAM: Eigen-CAM of activations times their gradients, which depends on the target.
 *
 * L = first principal component of g ⊙ A over positions, g = ∂F/∂A
 *
 * Layer, shape and options as those of `gradCam`; unit: score.
 *
 * Gildenblat et al.: pytorch-grad-cam (2021), https://github.com/jacobgil/pytorch-grad-cam; Muhammad, Yeasin (2020).
 */
export const eigenGradCam: Method<ClassActivationOptions> = classActivation(
  {
    name: "eigenGradCam",
    paper: "Muhammad, Yeasin 2020, arXiv 2008.00299",
    whenZero: "all positions of the layer have the same features, or its gradient is zero",
  },
  ({ activations, gradients }) => principalComponent(times(activations, gradients)),
);
