"""Hessian products of every operation of the audit, by PyTorch in float64.

Run by hand, writes second-order.json beside this file:
    python second_order.py && npx biome format --write second-order.json
Needs torch (values made with 2.15.0) and numpy. For each operation y of ../audit/oracle.py: the Hessian of the sum of
(½ y² + y) times a fixed mask, with respect to all inputs at once, times a fixed direction. The square makes it differ
from zero for linear operations, too.
"""

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "audit"))

from inputs import fill  # noqa: E402
from oracle import cases, rounded  # noqa: E402


def main():
    out = {}
    for name, (specs, op) in cases.items():
        inputs = [torch.tensor(fill(f"{name}:{i}", *spec), requires_grad=True) for i, spec in enumerate(specs)]
        value = op(*inputs)
        mask = torch.tensor(fill(f"{name}:mask", list(value.shape)))
        gradients = torch.autograd.grad(((value**2 / 2 + value) * mask).sum(), inputs, create_graph=True)
        slope = sum(
            (gradient * torch.tensor(fill(f"{name}:direction:{i}", specs[i][0]))).sum()
            for i, gradient in enumerate(gradients)
        )
        products = torch.autograd.grad(slope, inputs, allow_unused=True)
        out[name] = [rounded(torch.zeros_like(x) if g is None else g) for x, g in zip(inputs, products)]
    lines = [f"{json.dumps(name)}:{json.dumps(entry, separators=(',', ':'))}" for name, entry in out.items()]
    target = pathlib.Path(__file__).with_name("second-order.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(out), "cases,", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
