import type { Figure } from "./figure";
import type { FigureOptions } from "./figure-options";
import { heatmap } from "./heatmap";
import type { MapView } from "./map-view";

export function attributionFigure(view: MapView, options: FigureOptions = {}): Figure {
  return heatmap(view, options);
}
