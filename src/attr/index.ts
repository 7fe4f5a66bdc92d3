/** The methods: one line per file. The exports that carry `meta` are the registry. */
export { type GradCamOptions, gradCam } from "./grad-cam";
export { inputXGradient } from "./input-x-gradient";
export { type IntegratedGradientsOptions, integratedGradients } from "./integrated-gradients";
export {
  type NoiseTunnelKind,
  type NoiseTunnelOptions,
  noiseTunnel,
  smoothGrad,
  smoothGradSquared,
  varGrad,
} from "./noise-tunnel";
export { type SaliencyOptions, saliency } from "./saliency";
