/** Draws a figure with Vega: the Vega-Lite form, compiled, with a timer where it moves. */

import type { FigureDescription, FrameSequence } from "../figure-description";
import { drawVegaLite } from "./draw-vega-lite";
import { firstFrame, sliderName } from "./frames";
import type { VegaLite } from "./vega-lite-parts";

/** A Vega specification, or a part of one. */
export type Vega = Record<string, unknown>;

/** Milliseconds that a frame is shown. */
const FRAME_TIME = 450;

/** The figure as a Vega 5 specification. Page colours are left to the host unless `theme` is given. */
export function drawVega(figure: FigureDescription, theme?: "light" | "dark"): Vega {
  const { background, config, ...compiled } = compileVegaLite(drawVegaLite(figure, theme));
  // Where a specification has a background VS Code takes it for one that brings its own colours of text.
  const spec = { ...compiled, config: { ...(config as object), background } };
  if (!figure.frames || figure.frames.readouts.length < 2) return spec;
  const signals = (spec as { signals?: Vega[] }).signals ?? [];
  return {
    ...spec,
    signals: [...playSignals(figure.frames), ...signals.filter(({ name }) => name !== "frame")],
  };
}

/**
 * Frame and Play. The elements that set them are the page's own: they have its colours, Tab reaches them, and a screen
 * reader says their names. Play begins anew at the last frame, and ends there.
 */
function playSignals(frames: FrameSequence): Vega[] {
  const last = frames.readouts.length - 1;
  return [
    {
      name: "play",
      value: false,
      bind: { input: "checkbox", name: "▶ play " },
      on: [{ events: { type: "timer", throttle: FRAME_TIME }, update: `play && frame < ${last}` }],
    },
    {
      name: "frame",
      value: firstFrame(frames),
      bind: { input: "range", min: 0, max: last, step: 1, name: sliderName(frames) },
      on: [
        { events: { signal: "play" }, update: `play && frame === ${last} ? 0 : frame` },
        { events: { type: "timer", throttle: FRAME_TIME }, update: `play ? min(frame + 1, ${last}) : frame` },
      ],
    },
  ];
}

/** The Vega specification of a Vega-Lite one. */
export function compileVegaLite(spec: VegaLite): Vega {
  const { compile } = require("vega-lite") as VegaLiteModule;
  return compile(spec, { logger: SILENT }).spec;
}

const silence = (): Logger => SILENT;

/** A logger of Vega that says nothing. */
export const SILENT: Logger = {
  level: silence,
  error: silence,
  warn: silence,
  info: silence,
  debug: silence,
};

type Logger = { readonly [Level in "level" | "error" | "warn" | "info" | "debug"]: () => Logger };

// Vega's own types need the DOM's, which this library does not load: only what is used is declared.
interface VegaLiteModule {
  compile(spec: VegaLite, options: { logger: Logger }): { spec: Vega };
}
