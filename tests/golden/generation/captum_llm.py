"""What Captum's LLM attributions say of the notes' language model: tests/golden/generation/captum-llm.json.

    pip install torch==2.9.1 captum==0.9.0 numpy
    python tests/golden/generation/captum_llm.py

The net is read from notebooks/data/models/notes-transformer, in double precision. Captum's LLMGradientAttribution takes
layer integrated gradients of the embedding, of the logarithm of each emitted token's probability; its LLMAttribution
leaves tokens of the prompt out, one by one, for [PAD]. A third set of values is of one logit ahead of another.
"""

import json
import math
import pathlib
import re
from types import SimpleNamespace

import numpy as np
import torch
from captum.attr import (
    FeatureAblation,
    LayerGradientXActivation,
    LayerIntegratedGradients,
    LLMAttribution,
    LLMGradientAttribution,
    TextTokenInput,
)

torch.set_default_dtype(torch.float64)
here = pathlib.Path(__file__).parent
folder = here.parents[2] / "notebooks" / "data" / "models" / "notes-transformer"

manifest = json.loads((folder / "model.json").read_text())["weightsManifest"][0]["weights"]
raw = np.fromfile(folder / "weights.bin", dtype=np.float32)
weights, at = {}, 0
for entry in manifest:
    size = math.prod(entry["shape"])
    weights[entry["name"]] = torch.tensor(raw[at : at + size].reshape(entry["shape"]), dtype=torch.float64)
    at += size

HEADS = 4


def norm(x, name):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weights[f"{name}/scale"] + weights[f"{name}/shift"]


class Net(torch.nn.Module):
    """The parts of notebooks/examples/transformer.ts."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding.from_pretrained(weights["words/embeddings"], freeze=False)
        self.device = torch.device("cpu")

    def forward(self, input_ids, **_):
        # No token is padding: one that is left out for [PAD] is looked at as such.
        x = self.words(input_ids)
        rows, tokens, width = x.shape
        x = x + weights["positions/vectors"][:tokens]
        causal = torch.ones(tokens, tokens).tril().bool()
        for layer in (1, 2):
            seen = norm(x, f"norm{layer}a")
            split = lambda kernel: (seen @ weights[f"attention{layer}/{kernel}"]).view(rows, tokens, HEADS, -1).transpose(1, 2)
            scores = split("query") @ split("key").transpose(2, 3) / math.sqrt(width / HEADS)
            mixed = scores.masked_fill(~causal, -1e9).softmax(-1) @ split("value")
            x = x + mixed.transpose(1, 2).reshape(rows, tokens, width) @ weights[f"attention{layer}/output"]
            wide = torch.relu(norm(x, f"norm{layer}b") @ weights[f"wide{layer}/kernel"] + weights[f"wide{layer}/bias"])
            x = x + wide @ weights[f"narrow{layer}/kernel"] + weights[f"narrow{layer}/bias"]
        return SimpleNamespace(logits=norm(x, "norm") @ weights["next/kernel"] + weights["next/bias"])

    def prepare_inputs_for_generation(self, input_ids, **_):
        return {"input_ids": input_ids}

    def _update_model_kwargs_for_generation(self, _, given):
        return given

    def generate(self, ids, **_):
        raise RuntimeError("the continuation is given")


class Tokenizer:
    """Ids as words: what Captum asks of a tokenizer."""

    def convert_ids_to_tokens(self, ids):
        return [str(int(i)) for i in torch.as_tensor(ids).reshape(-1)]

    def encode(self, text, **_):
        return torch.tensor([[int(i) for i in re.findall(r"\d+", text)]])

    def __call__(self, text, **_):
        found = list(re.finditer(r"\d+", text))
        return {"input_ids": [int(m[0]) for m in found], "offset_mapping": [m.span() for m in found]}

    def decode(self, ids, **_):
        return " ".join(self.convert_ids_to_tokens(ids))

    @property
    def pad_token_id(self):
        return 0


net, tokenizer = Net(), Tokenizer()
case = json.loads((here / "case.json").read_text())
prompt, emitted = case["prompt"], torch.tensor(case["emitted"])
text = tokenizer.decode(prompt)


def values(result):
    return result.token_attr.detach().tolist()


given = TextTokenInput(text, tokenizer)
path = LLMGradientAttribution(LayerIntegratedGradients(net, net.words), tokenizer)
product = LLMGradientAttribution(LayerGradientXActivation(net, net.words), tokenizer)
left = LLMAttribution(FeatureAblation(net), tokenizer)
answer = {
    "captum": "0.9.0",
    "integratedGradients": values(path.attribute(given, target=emitted, n_steps=50, method="gausslegendre")),
    "inputXGradient": values(product.attribute(given, target=emitted)),
    "featureAblation": values(left.attribute(given, target=emitted)),
}
(here / "captum-llm.json").write_text(json.dumps(answer, indent=1) + "\n")
print({name: np.shape(value) for name, value in answer.items()})
