/** The methods: one line per file. The exports that carry `meta` are the registry. */
export { ablationCam } from "./ablation-cam";
export { type BlurIgOptions, blurIg } from "./blur-ig";
export { type ConductanceOptions, conductance } from "./conductance";
export { deconvolution } from "./deconvolution";
export { type DeepLiftOptions, deepLift } from "./deep-lift";
export { eigenCam, eigenGradCam } from "./eigen-cam";
export { type FeatureAblationOptions, featureAblation } from "./feature-ablation";
export { type GradCamOptions, gradCam } from "./grad-cam";
export { gradCamPlusPlus } from "./grad-cam-plus-plus";
export { type GradientShapOptions, gradientShap } from "./gradient-shap";
export { guidedBackprop } from "./guided-backprop";
export { type GuidedGradCamOptions, guidedGradCam } from "./guided-grad-cam";
export { type GuidedIgOptions, guidedIg } from "./guided-ig";
export {
  type HessianVectorProductOptions,
  hessianVectorProduct,
  type VectorDirection,
} from "./hessian-vector-product";
export { hiResCam } from "./hi-res-cam";
export { type HsicOptions, hsic } from "./hsic";
export { type IdgiOptions, idgi } from "./idgi";
export { inputXGradient } from "./input-x-gradient";
export { type IntegratedGradientsOptions, integratedGradients } from "./integrated-gradients";
export { type InternalInfluenceOptions, internalInfluence } from "./internal-influence";
export { type KernelShapOptions, kernelShap } from "./kernel-shap";
export { layerCam } from "./layer-cam";
export { type LimeOptions, lime } from "./lime";
export { type LrpOptions, lrp } from "./lrp";
export {
  type NoiseTunnelForm,
  type NoiseTunnelKind,
  type NoiseTunnelOptions,
  noiseTunnel,
} from "./noise-tunnel";
export { type OcclusionOptions, occlusion } from "./occlusion";
export { type OwenOptions, owen } from "./owen";
export { type RiseOptions, rise } from "./rise";
export { type SaliencyOptions, saliency } from "./saliency";
export { scoreCam } from "./score-cam";
export {
  type SequentialIntegratedGradientsOptions,
  sequentialIntegratedGradients,
} from "./sequential-integrated-gradients";
export { type ShapleySamplingOptions, shapleySampling } from "./shapley-sampling";
export { type ShapleyValuesOptions, shapleyValues } from "./shapley-values";
export { share } from "./share";
export { smoothGrad, smoothGradSquared, varGrad } from "./smooth-grad";
export { type SobolOptions, sobol } from "./sobol";
export { type SoftplusGradientOptions, softplusGradient } from "./softplus-gradient";
export { type StableRegionsOptions, stableRegions } from "./stable-regions";
export { xGradCam } from "./x-grad-cam";
export { type XraiOptions, xrai } from "./xrai";
