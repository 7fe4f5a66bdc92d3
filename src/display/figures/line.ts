/** Sequences: the input as a line over its attribution, channel by channel. */

import { cancellingNotes, largestSum } from "../cancelling";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { SeriesPanel } from "../figure-description";
import { attributionLabel, mapScales } from "../map-scales";
import { partTitle } from "../map-text";
import type { PartView } from "../map-view";
import { exampleOf, zeroNotes } from "../part-grids";

const CHANNELS = 4;
/** Longer sequences are drawn by the means of stretches: no screen has more columns for them. */
const MOST_STEPS = 512;

/**
 * A sequence: the input as a line over bands of attribution colour, the attribution as bars below.
 *
 * One panel per channel, at most `max` (4), those with the largest mean magnitude. Shows one example: `example` (0).
 * Sequences of more than 512 steps are drawn by the means of stretches of equal length, which a note says.
 * Throws when no part begins with the axis "time".
 */
export const line: DefinedFigure = defineFigure(
  {
    name: "line",
    title: "Lines",
    shows:
      "A sequence: the input as a line over bands of attribution colour, and the attribution as bars below. One panel per channel, those with the largest mean magnitude. More than 512 steps are drawn by the means of stretches. With Plotly the pointer reads input and attribution of a step together.",
    cannotShow: 'A common scale across channels, unless `scale: "shared"`.',
    modalities: ["sequence"],
    byDefaultFor: () => true,
    max: "channels (4)",
  },
  ({ view, parts, example, options }) => {
    const chosen = parts.map((part) => channelsOf(part, example, options.max ?? CHANNELS));
    const all = chosen.flatMap(({ channels }) => channels);
    const scales = mapScales(
      all.map((channel) => channel.attribution),
      attributionLabel(view),
      options,
      { sums: all.map(({ magnitudes }) => largestSum(magnitudes)) },
    );
    let index = 0;
    const panelOf = (part: PartView, channel: Channel): SeriesPanel => ({
      kind: "series",
      title: [partTitle(view, part), channel.name].filter(Boolean).join(" · "),
      caption: [],
      width: 560,
      height: channel.input ? 170 : 90,
      positions: channel.attribution.map((_, i) => i * channel.stretch + (channel.stretch - 1) / 2),
      attribution: channel.attribution,
      ...(channel.input && { input: channel.input }),
      colour: scales.names[index++],
      positionLabel: "time step",
      inputLabel: "input",
      attributionLabel: "attribution",
    });
    const hidden = chosen.map((part) => part.hidden).filter((count) => count > 0);
    const stretches = new Set(all.map(({ stretch }) => stretch).filter((stretch) => stretch > 1));
    return {
      rows: parts.flatMap((part, p) => chosen[p].channels.map((channel) => [panelOf(part, channel)])),
      colours: scales.colours,
      notes: [
        ...hidden.map(
          (count) =>
            `${count} channel${count === 1 ? "" : "s"} of smaller mean magnitude not shown: option max shows more.`,
        ),
        ...[...stretches].map((stretch) => `Each step shown is the mean of ${stretch} time steps.`),
        ...cancellingNotes(
          all.map(({ attribution, magnitudes }) => ({ values: attribution, magnitudes })),
          "over stretches of time steps",
        ),
        ...zeroNotes(parts, example),
        ...scales.notes,
      ],
    };
  },
);

interface Channel {
  name: string;
  attribution: number[];
  /** the mean magnitude of the values behind each entry */
  magnitudes: number[];
  input?: number[];
  weight: number;
  /** time steps that each entry is the mean of */
  stretch: number;
}

function channelsOf(part: PartView, example: number, most: number): { channels: Channel[]; hidden: number } {
  const values = exampleOf(part.values, example);
  const steps = part.values.shape[1];
  const count = values.length / steps;
  const sameShape = part.input && part.input.data.length === part.values.data.length;
  const inputs = sameShape && part.input ? exampleOf(part.input, example) : undefined;
  const stretch = Math.ceil(steps / MOST_STEPS);
  const column = (of: number[], channel: number) =>
    means(
      Array.from({ length: steps }, (_, t) => of[t * count + channel]),
      stretch,
    );
  const channels = Array.from({ length: count }, (_, c): Channel => {
    const attribution = column(values, c);
    return {
      name: count === 1 ? "" : part.labels?.length === count ? part.labels[c] : `channel ${c}`,
      attribution,
      magnitudes: column(values.map(Math.abs), c),
      ...(inputs && { input: column(inputs, c) }),
      weight: attribution.reduce((sum, v) => sum + (Number.isFinite(v) ? Math.abs(v) : 0), 0),
      stretch,
    };
  });
  const threshold = [...channels].sort((a, b) => b.weight - a.weight).slice(0, most);
  const kept = channels.filter((channel) => threshold.includes(channel));
  return { channels: kept, hidden: count - kept.length };
}

/** The mean of each stretch of so many values; the last stretch may be shorter. */
function means(values: readonly number[], stretch: number): number[] {
  if (stretch === 1) return [...values];
  return Array.from({ length: Math.ceil(values.length / stretch) }, (_, k) => {
    const own = values.slice(k * stretch, (k + 1) * stretch);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}
