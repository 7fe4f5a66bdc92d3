/** A matrix: coloured cells between named rows and named columns, with their numbers in them where there is room. */

import { type ColourScale, isDark, onPage } from "../colour";
import type { FigureDescription, MatrixPanel } from "../figure-description";
import { plotlyText, rounded, shown } from "../text";
import { textWidth } from "../text-width";
import type { PanelDrawing } from "./panel-drawing";
import { LEGEND_HEIGHT } from "./panel-size";
import { axisTitle, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { isOpaque, SEAMLESS } from "./seams";
import { sentence, strongest } from "./strongest";
import { cellValue, columnData, finiteColour, framed, legendBelow, type VegaLite } from "./vega-lite-parts";

export const matrixDrawing: PanelDrawing<MatrixPanel> = {
  gutter: ({ rowNames }) => 16 + Math.min(240, widest(rowNames)),
  foot: (panel) => namesBelow(panel) + (panel.columnLabel ? 18 : 0) + (panel.legend ? LEGEND_HEIGHT : 0),
  recoloured: (panel, rename) => ({ ...panel, colour: rename(panel.colour) }),
  inWords: ({ title, values, valueLabel, rowNames, columns, columnNames }) =>
    sentence(
      title || valueLabel,
      `${rowNames.length} by ${columns} cells`,
      strongest(
        values,
        (i) => `${rowNames[Math.floor(i / columns)]}, ${columnNames?.[i % columns] ?? i % columns}`,
      ),
    ),
  table: ({ rowNames, columns, columnNames, rowTitle, columnTitle, valueLabel, values, hover }) =>
    values.map((value, cell) => ({
      [rowTitle]: rowNames[Math.floor(cell / columns)],
      [columnTitle]: columnNames?.[cell % columns] ?? cell % columns,
      [valueLabel]: value,
      ...Object.fromEntries(hover.map(({ label, texts }) => [label, texts[cell]])),
    })),
  vegaLite,
  plotly,
};

const LABEL_SIZE = 11;

/** Pixels that the names of the columns take: names that are wider than their columns are slanted. */
function namesBelow({ columnNames, columns, width }: MatrixPanel): number {
  if (!columnNames) return 8;
  return widest(columnNames) <= width / columns - 6 ? 24 : 12 + widest(columnNames) * 0.7;
}

function isSlanted({ columnNames, columns, width }: MatrixPanel): boolean {
  return columnNames !== undefined && widest(columnNames) > width / columns - 6;
}

function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => textWidth(shown(name), LABEL_SIZE)));
}

/** An axis of whole numbers that are written as names. */
function namedAxis(names: readonly string[], more: VegaLite): VegaLite {
  return {
    labelExpr: `${JSON.stringify(names.map(shown))}[datum.value]`,
    labelLimit: 240,
    labelOverlap: false,
    ticks: false,
    domain: false,
    labelPadding: 6,
    ...more,
  };
}

/** The colours of a matrix: as on paper where numbers stand in the cells, which have one ink for every page. */
function coloursOf(panel: MatrixPanel, { colours, page }: FigureDescription): ColourScale {
  return panel.texts ? colours[panel.colour] : onPage(colours[panel.colour], page);
}

function vegaLite(panel: MatrixPanel, figure: FigureDescription): VegaLite {
  const scale = coloursOf(panel, figure);
  const { record, unfold } = columnData({
    value: panel.values.map(cellValue),
    ...(panel.texts && { dark: panel.values.map((value) => Number(isDark(scale, value))) }),
  });
  const cellTexts = {
    ...(panel.texts && { text: panel.texts }),
    ...Object.fromEntries(panel.hover.map((h, j) => [`hover${j}`, h.texts])),
  };
  const x = {
    field: "column",
    type: "ordinal",
    title: panel.columnLabel ?? null,
    scale: { padding: 0 },
    axis: panel.columnNames
      ? namedAxis(
          panel.columnNames,
          isSlanted(panel) ? { labelAngle: -40, labelAlign: "right" } : { labelAngle: 0 },
        )
      : panel.columnLabel
        ? { labels: false, ticks: false, domain: false }
        : null,
  };
  const y = {
    field: "row",
    type: "ordinal",
    title: null,
    scale: { padding: 0 },
    axis: namedAxis(panel.rowNames, {}),
  };
  const names = (of: readonly string[], field: string) => ({
    calculate: `${JSON.stringify(of.map(shown))}[datum.${field}]`,
    as: `${field}Name`,
  });
  return {
    ...framed(panel),
    data: { values: [record] },
    transform: [
      ...unfold,
      { window: [{ op: "row_number", as: "cell" }] },
      { calculate: `floor((datum.cell - 1) / ${panel.columns})`, as: "row" },
      { calculate: `(datum.cell - 1) % ${panel.columns}`, as: "column" },
      ...Object.entries(cellTexts).map(([name, texts]) => ({
        calculate: `${JSON.stringify(texts.map(shown))}[datum.cell - 1]`,
        as: name,
      })),
      names(panel.rowNames, "row"),
      ...(panel.columnNames ? [names(panel.columnNames, "column")] : []),
      ...(panel.columnHover ?? []).map((h, j) => ({
        calculate: `${JSON.stringify(h.texts.map(shown))}[datum.column]`,
        as: `column${j}`,
      })),
    ],
    layer: [
      {
        mark: { type: "rect", invalid: null, ...(isOpaque(scale) && SEAMLESS) },
        encoding: {
          x,
          y,
          color: finiteColour("value", scale, panel.legend ? legendBelow(scale, panel.width) : null),
          tooltip: [
            { field: "rowName", type: "nominal", title: panel.rowTitle },
            ...(panel.columnNames
              ? [{ field: "columnName", type: "nominal", title: panel.columnTitle }]
              : panel.columnHover
                ? panel.columnHover.map((h, j) => ({ field: `column${j}`, type: "nominal", title: h.label }))
                : [{ field: "column", type: "ordinal", title: panel.columnTitle }]),
            { field: "value", type: "nominal", title: panel.valueLabel },
            ...panel.hover.map((h, j) => ({ field: `hover${j}`, type: "nominal", title: h.label })),
          ],
        },
      },
      ...(panel.texts
        ? [
            {
              mark: { type: "text", fontSize: 11, baseline: "middle" },
              encoding: {
                x,
                y,
                text: { field: "text", type: "nominal" },
                // Not a field without a scale: Vega-Lite would look for it among the fields of the other layer's scale.
                color: { condition: { test: "datum.dark === 1", value: "#ffffff" }, value: "#111111" },
              },
            },
          ]
        : []),
    ],
  };
}

function plotly(panel: MatrixPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: {
      range: [-0.5, panel.columns - 0.5],
      showline: false,
      ticks: "",
      tickvals: panel.columnNames ? panel.columnNames.map((_, i) => i) : [],
      ticktext: panel.columnNames?.map(plotlyText) ?? [],
      tickangle: isSlanted(panel) ? -40 : 0,
      ...(panel.columnLabel && { title: axisTitle(panel.columnLabel) }),
    },
    y: {
      range: [panel.rowNames.length - 0.5, -0.5],
      showline: false,
      ticks: "",
      ticklabelstandoff: 4,
      tickvals: panel.rowNames.map((_, i) => i),
      ticktext: panel.rowNames.map(plotlyText),
    },
  });
  const rows = <T>(of: (cell: number) => T): T[][] =>
    panel.rowNames.map((_, r) => Array.from({ length: panel.columns }, (_, c) => of(r * panel.columns + c)));
  const columnLines = panel.columnHover ?? [
    {
      label: panel.columnTitle,
      texts: Array.from({ length: panel.columns }, (_, c) => panel.columnNames?.[c] ?? String(c)),
    },
  ];
  canvas.add({
    type: "heatmap",
    z: rows((cell) => (Number.isFinite(panel.values[cell]) ? rounded(panel.values[cell]) : null)),
    coloraxis: canvas.colourAxis(
      panel.colour,
      panel.legend
        ? { ...place, height: place.height + namesBelow(panel) + (panel.columnLabel ? 18 : 0) }
        : undefined,
      coloursOf(panel, canvas.figure),
    ),
    customdata: rows((cell) => [
      plotlyText(panel.rowNames[Math.floor(cell / panel.columns)]),
      ...columnLines.map((line) => plotlyText(line.texts[cell % panel.columns])),
      cellValue(panel.values[cell]),
      ...panel.hover.map((h) => plotlyText(h.texts[cell])),
    ]),
    ...(panel.texts && {
      text: rows((cell) => plotlyText(panel.texts![cell])),
      texttemplate: "%{text}",
      textfont: { size: 11 },
    }),
    hoverongaps: true,
    hovertemplate: [
      `${plotlyText(panel.rowTitle)}: %{customdata[0]}`,
      ...[
        ...columnLines.map(({ label }) => label),
        panel.valueLabel,
        ...panel.hover.map(({ label }) => label),
      ].map((label, j) => `${plotlyText(label)}: %{customdata[${j + 1}]}`),
    ]
      .join("<br>")
      .concat("<extra></extra>"),
    ...axes,
  });
}
