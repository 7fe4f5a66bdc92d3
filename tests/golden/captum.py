"""Writes captum.json: values of Captum 0.8.0 on torch (CPU, float32) for one small network.

Run by hand; torch is never installed by the tests:
    pip install torch captum==0.8.0
    python tests/golden/captum.py > captum.json

The network: 3 -> 4 (l1) -> ReLU -> 2 (l2). Every method explains targets 0 and 1 at x against zeros.
"""

import json

import torch
from captum.attr import (
    Deconvolution,
    DeepLift,
    FeatureAblation,
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    InternalInfluence,
    LayerConductance,
    LayerGradCam,
    LayerGradientXActivation,
    LayerIntegratedGradients,
    LRP,
    NeuronConductance,
    Occlusion,
    Saliency,
    ShapleyValues,
)
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1, self.relu, self.l2 = nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)
        with torch.no_grad():
            self.l1.weight.copy_(
                torch.tensor([[1, -2, 0.5], [-1, 1, 1.5], [0.5, 0.5, -1], [2, -0.5, 0.25]])
            )
            self.l1.bias.copy_(torch.tensor([0.1, -0.2, 0.3, -0.4]))
            self.l2.weight.copy_(torch.tensor([[1, -1, 0.5, 2], [-0.5, 1.5, 1, -1]]))
            self.l2.bias.copy_(torch.tensor([0.05, -0.05]))

    def forward(self, x):
        return self.l2(self.relu(self.l1(x)))


net = Net().eval()
x = torch.tensor([[1.2, -0.7, 0.9]])
zeros = torch.zeros_like(x)
out = {"f(x)": net(x).tolist(), "f(b)": net(zeros).tolist()}


def put(name, value):
    out[name] = value.detach().tolist()


for t in (0, 1):
    put(f"saliency_signed_t{t}", Saliency(net).attribute(x.clone().requires_grad_(), target=t, abs=False))
    put(f"inputxgrad_t{t}", InputXGradient(net).attribute(x.clone().requires_grad_(), target=t))
    for rule in ("gausslegendre", "riemann_trapezoid", "riemann_left", "riemann_right", "riemann_middle"):
        values, delta = IntegratedGradients(net).attribute(
            x, zeros, target=t, n_steps=50, method=rule, return_convergence_delta=True
        )
        put(f"ig50_{rule}_t{t}", values)
        put(f"ig50_{rule}_t{t}_delta", delta)
    values, delta = DeepLift(net).attribute(x, zeros, target=t, return_convergence_delta=True)
    put(f"deeplift_t{t}", values)
    put(f"deeplift_t{t}_delta", delta)
    put(f"guidedbp_t{t}", GuidedBackprop(net).attribute(x.clone().requires_grad_(), target=t))
    put(f"deconv_t{t}", Deconvolution(net).attribute(x.clone().requires_grad_(), target=t))
    put(f"ablation_t{t}", FeatureAblation(net).attribute(x, zeros, target=t))
    put(f"shapley_exact_t{t}", ShapleyValues(net).attribute(x, zeros, target=t))
    put(f"occlusion_w2_t{t}", Occlusion(net).attribute(x, (2,), strides=1, baselines=zeros, target=t))
    put(f"layercond_l1_t{t}", LayerConductance(net, net.l1).attribute(x, zeros, target=t))
    put(f"internalinfl_l1_t{t}", InternalInfluence(net, net.l1).attribute(x, zeros, target=t))
    put(f"layerIG_l1_t{t}", LayerIntegratedGradients(net, net.l1).attribute(x, zeros, target=t))
    put(f"layerGxA_l1_t{t}", LayerGradientXActivation(net, net.l1).attribute(x, target=t))
    put(f"gradcam_l1_t{t}", LayerGradCam(net, net.l1).attribute(x, target=t))
    for name, rule in (("neuroncond", "riemann_trapezoid"), ("neuroncond_gl", "gausslegendre")):
        conductance = NeuronConductance(net, net.l1).attribute(x, 0, zeros, target=t, method=rule)
        put(f"{name}_l1_0_t{t}", conductance)
    values, delta = LRP(net).attribute(x, target=t, return_convergence_delta=True)
    put(f"lrp_eps_t{t}", values)
    put(f"lrp_eps_t{t}_delta", delta)

print(json.dumps(out, indent=1))
