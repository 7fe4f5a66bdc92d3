"""Values of Quantus 0.6.0 for quantus.test.ts: four models, three maps of each, and a mask.

pip install torch quantus captum; python tests/metrics/golden/quantus_values.py tests/metrics/golden/quantus-values.json
"""

import json
import sys
import warnings

import numpy as np
import quantus
import torch

warnings.filterwarnings("ignore")
# Quantus calls it by the name that numpy 2.4 has no more.
np.trapz = np.trapezoid
torch.manual_seed(0)
ROWS, SIDE, CLASSES = 4, 4, 3
x = torch.randn(ROWS, 1, SIDE, SIDE)
mask = np.zeros((ROWS, 1, SIDE, SIDE), dtype=bool)
mask[:, :, 1:3, 0:3] = True

MODELS = {
    "linear": torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, CLASSES)),
    "relu": torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(16, 6), torch.nn.ReLU(), torch.nn.Linear(6, CLASSES)
    ),
    "tanh": torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(16, 6), torch.nn.Tanh(), torch.nn.Linear(6, CLASSES)
    ),
    "deep": torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(16, 8),
        torch.nn.Tanh(),
        torch.nn.Linear(8, 6),
        torch.nn.ReLU(),
        torch.nn.Linear(6, CLASSES),
    ),
}
COMMON = {"abs": False, "normalise": False, "disable_warnings": True, "display_progressbar": False}
METRICS = {
    "pixelFlipping": quantus.PixelFlipping(
        features_in_step=1, perturb_baseline="black", return_auc_per_sample=True, **COMMON
    ),
    "faithfulnessEstimate": quantus.FaithfulnessEstimate(
        features_in_step=1, perturb_baseline="black", **COMMON
    ),
    "monotonicity": quantus.Monotonicity(
        features_in_step=1, perturb_baseline="black", **{**COMMON, "abs": True}
    ),
    "selectivity": quantus.Selectivity(patch_size=2, perturb_baseline="black", **COMMON),
    "complexity": quantus.Complexity(**{**COMMON, "abs": True}),
    "sparseness": quantus.Sparseness(**{**COMMON, "abs": True}),
    "effectiveComplexity": quantus.EffectiveComplexity(eps=0.2, **{**COMMON, "abs": True}),
    "nonSensitivity": quantus.NonSensitivity(
        eps=1e-5, features_in_step=1, perturb_baseline="black", **{**COMMON, "abs": True}
    ),
    "pointingGame": quantus.PointingGame(**COMMON),
    "topKIntersection": quantus.TopKIntersection(k=5, **COMMON),
    "relevanceMassAccuracy": quantus.RelevanceMassAccuracy(**{**COMMON, "abs": True}),
    "relevanceRankAccuracy": quantus.RelevanceRankAccuracy(**COMMON),
    "attributionLocalisation": quantus.AttributionLocalisation(
        positive_attributions=True, **COMMON
    ),
    "auc": quantus.AUC(**COMMON),
    "faithfulnessCorrelation": quantus.FaithfulnessCorrelation(
        nr_runs=2000, subset_size=4, perturb_baseline="black", return_aggregate=False, **COMMON
    ),
}


def maps_of(model, y):
    inputs = x.clone().requires_grad_(True)
    model(inputs).gather(1, y[:, None]).sum().backward()
    gradient = inputs.grad.numpy()
    return {
        "saliency": gradient,
        "inputXGradient": gradient * x.numpy(),
        "random": np.random.default_rng(1).normal(size=gradient.shape).astype(np.float32),
    }


result = {"x": x.flatten(1).tolist(), "mask": mask[0].flatten().astype(int).tolist(), "models": {}}
for name, model in MODELS.items():
    model.eval()
    y = model(x).argmax(1)
    weights = [p.detach().T.tolist() for p in model.parameters()]
    entry = {"weights": weights, "target": y.tolist(), "maps": {}}
    for kind, a in maps_of(model, y).items():
        values = {}
        for metric, call in METRICS.items():
            np.random.seed(0)
            # Quantus divides by the largest entry of the whole batch; each example by its own is what is meant.
            own = a / np.abs(a).max((1, 2, 3), keepdims=True) if metric == "effectiveComplexity" else a
            try:
                found = call(
                    model=model, x_batch=x.numpy(), y_batch=y.numpy(), a_batch=own, s_batch=mask, softmax=False
                )
                values[metric] = [float(f"{v:.8g}") for v in np.ravel(found).astype(float)]
            except Exception as error:  # a metric that cannot take the case says so here
                print(name, kind, metric, repr(error)[:300], file=sys.stderr)
        entry["maps"][kind] = {"values": a.reshape(ROWS, -1).tolist(), "metrics": values}
    result["models"][name] = entry
with open(sys.argv[1], "w") as file:
    json.dump(result, file)
