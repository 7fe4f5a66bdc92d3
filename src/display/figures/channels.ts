/** Channels: the strongest channels of a picture or a layer, each for itself. */

import { greyScale } from "../colour";
import { type DefinedFigure, defineFigure, type FigureScene } from "../define-figure";
import type { GridPanel } from "../figure-description";
import type { Grid } from "../grid";
import { type PanelSize, panelSize } from "../grid-size";
import { attributionLabel, mapScales } from "../map-scales";
import { partTitle } from "../map-text";
import type { PartView } from "../map-view";
import {
  channelCount,
  gridOf,
  hasInput,
  hasManyChannels,
  inputName,
  isCoarser,
  ofChannel,
} from "../part-grids";
import { readable } from "../text";

const CHANNELS = 8;
const PER_ROW = 4;

/**
 * The signed sum over channels, and under it the channels of largest mean magnitude, each with what it explains.
 *
 * At most `max` (8) channels of each part, on one scale. Shows one example: `example` (0).
 * Throws when no part has the axes "height" and "width".
 */
export const channels: DefinedFigure = defineFigure(
  {
    name: "channels",
    title: "Channels",
    shows:
      "The signed sum over the channels of a layer, and under it the channels of largest mean magnitude: each one's activation over its attribution. The sum has a scale of its own, and the channels share one.",
    cannotShow: "What a channel stands for; and of many channels only the strongest.",
    modalities: ["picture"],
    byDefaultFor: (part) => hasManyChannels(part) && !isCoarser(part),
    max: "channels (8)",
  },
  (scene) => {
    const parts = scene.parts.map((part, p) => partRows(scene, part, p));
    return {
      rows: parts.flatMap(({ rows }) => rows),
      colours: Object.assign({}, ...parts.map(({ colours }) => colours)),
      notes: [...new Set(parts.flatMap(({ notes }) => notes))],
    };
  },
);

/** One channel of a part. */
interface Channel {
  readonly title: string;
  readonly map: Grid;
  readonly input: Grid | undefined;
  /** Σ|attribution| */
  readonly weight: number;
}

function partRows({ view, example, options }: FigureScene, part: PartView, p: number) {
  const count = channelCount(part);
  const input = hasInput(part) && !isCoarser(part) ? part.input : undefined;
  const all = Array.from({ length: count }, (_, c): Channel => {
    const map = gridOf(ofChannel(part.values, part.axes, example, c), part.axes, 0, "sum");
    return {
      title: part.labels?.length === count ? part.labels[c] : `channel ${c}`,
      map,
      input: input && gridOf(ofChannel(input, part.axes, example, c), part.axes, 0, "sum"),
      weight: map.values.reduce((sum, v) => sum + (Number.isFinite(v) ? Math.abs(v) : 0), 0),
    };
  });
  const kept = [...all].sort((a, b) => b.weight - a.weight).slice(0, options.max ?? CHANNELS);
  const whole = gridOf(part.values, part.axes, example, "sum");
  const label = attributionLabel(view);
  const sum = mapScales([whole.values], `${label}, summed over channels`, options);
  const own = mapScales(
    kept.map(({ map }) => map.values),
    label,
    { ...options, scale: options.scale ?? "shared" },
  );
  const named = (name: string) => `part${p}_${name}`;
  const seen = inputName(part);
  const panel = (size: PanelSize, grid: Grid, more: PanelText): GridPanel => ({
    kind: "grid",
    ...size,
    rows: grid.rows,
    columns: grid.columns,
    fullHover: options.hover === "full",
    caption: [],
    ...more,
  });
  const mapPanel = (grid: Grid, colour: string, size: PanelSize, title: string, legend: boolean) =>
    panel(size, grid, {
      title,
      legend,
      fields: { map: grid.values },
      layers: [{ field: "map", colour: named(colour) }],
      hover: [{ label: "attribution", field: "map" }],
    });
  const inputPanel = (grid: Grid, colour: string, size: PanelSize, title: string, legend: boolean) =>
    panel(size, grid, {
      title,
      legend,
      fields: { input: grid.values },
      layers: [{ field: "input", colour: named(colour) }],
      hover: [{ label: seen, field: "input" }],
    });
  const [large, small] = [panelSize(whole, 200, 200), panelSize(whole, 144)];
  const mean = input && gridOf(input, part.axes, example, "mean");
  const name = partTitle(view, part);
  const over = (title: string) => [name, title].filter(Boolean).join(" · ");
  const rows = [
    [
      ...(mean ? [inputPanel(mean, "mean", large, over(`mean ${seen}`), true)] : []),
      mapPanel(
        whole,
        "sum",
        large,
        mean ? `sum of ${count} channels` : over(`sum of ${count} channels`),
        true,
      ),
    ],
  ];
  for (let i = 0; i < kept.length; i += PER_ROW) {
    const row = kept.slice(i, i + PER_ROW);
    const first = (k: number) => i === 0 && k === 0;
    const seenRow = row.flatMap(({ input: of, title }, k) =>
      of ? [inputPanel(of, "input", small, title, first(k))] : [],
    );
    if (seenRow.length > 0) rows.push(seenRow);
    rows.push(
      row.map(({ map, title }, k) =>
        mapPanel(
          map,
          own.names[i + k],
          small,
          seenRow.length > 0 ? "" : title,
          own.names.indexOf(own.names[i + k]) === i + k,
        ),
      ),
    );
  }
  const inputs = kept.flatMap(({ input: of }) => of?.values ?? []);
  const share = kept.reduce((s, { weight }) => s + weight, 0) / all.reduce((s, { weight }) => s + weight, 0);
  return {
    rows,
    colours: Object.fromEntries(
      Object.entries({
        sum: Object.values(sum.colours)[0],
        ...own.colours,
        ...(mean && {
          mean: greyScale(mean.values, `mean ${seen}`, { ink: part.ink }),
          input: greyScale(inputs, seen, { ink: part.ink }),
        }),
      }).map(([key, scale]) => [named(key), scale]),
    ),
    notes: [
      ...(kept.length < count && Number.isFinite(share)
        ? [
            `The ${kept.length} strongest of ${count} channels: ${readable(100 * share, 2)} % of all |attribution|. Option max shows more.`,
          ]
        : []),
      ...sum.notes,
      ...own.notes,
    ],
  };
}

type PanelText = Pick<GridPanel, "title" | "legend" | "fields" | "layers" | "hover">;
