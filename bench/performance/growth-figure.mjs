// Growth as a picture: one panel per quantity that is varied, both axes logarithmic.

import { createRequire } from "node:module";
import { contestants } from "./contest.mjs";

const require = createRequire(import.meta.url);
const TITLES = { side: "side of the image (pixels)", batch: "batch (images)", steps: "steps" };

/** SVG text. */
export async function growthFigure(points) {
  const vega = require("vega");
  const { compile } = require("vega-lite");
  const rows = points.flatMap(({ name, varied, value, ms, peakBytes }) => [
    { engine: contestants[name].title, varied, value, measure: "time (ms)", amount: ms },
    {
      engine: contestants[name].title,
      varied,
      value,
      measure: "peak memory (MiB)",
      amount: peakBytes / 2 ** 20,
    },
  ]);
  const valuesOf = (varied) => [
    ...new Set(points.filter((point) => point.varied === varied).map(({ value }) => value)),
  ];
  const panel = (measure, varied) => ({
    width: 190,
    height: 150,
    data: { values: rows.filter((row) => row.measure === measure && row.varied === varied) },
    mark: { type: "line", point: true },
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        scale: { type: "log", nice: false },
        title: TITLES[varied],
        axis: { values: valuesOf(varied), labelOverlap: false, grid: false },
      },
      y: {
        field: "amount",
        type: "quantitative",
        scale: { type: "log" },
        title: measure,
        axis: { values: [10, 30, 100, 300, 1000, 3000, 10000] },
      },
      color: { field: "engine", type: "nominal", title: null },
    },
  });
  const spec = {
    background: "white",
    vconcat: ["time (ms)", "peak memory (MiB)"].map((measure) => ({
      hconcat: Object.keys(TITLES).map((varied) => panel(measure, varied)),
    })),
  };
  return new vega.View(vega.parse(compile(spec).spec), { renderer: "none" }).toSVG();
}
