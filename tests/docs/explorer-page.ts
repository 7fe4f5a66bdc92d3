/** docs/explorer.md: each row and each defect of the explorer that ours is after, with the browser tests that prove it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, table } from "./generated-page";

/** What the original has, row by row. */
const ROWS: readonly string[] = [
  "Title, © 2026, MIT: credit and licence",
  "Three activities: saliency, integrated gradients, comparison",
  "Tab: saliency map",
  "Tab: integrated gradients",
  "Tab: comparison",
  "Input patterns",
  "Pattern Edge: 0.9 left of the middle, 0.1 right of it",
  "Pattern Circle: 0.92, 0.45, 0.06 by distance from the middle",
  "Pattern Diagonal: 1 − (r + c) / 14",
  "Pattern Custom, begun with what was there",
  "Painting: by mouse, touch and keyboard, in grey levels, in every tab, with undo",
  "Model settings",
  "Target class; class 0 turns the sign of class 1",
  "Choice of the baseline",
  "Baseline black",
  "Baseline white",
  "Baseline noise, seeded",
  "What each baseline is, in words",
  "Integration settings",
  "Steps m",
  "Readout of m",
  "What more steps cost, and what they bring, measured",
  "Playback",
  "Play and stop",
  "One step",
  "Reset",
  "Readout of the step",
  "Speed",
  "What is happening, in three tones",
  "Text that begins with what to do, and follows each step",
  "Key concepts, folded",
  "Concept: saliency, ∂F/∂x",
  "Saturation: dead units and flat tails, for this picture",
  "Concept: integrated gradients, with the formula",
  "What each step of the path adds",
  "Completeness as an axiom",
  "Concept: completeness, with its delta for every map of a path",
  "Sums of plain gradients beside that of integrated gradients",
  "Concept: SmoothGrad, with the formula",
  "SmoothGrad: the same gradient, calmer",
  "Grad-CAM, computed",
  "Coarse maps of positions beside maps of pixels",
  "Heading with pattern, net and class",
  "Net: non-linear ones, and the original's logistic model to choose",
  "The picture's cells",
  "Legend of the picture",
  "The gradient's map",
  "Legend of the map, in its unit",
  "Scale of the colours: each map's, shared, or raw; raw values on hover",
  "What red and blue say, for whichever class",
  "Heading of the path",
  "The baseline, by its name",
  "The point on the way",
  "α and the step, as numbers",
  "The map so far",
  "Its legend, signed",
  "Progress",
  "α at the start",
  "The sum over the path; right Riemann sums as the original's",
  "Heading of the comparison",
  "Map: vanilla gradients",
  "Map: integrated gradients",
  "Map: SmoothGrad",
  "Signal to noise of vanilla gradients",
  "Σ attribution − Δf",
  "Signal to noise of SmoothGrad",
  "Legend of the comparison",
  "Σ |attribution| of each method",
  "What the methods differ in, in words",
  "Prediction",
  "Class and its share",
  "F(x)",
  "F(x′)",
  "Δf",
  "Strongest pixels, with bars",
  "(row, column) and value",
  "Completeness, good or not",
  "How many more steps it takes",
  "Signal to noise, good or not",
  "What a high and a low one say",
  "A panel enlarged, with every number",
  "Narrow pages: everything stays within reach",
  "Graphics without a library from elsewhere",
];

/** What was measured to be wrong in the original, and what is so here. */
const DEFECTS: readonly (readonly [wrong: string, here: string])[] = [
  [
    "A “Neural Net” that is a logistic model: signal to noise 1.7 for everything",
    "Real nets by default; four methods, four values",
  ],
  [
    "Right Riemann sums miss Δf by 4 to 34 %; finite differences",
    "Gauss–Legendre by default and exact gradients; each rule with its delta",
  ],
  ["An inverted legend: black is drawn white", "0 is black in legend and cells"],
  ["F(x′) of the saliency tab ignores the baseline", "F(x′) of the chosen baseline in every tab"],
  ["What red means is wrong for class 0", "The text names the class that is explained"],
  ["A “total” that is a mean", "Σ |attribution| is a sum"],
  ["An enlarged title that always says 50 steps", "Titles are made of the state"],
  ["Grad-CAM in words only", "Grad-CAM is computed"],
  ["F(x) is always that of class 1", "F is the score that is named beside it"],
  ["No dragging, keyboard, export or seed", "Dragging, touch, keyboard, links and a seed"],
  ["Needs a network for its library and its fonts", "One file that asks for nothing"],
];

const folder = join(root, "tests", "explorer");

/** Titles of the tests by the rows and defects that they name. */
function provenBy(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".test.ts"))
    .sort()) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, title] of text.matchAll(/describe\(\s*"((?:S0-\d+ ?|D\d+ ?)+[^"]*)"/g)) {
      const names =
        title!
          .match(/^((?:S0-\d+ ?|D\d+ ?)+):/)?.[1]
          ?.trim()
          .split(" ") ?? [];
      const said = title!.replace(/^[^:]*: /, "");
      const link = `[${said}](../tests/explorer/${file})`;
      for (const name of names) found.set(name, [...(found.get(name) ?? []), link]);
    }
  }
  return found;
}

export function explorerPage(): string {
  const proven = provenBy();
  const proof = (name: string): string => {
    const tests = proven.get(name);
    if (!tests)
      throw new Error(`docs/explorer.md: expected a test in tests/explorer that names ${name}, got none`);
    return tests.join(", ");
  };
  return `# The explorer

A page in which a net is played with: paint an input, and its maps, their sums, comparisons and tests of trust follow the brush.
It stands alone as \`dist/explorer/index.html\`, without a server or a network, and in a notebook's cell:

\`\`\`ts
const ex = explorer(net, examples);
ex                                   // the page; paint in it
\`\`\`

\`\`\`ts
ex.input                             // what was painted
await ex.map                         // its map, by the method of the open tab
ex.on("change", ({ state }) => console.log(state));
await ex.save("explorer.html");      // the page as a file
\`\`\`

- **The net travels.** Layers models and graph models of at most 5 MiB are sent into the page, which computes by itself, also after
  the kernel has gone. Functions, black boxes, layers of one's own and larger nets answer from the kernel; the page says so.
- **The input** is a picture of one channel or a list of numbers, of at most 64 × 64 cells; \`{ grid: [rows, columns] }\` says how a list is drawn.
- **State comes back** over a comm. JupyterLab and Notebook 7 have it by our extension, which \`gradlens install\` brings; elsewhere
  \`await ex.widget()\` is the same module as an [anywidget](https://anywidget.dev).
- **Saved**, the output is a picture where scripts do not run, as in a notebook that is not trusted, and the playing page where they do.
- **A link** holds the whole state: "Copy link" in the page, \`ex.state\` in a cell, \`explorer(net, examples, { state })\` to open with it.

## After the original

It is written anew after the [Gradient Attribution — Interactive Explorer](https://gchism94.github.io/uofa-neural-networks/gradient_attribution/ga_explorer.html) of Greg T. Chism
(© 2026, MIT licence). Everything that one has is here, and each row is proved by a test that operates the page in Chromium without a network.

${table(
  ["row", "what", "test"],
  ROWS.map((what, i) => [`S0-${i + 1}`, what, proof(`S0-${i + 1}`)]),
)}

## What was wrong there

${table(
  ["", "there", "here", "test"],
  DEFECTS.map(([wrong, here], i) => [`D${i + 1}`, wrong, here, proof(`D${i + 1}`)]),
)}
`;
}
