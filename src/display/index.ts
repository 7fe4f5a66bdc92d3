/** Figures: their functions, their registry, and what a figure of one's own is made of. */
export {
  attributionFigure,
  FIGURES,
  type FigureName,
  namedFigure,
  type OptionsOf,
} from "./attribution-figure";
export type { ColourScale } from "./colour";
export {
  type AnyFigure,
  type DefinedFigure,
  defineFigure,
  type FigureBody,
  type FigureMeta,
  type FigureScene,
  isFigure,
} from "./define-figure";
export { DISPLAY, type Displayed, INSPECT, type MimeBundle } from "./displayed";
export { Figure, type FigureSettings } from "./figure";
export type * from "./figure-description";
export type { ColormapName, FigureOption, FigureOptions, RendererName } from "./figure-options";
export type { FigureSource, FigureSources } from "./figure-sources";
export * from "./figures";
export { mapText } from "./map-text";
export type { ComparedMaps, CompareView, MapView, PartView, PathView, Viewable } from "./map-view";
export type { MapNeed, Modality } from "./modality";
export type { PlotlyFigure } from "./panels/draw-plotly";
export type { Vega } from "./panels/draw-vega";
export type { PlotlyObject } from "./panels/plotly-canvas";
export type { VegaLite } from "./panels/vega-lite-parts";
export { exampleOf } from "./part-grids";
