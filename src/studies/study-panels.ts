/** Panels of a study: its curves, matrices, maps and tables. */
import {
  attributionFigure,
  type ColourScale,
  type CurvePanel,
  type MatrixPanel,
  type Panel,
  type TextPanel,
} from "../display";
import { mapScales } from "../display/map-scales";
import { drawingOf } from "../display/panels";
import { PANEL_GAP, rowWidth } from "../display/panels/figure-width";
import { readable, wrap } from "../display/text";
import { textWidth } from "../display/text-width";
import type { StudyCurves, StudyMap, StudyMatrix, StudyTable } from "./study-contents";

const FONT_SIZE = 11;
const NARROWEST = 60;
const LINE = 18;
const MOST_LINES = 40;
/** Pixels of a column's name where they do not all fit in one line. */
const NAME_WIDTH = 110;
/** Pixels of a row at most, of maps or of a table's columns. */
const PAGE_WIDTH = 860;
/** Pixels of a cell of a matrix at most, and of all of them. */
const CELL = { width: 46, height: 26, all: 520 } as const;
/** Rows of a square matrix that can be told apart. */
const MOST_DRAWN = 48;
/** Columns of a matrix that have room for their numbers, and for their names. */
const ROOM = { numbers: 12, names: 32 } as const;

export function curvePanel({ title, xLabel, yLabel, series }: StudyCurves): CurvePanel {
  return {
    kind: "curve",
    title,
    caption: [],
    width: 420,
    height: 200,
    xLabel,
    yLabel,
    series: series.map(({ name, x, y }) => ({ name, x: [...x], y: [...y] })),
    references: [],
  };
}

/** Rows of panels, and the colour scales that they name. */
interface Drawn {
  readonly rows: Panel[][];
  readonly colours: Readonly<Record<string, ColourScale>>;
}

/** Matrices of the same unit share a scale, so that they can be compared; shares have no sign. */
export function matrixPanels(matrices: readonly StudyMatrix[]): Drawn {
  const { names, colours } = mapScales(
    matrices.map(({ values }) => values),
    matrices.map(({ unit }) => unit),
    { scale: "shared" },
    { lengths: matrices.map(({ unit }) => unit === "share") },
  );
  const rows = matrices.map((matrix, i): Panel[] => [matrixPanel(matrix, names[i])]);
  return { rows, colours };
}

function matrixPanel(whole: StudyMatrix, colour: string): MatrixPanel {
  const { title, rowNames, columnNames, values, rowTitle, columnTitle, unit, left } = strongestPart(whole);
  const columns = columnNames.length;
  return {
    kind: "matrix",
    title,
    caption: left > 0 ? [`${left} rows and columns of smaller values not shown`] : [],
    width: Math.max(NARROWEST, Math.min(CELL.all, CELL.width * columns)),
    height: Math.max(LINE, Math.min(CELL.all, CELL.height * rowNames.length)),
    rowNames: [...rowNames],
    columns,
    ...(columns <= ROOM.names ? { columnNames: [...columnNames] } : {}),
    values,
    ...(columns <= ROOM.numbers ? { texts: values.map((value) => readable(value, 2)) } : {}),
    colour,
    rowTitle,
    columnTitle,
    valueLabel: unit,
    hover: [],
    legend: true,
  };
}

/** The rows and columns of a square matrix that hold most, where there are more than can be told apart; others are drawn whole. */
function strongestPart(matrix: StudyMatrix): StudyMatrix & { readonly left: number } {
  const { rowNames, columnNames, values } = matrix;
  const n = rowNames.length;
  if (n <= MOST_DRAWN || columnNames.length !== n) return { ...matrix, left: 0 };
  const weight = rowNames.map((_, i) =>
    values.slice(i * n, (i + 1) * n).reduce((sum, value) => sum + Math.abs(value), 0),
  );
  const kept = rowNames
    .map((_, i) => i)
    .sort((a, b) => weight[b] - weight[a])
    .slice(0, MOST_DRAWN)
    .sort((a, b) => a - b);
  return {
    ...matrix,
    rowNames: kept.map((i) => rowNames[i]),
    columnNames: kept.map((i) => columnNames[i]),
    values: kept.flatMap((i) => kept.map((j) => values[i * n + j])),
    left: n - MOST_DRAWN,
  };
}

/** Maps as their own figures draw them, beside each other: pictures as heat maps, sequences as lines, the rest as bars. */
export function mapPanels(maps: readonly StudyMap[]): Drawn {
  const colours: Record<string, ColourScale> = {};
  const drawn = maps.map(({ title, unit, part, axes, shape, values }, i) => {
    const { description } = attributionFigure({
      method: title,
      parts: [
        {
          name: part,
          at: "input",
          values: { data: Float32Array.from(values), shape: [1, ...shape] },
          axes: [...axes],
        },
      ],
      target: [""],
      score: [0],
      explain: "score",
      quantity: unit,
      warnings: [],
    });
    const renamed = (name: string): string => `drawn${i}_${name}`;
    for (const [name, scale] of Object.entries(description.colours)) colours[renamed(name)] = scale;
    return description.rows.map((row, r) =>
      row.map((panel, c) => {
        const own = drawingOf(panel).recoloured({ ...panel }, renamed);
        return r === 0 && c === 0 ? { ...own, title } : own;
      }),
    );
  });
  return { rows: besideEachOther(drawn), colours };
}

/** Figures in rows, as many beside each other as are no wider than a page. */
function besideEachOther(figures: readonly Panel[][][]): Panel[][] {
  const lines: Panel[][][] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const figure of figures) {
    const own = Math.max(...figure.map(rowWidth));
    width += PANEL_GAP + own;
    const last = lines.at(-1);
    if (last === undefined || width > PAGE_WIDTH || last.length !== figure.length) {
      lines.push(figure.map((row) => [...row]));
      width = own;
    } else for (const [r, row] of figure.entries()) last[r].push(...row);
  }
  return lines.flat();
}

/**
 * A table as texts beside each other, a column each, under its name; a long one is cut off, and says so. Names of columns take
 * several lines where the table would be wider than a page.
 */
export function tablePanels(table: StudyTable, isNamed: boolean): TextPanel[] {
  const inOneLine = columnTexts(table, isNamed, (name) => [name]);
  if (rowWidth(inOneLine) <= PAGE_WIDTH) return inOneLine;
  return columnTexts(table, isNamed, (name) => wrap(name, NAME_WIDTH, FONT_SIZE));
}

function columnTexts(
  { name, columns }: StudyTable,
  isNamed: boolean,
  broken: (name: string) => readonly string[],
): TextPanel[] {
  const heading = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}:`;
  const names = columns.map((column) =>
    broken(column.unit ? `${column.name} (${column.unit})` : column.name),
  );
  const most = Math.max(...names.map(({ length }) => length));
  return columns.map((column, i) => {
    const texts = column.values.slice(0, MOST_LINES).map(cell);
    const more = column.values.length > MOST_LINES ? [`… ${column.values.length - MOST_LINES} more`] : [];
    const over = isNamed ? [i === 0 ? heading : ""] : [];
    const room = new Array<string>(most - names[i].length).fill("");
    const lines = [...over, ...room, ...names[i], ...texts, ...more];
    return textColumn(lines, i === 0 ? "left" : "right");
  });
}

/** Lines as wide as the longest of them. */
function textColumn(lines: string[], align: TextPanel["align"]): TextPanel {
  const width = Math.ceil(Math.max(NARROWEST, ...lines.map((line) => textWidth(line, FONT_SIZE))));
  const height = lines.length * LINE;
  return { kind: "text", title: "", caption: [], width, height, lines, lineHeight: LINE, align };
}

function cell(value: number | string | undefined): string {
  if (value === undefined) return "—";
  return typeof value === "string" ? value : Number(value.toPrecision(3)).toString().replace(/-/g, "−");
}
