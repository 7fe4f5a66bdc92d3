/** Beeswarm: the attributions of a data set, feature by feature. */

import { checkInteger } from "../../check";
import { extent, rankScale } from "../colour";
import { type FeatureColumn, featureColumns, groupsOf, meanOf, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { PointPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { shorten } from "../text";

const FEATURES = 12;
/** Points of a feature: more would lie on each other. */
const MOST_POINTS = 160;
const WIDTH = 420;
const ROW = 34;
const SIZE = 6;

/** Options of the beeswarm beside those of all figures. */
export interface BeeswarmOptions {
  /** features shown at most */
  features: number;
}

/**
 * The attributions of many examples: one row per feature, the largest mean magnitude on top, a point per example.
 *
 * Colour is the feature's value, from its lowest to its highest. Of more than 160 examples a point is the mean of
 * neighbours, which a note says; the two extremes of a feature always stand alone.
 */
export const beeswarm: DefinedFigure<BeeswarmOptions> = defineFigure(
  {
    name: "beeswarm",
    title: "Beeswarm",
    shows:
      "The attributions of a data set: one row per feature, the largest mean magnitude on top, one point per example. Colour is the feature's own value, from its lowest to its highest: where one colour lies on one side, the feature acts in one direction.",
    cannotShow:
      "Which points belong to one example; and of more than 160 examples a point is the mean of neighbours, but for the extremes.",
    ...OVER_A_DATA_SET,
    options: {
      features: {
        default: FEATURES,
        check: (fn, value) => checkInteger(fn, "features", value, 1),
        says: "rows at most",
      },
    },
  },
  (scene) => {
    const columns = featureColumns(scene);
    const kept = columns.slice(0, scene.options.features);
    const [low, high] = extent(kept.flatMap(({ attributions }) => attributions));
    const rows = kept.map((column) => swarmOf(column, low, high));
    const hidden = columns.length - kept.length;
    const all = <T>(of: (row: Swarm) => readonly T[]): T[] => rows.flatMap((row) => [...of(row)]);
    const seen = rows.some((row) => row.inputs.length > 0);
    const panel: PointPanel = {
      kind: "points",
      title: "",
      caption: [],
      width: WIDTH,
      height: rows.length * ROW,
      x: all((row) => row.x),
      y: rows.flatMap((row, r) => row.offsets.map((offset) => r + offset)),
      rowNames: kept.map(({ name }) => shorten(name, 34)),
      xLabel: attributionLabel(scene.view),
      yLabel: "",
      values: all((row) => row.ranks),
      colour: "rank",
      size: SIZE,
      hover: [
        {
          label: "feature",
          values: rows.flatMap((row, r) => row.x.map(() => r)),
          names: kept.map(({ name }) => name),
        },
        { label: "attribution", values: all((row) => row.x) },
        ...(seen ? [{ label: "input", values: all((row) => row.inputs) }] : []),
        { label: "examples", values: all((row) => row.counts) },
      ],
      legend: seen,
    };
    const size = Math.max(1, ...rows.map((row) => row.size));
    return {
      rows: [[panel]],
      colours: { rank: rankScale("value of the feature, from its lowest to its highest") },
      notes: [
        ...(size > 1
          ? [
              `Each point is the mean of up to ${size} examples of neighbouring attributions; the extremes stand alone.`,
            ]
          : []),
        ...(hidden > 0
          ? [`${hidden} features of smaller mean magnitude not shown: option features shows more.`]
          : []),
        ...notFiniteNotes(kept.map(({ attributions }) => attributions)),
      ],
    };
  },
);

interface Swarm {
  readonly x: number[];
  /** from the row's middle, in rows */
  readonly offsets: number[];
  /** the feature's value, 0 at its lowest and 1 at its highest */
  readonly ranks: number[];
  readonly inputs: number[];
  readonly counts: number[];
  /** examples that a point is the mean of, at most */
  readonly size: number;
}

function swarmOf({ attributions, inputs }: FeatureColumn, left: number, right: number): Swarm {
  const finite = attributions.map((_, i) => i).filter((i) => Number.isFinite(attributions[i]));
  const { groups, size } = groupsOf(
    finite.sort((a, b) => attributions[a] - attributions[b]),
    MOST_POINTS,
  );
  const x = groups.map((group) => meanOf(attributions, group));
  const [low, high] = extent(inputs ?? []);
  const values = inputs ? groups.map((group) => meanOf(inputs, group)) : [];
  return {
    x,
    offsets: offsetsOf(x, left, right),
    ranks: groups.map((_, i) => (inputs && high > low ? (values[i] - low) / (high - low) : 0.5)),
    inputs: values,
    counts: groups.map((group) => group.length),
    size,
  };
}

/** Points that would lie on each other are moved up and down by turns, within their row. */
function offsetsOf(x: readonly number[], low: number, high: number): number[] {
  const bins = Math.floor(WIDTH / SIZE);
  const stacked = new Map<number, number>();
  const places = x.map((value) => {
    const bin = high > low ? Math.floor(((value - low) / (high - low)) * bins) : 0;
    const place = stacked.get(bin) ?? 0;
    stacked.set(bin, place + 1);
    return place;
  });
  const step = Math.min(SIZE / ROW / 1.5, 0.84 / Math.max(1, ...stacked.values()));
  return places.map((place) => (place % 2 === 0 ? 1 : -1) * Math.ceil(place / 2) * step);
}
