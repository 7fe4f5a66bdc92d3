/** Charts: lines over a common axis with references and a cursor, and bars. */
import { readable } from "../../../src/display/text";
import { drawn, element } from "./element";

/** A line through points. */
export interface Line {
  readonly name: string;
  /** Class of its colour: "main", "second" or "quiet". */
  readonly look: "main" | "second" | "quiet";
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** What a line chart shows. */
export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Default: from the first point to the last. */
  readonly xRange?: readonly [number, number];
  readonly lines: readonly Line[];
  /** Level lines with their names. */
  readonly levels?: readonly { readonly name: string; readonly y: number }[];
  /** Bars from zero, as of each step. */
  readonly bars?: { readonly x: readonly number[]; readonly y: readonly number[] };
  readonly cursor?: number | undefined;
}

const [WIDTH, HEIGHT] = [360, 170];
const MARGIN = { left: 46, right: 10, top: 10, bottom: 30 };

/** A line chart as a figure with its title and its legend. */
export function lineChart(chart: LineChart): HTMLElement {
  const { title, xLabel, yLabel, lines, levels = [], bars, cursor } = chart;
  const xs = [...lines.flatMap(({ x }) => x), ...(bars?.x ?? [])];
  const ys = [...lines.flatMap(({ y }) => y), ...levels.map(({ y }) => y), ...(bars?.y ?? []), 0];
  const [x0, x1] = chart.xRange ?? [Math.min(...xs), Math.max(...xs)];
  const finite = ys.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const pad = (high - low || 1) * 0.06;
  const [y0, y1] = [low - pad, high + pad];
  const across = (x: number): number =>
    MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const down = (y: number): number =>
    HEIGHT - MARGIN.bottom - ((y - y0) / (y1 - y0)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const span = { x1: MARGIN.left, x2: WIDTH - MARGIN.right };
  const svg = drawn("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `${title}: ${lines.map(({ name, y }) => `${name} from ${readable(y[0], 3)} to ${readable(y[y.length - 1], 3)}`).join("; ")}.`,
  });
  for (const y of [low, high].filter((each) => Math.abs(down(each) - down(0)) > 12).concat(0))
    svg.append(
      drawn("line", { class: y === 0 ? "axis" : "tick", ...span, y1: down(y), y2: down(y) }),
      drawn("text", { class: "tick-text end", x: MARGIN.left - 5, y: down(y) + 3.5 }, readable(y, 2)),
    );
  for (const [x, anchor] of [
    [x0, "start"],
    [x1, "end"],
  ] as const)
    svg.append(drawn("text", { class: `tick-text ${anchor}`, x: across(x), y: HEIGHT - 17 }, readable(x, 2)));
  svg.append(drawn("text", { class: "tick-text middle", x: (span.x1 + span.x2) / 2, y: HEIGHT - 4 }, xLabel));
  if (bars) {
    const wide = ((span.x2 - span.x1) / bars.x.length) * 0.8;
    bars.y.forEach((y, i) => {
      const top = Math.min(down(y), down(0));
      svg.append(
        drawn("rect", {
          class: y < 0 ? "bar negative" : "bar positive",
          x: across(bars.x[i]) - wide / 2,
          width: Math.max(0.8, wide),
          y: top,
          height: Math.abs(down(y) - down(0)),
        }),
      );
    });
  }
  for (const { y } of levels)
    svg.append(drawn("line", { class: "level", ...span, y1: down(y), y2: down(y) }));
  for (const { look, x, y } of lines) {
    const points = x.flatMap((each, i) =>
      Number.isFinite(y[i]) ? [`${across(each).toFixed(1)},${down(y[i]).toFixed(1)}`] : [],
    );
    svg.append(drawn("polyline", { class: `line ${look}`, points: points.join(" ") }));
  }
  if (cursor !== undefined)
    svg.append(
      drawn("line", {
        class: "cursor",
        x1: across(cursor),
        x2: across(cursor),
        y1: MARGIN.top,
        y2: HEIGHT - MARGIN.bottom,
      }),
    );
  const keys = [
    ...lines.map(({ name, look }) => element("span", { class: `key ${look}` }, name)),
    ...levels.map(({ name }) => element("span", { class: "key level" }, name)),
  ];
  return element(
    "figure",
    { class: "chart" },
    element("figcaption", {}, title, element("span", { class: "panel-subtitle" }, yLabel)),
    svg,
    element("div", { class: "keys" }, ...keys),
  );
}

/** A named bar, as of a table. */
export interface Bar {
  readonly name: string;
  readonly value: number | undefined;
  readonly text: string;
}

/** Bars from zero to the right, the longest as wide as there is room. */
export function bars(rows: readonly Bar[]): HTMLElement {
  const most = Math.max(1e-12, ...rows.map(({ value }) => Math.abs(value ?? 0)));
  return element(
    "ul",
    { class: "bars" },
    ...rows.map(({ name, value, text }) =>
      element(
        "li",
        {},
        element("span", { class: "bar-name" }, name),
        element(
          "span",
          { class: "track" },
          element("span", {
            class: (value ?? 0) < 0 ? "fill negative" : "fill positive",
            style: `width: ${(100 * Math.abs(value ?? 0)) / most}%`,
          }),
        ),
        element("span", { class: "bar-text" }, text),
      ),
    ),
  );
}
