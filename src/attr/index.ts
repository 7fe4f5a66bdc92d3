/** The methods: one line per file. The exports that carry `meta` are the registry. */
export { type DeepLiftOptions, deepLift } from "./deep-lift";
export { type FeatureAblationOptions, featureAblation } from "./feature-ablation";
export { type GradCamOptions, gradCam } from "./grad-cam";
export { type GradientShapOptions, gradientShap } from "./gradient-shap";
export { type IdgiOptions, idgi } from "./idgi";
export { inputXGradient } from "./input-x-gradient";
export { type IntegratedGradientsOptions, integratedGradients } from "./integrated-gradients";
export { type KernelShapOptions, kernelShap } from "./kernel-shap";
export {
  type NoiseTunnelForm,
  type NoiseTunnelKind,
  type NoiseTunnelOptions,
  noiseTunnel,
} from "./noise-tunnel";
export { type OcclusionOptions, occlusion } from "./occlusion";
export { type SaliencyOptions, saliency } from "./saliency";
export { type ShapleySamplingOptions, shapleySampling } from "./shapley-sampling";
export { type ShapleyValuesOptions, shapleyValues } from "./shapley-values";
export { smoothGrad, smoothGradSquared, varGrad } from "./smooth-grad";
