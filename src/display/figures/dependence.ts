/** Dependence: a feature's attribution beside its value, example by example. */

import { nearest, outOfRange, shown, wrongType } from "../../check";
import type { ColourScale } from "../colour";
import { featureColumns, groupsOf, meanOf, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { PointPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";

/** More points would lie on each other. */
const MOST_POINTS = 1000;

/** One colour for all: what it would show stands on the vertical axis. */
const POINT: ColourScale = { kind: "grey", low: 0, high: 1, stops: ["#4a86c0", "#4a86c0"], legendTitle: "" };

/** Options of the dependence beside those of all figures. */
export interface DependenceOptions {
  /** name of the feature; the one of the largest mean magnitude where not said */
  feature: string | undefined;
}

/**
 * One feature over the examples of a map: its value across, its attribution up.
 *
 * `feature` (that of the largest mean magnitude). Of more than 1,000 examples a point is the mean of neighbours.
 * Throws when there is no such feature, or the map records no values of it.
 */
export const dependence: DefinedFigure<DependenceOptions> = defineFigure(
  {
    name: "dependence",
    title: "Dependence",
    shows:
      "One feature over a data set: its value across, its attribution up, a point per example. Points at one value that spread upwards tell that other features matter for this one.",
    cannotShow:
      "What would happen if the value alone were changed; and of more than 1,000 examples a point is the mean of neighbours.",
    ...OVER_A_DATA_SET,
    options: {
      feature: {
        default: undefined,
        check: (fn, value) => {
          if (typeof value !== "string") throw wrongType(fn, "feature to be a name", shown(value));
          return value;
        },
        says: "name of the feature; that of the largest mean magnitude where not said",
      },
    },
  },
  (scene) => {
    const columns = featureColumns(scene);
    const names = columns.map(({ name }) => name);
    const column = columns[scene.options.feature === undefined ? 0 : names.indexOf(scene.options.feature)];
    if (!column) {
      const near = nearest(scene.options.feature!, names).map((name) => `"${name}"`);
      throw outOfRange(
        "dependence",
        `a feature of the map (nearest: ${near.join(", ")})`,
        `"${scene.options.feature}"`,
      );
    }
    const { name, attributions, inputs } = column;
    if (!inputs) throw wrongType("dependence", `the values of ${name}`, "a map without them");
    const finite = attributions.map((_, i) => i).filter((i) => Number.isFinite(attributions[i]));
    const { groups, size } = groupsOf(
      finite.sort((a, b) => inputs[a] - inputs[b]),
      MOST_POINTS,
    );
    const x = groups.map((group) => meanOf(inputs, group));
    const y = groups.map((group) => meanOf(attributions, group));
    const label = attributionLabel(scene.view);
    const panel: PointPanel = {
      kind: "points",
      title: name,
      caption: [],
      width: 420,
      height: 260,
      x,
      y,
      xLabel: name,
      yLabel: label,
      values: y.map(() => 0),
      colour: "point",
      size: 6,
      hover: [
        { label: "input", values: x },
        { label: "attribution", values: y },
        { label: "examples", values: groups.map((group) => group.length) },
      ],
      legend: false,
    };
    return {
      rows: [[panel]],
      colours: { point: POINT },
      notes: [
        ...(size > 1
          ? [
              `Each point is the mean of up to ${size} examples of neighbouring values; the extremes stand alone.`,
            ]
          : []),
        ...notFiniteNotes([attributions]),
      ],
    };
  },
);
