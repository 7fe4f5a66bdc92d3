"""Maps of three backward rules on nets with convolutions, pools and batch norm, by Captum in float64.

Run by hand, writes captum-rules.json beside this file:
    python captum_rules.py && npx biome format --write captum-rules.json
Needs torch and captum (values made with 2.15.0 and 0.9.0) and numpy. Arrays have channels last, as tfjs has them.
Only what Captum gets right is asked for: its softmax rule mixes the examples of a batch, and its rescale rule leaves
something over where a rectifier stands next to a maximum pool (F(x) - F(x') differs from the sum of the map).
"""

import json
import pathlib
import sys

import torch
from captum.attr import LRP, DeepLift, GuidedBackprop
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "audit"))

from inputs import fill  # noqa: E402

torch.set_default_dtype(torch.float64)


def numbers(name, shape, low=-1.0, high=1.0):
    return torch.tensor(fill(name, shape, low, high))


class ChannelsLast(nn.Module):
    """Flattens as tfjs does."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def dense(name, inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    layer.weight.data = numbers(f"{name}:w", [inputs, outputs]).T.contiguous()
    layer.bias.data = numbers(f"{name}:b", [outputs])
    return layer


def conv(name, inputs, outputs, size, stride=1, groups=1):
    layer = nn.Conv2d(inputs, outputs, size, stride, groups=groups)
    shape = [size, size, inputs, outputs // groups if groups > 1 else outputs]
    weights = numbers(f"{name}:w", shape)
    if groups > 1:
        layer.weight.data = weights.permute(2, 3, 0, 1).reshape(outputs, 1, size, size)
    else:
        layer.weight.data = weights.permute(3, 2, 0, 1).contiguous()
    layer.bias.data = numbers(f"{name}:b", [outputs])
    return layer


def norm(name, channels):
    layer = nn.BatchNorm2d(channels, eps=1e-3)
    layer.weight.data = numbers(f"{name}:gamma", [channels], 0.5, 1.5)
    layer.bias.data = numbers(f"{name}:beta", [channels])
    layer.running_mean.data = numbers(f"{name}:mean", [channels])
    layer.running_var.data = numbers(f"{name}:variance", [channels], 0.5, 1.5)
    return layer


def image_net():
    return nn.Sequential(
        conv("c1", 2, 4, 3), norm("n1", 4), nn.ReLU(), nn.MaxPool2d(2),
        conv("c2", 4, 6, 2), nn.ReLU(), nn.AvgPool2d(2, 1),
        ChannelsLast(), dense("d1", 24, 16), nn.ReLU(), dense("d2", 16, 3),
    ), [3, 10, 10, 2]


def depthwise_net():
    return nn.Sequential(
        conv("p1", 3, 6, 3, 2, groups=3), nn.ReLU(), conv("p2", 6, 4, 1), nn.ReLU(),
        nn.MaxPool2d(3, 2), ChannelsLast(), dense("p3", 4, 3),
    ), [3, 9, 9, 3]


def largest_net():
    return nn.Sequential(conv("l1", 2, 4, 3), nn.MaxPool2d(2), ChannelsLast(), dense("l2", 36, 3)), [3, 8, 8, 2]


def average_net():
    return nn.Sequential(
        conv("a1", 2, 4, 3), norm("a2", 4), nn.ReLU(), nn.AvgPool2d(2), conv("a3", 4, 6, 2), nn.ReLU(),
        ChannelsLast(), dense("a4", 24, 9), nn.ReLU(), dense("a5", 9, 3),
    ), [3, 8, 8, 2]


def smooth_net():
    return nn.Sequential(
        dense("s1", 6, 8), nn.Tanh(), dense("s2", 8, 7), nn.Sigmoid(), dense("s3", 7, 6), nn.Softplus(),
        dense("s4", 6, 5), nn.ELU(), dense("s5", 5, 5), nn.LeakyReLU(0.2), dense("s6", 5, 3),
    ), [3, 6]


def rounded(t):
    return [float(f"{v:.8g}") for v in t.detach().flatten().tolist()]


def main():
    out = {}
    rectified = {"image": image_net, "depthwise": depthwise_net}
    complete = {"largest": largest_net, "average": average_net, "smooth": smooth_net}
    for name, make in {**rectified, **complete}.items():
        net, shape = make()
        net.eval()
        first = (lambda t: t.permute(0, 3, 1, 2).contiguous()) if len(shape) == 4 else (lambda t: t)
        last = (lambda t: t.permute(0, 2, 3, 1)) if len(shape) == 4 else (lambda t: t)
        x = first(numbers(f"{name}:x", shape))
        baseline = first(numbers(f"{name}:baseline", shape, -0.5, 0.5))
        target = torch.tensor([0, 1, 2])
        entry = {"shape": shape, "scores": rounded(net(x).gather(1, target[:, None]))}
        if name in complete:
            method = DeepLift(net)
            values, delta = method.attribute(x, baseline, target=target, return_convergence_delta=True)
            assert delta.abs().max() < 1e-12, name
            entry["rescale"] = rounded(last(values))
        if name in rectified:
            entry["guided"] = rounded(last(GuidedBackprop(net).attribute(x, target=target)))
            for layer in net:
                if isinstance(layer, (nn.Linear, nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d)):
                    layer.rule = EpsilonRule(1e-6)
                if isinstance(layer, ChannelsLast):
                    layer.rule = EpsilonRule(1e-30)
            entry["epsilon"] = rounded(last(LRP(net).attribute(x.requires_grad_(), target=target)))
        out[name] = entry
    target = pathlib.Path(__file__).with_name("captum-rules.json")
    target.write_text(json.dumps(out) + "\n")
    print(len(out), "nets,", target.stat().st_size, "bytes")


main()
