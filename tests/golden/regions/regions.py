"""Segments, rankings of regions and local models by scikit-image, PAIR saliency and lime: writes regions.json beside it.

Run by hand; none of these is ever installed by the tests:
    python regions.py && npx biome format --write regions.json
Made with scikit-image 0.26.0, saliency 0.2.1, lime 0.2.0.1, scikit-learn 1.9.1.
"""

import json
import pathlib
import sys

import numpy as np
from lime.lime_base import LimeBase
from saliency.core.xrai import XRAI
from skimage.segmentation import felzenszwalb, slic
from sklearn.metrics import pairwise_distances

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "engine" / "audit"))

from inputs import fill  # noqa: E402


def picture(name, shape):
    """Four patches of a colour each, and noise."""
    patches = fill(f"{name}:patch", [2, 2, shape[2]], 0.0, 1.0)
    large = patches.repeat(shape[0] // 2, 0).repeat(shape[1] // 2, 1)
    return (large + fill(f"{name}:noise", shape, -0.15, 0.15)).astype(np.float32).astype(np.float64)


def segments():
    found = {}
    for name, shape, count, compactness in [("grey", [16, 20, 1], 12, 0.3), ("colour", [18, 18, 3], 9, 60.0), ("two", [12, 10, 2], 20, 1.0)]:
        labels = slic(picture(name, shape), n_segments=count, compactness=compactness, start_label=0, channel_axis=-1)
        found[f"slic {name}"] = labels.ravel().tolist()
    volume = fill("volume", [6, 8, 10, 2], 0.0, 1.0)
    found["slic volume"] = slic(volume, n_segments=10, compactness=2.0, start_label=0, channel_axis=-1).ravel().tolist()
    for name, shape, scale, sigma, least in [("grey", [16, 20, 1], 50, 0.8, 6), ("colour", [18, 18, 3], 100, 0.5, 10), ("two", [12, 10, 2], 200, 1.2, 3)]:
        labels = felzenszwalb(picture(name, shape), scale=scale, sigma=sigma, min_size=least, channel_axis=-1)
        found[f"felzenszwalb {name}"] = labels.ravel().tolist()
    return found


def rankings():
    attribution = fill("xrai:attribution", [10, 12])
    labellings = [np.floor(fill(f"xrai:labels{k}", [10, 12], 0, 4 + 3 * k)).astype(int) for k in range(3)]
    masks = [labels == label for labels in labellings for label in range(labels.max() + 1)]
    full = XRAI._xrai(attribution, masks, area_perc_th=1.0, min_pixel_diff=5)[0]
    part = XRAI._xrai(attribution, masks, area_perc_th=0.5, min_pixel_diff=1)[0]
    fast = XRAI._xrai_fast(attribution, masks, min_pixel_diff=3)[0]
    return {"full": full.ravel().tolist(), "part": part.ravel().tolist(), "fast": fast.ravel().tolist()}


def local_models():
    found = {}
    for name, samples, features, width in [("few", 40, 6, 0.25), ("many", 120, 25, 0.5)]:
        masks = (fill(f"lime:{name}", [samples, features]) > 0).astype(float)
        masks[0] = 1
        scores = fill(f"lime:{name}:scores", [samples, 1])
        distances = pairwise_distances(masks, masks[:1], metric="cosine").ravel()
        base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / width**2)))
        intercept, effects, r2, local = base.explain_instance_with_data(
            masks, scores, distances, 0, features, feature_selection="none"
        )
        found[name] = {
            "intercept": float(intercept),
            "effects": [float(effect) for _, effect in sorted(effects)],
            "r2": float(r2),
            "local": float(local[0]),
        }
    return found


golden = {"segments": segments(), "rankings": rankings(), "localModels": local_models()}
(pathlib.Path(__file__).parent / "regions.json").write_text(json.dumps(golden))
