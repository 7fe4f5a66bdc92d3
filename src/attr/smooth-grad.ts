/** Saliency under noise: SmoothGrad, SmoothGrad² and VarGrad. */
import type { Method } from "../attribution";
import { type NoiseTunnelOptions, noiseTunnel } from "./noise-tunnel";
import { type SaliencyOptions, saliency } from "./saliency";

/** SmoothGrad: the mean gradient over noisy copies of the input, E[∂F(x + ε)/∂x]. Smilkov et al. 2017, arXiv 1706.03825. */
export const smoothGrad: Method<SaliencyOptions & NoiseTunnelOptions> = noiseTunnel(saliency, {
  name: "smoothGrad",
});

/** SmoothGrad²: the mean squared gradient over noisy copies, E[(∂F(x + ε)/∂x)²]. Hooker et al. 2019, arXiv 1806.10758. */
export const smoothGradSquared: Method<SaliencyOptions & NoiseTunnelOptions> = noiseTunnel(saliency, {
  name: "smoothGradSquared",
  paper: "Hooker et al. 2019, arXiv 1806.10758",
  kind: "square",
});

/** VarGrad: the variance of the gradient over noisy copies, E[g²] − E[g]². Adebayo et al. 2018, arXiv 1810.03307. */
export const varGrad: Method<SaliencyOptions & NoiseTunnelOptions> = noiseTunnel(saliency, {
  name: "varGrad",
  paper: "Adebayo et al. 2018, arXiv 1810.03307",
  kind: "variance",
});
