"""Maps of many methods on seven architectures, by Captum and zennit in float64: writes maps.json beside it.

Run by hand; torch is never installed by the tests:
    python maps.py && npx biome format --write maps.json
Made with torch 2.15.0, captum 0.9.0, zennit 0.5.1, grad-cam 1.5.7. Arrays have channels last, as tfjs has them; nets.ts makes the
same nets with the same weights. The stabiliser of relevance is 1e-3, since sums that all but cancel out magnify rounding.
"""

import json
import pathlib
import sys

import torch
import zennit.composites as composites
import zennit.rules as rules
from captum.attr import (
    Deconvolution,
    DeepLiftShap,
    GuidedBackprop,
    GuidedGradCam,
    InternalInfluence,
    LayerConductance,
    NeuronConductance,
)
from pytorch_grad_cam import ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.layer import Sum
from zennit.types import AvgPool, BatchNorm, Linear

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "engine" / "audit"))

from inputs import fill  # noqa: E402

torch.set_default_dtype(torch.float64)
TARGETS = torch.tensor([0, 2])
EPSILON = 1e-3


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


def conv(name, inputs, outputs, size, padding=0):
    layer = nn.Conv2d(inputs, outputs, size, padding=padding)
    layer.weight.data = numbers(f"{name}:w", [size, size, inputs, outputs]).permute(3, 2, 0, 1).contiguous()
    layer.bias.data = numbers(f"{name}:b", [outputs])
    return layer


def norm(name, channels):
    """With epsilon in its variance: zennit folds norms into convolutions, and leaves a norm of 1/sqrt(1 + eps) behind."""
    layer = nn.BatchNorm2d(channels, eps=0)
    layer.weight.data = numbers(f"{name}:gamma", [channels], 0.5, 1.5)
    layer.bias.data = numbers(f"{name}:beta", [channels])
    layer.running_mean.data = numbers(f"{name}:mean", [channels])
    layer.running_var.data = numbers(f"{name}:variance", [channels], 0.5, 1.5) + 1e-3
    return layer


def mlp():
    net = nn.Sequential(dense("m1", 6, 8), nn.ReLU(), dense("m2", 8, 7), nn.ReLU(), dense("m3", 7, 3))
    return net, net[1], {"mlp:x": [2, 6]}


def cnn():
    net = nn.Sequential(
        conv("c1", 2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), conv("c2", 4, 5, 2), nn.ReLU(),
        ChannelsLast(), dense("c3", 20, 3),
    )
    return net, net[4], {"cnn:x": [2, 8, 8, 2]}


def cnn_norm():
    net = nn.Sequential(
        conv("n1", 2, 4, 3), norm("n2", 4), nn.ReLU(), nn.AvgPool2d(2), conv("n3", 4, 5, 2), norm("n4", 5), nn.ReLU(),
        ChannelsLast(), dense("n5", 20, 3),
    )
    return net, net[6], {"cnnNorm:x": [2, 8, 8, 2]}


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.relu1 = conv("r1", 2, 3, 3, 1), nn.ReLU()
        self.second, self.relu2 = conv("r2", 3, 3, 3, 1), nn.ReLU()
        self.third = conv("r3", 3, 3, 3, 1)
        self.sum, self.relu3 = Sum(-1), nn.ReLU()
        self.mean, self.flat, self.out = nn.AdaptiveAvgPool2d(1), ChannelsLast(), dense("r4", 3, 3)

    def forward(self, x):
        start = self.relu1(self.first(x))
        block = self.third(self.relu2(self.second(start)))
        return self.out(self.flat(self.mean(self.relu3(self.sum(torch.stack([start, block], -1))))))


def residual():
    net = Residual()
    return net, net.relu2, {"residual:x": [2, 5, 5, 2]}


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.lstm.weight_ih_l0.data = numbers("l1:w", [3, 16]).T.contiguous()
        self.lstm.weight_hh_l0.data = numbers("l1:u", [4, 16]).T.contiguous()
        self.lstm.bias_ih_l0.data = numbers("l1:b", [16])
        self.lstm.bias_hh_l0.data.zero_()
        self.hidden, self.relu, self.out = dense("l2", 4, 5), nn.ReLU(), dense("l3", 5, 3)

    def forward(self, x):
        return self.out(self.relu(self.hidden(self.lstm(x)[0][:, -1])))


def lstm():
    net = Lstm()
    return net, net.relu, {"lstm:x": [2, 5, 3]}


class Transformer(nn.Module):
    """One block: attention of a head, two dense layers, layer norms, ways around both; the mean over tokens."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (dense(f"t{name}", 4, 4) for name in "qkv")
        self.norm1, self.norm2 = nn.LayerNorm(4, eps=1e-3), nn.LayerNorm(4, eps=1e-3)
        self.wide, self.relu, self.back = dense("t1", 4, 6), nn.ReLU(), dense("t2", 6, 4)
        self.out = dense("t3", 4, 3)

    def forward(self, x):
        weights = torch.softmax(self.q(x) @ self.k(x).transpose(1, 2) / 2, -1)
        x = self.norm1(x + weights @ self.v(x))
        x = self.norm2(x + self.back(self.relu(self.wide(x))))
        return self.out(x.mean(1))


def transformer():
    net = Transformer()
    return net, net.relu, {"transformer:x": [2, 4, 4]}


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.relu1 = dense("w1", 4, 5), nn.ReLU()
        self.right, self.relu2 = dense("w2", 3, 5), nn.ReLU()
        self.hidden, self.relu3, self.out = dense("w3", 10, 6), nn.ReLU(), dense("w4", 6, 3)

    def forward(self, a, b):
        both = torch.cat([self.relu1(self.left(a)), self.relu2(self.right(b))], 1)
        return self.out(self.relu3(self.hidden(both)))


def two():
    net = Two()
    return net, net.relu3, {"two:a": [2, 4], "two:b": [2, 3]}


def composite_of(name, canonizers):
    """zennit's composites; `epsilon` and deep Taylor are none of its own, and are put together of its rules."""
    base = composites.layer_map_base(EPSILON)
    zplus, epsilon = rules.ZPlus(stabilizer=EPSILON), rules.Epsilon(epsilon=EPSILON)
    shared = {"stabilizer": EPSILON, "canonizers": canonizers}
    both = {"epsilon": EPSILON, **shared}
    return {
        "epsilon": lambda: composites.LayerMapComposite(base + [(Linear, epsilon)], canonizers=canonizers),
        "epsilon-plus": lambda: composites.EpsilonPlus(**both),
        "epsilon-plus-flat": lambda: composites.EpsilonPlusFlat(**both),
        "epsilon-gamma-box": lambda: composites.EpsilonGammaBox(-1.0, 1.0, **both),
        "epsilon-alpha2-beta1": lambda: composites.EpsilonAlpha2Beta1(**both),
        "epsilon-alpha2-beta1-flat": lambda: composites.EpsilonAlpha2Beta1Flat(**both),
        "deep-taylor": lambda: composites.SpecialFirstLayerMapComposite(
            base + [(Linear, zplus)], [(Linear, rules.WSquare(stabilizer=EPSILON))], canonizers=canonizers
        ),
        "deep-taylor, boxed": lambda: composites.SpecialFirstLayerMapComposite(
            base + [(Linear, zplus)], [(Linear, rules.ZBox(-1.0, 1.0, stabilizer=EPSILON))], canonizers=canonizers
        ),
        "excitation-backprop": lambda: composites.ExcitationBackprop(**shared),
        "gamma": lambda: composites.LayerMapComposite(
            base + [(Linear, rules.Gamma(0.4, stabilizer=EPSILON))], canonizers=canonizers
        ),
    }[name]()


COMPOSITES = [
    "epsilon", "epsilon-plus", "epsilon-plus-flat", "epsilon-gamma-box", "epsilon-alpha2-beta1",
    "epsilon-alpha2-beta1-flat", "deep-taylor", "deep-taylor, boxed", "excitation-backprop", "gamma",
]


def rounded(values):
    return [float(f"{v:.7g}") for v in values.detach().flatten().tolist()]


def main():
    out = {}
    makers = {"mlp": mlp, "cnn": cnn, "cnnNorm": cnn_norm, "residual": residual, "lstm": lstm,
              "transformer": transformer, "two": two}
    for name, make in makers.items():
        net, layer, shapes = make()
        net.eval()
        image = len(next(iter(shapes.values()))) == 4
        first = (lambda t: t.permute(0, 3, 1, 2).contiguous()) if image else (lambda t: t)
        last = (lambda t: t.permute(0, 2, 3, 1)) if image else (lambda t: t)
        xs = tuple(first(numbers(key, shape)) for key, shape in shapes.items())
        zeros = tuple(torch.zeros_like(x) for x in xs)
        maps = {}

        def put(key, values):
            values = values if isinstance(values, tuple) else (values,)
            maps[key] = [rounded(last(v)) if v.dim() == 4 else rounded(v) for v in values]

        fresh = lambda: tuple(x.clone().requires_grad_() for x in xs)  # noqa: E731
        put("scores", net(*xs).gather(1, TARGETS[:, None]))
        put("guidedBackprop", GuidedBackprop(net).attribute(fresh(), target=TARGETS))
        put("deconvolution", Deconvolution(net).attribute(fresh(), target=TARGETS))
        put("conductance", LayerConductance(net, layer).attribute(xs, zeros, target=TARGETS, n_steps=20))
        put("internalInfluence", InternalInfluence(net, layer).attribute(xs, zeros, target=TARGETS, n_steps=20))
        unit = (1,) if layer_rank(net, layer, xs) == 2 else (1, 1, 0) if image else (1, 0)
        neuron = NeuronConductance(net, layer).attribute(xs, unit, zeros, target=TARGETS, n_steps=20, method="gausslegendre")
        put("neuronConductance", neuron)
        if image:
            cam = GuidedGradCam(net, layer).attribute(fresh()[0], target=TARGETS)
            put("guidedGradCam", cam)
        if name in ("mlp", "cnnNorm", "two"):
            data = tuple(first(numbers(f"{key}:data", [3, *shape[1:]])) for key, shape in shapes.items())
            put("deepLiftShap", DeepLiftShap(net).attribute(xs, data, target=TARGETS))
        if name == "residual":
            # Where the layer has the input's positions: elsewhere grad-cam interpolates with aligned corners.
            targets = [ClassifierOutputTarget(int(target)) for target in TARGETS]
            with ScoreCAM(model=net, target_layers=[layer]) as cam:
                put("scoreCam", torch.tensor(cam(input_tensor=xs[0], targets=targets)))
        if name in ("mlp", "cnn", "cnnNorm", "residual"):
            for key in COMPOSITES:
                canonizers = [SequentialMergeBatchNorm()] if name == "cnnNorm" else []
                start = lambda scores: scores * nn.functional.one_hot(TARGETS, 3)  # noqa: E731
                with Gradient(model=net, composite=composite_of(key, canonizers)) as attributor:
                    _, relevance = attributor(fresh()[0], start)
                put(f"lrp {key}", relevance)
        out[name] = maps
    target = pathlib.Path(__file__).with_name("maps.json")
    target.write_text(json.dumps(out) + "\n")
    print(len(out), "nets,", sum(len(maps) for maps in out.values()), "maps,", target.stat().st_size, "bytes")


def layer_rank(net, layer, xs):
    ranks = []
    handle = layer.register_forward_hook(lambda _module, _inputs, output: ranks.append(output.dim()))
    net(*xs)
    handle.remove()
    return ranks[0]


if __name__ == "__main__":
    main()
