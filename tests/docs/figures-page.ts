/** docs/figures.md, from the registry of figures. */
import { type AnyFigure, FIGURES } from "../../src/display";
import { MODALITIES, MODALITY_NAMES, type Modality } from "../../src/display/modality";
import { RESULTS, resultsFor } from "../display/results";
import { table } from "./generated-page";

const INTRODUCTION = `# Figures

A figure is an immutable description of panels, drawn by Vega-Lite, Vega or Plotly. In a notebook it shows itself. Every
figure has the same methods:

| method | gives |
|---|---|
| \`toVegaLite()\`, \`toVega()\`, \`toPlotly()\` | the specification for that library (Vega-Lite 5; Vega 5, where what moves plays; plotly.js 3) |
| \`toJSON()\` | the specification of the figure's own renderer |
| \`await toSVG()\`, \`await toPNG({ scale })\` | a static picture |
| \`await toPDF()\` | the same for print: a page as large as the figure, 384 dots to an inch |
| \`toAltText()\` | the figure in words, made of its numbers; the alternative text of its picture in a notebook |
| \`await toHTML()\` | one stand-alone page: interactive, no network, light or dark as the reader prefers |
| \`await save("map.html")\` | a file; \`.svg\`, \`.png\` (double size), \`.pdf\`, \`.html\` or \`.json\` by the path's ending |

Options of all figures:

| option | default | meaning |
|---|---|---|
| \`renderer\` | \`"vega-lite"\`; \`"vega"\` of what plays | library of the interactive form: \`"vega-lite"\`, \`"vega"\` or \`"plotly"\`; all draw every figure |
| \`scale\` | \`"panel"\` | full colour is each map's own largest magnitude, the largest of all, or (\`"raw"\`) the value \`limit\` |
| \`limit\` | | value at full colour, whatever \`scale\` and \`clip\` (1 under \`scale: "raw"\`); values beyond it are counted under the picture |
| \`clip\` | 0.01 for more than 1,024 values, else 0 | share of the values beyond full colour, which the legend says |
| \`colormap\` | \`"RdBu"\` | \`"RdBu"\`, \`"PuOr"\`, \`"BrBG"\` or \`"PRGn"\`: diverging, safe for colour-blind readers |
| \`hover\` | | \`"full"\`: one hover cell per pixel and every frame, however large the output |
| \`example\` | | shows this example of a batch |
| \`max\` | per figure | how much is shown at most; what is left out is said |
| \`title\` | method and target | the empty text leaves it out |
| \`theme\` | the host's | \`"light"\` or \`"dark"\` fixes the page colours |

A figure is made of an attribution (\`map\` below), or of a view, which is plain data: \`map.toView()\`. A map shows itself as
the figure that suits it (*default for* in the table); \`map.figure("waterfall", options)\` names another. Inputs of
different kinds are stacked. \`display.attributionFigure(map)\` is that default as a function.

What holds for all of them:

- Colour is centred on zero. Blue is negative, red is positive, and the page shows through at zero, in light and dark
  alike; token boxes and overlays have near-white there. The legend shows the ends in the unit of the explained score.
- Hover shows the raw value, whatever the colour scale.
- Values that are not finite are olive grey (bars and lines leave them out) and counted in words. A map of zeros says so
  in its legend, bars and lines of zeros in words. An input of equal pixels is mid grey, with its one value as legend.
- Axes and legends write small and large numbers with exponents.
- Warnings of the result stand under the picture.
- Names are shown as text and never run.
- A notebook output holds one interactive specification, a PNG twice as fine as the page (a grainy photograph: as fine)
  with its text alternative, and a line of text. The PNG's own font has Latin, Greek
  and Cyrillic letters and mathematical signs; every other character is drawn as a box: □.`;

const OWN = `## A figure of your own

\`\`\`ts
import { defineFigure } from "gradlens";

const counts = defineFigure({ name: "counts", modalities: ["table"] }, ({ parts, example }) => ({
  rows: parts.map((part) => [
    {
      kind: "bars",
      title: part.name,
      caption: [],
      width: 300,
      height: 60,
      labels: ["negative", "zero", "positive"],
      values: [-1, 0, 1].map(
        (sign) => display.exampleOf(part.values, example).filter((value) => Math.sign(value) === sign).length,
      ),
      valueLabel: "features",
      fills: ["#3b82c4", "#8a8a8a", "#c43b3b"],
      hover: [],
    },
  ]),
}));

counts(map); // shows itself: by Vega-Lite or Plotly, as SVG and PNG, with title, score and warnings
\`\`\`

A figure says what it is (\`name\` is enough) and answers rows of panels; the kinds of panels are in
[\`src/display/figure-description.ts\`](../src/display/figure-description.ts). How one becomes a member of the library is
told in [CONTRIBUTING](../CONTRIBUTING.md#add-a-figure).`;

/** Plots of SHAP and of Captum, row by row: the figure that shows the same, and what differs. */
const ELSEWHERE: readonly (readonly [plot: string, figures: readonly string[], note: string])[] = [
  ["SHAP `bar`, one example", ["bars"], "input values stand beside the names"],
  ["SHAP `bar`, a data set", ["meanBars"], ""],
  ["SHAP `bar`, cohorts", ["cohorts"], "groups by name, by target or by halves of the score"],
  ["SHAP `waterfall`", ["waterfall"], "what the bars miss of F(x) has a bar of its own"],
  ["SHAP `force`, one example", ["force"], ""],
  ["SHAP `force`, many examples", ["forces"], "ordered by score; not by similarity or by one feature"],
  ["SHAP `decision`", ["decision"], "at most 60 lines"],
  ["SHAP `beeswarm`", ["beeswarm"], "many points become means of neighbours, the extremes stay"],
  ["SHAP `violin`", ["violin"], "no layered form"],
  ["SHAP `scatter`, `dependence_plot`", ["dependence"], "not coloured by a second feature"],
  ["SHAP `heatmap`", ["examplesMap"], "ordered by score; not by similarity"],
  [
    "SHAP `group_difference`",
    ["groupDifference"],
    "two standard errors in place of a bootstrap; more than two groups",
  ],
  ["SHAP `embedding`", ["embedding"], "the axes say their share of the variance"],
  ["SHAP `image`", ["classGrid"], "pictures down, classes across, on one scale"],
  ["SHAP `text`", ["tokens"], "one target at a time"],
  ["SHAP `monitoring`, `partial_dependence`", [], "not there"],
  ["Captum `heat_map`", ["heatmap"], "beside its input"],
  ["Captum `blended_heat_map`", ["overlay"], ""],
  ["Captum `original_image`", ["heatmap"], "the left panel"],
  [
    "Captum `alpha_scaling`, `masked_image`",
    [],
    "not there: the overlay's opacity, which grows with magnitude, is the nearest",
  ],
  ["Captum `sign`: all", ["heatmap"], "the default"],
  ["Captum `sign`: positive, negative, absolute value", [], "not there: colour tells the sign"],
  ["Captum `outlier_perc`", ["heatmap"], "the option `clip`, a share of the values; the legend says it"],
  [
    "Captum `visualize_image_attr_multiple`",
    ["compare"],
    "maps of several methods; several forms of one map are several figures",
  ],
  ["Captum `visualize_timeseries_attr`", ["line"], "channels one under the other"],
  ["Captum `visualize_text`", ["tokens"], ""],
];

/** The table of what people know from elsewhere; a name that is no figure is an error. */
function elsewhere(): string {
  const link = (name: string) => {
    if (!FIGURES.some(({ meta }) => meta.name === name)) throw new Error(`no figure is named ${name}`);
    return `[\`${name}\`](#${name.toLowerCase()})`;
  };
  return `## Beside SHAP and Captum\n\n${table(
    ["there", "here", "what differs"],
    ELSEWHERE.map(([plot, figures, note]) => [plot, figures.map(link).join(", "), note]),
  )}`;
}

const NEEDS = { path: "`keepPath: true`", baselineScore: "a baseline" } as const;

/** Kinds of parts, in words. */
const inWords = (modalities: readonly Modality[]): string =>
  modalities.length === MODALITY_NAMES.length
    ? "all"
    : modalities.map((modality) => MODALITIES[modality].title).join(", ");

/** How the figure is called. */
const callOf = ({ meta }: AnyFigure): string => {
  if (meta.of === "comparison")
    return `display.${meta.name}(await compare(net, x, [saliency, integratedGradients]));`;
  if (meta.examples === Number.POSITIVE_INFINITY)
    return `map.figure("${meta.name}"); // of a batch; or display.${meta.name}(maps), of an array of maps`;
  return `map.figure("${meta.name}"); // or display.${meta.name}(map)`;
};

/** Kinds of inputs whose maps show themselves by this figure. */
async function defaultFor({ meta }: AnyFigure): Promise<string> {
  if (meta.of !== "map") return "";
  const kinds = await Promise.all(
    MODALITY_NAMES.map(async (modality) => {
      const { parts } = await RESULTS.map[modality]();
      return meta.modalities.includes(modality) && parts.every(meta.byDefaultFor) ? [modality] : [];
    }),
  );
  return kinds.flat().length === 0 ? "" : inWords(kinds.flat());
}

function section(figure: AnyFigure): string {
  const { name, title, shows, cannotShow, defaults, max, options, examples } = figure.meta;
  const own = Object.entries(options as Record<string, { default: unknown; says: string }>);
  const rows = [
    ...(max ? [["`max`", "", max]] : []),
    ...Object.entries(defaults).map(([option, value]) => [
      `\`${option}\``,
      `\`${JSON.stringify(value)}\``,
      "",
    ]),
    ...own.map(([option, { default: value, says }]) => [
      `\`${option}\``,
      value === undefined ? "" : `\`${JSON.stringify(value)}\``,
      says,
    ]),
  ];
  return [
    `## ${name}`,
    `![${title} of ${resultsFor(figure)[0]?.[0]}](figures/${name}.svg)`,
    `\`\`\`ts\n${callOf(figure)}\n\`\`\``,
    shows,
    `*Cannot show:* ${cannotShow[0]!.toLowerCase()}${cannotShow.slice(1)}`,
    ...(examples === 1 ? ["It shows one example of a batch: `example` (0)."] : []),
    ...(rows.length > 0 ? [table(["option", "default here", "meaning"], rows)] : []),
  ].join("\n\n");
}

/** The page. */
export async function figuresPage(): Promise<string> {
  const overview = await Promise.all(
    FIGURES.map(async (figure) => {
      const { name, title, of, modalities, needs } = figure.meta;
      return [
        `[\`${name}\`](#${name.toLowerCase()})`,
        title,
        of === "map" ? inWords(modalities) : "several maps",
        needs.map((need) => NEEDS[need]).join(", "),
        await defaultFor(figure),
      ];
    }),
  );
  return [
    INTRODUCTION,
    "## All figures",
    table(["name", "figure", "shows", "needs", "default for"], overview),
    ...FIGURES.map(section),
    elsewhere(),
    OWN,
  ].join("\n\n");
}

/** The picture of each figure, as `docs/figures/NAME.svg`, of the first result that it can show. */
export const FIGURE_PICTURES: readonly (readonly [file: string, draw: () => Promise<string>])[] = FIGURES.map(
  (figure) => [
    `${figure.meta.name}.svg`,
    async () => {
      const [, make] = resultsFor(figure)[0]!;
      const svg = await figure(await make()).toSVG();
      // Digits that no eye sees differ from one processor to another.
      return svg.replace(/\d+\.\d{3,}/g, (digits) => String(Number(Number(digits).toFixed(2))));
    },
  ],
);
