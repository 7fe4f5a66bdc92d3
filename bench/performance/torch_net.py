"""An architecture of architectures.mjs as a PyTorch module, with the weights of the same file."""

import json

import numpy as np
import torch
from torch import nn

EPSILON = 1e-3


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class GlobalAverage(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class MeanOfTokens(nn.Module):
    def forward(self, x):
        return x.mean(1)


class Lstm(nn.Module):
    def __init__(self, width, units, sequences):
        super().__init__()
        self.cells, self.sequences = nn.LSTM(width, units, batch_first=True), sequences

    def forward(self, x):
        y, _ = self.cells(x)
        return y if self.sequences else y[:, -1]


def activation(name):
    return {None: [], "relu": [nn.ReLU()], "relu6": [nn.ReLU6()]}[name]


class Builder:
    """Walks the layers in order and takes the next arrays for each."""

    def __init__(self, file):
        with open(file) as handle:
            self.net = json.load(handle)
        self.entries = np.fromfile(file.removesuffix(".json") + ".bin", dtype=np.float32)
        self.position = 0
        self.shapes = iter(self.net["arrays"])

    def next(self):
        shape = next(self.shapes)
        size = int(np.prod(shape))
        part = self.entries[self.position : self.position + size].reshape(shape)
        self.position += size
        return torch.from_numpy(part)

    def module(self):
        shape = self.net["input"]
        channels_first = [shape[2], *shape[:2]] if len(shape) == 3 else shape
        return self.sequence(self.net["layers"], channels_first)[0].eval()

    def sequence(self, layers, shape):
        modules = []
        for layer in layers:
            made, shape = self.layer(layer, list(shape))
            modules += made
        return nn.Sequential(*modules), shape

    def layer(self, layer, shape):
        kind = layer["kind"]

        def slid(filters):
            side = [(n + 2 * layer.get("pad", 0) - layer["size"]) // layer["stride"] + 1 for n in shape[1:]]
            return [filters, *side]

        if kind == "dense":
            kernel = self.next()
            before = getattr(self, "flattened", None)
            if before is not None:
                # Rows of TensorFlow.js count channels last, those of a flattened PyTorch image channels first.
                c, h, w = before
                kernel = kernel.reshape(h, w, c, -1).permute(2, 0, 1, 3).reshape(c * h * w, -1)
                self.flattened = None
            linear = nn.Linear(*kernel.shape)
            self.fill(linear.weight, kernel.T)
            self.fill(linear.bias, self.next())
            return [linear, *activation(layer.get("activation"))], [*shape[:-1], layer["units"]]
        if kind in ("conv", "depthwise"):
            kernel = self.next()
            groups = shape[0] if kind == "depthwise" else 1
            filters = layer["filters"] if kind == "conv" else shape[0]
            bias = layer.get("bias", False)
            conv = nn.Conv2d(
                shape[0], filters, layer["size"], layer["stride"], layer["pad"], groups=groups, bias=bias
            )
            order = (3, 2, 0, 1) if kind == "conv" else (2, 3, 0, 1)
            self.fill(conv.weight, kernel.permute(*order))
            if bias:
                self.fill(conv.bias, self.next())
            return [conv, *activation(layer.get("activation"))], slid(filters)
        if kind == "norm":
            norm = nn.BatchNorm2d(shape[0], eps=EPSILON)
            for target in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                self.fill(target, self.next())
            return [norm], shape
        if kind == "activation":
            return activation(layer["activation"]), shape
        if kind == "maxPool":
            return [nn.MaxPool2d(layer["size"], layer["stride"], layer["pad"])], slid(shape[0])
        if kind == "averagePool":
            return [nn.AvgPool2d(layer["size"], layer["stride"])], slid(shape[0])
        if kind == "globalAverage":
            return [GlobalAverage()], shape[:1]
        if kind == "flatten":
            self.flattened = shape
            return [nn.Flatten()], [int(np.prod(shape))]
        if kind == "residual":
            body, after = self.sequence(layer["body"], shape)
            shortcut, _ = self.sequence(layer["shortcut"], shape)
            return [Residual(body, shortcut)], after
        if kind == "lstm":
            module = Lstm(shape[1], layer["units"], layer["sequences"])
            cells = module.cells
            self.fill(cells.weight_ih_l0, self.next().T)
            self.fill(cells.weight_hh_l0, self.next().T)
            self.fill(cells.bias_ih_l0, self.next())
            nn.init.zeros_(cells.bias_hh_l0)
            return [module], [shape[0], layer["units"]] if layer["sequences"] else [layer["units"]]
        if kind == "encoder":
            encoder = nn.TransformerEncoderLayer(
                shape[1], layer["heads"], layer["hidden"], layer_norm_eps=EPSILON, batch_first=True
            )
            attention = encoder.self_attn
            self.fill(attention.in_proj_weight, self.next().T)
            self.fill(attention.in_proj_bias, self.next())
            for linear, norm in (
                (attention.out_proj, encoder.norm1),
                (encoder.linear1, None),
                (encoder.linear2, encoder.norm2),
            ):
                self.fill(linear.weight, self.next().T)
                self.fill(linear.bias, self.next())
                if norm is not None:
                    self.fill(norm.weight, self.next())
                    self.fill(norm.bias, self.next())
            return [encoder], shape
        if kind == "meanOfTokens":
            return [MeanOfTokens()], shape[1:]
        raise ValueError(f"torch_net: expected a known kind of layer, got {kind}")

    @staticmethod
    def fill(parameter, values):
        with torch.no_grad():
            parameter.copy_(values)


def read(file):
    """The module of a file, with the image axes of its inputs first to last as PyTorch wants them."""
    return Builder(file).module()
