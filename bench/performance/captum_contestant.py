"""Captum on PyTorch in a process of its own, told what to do by lines of JSON: see contest.mjs."""

import json
import resource
import sys
import time

import numpy as np
import torch
import torch_net
from captum.attr import IntegratedGradients

torch.set_num_threads(int(sys.argv[1]))


class Probability(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return torch.softmax(self.net(x), -1)


class Contestant:
    def load(self, net, input, shape, target, moved=None):
        self.file = net
        self.net = torch_net.read(net)
        x = torch.from_numpy(np.fromfile(input, dtype=np.float32).reshape(shape))
        self.image = x.dim() == 4
        self.x = x.permute(0, 3, 1, 2).contiguous() if self.image else x
        self.target = target
        return {}

    def explain(self, steps, probability=False, atLeastMs=0, out=None, tolerance=None, maxBytes=None):
        method = IntegratedGradients(Probability(self.net) if probability else self.net)
        chunk = None if maxBytes is None else self.chunk(maxBytes)
        times = []
        begun = time.perf_counter()
        while True:
            started = time.perf_counter()
            values, delta = method.attribute(
                self.x,
                baselines=0,
                target=self.target,
                n_steps=steps,
                internal_batch_size=chunk,
                return_convergence_delta=True,
            )
            times.append(1000 * (time.perf_counter() - started))
            if 1000 * (time.perf_counter() - begun) >= atLeastMs:
                break
        if out:
            (values.permute(0, 2, 3, 1) if self.image else values).contiguous().numpy().tofile(out)
        with torch.no_grad():
            scores = [
                (torch.softmax(self.net(x), -1) if probability else self.net(x))[0, self.target].item()
                for x in (self.x, torch.zeros_like(self.x))
            ]
        return {
            "times": times,
            "delta": delta[0].item(),
            "change": scores[0] - scores[1],
            "evaluations": steps,
            "backend": "captum",
            "warnings": [],
        }

    def chunk(self, max_bytes):
        """Captum has no memory cap; its own advice is to set the rows that are computed at once by hand."""
        return 8

    def exact(self, steps, out):
        """The map in double precision: what both sides are compared with."""
        net = torch_net.read(self.file).double()
        values = IntegratedGradients(net).attribute(
            self.x.double(), baselines=0, target=self.target, n_steps=steps, internal_batch_size=10
        )
        (values.permute(0, 2, 3, 1) if self.image else values).float().contiguous().numpy().tofile(out)
        return {}

    def limit(self, side, seconds):
        """Multiplications and additions per second of one large product and one convolution."""
        a, b = torch.rand(side, side), torch.rand(side, side)
        x, filters = torch.rand(8, 64, 56, 56), torch.rand(64, 64, 3, 3)
        with torch.no_grad():
            return {
                "matmul": 2 * side**3 / self.fastest(lambda: a @ b, seconds),
                "convolution": 2 * 8 * 64 * 56 * 56 * 64 * 9
                / self.fastest(lambda: torch.conv2d(x, filters, padding=1), seconds),
            }

    @staticmethod
    def fastest(run, seconds):
        best, begun = float("inf"), time.perf_counter()
        while time.perf_counter() - begun < seconds:
            started = time.perf_counter()
            run()
            best = min(best, time.perf_counter() - started)
        return best

    def memory(self):
        return {"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


contestant = Contestant()
for line in sys.stdin:
    given = json.loads(line)
    try:
        reply = getattr(contestant, given.pop("does"))(**given)
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
