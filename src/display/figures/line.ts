/** Sequences: the input as a line over its attribution, channel by channel. */

import { cancellingNotes, largestSum } from "../cancelling";
import { type DefinedFigure, defineFigure } from "../define-figure";
import { envelopeOf, extremes, meansOf } from "../envelope";
import type { Envelope, SeriesPanel } from "../figure-description";
import { attributionLabel, CLIP, isLarge, mapScales } from "../map-scales";
import { partTitle } from "../map-text";
import type { PartView } from "../map-view";
import { exampleOf, inputName, zeroNotes } from "../part-grids";
import { ERROR_NOTE, ERRORS_DRAWN, errorsOf, isSampled } from "../sampling-error";

const CHANNELS = 4;
/** Longer sequences are drawn by stretches: no screen has more columns for them. */
const MOST_STEPS = 512;

/**
 * A sequence: the input as a line over bands of attribution colour, the attribution as bars below.
 *
 * One panel per channel, at most `max` (4), those with the largest mean magnitude. Shows one example: `example` (0).
 * Sequences of more than 512 steps are drawn by stretches of equal length, as their means between the smallest and the
 * largest value of each, which a note says: a spike of one step is seen.
 * Throws when no part begins with the axis "time".
 */
export const line: DefinedFigure = defineFigure(
  {
    name: "line",
    title: "Lines",
    shows:
      "A sequence: the input as a line over bands of attribution colour, and the attribution as bars below. One panel per channel, those with the largest mean magnitude. More than 512 steps are drawn by stretches, from the smallest to the largest value of each, so that a spike of one step is seen. With Plotly the pointer reads input and attribution of a step together.",
    cannotShow: 'A common scale across channels, unless `scale: "shared"`.',
    modalities: ["sequence"],
    byDefaultFor: () => true,
    max: "channels (4)",
  },
  ({ view, parts, example, options }) => {
    const chosen = parts.map((part) => channelsOf(part, example, options.max ?? CHANNELS));
    const all = chosen.flatMap(({ channels }) => channels);
    const long = all.some(({ attribution, stretch }) => stretch > 1 && isLarge(attribution.length * stretch));
    const scales = mapScales(
      all.map(({ attribution, envelope }) => (envelope ? extremes(envelope.attribution) : attribution)),
      attributionLabel(view),
      // What lies beyond full colour is counted by steps, however few columns they are drawn in.
      long ? { clip: CLIP, ...options } : options,
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
      ...(channel.errors && { errors: channel.errors }),
      ...(channel.envelope && {
        stretches: { steps: channel.stretch, total: part.values.shape[1], ...channel.envelope },
      }),
      colour: scales.names[index++],
      positionLabel: "time step",
      inputLabel: inputName(part),
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
        ...[...stretches].flatMap((stretch) => [
          `Each step shown is the mean of ${stretch} time steps.`,
          "Shades and bars reach from the smallest to the largest of them; colour is that of the strongest.",
        ]),
        ...cancellingNotes(
          all.map(({ attribution, magnitudes }) => ({ values: attribution, magnitudes })),
          "over stretches of time steps",
        ),
        ...(all.some(({ errors }) => errors) ? [ERROR_NOTE] : []),
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
  /** half lengths of error lines; of means of stretches they are not known */
  errors?: number[];
  /** time steps that each entry is the mean of */
  stretch: number;
  /** the smallest and the largest value of each stretch, where it is longer than a step */
  envelope?: { attribution: Envelope; input?: Envelope };
}

function channelsOf(part: PartView, example: number, most: number): { channels: Channel[]; hidden: number } {
  const values = exampleOf(part.values, example);
  const steps = part.values.shape[1];
  const count = values.length / steps;
  const sameShape = part.input && part.input.data.length === part.values.data.length;
  const inputs = sameShape && part.input ? exampleOf(part.input, example) : undefined;
  const errors = isSampled([part], example) ? errorsOf(part, example) : undefined;
  const stretch = Math.ceil(steps / MOST_STEPS);
  const column = (of: readonly number[], channel: number) =>
    Array.from({ length: steps }, (_, t) => of[t * count + channel]);
  const channels = Array.from({ length: count }, (_, c): Channel => {
    const own = column(values, c);
    const attribution = meansOf(own, stretch);
    const input = inputs && column(inputs, c);
    return {
      name: count === 1 ? "" : part.labels?.length === count ? part.labels[c] : `channel ${c}`,
      attribution,
      magnitudes: meansOf(own.map(Math.abs), stretch),
      ...(input && { input: meansOf(input, stretch) }),
      ...(errors && stretch === 1 && { errors: column(errors, c).map((error) => ERRORS_DRAWN * error) }),
      weight: own.reduce((sum, v) => sum + (Number.isFinite(v) ? Math.abs(v) : 0), 0),
      stretch,
      ...(stretch > 1 && {
        envelope: {
          attribution: envelopeOf(own, stretch),
          ...(input && { input: envelopeOf(input, stretch) }),
        },
      }),
    };
  });
  const threshold = [...channels].sort((a, b) => b.weight - a.weight).slice(0, most);
  const kept = channels.filter((channel) => threshold.includes(channel));
  return { channels: kept, hidden: count - kept.length };
}
