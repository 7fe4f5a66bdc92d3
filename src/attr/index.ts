/** The methods: one line per file. The exports that carry `meta` are the registry. */
export { type DeepLiftOptions, deepLift } from "./deep-lift";
export { type GradCamOptions, gradCam } from "./grad-cam";
export { type IdgiOptions, idgi } from "./idgi";
export { inputXGradient } from "./input-x-gradient";
export { type IntegratedGradientsOptions, integratedGradients } from "./integrated-gradients";
export {
  type NoiseTunnelForm,
  type NoiseTunnelKind,
  type NoiseTunnelOptions,
  noiseTunnel,
} from "./noise-tunnel";
export { type SaliencyOptions, saliency } from "./saliency";
export { smoothGrad, smoothGradSquared, varGrad } from "./smooth-grad";
