/** Cells on a canvas: one square for each number, in the colours of a scale, with the cell that a reader looks at marked. */
import { type ColourScale, hexAt, isDark, largestMagnitude } from "../../../src/display/colour";
import { signed } from "../../../src/display/text";

/** Numbers on a grid, and how they are drawn. */
export interface Cells {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly scale: ColourScale;
  /** Names a number in a cell; cells that are too small have none. */
  readonly label?: (value: number) => string;
  /** Marked cells: where the pointer is, and where the keyboard paints. */
  readonly hovered?: number | undefined;
  readonly cursor?: number | undefined;
}

/** Share of the largest magnitude from which a cell says its number. */
const SPEAKS = 0.22;
const SMALLEST_LABELLED = 34;

/** The greys of inputs: 0 is black and 1 is white, in the legend as in the cells. */
export const INPUT_SCALE: ColourScale = {
  kind: "grey",
  low: 0,
  high: 1,
  stops: ["#000000", "#ffffff"],
  legendTitle: "pixel",
};

/** Draws cells in the canvas's own size on the page. */
export function drawCells(canvas: HTMLCanvasElement, cells: Cells): void {
  const { rows, columns, values, scale, hovered, cursor } = cells;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round((width * rows) / columns));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const x = (column: number): number => Math.round((column * width) / columns);
  const y = (row: number): number => Math.round((row * height) / rows);
  const gap = width / columns > 8 * ratio ? Math.max(1, Math.round(ratio)) : 0;
  context.clearRect(0, 0, width, height);
  for (let i = 0; i < rows * columns; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    context.fillStyle = hexAt(scale, values[i]);
    context.fillRect(x(column), y(row), x(column + 1) - x(column) - gap, y(row + 1) - y(row) - gap);
  }
  if (cells.label && width / columns >= SMALLEST_LABELLED * ratio) {
    const least = SPEAKS * largestMagnitude(Array.from(values));
    const size = Math.min(13 * ratio, width / columns / 3.4);
    context.font = `${size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let i = 0; i < rows * columns; i++) {
      if (!(Math.abs(values[i]) > least)) continue;
      context.fillStyle = isDark(scale, values[i]) ? "#ffffff" : "#111111";
      context.fillText(
        cells.label(values[i]),
        (x(i % columns) + x((i % columns) + 1) - gap) / 2,
        (y(Math.floor(i / columns)) + y(Math.floor(i / columns) + 1) - gap) / 2,
      );
    }
  }
  const mark = (cell: number | undefined, colour: string, dash: number[]): void => {
    if (cell === undefined || cell >= rows * columns) return;
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const inset = ratio;
    context.lineWidth = 2 * ratio;
    context.strokeStyle = colour;
    context.setLineDash(dash);
    const [left, top] = [x(column) + inset - gap / 2, y(row) + inset - gap / 2];
    context.strokeRect(left, top, x(column + 1) - x(column) - 2 * inset, y(row + 1) - y(row) - 2 * inset);
  };
  mark(hovered, "#e8a317", []);
  mark(cursor, "#e8a317", [4 * ratio, 3 * ratio]);
}

/** The cell at a place of the page; undefined outside. */
export function cellAt(
  canvas: HTMLCanvasElement,
  { rows, columns }: Pick<Cells, "rows" | "columns">,
  { clientX, clientY }: Pick<PointerEvent, "clientX" | "clientY">,
): number | undefined {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const column = Math.floor(((clientX - left) / width) * columns);
  const row = Math.floor(((clientY - top) / height) * rows);
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : undefined;
}

/** A value in a cell, short. */
export function inCell(value: number): string {
  return signed(value, 2);
}
