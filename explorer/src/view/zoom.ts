/** Zoom: a panel enlarged in a dialog, with every number in its cell, and followed while the page plays. */
import { readable, signed } from "../../../src/display/text";
import { drawCells, inCell } from "./cells";
import { element, type View, write } from "./element";
import { type PanelContent, scaleOf, themeOf } from "./panel";

/** The dialog of the page. */
export interface Zoom extends View {
  open(read: () => PanelContent | undefined): void;
}

export function zoomDialog(): Zoom {
  let read: () => PanelContent | undefined = () => undefined;
  const title = element("h2", { id: "zoom-title" });
  const subtitle = element("p");
  const canvas = element("canvas", { role: "img", "aria-labelledby": "zoom-title" });
  const body = element("tbody");
  const table = element(
    "details",
    {},
    element("summary", {}, "All numbers"),
    element("div", { class: "numbers" }, element("table", {}, body)),
  );
  const node = element(
    "dialog",
    { class: "zoom", "aria-labelledby": "zoom-title" },
    element(
      "div",
      { class: "zoom-head" },
      title,
      element("button", { type: "button", onclick: () => node.close() }, "Close"),
    ),
    subtitle,
    canvas,
    table,
  );
  const update = (): void => {
    const content = node.open ? read() : undefined;
    if (!content) return;
    const { rows, columns, values, colours } = content;
    write(title, content.title);
    write(subtitle, content.subtitle);
    canvas.style.aspectRatio = `${columns} / ${rows}`;
    const label = colours === "grey" ? (value: number) => readable(value, 2) : inCell;
    drawCells(canvas, { values, rows, columns, scale: scaleOf(content, themeOf(node)), label });
    if (!table.open) return;
    body.replaceChildren(
      ...Array.from({ length: rows }, (_, row) =>
        element(
          "tr",
          {},
          ...Array.from({ length: columns }, (_, column) =>
            element("td", {}, signed(values[row * columns + column], 4)),
          ),
        ),
      ),
    );
  };
  table.addEventListener("toggle", update);
  return {
    node,
    update,
    open(shown) {
      read = shown;
      node.showModal();
      update();
    },
  };
}
