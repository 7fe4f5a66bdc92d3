/** Modalities: kinds of parts that a figure may show, told apart by their axes. */

import type { MapView, PartView } from "./map-view";
import { isSpatial, isVolume } from "./part-grids";

export type Modality = "volume" | "picture" | "text" | "sequence" | "table";

/** Each modality in words, and the axes that tell it; a part has the first that fits. */
export const MODALITIES: {
  readonly [Kind in Modality]: {
    readonly title: string;
    readonly axes: string;
    fits(part: PartView): boolean;
  };
} = {
  volume: { title: "volumes and films", axes: "axes height, width, and depth or time", fits: isVolume },
  picture: { title: "pictures", axes: "axes height and width", fits: isSpatial },
  text: { title: "texts", axes: "the axis token first", fits: (part) => part.axes[0] === "token" },
  sequence: { title: "sequences", axes: "the axis time first", fits: (part) => part.axes[0] === "time" },
  table: { title: "tables", axes: "an axis of features", fits: () => true },
};

/** Names of the modalities. */
export const MODALITY_NAMES: readonly Modality[] = ["volume", "picture", "text", "sequence", "table"];

/** The modality of a part. */
export function modalityOf(part: PartView): Modality {
  return MODALITY_NAMES.find((name) => MODALITIES[name].fits(part)) ?? "table";
}

/** Records of a map that a figure may need. */
export type MapNeed = "path" | "baselineScore";

/** Test of each need, and the words for it in an error. */
export const MAP_NEEDS: {
  readonly [Need in MapNeed]: {
    readonly what: string;
    readonly without: string;
    has(view: MapView): boolean;
  };
} = {
  path: {
    what: "a map made with keepPath: true",
    without: "without its path",
    has: (view) => view.path !== undefined,
  },
  baselineScore: {
    what: "a map that adds up to F(x) − F(x′)",
    without: "which has no score of a baseline",
    has: (view) => view.baselineScore !== undefined && view.convergenceDelta !== undefined,
  },
};
