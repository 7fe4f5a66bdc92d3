"""One notebook of Captum: a process that loads PyTorch and a net, asks each of four questions for the first time, then again."""

import json
import os
import resource
import sys
import time

began = time.perf_counter()
times = []


def timed(name, work):
    started = time.perf_counter()
    result = work()
    times.append({"name": name, "ms": 1000 * (time.perf_counter() - started)})
    return result


def libraries():
    global np, torch, torch_net, IntegratedGradients, LayerGradCam, NoiseTunnel, Saliency
    import numpy as np
    import torch
    from captum.attr import IntegratedGradients, LayerGradCam, NoiseTunnel, Saliency

    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "performance"))
    import torch_net


file, image, side = sys.argv[1], sys.argv[2], int(sys.argv[3])
timed("import", libraries)
torch.set_num_threads(os.cpu_count())


def load():
    net = torch_net.read(file)
    x = torch.from_numpy(np.fromfile(image, dtype=np.float32).reshape(1, side, side, 3))
    return net, x.permute(0, 3, 1, 2).contiguous()


net, x = timed("load", load)
# The last value with positions: what the global average reads.
head = next(i for i, layer in enumerate(net) if isinstance(layer, torch_net.GlobalAverage))
target = None
spread = 0.15 * (x.max() - x.min()).item()


def predicted():
    global target
    if target is None:
        with torch.no_grad():
            target = net(x).argmax(1)
    return target


# The same samples, steps and target as the other side's defaults.
questions = {
    "saliency": lambda: Saliency(net).attribute(x.clone().requires_grad_(), target=predicted(), abs=False),
    "integrated gradients": lambda: IntegratedGradients(net).attribute(x, target=predicted(), n_steps=50),
    "Grad-CAM": lambda: LayerGradCam(net, net[head - 1]).attribute(x, target=predicted(), relu_attributions=True),
    "SmoothGrad": lambda: NoiseTunnel(Saliency(net)).attribute(
        x.clone().requires_grad_(), nt_samples=25, stdevs=spread, target=predicted(), abs=False
    ),
}
for name, ask in questions.items():
    timed(name, ask)
all_ms = sum(part["ms"] for part in times)
again = {}
for name, ask in questions.items():
    rounds = []
    for _ in range(3):
        started = time.perf_counter()
        ask()
        rounds.append(1000 * (time.perf_counter() - started))
    again[name] = min(rounds)
with torch.no_grad():
    predictions = []
    for _ in range(2):
        started = time.perf_counter()
        net(x)
        predictions.append(1000 * (time.perf_counter() - started))
print(
    json.dumps(
        {
            "times": times,
            "allMs": all_ms,
            "again": again,
            "predict": min(predictions),
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "engines": {},
            "warnings": [],
        }
    )
)
