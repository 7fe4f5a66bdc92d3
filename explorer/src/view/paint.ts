/** Painting: a grid that mouse, touch and keyboard paint on, with grey levels. */
import { readable } from "../../../src/display/text";
import type { Store, Surface } from "../store";
import { cellAt } from "./cells";
import { element, type View } from "./element";
import { type PanelContent, panel } from "./panel";
import type { Zoom } from "./zoom";

const KEYS =
  "Drag to paint. By keyboard: arrows move, Space paints, + and − change the grey, Ctrl+Z takes back.";

/** Grey levels of a brush. */
export const INKS: readonly number[] = [0, 0.25, 0.5, 0.75, 1];

/**
 * A panel that can be painted on. A stroke that begins on a cell of the brush's own grey wipes: it paints black, or white with a
 * black brush.
 */
export function paintable(
  store: Store,
  zoom: Zoom,
  surface: Surface,
  read: () => PanelContent | undefined,
): View {
  const canvas = element("canvas", {
    class: "paintable",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "painting grid",
    title: KEYS,
  });
  const spoken = element("span", { class: "spoken", "aria-live": "polite" });
  let cursor: number | undefined;
  let stroke: { readonly value: number; last: number } | undefined;
  const valueAt = (cell: number): number => read()?.values[cell] ?? 0;
  const brushOn = (cell: number): number => {
    const { ink } = store.state;
    return Math.abs(valueAt(cell) - ink) < 1e-6 ? (ink === 0 ? 1 : 0) : ink;
  };
  const size = (): { rows: number; columns: number } => read() ?? store.net;

  canvas.addEventListener("pointerdown", (event) => {
    const cell = cellAt(canvas, size(), event);
    if (cell === undefined || event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    cursor = undefined;
    store.keep();
    stroke = { value: brushOn(cell), last: cell };
    store.paint(surface, cell, stroke.value);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const cell = cellAt(canvas, size(), event);
    if (cell === undefined || cell === stroke.last) return;
    for (const passed of between(stroke.last, cell, size().columns))
      store.paint(surface, passed, stroke.value);
    stroke.last = cell;
  });
  for (const end of ["pointerup", "pointercancel"] as const)
    canvas.addEventListener(end, () => {
      stroke = undefined;
    });
  const say = (): void => {
    if (cursor === undefined) return;
    const { columns } = size();
    spoken.textContent = `row ${Math.floor(cursor / columns)}, column ${cursor % columns}: ${readable(valueAt(cursor), 2)}`;
    store.hover(cursor);
  };
  canvas.addEventListener("keydown", (event) => {
    const { rows, columns } = size();
    const at = cursor ?? 0;
    const moves: Record<string, number> = {
      ArrowLeft: at % columns > 0 ? -1 : 0,
      ArrowRight: at % columns < columns - 1 ? 1 : 0,
      ArrowUp: at >= columns ? -columns : 0,
      ArrowDown: at < (rows - 1) * columns ? columns : 0,
    };
    const move = moves[event.key];
    if (move !== undefined) cursor = cursor === undefined ? 0 : at + move;
    else if (event.key === " " || event.key === "Enter") {
      cursor = at;
      store.keep();
      store.paint(surface, at, brushOn(at));
    } else if (event.key === "+" || event.key === "-") {
      const next = INKS.indexOf(store.state.ink) + (event.key === "+" ? 1 : -1);
      store.change({ ink: INKS[Math.min(INKS.length - 1, Math.max(0, next))] });
    } else return;
    event.preventDefault();
    say();
  });
  canvas.addEventListener("blur", () => {
    cursor = undefined;
    store.hover(undefined);
  });
  const base = panel(store, zoom, read, canvas, () => cursor);
  base.node.append(spoken);
  return {
    node: base.node,
    update() {
      const content = read();
      if (content) canvas.setAttribute("aria-label", `${content.title}. ${KEYS}`);
      base.update();
    },
  };
}

/** Cells from one to another, the last among them, so that a quick stroke leaves no gaps. */
function between(from: number, to: number, columns: number): number[] {
  const [x, y] = [from % columns, Math.floor(from / columns)];
  const [dx, dy] = [(to % columns) - x, Math.floor(to / columns) - y];
  const steps = Math.max(Math.abs(dx), Math.abs(dy));
  return Array.from(
    { length: steps },
    (_, i) => Math.round(y + (dy * (i + 1)) / steps) * columns + Math.round(x + (dx * (i + 1)) / steps),
  );
}
