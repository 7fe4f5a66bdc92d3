"""Values and gradients of every operation of the audit, by PyTorch in float64.

Run by hand, writes oracle.json beside this file:  python oracle.py && npx biome format --write oracle.json
Needs torch (values made with 2.15.0) and numpy. For each case: its inputs (shape, lowest, highest), the value y, and
the gradient of the sum of y times a fixed mask with respect to every input.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

from inputs import fill

cases = {}


def case(name, shapes, op):
    specs = [shape if isinstance(shape, tuple) else (shape, -1, 1) for shape in shapes]
    assert name not in cases, name
    cases[name] = (specs, op)


def chw(x):
    return x.movedim(-1, 1)


def hwc(x):
    return x.movedim(1, -1)


M, I, S = [4, 5], [2, 5, 6, 2], [2, 4, 5, 2]


def small(name, op):
    case(name, [M], op)


# ---- elementwise
for name, f in {
    "abs": torch.abs, "asinh": torch.asinh, "atan": torch.atan, "cos": torch.cos, "cosh": torch.cosh, "elu": F.elu,
    "erf": torch.erf, "exp": torch.exp, "expm1": torch.expm1, "leakyRelu": lambda x: F.leaky_relu(x, 0.2),
    "logSigmoid": F.logsigmoid, "neg": torch.neg, "relu": F.relu, "selu": F.selu, "sigmoid": torch.sigmoid,
    "sin": torch.sin, "sinh": torch.sinh, "softplus": lambda x: F.softplus(x, threshold=50), "square": torch.square,
    "tan": torch.tan, "tanh": torch.tanh, "gelu": F.gelu, "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "mish": F.mish, "swish": F.silu, "softsign": F.softsign,
}.items():
    small(name, f)
case("relu6", [(M, -3, 9)], F.relu6)
for name in ["acos", "asin", "atanh"]:
    case(name, [(M, -0.8, 0.8)], getattr(torch, name))
case("acosh", [(M, 1.2, 3)], torch.acosh)
for name in ["log", "log1p", "reciprocal", "rsqrt", "sqrt"]:
    case(name, [(M, 0.5, 2)], getattr(torch, name))
case("pow constant", [(M, 0.5, 2)], lambda x: x**2.5)
case("pow of constant", [M], lambda x: 2.5**x)
case("pow both", [(M, 0.5, 2), M], lambda a, b: a**b)
small("pow cube of negative", lambda x: x**3)
case("pow integer exponent", [M], lambda x: x ** torch.arange(5, dtype=torch.float64))
case("pow broadcast", [([4, 1], 0.5, 2), [5]], lambda a, b: a**b)
case("prelu", [M, [5]], lambda x, alpha: torch.where(x > 0, x, alpha * x))
small("clip by value", lambda x: x.clamp(-0.5, 0.5))
case("mod", [(M, 1, 3), ([5], 0.5, 1)], torch.remainder)
case("atan2", [M, ([5], 0.5, 1)], torch.atan2)
case("div", [M, ([5], 0.5, 2)], torch.div)
case("div no nan", [M, (M, 0.5, 2)], torch.div)
case("add", [M, [5]], torch.add)
case("sub", [[5], M], torch.sub)
case("mul", [M, [4, 1]], torch.mul)
case("add n", [M, M], lambda a, b: a + a * a + b)
case("squared difference", [M, M], lambda a, b: (a - b) ** 2)
case("squared difference broadcast", [M, [5]], lambda a, b: (a - b) ** 2)
case("maximum", [M, M], torch.maximum)
case("maximum broadcast", [[4, 1], [5]], torch.maximum)
case("minimum", [M, M], torch.minimum)
case("minimum broadcast", [M, [5]], torch.minimum)
case("maximum of equals", [M], lambda a: torch.maximum(a, a * 1))
case("where", [M, M], lambda a, b: torch.where(a > 0, a * a, b))
case("where broadcast", [M, [4, 1]], lambda a, b: torch.where(torch.tensor([1, 0, 1, 1, 0]) > 0, a, b))
small("floor plus square", lambda x: x.floor() + x * x)
small("ceil times x", lambda x: x.ceil() * x)
small("round times x", lambda x: (x * 3).round() * x)
small("sign times x", lambda x: x.sign() * x)
small("step times x", lambda x: torch.where(x > 0, 1.0, 0.25) * x)
small("floor div times x", lambda x: (x / 0.3).floor() * x)
EDGES = torch.tensor([-0.5, 0.0, 0.3], dtype=torch.float64)
small("searchSorted times x", lambda x: torch.searchsorted(EDGES, x.detach()) * x)
small("searchSorted right times x", lambda x: torch.searchsorted(EDGES, x.detach(), right=True) * x)
small("x times greater", lambda x: x * (x > 0.1))
small("x times logic", lambda x: x * ((x < 0.5) & ~((x == 0) | (x <= -0.5))))
small("x times xor", lambda x: x * ((x >= 0) ^ (x != 0.2)))
small("x times is nan", lambda x: x * 1)
small("x plus truncated x", lambda x: x + (x * 3).trunc() * x)
small("x plus cast bool", lambda x: x * (x != 0))
small("argmax one hot", lambda x: x * F.one_hot(x.argmax(1), 5))
small("argmin one hot", lambda x: x * F.one_hot(x.argmin(1), 5))
small("any and all", lambda x: x * (x > 0.9).any(1, True) + x * (x > -2).all(1, True))

# ---- reductions
small("softmax", lambda x: x.softmax(-1))
small("log softmax", lambda x: x.log_softmax(-1))
small("log sum exp", lambda x: x.logsumexp(1))
small("log sum exp all", lambda x: x.logsumexp((0, 1)))
small("sum", lambda x: x.sum(0))
case("sum keep", [I], lambda x: x.sum((1, 3), True))
case("mean", [I], lambda x: x.mean((1, 2)))
case("mean keep", [I], lambda x: x.mean(-1, True))
small("mean all", lambda x: x.mean())
small("max", lambda x: x.amax(1))
small("max all", lambda x: x.amax())
case("max of images", [I], lambda x: x.amax((1, 2)))
case("max keep", [I], lambda x: x.amax(-1, True))
small("max of equals", lambda x: torch.cat([x, x * 1, x - 1], 1).amax(1))
small("min", lambda x: x.amin(0))
case("min of images", [I], lambda x: x.amin((0, 3), True))
small("min of equals", lambda x: x.relu().amin(1))
small("prod", lambda x: x.prod(1))
small("prod negative axis", lambda x: x.prod(1))
case("prod two axes", [[2, 3, 2]], lambda x: x.prod(2).prod(0))
small("prod keep", lambda x: x.prod(0, True))
small("prod all", lambda x: x.prod())
small("prod with zeros", lambda x: x.relu().prod(1))
small("cumsum", lambda x: x.cumsum(1))
case("cumsum first axis", [[3, 4, 2]], lambda x: x.cumsum(0))
case("cumsum negative axis", [[3, 4, 2]], lambda x: x.cumsum(1))
case("cumsum of square", [[4, 4]], lambda x: x.cumsum(0))
small("cumsum exclusive", lambda x: x.cumsum(1) - x)
small("cumsum reverse", lambda x: x.flip(1).cumsum(1).flip(1))
small("cumsum exclusive reverse", lambda x: x.flip(0).cumsum(0).flip(0) - x)


def exclusive_product(x):
    return torch.cat([torch.ones_like(x[:, :1]), x.cumprod(1)[:, :-1]], 1)


case("cumprod", [[2, 4, 3]], lambda x: x.cumprod(1))
small("cumprod first axis", lambda x: x.cumprod(0))
small("cumprod negative axis", lambda x: x.cumprod(1))
small("cumprod with zeros", lambda x: x.relu().cumprod(1))
small("cumprod exclusive", exclusive_product)
small("cumprod reverse", lambda x: x.flip(1).cumprod(1).flip(1))
small("cumprod exclusive reverse", lambda x: exclusive_product(x.flip(1)).flip(1))
small("moments variance", lambda x: x.var(1, correction=0))
small("norm 2", lambda x: x.norm(2, 1))
small("norm 1", lambda x: x.norm(1, 1))
small("norm infinity", lambda x: x.abs().amax(1))
small("norm euclidean", lambda x: x.norm())
small("euclidean norm", lambda x: x.norm(2, 1))
small("layer normalisation", lambda x: F.layer_norm(x, [5], eps=1e-3))
small("softmax cross entropy", lambda x: F.cross_entropy(x, torch.arange(4)))
case("sigmoid cross entropy", [M, (M, 0, 1)], F.binary_cross_entropy_with_logits)
case("mean squared error", [M, M], F.mse_loss)
case("huber loss", [(M, -2, 2), (M, -2, 2)], lambda x, y: F.huber_loss(x, y))
case("cosine distance", [M, M], lambda x, y: (1 - (x * y).sum(1)).mean())
labels = torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64)
small("hinge loss", lambda x: (1 - (2 * labels - 1) * x).relu().mean())
case("log loss", [(M, 0.1, 0.9)],
     lambda x: (-labels * (x + 1e-7).log() - (1 - labels) * (1 - x + 1e-7).log()).mean())
case("absolute difference", [M, M], F.l1_loss)

# ---- products
case("matmul", [M, [5, 3]], torch.matmul)
case("matmul transposed left", [[5, 4], [5, 3]], lambda a, b: a.mT @ b)
case("matmul transposed right", [M, [3, 5]], lambda a, b: a @ b.mT)
case("matmul transposed both", [[5, 4], [3, 5]], lambda a, b: a.mT @ b.mT)
case("matmul batched", [[2, 3, 2, 4], [2, 3, 4, 3]], torch.matmul)
case("matmul broadcast right", [[2, 3, 4], [4, 5]], torch.matmul)
case("matmul broadcast left", [[1, 3, 4], [2, 4, 5]], torch.matmul)
case("matmul broadcast along the second axis", [[2, 3, 2, 3], [2, 1, 3, 4]], torch.matmul)
case("matmul broadcast on both sides", [[2, 1, 3, 2], [1, 3, 3, 2]], lambda a, b: a.mT @ b)
case("matmul broadcast transposed", [[4, 3], [2, 5, 4]], lambda a, b: a.mT @ b.mT)
case("dot", [[5], [5]], torch.dot)
case("outer product", [[5], [3]], torch.outer)
case("einsum matmul", [[2, 4, 5], [2, 5, 3]], lambda a, b: torch.einsum("bij,bjk->bik", a, b))
case("einsum sum", [[2, 4, 5]], lambda a: a.sum(2))
case("einsum transpose", [[2, 4, 5]], lambda a: a.permute(2, 0, 1))
case("einsum lone index", [[3, 4], [4, 2]], lambda a, b: torch.einsum("ij,jk->i", a, b))
case("einsum two contracted", [[2, 4, 5], [2, 4, 5]], lambda a, b: torch.einsum("bij,bij->b", a, b))
case("einsum to scalar", [[4, 5], [4, 5]], lambda a, b: (a * b).sum())
case("einsum outer", [[2, 3], [2, 4]], lambda a, b: torch.einsum("bi,bj->bij", a, b))
case("einsum attention", [[2, 3, 2, 4], [2, 5, 2, 4]], lambda a, b: torch.einsum("bthd,bshd->bhts", a, b))
case("fused matmul", [M, [5, 3], [3]], lambda a, b, c: a @ b + c)
case("fused matmul transposed", [[5, 4], [3, 5]], lambda a, b: a.mT @ b.mT)
case("fused matmul batched", [[2, 4, 5], [2, 5, 3], [3]], lambda a, b, c: a @ b + c)
case("fused matmul relu", [M, [5, 3], [3]], lambda a, b, c: (a @ b + c).relu())


def lstm(x, kernel, bias, c, h):
    i, j, f, o = (torch.cat([x, h], 1) @ kernel + bias).chunk(4, 1)
    c = i.sigmoid() * j.tanh() + c * (1 + f).sigmoid()
    return c, c.tanh() * o.sigmoid()


cell = [[2, 3], [5, 8], [8], [2, 2], [2, 2]]
case("lstm cell", cell, lambda x, k, b, c, h: lstm(x, k, b, c, h)[1])
case("lstm cell two steps", cell, lambda x, k, b, c, h: lstm(x, k, b, *lstm(x, k, b, c, h))[1])


def norm(x, mean, variance, offset=0.0, scale=1.0):
    return scale * (x - mean) / (variance + 1e-3).sqrt() + offset


C = [[3], ([3], 0.5, 2), [3], [3]]
case("batch normalisation 2d", [[4, 3], *C], norm)
case("batch normalisation 3d", [[2, 4, 3], *C], norm)
case("batch normalisation 4d", [[2, 3, 2, 3], *C], norm)
case("batch normalisation bare", [[4, 3], *C[:2]], norm)
case("batch normalisation without scale", [[2, 3, 2, 3], *C[:3]], norm)
case("batch normalisation without offset", [[2, 3, 2, 3], *C[:3]], lambda x, m, v, s: norm(x, m, v, 0.0, s))
case("batch normalisation axis 1", [[2, 3, 2, 2], [1, 3, 1, 1], ([1, 3, 1, 1], 0.5, 2)], norm)
case("batch normalisation full shape", [[2, 4, 3], [2, 4, 3], ([2, 4, 3], 0.5, 2)], norm)


def local_response(x):
    squares = F.pad(x * x, (2, 2))
    total = sum(squares[..., i : i + x.shape[-1]] for i in range(5))
    return x / (1 + 0.7 * total) ** 0.6


case("local response normalisation", [[2, 2, 3, 6]], local_response)

# ---- shapes
small("reshape", lambda x: x.reshape(2, 10) ** 2)
case("transpose", [[2, 3, 4]], lambda x: x.permute(2, 0, 1))
case("concat", [M, [4, 2]], lambda a, b: torch.cat([a, b, a * a], 1))
case("split", [[4, 6]], lambda x: x[:, 2:4] * 2 + x[:, :2])
small("stack", lambda x: torch.stack([x, x * x], 1))
case("split, last part taken off", [[4, 6]], lambda x: x[:, :4] + x[:, 4:].tile(1, 2))
small("unstack, reversed", lambda x: x.flip(1))
small("unstack", lambda x: x[:, 2] * x[:, 0])
small("slice", lambda x: x[1:3, 2:4])
small("strided slice", lambda x: x[::2, 1::2])
small("strided slice backwards", lambda x: x.flip(0, 1)[:3, ::2][:, :2])
case("strided slice masks", [[3, 4, 2]], lambda x: x[1])
small("pad", lambda x: F.pad(x, (0, 1, 1, 2), value=3.0))


def mirrored(length, before, after, edge):
    """The indices of mirror padding; `edge` is 1 where the border is not repeated."""
    return torch.tensor([*range(before - 1 + edge, edge - 1, -1), *range(length),
                         *range(length - 1 - edge, length - 1 - edge - after, -1)])


small("mirror pad reflect", lambda x: x[mirrored(4, 1, 2, 1)][:, mirrored(5, 0, 1, 1)])
small("mirror pad symmetric", lambda x: x[mirrored(4, 1, 2, 0)][:, mirrored(5, 3, 1, 0)])
case("mirror pad images", [S], lambda x: x[:, mirrored(4, 1, 1, 1)][:, :, mirrored(5, 2, 0, 1)])
case("tile of five axes", [[2, 1, 2, 1, 3]], lambda x: x.tile(1, 2, 1, 3, 2))
case("broadcast to five axes", [[2, 1, 2, 1, 1]], lambda x: x.expand(2, 3, 2, 1, 4))
small("tile", lambda x: x.tile(2, 3))
small("reverse", lambda x: x.flip(1))
case("gather", [[6, 3]], lambda x: x[[0, 2, 2, 5]])
case("gather last axis", [[3, 6]], lambda x: x[:, [0, 2, 2, 5]])
case("gather matrix of indices", [[2, 6, 2]], lambda x: x[:, torch.tensor([[0, 2], [2, 5], [1, 1]])])
case("gather batch axis", [[3, 6]], lambda x: x.gather(1, torch.tensor([[0, 2], [1, 1], [5, 3]])))
case("gather batch axis inner", [[2, 3, 2]], lambda x: torch.stack([x[0][[0, 2]], x[1][[1, 1]]]))
small("gather nd", lambda x: x[[0, 2, 0], [1, 3, 1]])
small("gather nd rows", lambda x: x[[2, 0, 2]])
small("expand and squeeze", lambda x: x * x)
case("broadcast to", [[4, 1]], lambda x: x.expand(3, 4, 5))


def batch_to_space(x):
    b, h, w, c = x.shape
    return x.reshape(2, 2, b // 4, h, w, c).permute(2, 3, 0, 4, 1, 5).reshape(b // 4, 2 * h, 2 * w, c)


def space_to_batch(x):
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).permute(2, 4, 0, 1, 3, 5).reshape(4 * b, h // 2, w // 2, c)


case("batch to space", [[8, 2, 2, 1]], lambda x: batch_to_space(x)[:, :, :-1])
case("space to batch", [[2, 4, 2, 2]], lambda x: space_to_batch(F.pad(x, (0, 0, 1, 1))))
case("depth to space", [[2, 2, 3, 8]], lambda x: x.reshape(2, 2, 3, 2, 2, 2).permute(0, 1, 3, 2, 4, 5).reshape(2, 4, 6, 2))
case("unsorted segment sum", [[4, 3]], lambda x: torch.stack([x[0] + x[2], x[3], x[1]]))


def placed(count, index, rows):
    return torch.zeros(count, *rows.shape[1:], dtype=rows.dtype).index_add(0, torch.tensor(index), rows)


case("scatter nd", [[2, 3]], lambda x: placed(5, [0, 3], x))
case("scatter nd twice", [[2, 3]], lambda x: placed(5, [3, 3], x))
case("tensor scatter update", [[4, 3], [2, 3]],
     lambda x, u: torch.stack([u[1], x[1], u[0], x[3]]))


def sparse(values, fallback):
    index = (torch.tensor([0, 2]), torch.tensor([1, 3]))
    return fallback.expand(3, 4).index_put(index, values)


case("sparse to dense", [[2], []], sparse)
case("sparse to dense vector", [[2]], lambda v: placed(5, [1, 3], v))
small("top k", lambda x: x.topk(2).values)
case("top k of volumes", [[2, 3, 5]], lambda x: x.topk(3).values.sum(-1))
case("diag", [[5]], torch.diag)
small("dropout off", lambda x: x * 1)
case("frame", [[10]], lambda x: F.pad(x, (0, 3)).unfold(0, 4, 3))
small("band part", lambda x: x.tril(1).triu(-1))
small("boolean select", lambda x: (x * labels).amax(1))


# ---- convolutions; tfjs has channels last, filters [height, width, in, out]
def same(length, window, stride):
    total = max((-(-length // stride) - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def conv(x, w, stride=(1, 1), pad="same", dilation=(1, 1), groups=1):
    """Pad is "same", "valid" or ((top, bottom), (left, right))."""
    n = w.dim() - 2
    spans = [(w.shape[i] - 1) * dilation[i] + 1 for i in range(n)]
    if pad == "same":
        pad = [same(x.shape[i + 1], spans[i], stride[i]) for i in range(n)]
    elif pad == "valid":
        pad = [(0, 0)] * n
    x = F.pad(chw(x), [p for pair in reversed(pad) for p in pair])
    weight = w.movedim(-1, 0).movedim(-1, 1)
    if groups > 1:
        weight = w.reshape(*w.shape[:-2], 1, -1).movedim(-1, 0).movedim(-1, 1)
    return hwc([F.conv1d, F.conv2d, F.conv3d][n - 1](x, weight, None, tuple(stride), 0, tuple(dilation), groups))


def conv_transpose(dy, w, shape, stride, pad):
    """The gradient of a convolution with respect to its input."""
    x = torch.zeros(shape, dtype=dy.dtype, requires_grad=True)
    n = w.dim() - 2
    return torch.autograd.grad((conv(x, w, (stride,) * n, pad) * dy).sum(), x, create_graph=True)[0]


W = [3, 3, 2, 3]
case("conv2d same", [I, W], conv)
case("conv2d stride 2 same", [I, W], lambda x, w: conv(x, w, (2, 2)))
case("conv2d strides", [I, [3, 2, 2, 3]], lambda x, w: conv(x, w, (1, 2), "valid"))
case("conv2d numeric pad", [I, W], lambda x, w: conv(x, w, pad=((1, 1), (1, 1))))
case("conv2d numeric pad ceil", [[2, 6, 5, 2], W], lambda x, w: conv(x, w, (2, 2), ((1, 2), (1, 1))))
case("conv2d explicit pad", [I, W], lambda x, w: conv(x, w, pad=((1, 2), (0, 1))))
case("conv2d dilated same", [I, W], lambda x, w: conv(x, w, dilation=(2, 2)))
case("conv2d dilated valid", [I, W], lambda x, w: conv(x, w, pad="valid", dilation=(2, 1)))
case("conv2d channels first", [[2, 2, 5, 6], W], lambda x, w: chw(conv(hwc(x), w)))
case("conv2d channels first explicit pad", [[2, 2, 5, 6], W], lambda x, w: chw(conv(hwc(x), w, pad=((1, 2), (0, 1)))))
case("conv2d one image", [[5, 6, 2], W], lambda x, w: conv(x[None], w)[0])
case("fused conv2d", [I, W, [3]], lambda x, w, b: conv(x, w) + b)
case("fused conv2d relu", [I, W, [3]], lambda x, w, b: (conv(x, w) + b).relu())
case("fused conv2d dilated", [I, W, [3]], lambda x, w, b: conv(x, w, dilation=(2, 2)) + b)
case("fused conv2d without bias", [I, W], lambda x, w: conv(x, w, (2, 2), "valid"))
case("fused conv2d one image", [[5, 6, 2], W, [3]], lambda x, w, b: conv(x[None], w)[0] + b)
case("conv1d", [[2, 7, 2], [3, 2, 3]], lambda x, w: conv(x, w, (1,), "same", (1,)))
case("conv1d dilated", [[2, 7, 2], [3, 2, 3]], lambda x, w: conv(x, w, (1,), "valid", (2,)))
case("conv2d transpose", [I, [3, 3, 3, 2]], lambda x, w: conv_transpose(x, w, (2, 10, 12, 3), 2, "same"))
case("conv2d transpose valid", [I, [3, 3, 3, 2]], lambda x, w: conv_transpose(x, w, (2, 7, 8, 3), 1, "valid"))
case("depthwise same", [I, [3, 3, 2, 2]], lambda x, w: conv(x, w, groups=2))
case("depthwise stride 2", [I, [3, 3, 2, 2]], lambda x, w: conv(x, w, (2, 2), groups=2))
case("depthwise dilated", [I, [3, 3, 2, 1]], lambda x, w: conv(x, w, dilation=(2, 2), groups=2))
case("fused depthwise", [I, [3, 3, 2, 1], [2]], lambda x, w, b: conv(x, w, groups=2) + b)
case("fused depthwise dilated", [I, [2, 2, 2, 2]], lambda x, w: conv(x, w, pad="valid", dilation=(2, 2), groups=2))
case("separable", [I, [3, 3, 2, 2], [1, 1, 4, 3]], lambda x, d, p: conv(conv(x, d, groups=2), p))
V = [2, 3, 4, 3, 2]
ones3 = (1, 1, 1)
case("conv3d", [V, [2, 3, 2, 2, 2]], lambda x, w: conv(x, w, ones3, "same", ones3))
case("conv3d stride 2", [V, [2, 2, 2, 2, 2]], lambda x, w: conv(x, w, (2, 2, 2), "valid", ones3))
case("conv3d dilated", [V, [2, 2, 2, 2, 2]], lambda x, w: conv(x, w, ones3, "valid", (1, 2, 2)))


def conv3d_transpose(dy, w):
    x = torch.zeros((2, 4, 4, 4, 2), dtype=dy.dtype, requires_grad=True)
    return torch.autograd.grad((conv(x, w, (2, 2, 2), "same", ones3) * dy).sum(), x, create_graph=True)[0]


case("conv3d stride beyond the filter", [[2, 4, 4, 4, 2], [1, 2, 1, 2, 2]], lambda x, w: conv(x, w, (2, 4, 3), "same", ones3))
case("conv3d transpose stride beyond the filter", [[2, 2, 2, 2, 2], [1, 1, 1, 2, 2]], conv3d_transpose)
case("conv3d transpose", [[2, 2, 2, 2, 2], [2, 2, 2, 2, 2]], conv3d_transpose)


def dilation2d(x, w, dilation, pad):
    spans = [(w.shape[i] - 1) * dilation + 1 for i in range(2)]
    pads = [same(x.shape[i + 1], spans[i], 1) if pad == "same" else (0, 0) for i in range(2)]
    x = F.pad(x, (0, 0, *pads[1], *pads[0]), value=-1e30)
    out = [x.shape[i + 1] - spans[i] + 1 for i in range(2)]
    shifted = [x[:, i * dilation : i * dilation + out[0], j * dilation : j * dilation + out[1]] + w[i, j]
               for i in range(w.shape[0]) for j in range(w.shape[1])]
    return torch.stack(shifted).amax(0)


case("dilation2d same", [I, [3, 3, 2]], lambda x, w: dilation2d(x, w, 1, "same"))
case("dilation2d dilated", [I, [2, 2, 2]], lambda x, w: dilation2d(x, w, 2, "valid"))


# ---- pools
def pool(kind, window, stride, pad="valid"):
    n = len(window)

    def op(x):
        pads = pad
        if pad == "same":
            pads = [same(x.shape[i + 1], window[i], stride[i]) for i in range(n)]
        elif pad == "valid":
            pads = [(0, 0)] * n
        flat = [p for pair in reversed(pads) for p in pair]
        if kind == "max":
            return hwc([F.max_pool1d, F.max_pool2d, F.max_pool3d][n - 1](F.pad(chw(x), flat, value=-1e30), window, stride))
        average = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][n - 1]
        share = average(F.pad(torch.ones_like(chw(x)), flat), window, stride)
        return hwc(average(F.pad(chw(x), flat), window, stride) / share)

    return op


def dilated_pool(kind, pad):
    """Windows of 2 by 2 with one cell between; the cells of the padding count as zeros, as in TensorFlow."""

    def op(x):
        amount = [same(x.shape[i + 1], 3, 1) if pad == "same" else (0, 0) for i in range(2)]
        x = F.pad(x, (0, 0, *amount[1], *amount[0]))
        h, w = x.shape[1] - 2, x.shape[2] - 2
        corners = torch.stack([x[:, i : i + h, j : j + w] for i in (0, 2) for j in (0, 2)])
        return corners.amax(0) if kind == "max" else corners.mean(0)

    return op


P = [2, 5, 7, 2]
case("max pool", [P], pool("max", (2, 2), (2, 2)))
case("max pool same", [P], pool("max", (3, 3), (2, 2), "same"))
case("max pool negative", [P], lambda x: pool("max", (3, 3), (1, 1), "same")(x - 5))
case("max pool numeric pad", [P], pool("max", (3, 3), (2, 2), ((1, 1), (1, 1))))
case("max pool uneven", [P], pool("max", (3, 2), (1, 2), "same"))
case("max pool ceil", [P], pool("max", (2, 2), (2, 2), ((0, 1), (0, 1))))
case("max pool with argmax", [P], pool("max", (2, 2), (2, 2)))
case("max pool one image", [[5, 6, 2]], lambda x: pool("max", (2, 2), (1, 1))(x[None])[0])
case("max pool dilated", [P], dilated_pool("max", "same"))
case("average pool", [P], pool("average", (2, 2), (2, 2)))
case("average pool same", [P], pool("average", (3, 3), (2, 2), "same"))
case("average pool same even", [P], pool("average", (2, 2), (2, 2), "same"))
case("average pool numeric pad", [P], pool("average", (3, 3), (1, 1), ((1, 1), (1, 1))))
case("average pool explicit pad", [P], pool("average", (2, 3), (2, 1), ((1, 0), (0, 2))))
case("average pool strides", [P], pool("average", (3, 2), (1, 2), "same"))
case("average pool ceil", [[2, 6, 6, 2]], pool("average", (3, 3), (2, 2), ((1, 2), (1, 2))))
case("average pool dilated", [P], dilated_pool("average", "valid"))
case("average pool dilated same", [P], dilated_pool("average", "same"))
U = [2, 3, 4, 5, 2]
case("max pool 3d", [U], pool("max", (2, 2, 2), (2, 2, 2)))
case("max pool 3d same", [U], pool("max", (2, 2, 2), (2, 2, 2), "same"))
case("max pool 3d stride beyond the window", [[2, 4, 4, 4, 2]], pool("max", (1, 2, 1), (2, 4, 3), "same"))
case("average pool 3d stride beyond the window", [[2, 4, 4, 4, 2]], pool("average", (1, 2, 1), (2, 4, 3), "same"))
case("max pool 3d uneven", [U], pool("max", (2, 3, 2), (1, 2, 2), "same"))
case("average pool 3d uneven", [U], pool("average", (2, 3, 2), (1, 2, 2), "same"))
case("average pool 3d", [U], pool("average", (2, 2, 2), (2, 2, 2)))
case("average pool 3d same", [U], pool("average", (2, 2, 2), (2, 2, 2), "same"))
case("average pool 3d numeric pad", [U], pool("average", (3, 3, 3), (2, 2, 2), ((1, 1),) * 3))


# ---- images: weights of one axis, written out
def resize_axis(length, out, kind, corners=False, half=False):
    weights = torch.zeros(out, length, dtype=torch.float64)
    scale = (length - 1) / (out - 1) if corners and out > 1 else length / out
    for i in range(out):
        at = (i + 0.5) * scale - (0.5 if kind == "bilinear" else 0) if half else i * scale
        if kind == "nearest":
            weights[i, min(length - 1, math.floor(at + 0.5) if corners else math.floor(at))] = 1
        else:
            at = min(max(at, 0), length - 1)
            low = math.floor(at)
            weights[i, low] += 1 - (at - low)
            weights[i, min(low + 1, length - 1)] += at - low
    return weights


def resize(kind, size, **flags):
    def op(x):
        rows = resize_axis(x.shape[1], size[0], kind, **flags)
        columns = resize_axis(x.shape[2], size[1], kind, **flags)
        return torch.einsum("ih,bhwc,jw->bijc", rows, x, columns)

    return op


case("nearest up", [S], resize("nearest", (8, 10)))
case("nearest odd", [S], resize("nearest", (7, 9)))
case("nearest down", [[2, 7, 5, 2]], resize("nearest", (3, 2)))
case("nearest align corners", [S], resize("nearest", (7, 9), corners=True))
case("nearest half pixel", [S], resize("nearest", (7, 8), half=True))
case("nearest to one", [S], resize("nearest", (1, 1), corners=True))
case("bilinear up", [S], resize("bilinear", (8, 7)))
case("bilinear down", [[2, 7, 5, 2]], resize("bilinear", (3, 2)))
case("bilinear align corners", [S], resize("bilinear", (7, 9), corners=True))
case("bilinear half pixel", [S], resize("bilinear", (8, 7), half=True))
case("bilinear half pixel down", [[2, 7, 5, 2]], resize("bilinear", (3, 2), half=True))


def crop_axis(length, out, start, end, kind):
    weights = torch.zeros(out, length, dtype=torch.float64)
    inside = torch.zeros(out, dtype=torch.float64)
    for i in range(out):
        at = start * (length - 1) + i * (end - start) * (length - 1) / (out - 1) if out > 1 else (start + end) / 2 * (length - 1)
        if at < 0 or at > length - 1:
            continue
        inside[i] = 1
        if kind == "nearest":
            weights[i, math.floor(at + 0.5)] = 1
        else:
            low = math.floor(at)
            weights[i, low] += 1 - (at - low)
            weights[i, min(low + 1, length - 1)] += at - low
    return weights, inside


def crop(kind, size, outside):
    boxes = torch.tensor([[0.1, 0.1, 0.8, 0.9], [0.95, 0.2, 0.3, 1.2], [0, 0, 1, 1]], dtype=torch.float32).tolist()

    def op(x):
        crops = []
        for image, (top, left, bottom, right) in zip([0, 1, 0], boxes):
            rows, inside_rows = crop_axis(x.shape[1], size[0], top, bottom, kind)
            columns, inside_columns = crop_axis(x.shape[2], size[1], left, right, kind)
            missing = 1 - torch.outer(inside_rows, inside_columns)
            crops.append(torch.einsum("ih,hwc,jw->ijc", rows, x[image], columns) + outside * missing[..., None])
        return torch.stack(crops)

    return op


case("crop and resize", [S], crop("bilinear", (4, 3), 0.5))
case("crop and resize nearest", [S], crop("nearest", (4, 3), 0.5))
case("crop and resize to one", [S], crop("bilinear", (1, 1), 0))
case("flip left right", [S], lambda x: x.flip(2))
case("greyscale to rgb", [[2, 3, 4, 1]], lambda x: x.tile(1, 1, 1, 3))
case("rgb to greyscale", [[2, 3, 4, 3]],
     lambda x: (x * torch.tensor([0.2989, 0.587, 0.114], dtype=torch.float64)).sum(-1, True))

# ---- spectral
case("fft real part", [[2, 6]], lambda x: torch.fft.fft(x).real)
case("fft of complex", [[2, 6], [2, 6]], lambda a, b: torch.fft.fft(torch.complex(a, b)).imag)
case("fft magnitude", [[8]], lambda x: torch.fft.fft(x).abs())
case("ifft magnitude", [[2, 6], [2, 6]], lambda a, b: torch.fft.ifft(torch.complex(a, b)).abs())
case("rfft magnitude", [[2, 7]], lambda x: torch.fft.rfft(x).abs())
case("rfft padded", [[2, 6]], lambda x: torch.fft.rfft(x, 8).real)
case("irfft", [[2, 4], [2, 4]],
     lambda a, b: torch.fft.irfft(torch.complex(a, torch.cat([0 * b[:, :1], b[:, 1:3], 0 * b[:, :1]], 1))))
case("stft magnitude", [[12]],
     lambda x: torch.fft.rfft(x.unfold(0, 4, 2) * torch.hann_window(4, dtype=torch.float64), 4).abs())
case("complex product", [M, M], lambda a, b: (torch.complex(a, b) * torch.complex(b, a * a)).imag)
case("complex product broadcast", [M, [5]], lambda a, b: (torch.complex(a, a * a) * torch.complex(b, b * b)).imag)
case("complex sum broadcast", [M, [5]], lambda a, b: (torch.complex(a, a * a) + torch.complex(b, b * b)).abs())
case("complex difference broadcast", [M, []], lambda a, b: (torch.complex(b, b * b) - torch.complex(a, a * a)).abs())
case("complex arithmetic", [M, M], lambda a, b: (torch.complex(a, b) + torch.complex(b, b) - torch.complex(a * a, b)).abs())


def rounded(t):
    return [float(f"{v:.8g}") for v in t.detach().flatten().tolist()]


def main():
    out = {}
    for name, (specs, op) in cases.items():
        inputs = [torch.tensor(fill(f"{name}:{i}", *spec), requires_grad=True) for i, spec in enumerate(specs)]
        value = op(*inputs)
        mask = torch.tensor(fill(f"{name}:mask", list(value.shape)))
        gradients = torch.autograd.grad((value * mask).sum(), inputs, allow_unused=True)
        assert all(g is not None for g in gradients), name
        out[name] = {
            "inputs": [list(spec) for spec in specs],
            "shape": list(value.shape),
            "value": rounded(value),
            "gradients": [rounded(g) for g in gradients],
        }
    lines = [f"{json.dumps(name)}:{json.dumps(entry, separators=(',', ':'))}" for name, entry in out.items()]
    target = pathlib.Path(__file__).with_name("oracle.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(out), "cases,", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
