/** Violin: how the attributions of a data set are spread, feature by feature. */

import { extent, hexAt, rankScale } from "../colour";
import { type FeatureColumn, featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BoxPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { readable, shorten } from "../text";

const FEATURES = 12;
const BINS = 60;
/** Share of the range by which densities go on at its ends. */
const TAIL = 0.06;
/** Half the height of the widest place of a violin, in rows. */
const REACH = 0.42;

/**
 * The density of each feature's attributions over the examples of a map, the largest mean magnitude on top.
 *
 * Gaussian kernel density with Silverman's bandwidth, min(σ, IQR / 1.34) · 0.9 · n^(−1/5), as high in each row at its
 * mode; colour is the mean value of the feature where the examples of a place have one. At most twelve features.
 */
export const violin: DefinedFigure = defineFigure(
  {
    name: "violin",
    title: "Violin",
    shows:
      "How the attributions of each feature are spread over a data set: the wider the violin, the more examples have that attribution. Colour is the mean value of the feature there, from its lowest to its highest.",
    cannotShow: "Single examples, as the beeswarm does; a violin is smooth where examples are few.",
    ...OVER_A_DATA_SET,
  },
  (scene) => {
    const columns = featureColumns(scene);
    const kept = columns.slice(0, FEATURES);
    const hidden = columns.length - kept.length;
    const [least, largest] = extent(kept.flatMap(({ attributions }) => attributions));
    const [low, high] = [least - TAIL * (largest - least), largest + TAIL * (largest - least)];
    const scale = rankScale("");
    const boxes = kept.flatMap((column, row) => violinOf(column, row, low, high));
    const seen = boxes.some(({ rank }) => rank !== undefined);
    const panel: BoxPanel = {
      kind: "boxes",
      title: "",
      caption: [],
      width: 420,
      height: kept.length * 36,
      left: boxes.map(({ left }) => left),
      right: boxes.map(({ right }) => right),
      top: boxes.map(({ row, half }) => row - half),
      bottom: boxes.map(({ row, half }) => row + half),
      rowNames: kept.map(({ name }) => shorten(name, 34)),
      xLabel: attributionLabel(scene.view),
      yLabel: "",
      fills: boxes.map(({ rank }) => hexAt(scale, rank ?? 0.5)),
      keys: seen
        ? [
            { name: "low value of the feature", fill: hexAt(scale, 0) },
            { name: "middle", fill: hexAt(scale, 0.5) },
            { name: "high", fill: hexAt(scale, 1) },
          ]
        : [],
      references: [],
      hover: [
        { label: "feature", texts: boxes.map(({ row }) => kept[row].name) },
        {
          label: "attribution",
          texts: boxes.map(({ left, right }) => `${readable(left, 3)} to ${readable(right, 3)}`),
        },
        { label: "examples there", texts: boxes.map(({ count }) => readable(count, 7)) },
        ...(seen
          ? [
              {
                label: "their mean input",
                texts: boxes.map(({ input }) => (input === undefined ? "—" : readable(input))),
              },
            ]
          : []),
      ],
    };
    return {
      rows: [[panel]],
      notes: [
        ...(hidden > 0 ? [`${hidden} features of smaller mean magnitude not shown.`] : []),
        ...notFiniteNotes(kept.map(({ attributions }) => attributions)),
      ],
    };
  },
);

interface Slab {
  readonly row: number;
  readonly left: number;
  readonly right: number;
  readonly half: number;
  readonly count: number;
  readonly input: number | undefined;
  /** the input, 0 at the feature's lowest and 1 at its highest */
  readonly rank: number | undefined;
}

function violinOf({ attributions, inputs }: FeatureColumn, row: number, low: number, high: number): Slab[] {
  const finite = attributions.map((_, i) => i).filter((i) => Number.isFinite(attributions[i]));
  const values = finite.map((i) => attributions[i]);
  if (values.length === 0) return [];
  const width = (high - low || 1) / BINS;
  const bandwidth = Math.max(bandwidthOf(values), width / 2);
  const bin = (value: number) => Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width)));
  const members = Array.from({ length: BINS }, (): number[] => []);
  for (const i of finite) members[bin(attributions[i])].push(i);
  // A kernel over the counts of bins: as exact as a screen shows, however many examples there are.
  const density = members.map((_, k) =>
    members.reduce(
      (sum, of, j) => sum + of.length * Math.exp(-0.5 * (((k - j) * width) / bandwidth) ** 2),
      0,
    ),
  );
  const most = Math.max(...density);
  const [least, largest] = extent(inputs ?? []);
  return density.flatMap((value, k): Slab[] => {
    const half = (REACH * value) / most;
    // Thinner than a line: the violin has ended.
    if (half < 0.01) return [];
    const own = members[k];
    const input =
      inputs && own.length > 0 ? own.reduce((sum, i) => sum + inputs[i], 0) / own.length : undefined;
    return [
      {
        row,
        left: low + k * width,
        right: low + (k + 1) * width,
        half,
        count: own.length,
        input,
        rank:
          input === undefined
            ? nearestRank(members, k, inputs, least, largest)
            : rankOf(input, least, largest),
      },
    ];
  });
}

function rankOf(value: number, low: number, high: number): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}

/** The rank of the nearest place with examples: between two of them nothing else is known. */
function nearestRank(
  members: readonly (readonly number[])[],
  at: number,
  inputs: readonly number[] | undefined,
  low: number,
  high: number,
): number | undefined {
  if (!inputs) return undefined;
  for (let away = 1; away < members.length; away++)
    for (const k of [at - away, at + away]) {
      const own = members[k] ?? [];
      if (own.length > 0) return rankOf(own.reduce((sum, i) => sum + inputs[i], 0) / own.length, low, high);
    }
  return undefined;
}

/** Silverman's rule of thumb. */
function bandwidthOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const deviation = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  const range = (at(0.75) - at(0.25)) / 1.34;
  return 0.9 * (range > 0 ? Math.min(deviation, range) : deviation) * sorted.length ** -0.2;
}
