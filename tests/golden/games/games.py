"""Owen values of a small game by SHAP's partition explainer: writes games.json beside it.

Run by hand; SHAP is never installed by the tests:
    python games.py && npx biome format --write games.json
Made with shap 0.51.0. Trees are linkage matrices, which games.test.ts has as nested lists.
"""

import json
import pathlib

import numpy as np
import shap


def score(x):
    return x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] * x[:, 4] - x[:, 5] * x[:, 0] + np.sin(x.sum(1)) + x[:, 5] ** 2


X = np.array([[1.5, -2.0, 0.5, 1.0, -1.5, 2.0], [0.3, 0.7, -1.1, 0.4, 2.2, -0.6]])
BASELINE = np.array([[0.1, 0.2, -0.3, 0.4, 0.0, -0.5]])
TREES = {
    "pairs": [[0, 1, 1, 2], [2, 3, 1, 2], [4, 5, 1, 2], [6, 7, 2, 4], [9, 8, 3, 6]],
    "chain": [[3, 5, 1, 2], [6, 0, 2, 3], [7, 2, 3, 4], [8, 1, 4, 5], [9, 4, 5, 6]],
}
golden = {}
for name, tree in TREES.items():
    masker = shap.maskers.Partition(BASELINE, clustering=np.array(tree, float))
    explainer = shap.explainers.Partition(score, masker)
    golden[name] = explainer(X, max_evals=10_000).values.ravel().tolist()
(pathlib.Path(__file__).parent / "games.json").write_text(json.dumps(golden))
