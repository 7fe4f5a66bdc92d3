/** Key concepts: what the words on the page mean, in a few sentences and a formula each. */
import { element, type View } from "./element";

const CONCEPTS: readonly (readonly [name: string, formula: string, text: string])[] = [
  [
    "Saliency",
    "S = ∂F/∂x",
    "The gradient of the score: which pixels, changed a little, would change it most. One pass, but only about here: where F is flat, as at a ReLU that is off or in the tail of a sigmoid, it says nothing of how the score came about.",
  ],
  [
    "Integrated gradients",
    "IG = (x − x′) × ∫₀¹ ∂F(x′ + α (x − x′))/∂x dα",
    "Walk in a straight line from a baseline x′ to the picture x and gather the gradients on the way, so that what happened before F became flat is counted too. The integral becomes a sum over steps.",
  ],
  [
    "Completeness",
    "Σ IG = F(x) − F(x′)",
    "The shares add up to what is to be explained. Integrated gradients promise that, up to the error of the sum, which the page measures. Plain gradients promise nothing of the kind.",
  ],
  [
    "Baseline",
    "“why this score rather than x′'s?”",
    "What the picture is compared with. A pixel that equals its baseline gets no share, however much it matters: against black, black pixels are never to blame. There is no baseline that is right for every question.",
  ],
  [
    "SmoothGrad",
    "E[∂F(x + ε)/∂x], ε ~ N(0, σ²)",
    "The mean gradient over noisy copies: sharp bends of F average out, and the map is calmer. It is still a gradient, and does not add up to anything.",
  ],
  [
    "Grad-CAM",
    "Σ_c (mean of ∂F/∂A_c) · A_c",
    "Gradients at the feature maps of a convolution instead of at the pixels: coarse and calm, good to see where in a picture a class is. It needs a layer that has positions.",
  ],
  [
    "Parameter randomisation",
    "map(net) ≠ map(random net)",
    "A map that stays as it was when the net's weights are drawn anew does not tell of the net. It may be an edge detector that looks convincing.",
  ],
];

/** The concepts, folded; each opens alone. */
export function concepts(): View {
  const node = element("section", { class: "concepts" }, element("h2", {}, "Key concepts"));
  const grid = element("div", { class: "concept-grid" });
  for (const [name, formula, text] of CONCEPTS)
    grid.append(
      element(
        "details",
        { class: "card" },
        element("summary", {}, name),
        element("p", { class: "formula" }, formula),
        element("p", {}, text),
      ),
    );
  node.append(grid);
  return { node, update: () => {} };
}
