"""Maps along other paths than the straight one by PAIR's saliency, and with smooth rectifiers by zennit, in float64: writes paths.json.

Run by hand, as maps.py, whose nets these are:
    python paths.py && npx biome format --write paths.json
Made with torch 2.15.0, saliency 0.2.1, zennit 0.5.1. BlurIG with spacing by roots is asked for one step at a time: in batches the reference weighs all
steps of a batch by the width of its last.
"""

import json
import pathlib

import numpy as np
import saliency.core as saliency
import torch
import zennit.composites as composites
from maps import TARGETS, cnn, cnn_norm, lstm, mlp, numbers, residual, rounded, transformer
from zennit.attribution import Gradient

# numpy 2 renamed an argument that the reference gives.
quantile = np.quantile
np.quantile = lambda values, q, interpolation: quantile(values, q, method=interpolation)

NETS = {"mlp": mlp, "cnn": cnn, "cnnNorm": cnn_norm, "residual": residual, "lstm": lstm, "transformer": transformer}
OPTIONS = {
    "guidedIg": {"x_steps": 25, "fraction": 0.25, "max_dist": 0.1},
    "guidedIg, unbounded": {"x_steps": 10, "fraction": 0.5, "max_dist": 1.0},
    "blurIg": {"max_sigma": 3, "steps": 15},
    "blurIg, sqrt": {"max_sigma": 4, "steps": 10, "grad_step": 0.02, "sqrt": True},
}


def gradient_of(net, target, image):
    def call(batch, call_model_args=None, expected_keys=None):
        x = torch.tensor(batch, dtype=torch.float64, requires_grad=True)
        scores = net(x.permute(0, 3, 1, 2) if image else x)
        return {saliency.INPUT_OUTPUT_GRADIENTS: torch.autograd.grad(scores[:, target].sum(), x)[0].numpy()}

    return call


def main():
    out = {}
    for name, make in NETS.items():
        net, _, shapes = make()
        net.eval()
        [(key, shape)] = shapes.items()
        x, image = numbers(key, shape).numpy(), len(shape) == 4
        maps = {}
        for method, options in OPTIONS.items():
            if method.startswith("blur") and not image:
                continue
            maker = saliency.BlurIG() if method.startswith("blur") else saliency.GuidedIG()
            rows = [maker.GetMask(x[row], gradient_of(net, int(TARGETS[row]), image), **options) for row in range(2)]
            maps[method] = rounded(torch.tensor(np.stack(rows)))
        if name != "transformer":
            start = torch.eye(3)[TARGETS]
            inputs = torch.tensor(x)
            with Gradient(model=net, composite=composites.BetaSmooth(beta_smooth=3.0)) as attributor:
                _, gradient = attributor(inputs.permute(0, 3, 1, 2) if image else inputs, start)
            maps["softplusGradient"] = rounded(gradient.permute(0, 2, 3, 1) if image else gradient)
        out[name] = maps
    target = pathlib.Path(__file__).with_name("paths.json")
    target.write_text(json.dumps(out) + "\n")
    print(len(out), "nets,", sum(len(maps) for maps in out.values()), "maps")


main()
