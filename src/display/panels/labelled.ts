/** Labels for those who do not see a panel: one for the whole, none for each of its hundreds of marks. */

import { shown } from "../text";
import type { VegaLite } from "./vega-lite-parts";

/** A Vega-Lite view with its words as the label of an unseen mark under all others, which have none. */
export function labelled(view: VegaLite, size: { width: number; height: number }, words: string): VegaLite {
  const silent = silenced(view);
  if (words === "") return silent;
  const { vconcat, layer, mark, encoding, ...rest } = silent;
  if (Array.isArray(vconcat)) {
    const [first, ...others] = vconcat;
    return { ...rest, vconcat: [labelled(first, { ...size, ...sizeOf(first) }, words), ...others] };
  }
  const label = {
    data: { values: [{}] },
    mark: {
      type: "rect",
      x: 0,
      y: 0,
      x2: size.width,
      y2: size.height,
      opacity: 0,
      description: shown(words),
    },
    encoding: {},
  };
  const marks = Array.isArray(layer) ? layer : [{ mark, encoding }];
  return { ...rest, layer: [label, ...marks] };
}

/** The same view, its marks without labels of their own. */
function silenced(view: VegaLite): VegaLite {
  const { mark, layer, vconcat } = view;
  return {
    ...view,
    ...(mark !== undefined && { mark: silentMark(mark) }),
    ...(Array.isArray(layer) && { layer: layer.map(silenced) }),
    ...(Array.isArray(vconcat) && { vconcat: vconcat.map(silenced) }),
  };
}

/** A mark without labels, also of the points that are drawn on its line. */
function silentMark(mark: unknown): VegaLite {
  if (typeof mark !== "object" || mark === null) return { type: mark, aria: false };
  return {
    ...mark,
    ...("point" in mark && typeof mark.point === "object" && { point: { ...mark.point, aria: false } }),
    aria: false,
  };
}

function sizeOf({ width, height }: VegaLite): { width?: number; height?: number } {
  return typeof width === "number" && typeof height === "number" ? { width, height } : {};
}
