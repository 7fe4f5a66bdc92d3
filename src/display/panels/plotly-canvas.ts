/** A Plotly figure as it is drawn: traces, axes, colour bars, texts and frames at pixel positions. */

import { type ColourScale, legendText, legendValues, upTo } from "../colour";
import type { FigureDescription } from "../figure-description";
import { plotlyText, readable, rounded, signed, wrap } from "../text";

/** A piece of a Plotly figure. */
export type PlotlyObject = Record<string, unknown>;

/** Where a panel lies, in pixels from the top left of the plot. */
export interface PanelPlace {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Hover of a mark: its custom data, each under its label. */
export function hoverTemplate(labels: readonly string[]): string {
  const lines = labels.map((label, j) => `${plotlyText(label)}: %{customdata[${j}]}`);
  return `${lines.join("<br>")}<extra></extra>`;
}

/** Settings that all axes have in common. */
const AXIS: PlotlyObject = {
  showgrid: false,
  zeroline: false,
  showline: true,
  fixedrange: true,
  // Plotly would write numbers with the prefixes of units: 20p, 65.5k.
  exponentformat: "e",
};

/** References of a trace to its axes. */
export interface PlotlyAxes {
  xaxis: string;
  yaxis: string;
}

/** Collects traces, axes, colour bars, texts and frames while panels are drawn at pixel positions. */
export class PlotlyCanvas {
  readonly traces: PlotlyObject[] = [];
  readonly #parts: PlotlyObject = {};
  readonly #annotations: PlotlyObject[] = [];
  readonly #images: PlotlyObject[] = [];
  readonly #moving: { trace: number; frames: readonly PlotlyObject[] }[] = [];
  readonly #colourAxes = new Map<string, string>();
  readonly #rules = new Map<string, { layout: PlotlyObject; traces: Map<number, PlotlyObject> }>();
  #colourAxisCount = 0;
  #axisCount = 0;

  readonly #width: number;
  readonly #height: number;

  constructor(
    readonly figure: FigureDescription,
    width: number,
    height: number,
  ) {
    this.#width = width;
    this.#height = height;
  }

  /** Adds a trace; `frames` holds what changes in it, one entry per frame. */
  add(trace: PlotlyObject, frames?: readonly PlotlyObject[]): void {
    if (frames) this.#moving.push({ trace: this.traces.length, frames });
    this.traces.push(trace);
  }

  /** A new pair of axes filling `place`. */
  axes(place: PanelPlace, options: { x: PlotlyObject; y: PlotlyObject }): PlotlyAxes {
    const axes = this.#nextAxes();
    const common = { ...AXIS, ticks: "outside" };
    this.#parts[longName(axes.xaxis)] = {
      ...common,
      domain: [place.left / this.#width, (place.left + place.width) / this.#width],
      anchor: axes.yaxis,
      ...options.x,
    };
    this.#parts[longName(axes.yaxis)] = {
      ...common,
      ...this.#between(place),
      anchor: axes.xaxis,
      ...options.y,
    };
    return axes;
  }

  /** A further vertical axis on the horizontal one of `axes`, which fills `place` above it. */
  above(axes: PlotlyAxes, place: PanelPlace, y: PlotlyObject): PlotlyAxes {
    const added = this.#nextAxes();
    this.#parts[longName(added.yaxis)] = {
      ...AXIS,
      ticks: "outside",
      ...this.#between(place),
      anchor: axes.xaxis,
      ...y,
    };
    return { xaxis: axes.xaxis, yaxis: added.yaxis };
  }

  /** The colour axis of a scale, as it lies where it is drawn; with `place`, its legend is drawn under that panel. */
  colourAxis(name: string, place?: PanelPlace, scale: ColourScale = this.figure.colours[name]): string {
    const known = this.#colourAxes.get(name);
    if (known && !place) return known;
    // A scale with several legends has an axis for each: an axis has one place.
    const axis = this.#nextColourAxis();
    if (!known) this.#colourAxes.set(name, axis);
    const last = scale.stops.length - 1;
    const ticks = legendValues(scale);
    this.#parts[axis] = {
      cmin: rounded(scale.low),
      cmax: rounded(scale.high),
      colorscale: scale.stops.map((colour, i) => [i / last, colour]),
      showscale: place !== undefined,
      ...(place && {
        colorbar: {
          orientation: "h",
          lenmode: "pixels",
          // The numbers at the ends are centred on them and need room on both sides.
          len: Math.min(220, Math.max(80, place.width - 40)),
          thickness: 8,
          outlinewidth: 0,
          x: (place.left + 18) / this.#width,
          xanchor: "left",
          xpad: 0,
          y: 1 - (place.top + place.height + 6) / this.#height,
          yanchor: "top",
          ypad: 0,
          tickvals: ticks.map((t) => rounded(t)),
          ticktext: tickTexts(scale),
          tickfont: { size: 10 },
          title: {
            text: wrap(legendText(scale), place.width, 10).map(plotlyText).join("<br>"),
            side: "top",
            font: { size: 10 },
          },
        },
      }),
    };
    return axis;
  }

  /**
   * Says what the rules of full colour change: the colour axis, and what `ofTrace` gives of the trace that is added next.
   */
  switched(
    axis: string,
    scale: ColourScale,
    limits: Readonly<Record<string, number>> | undefined,
    ofTrace: (scale: ColourScale) => PlotlyObject = () => ({}),
  ): void {
    for (const [rule, limit] of Object.entries(limits ?? {})) {
      const under = upTo(scale, limit);
      const ticks = legendValues(under);
      const { layout, traces } = this.#rule(rule);
      Object.assign(layout, {
        [`${axis}.cmin`]: rounded(under.low),
        [`${axis}.cmax`]: rounded(under.high),
        [`${axis}.colorbar.tickvals`]: ticks.map((tick) => rounded(tick)),
        [`${axis}.colorbar.ticktext`]: tickTexts(under),
      });
      traces.set(this.traces.length, ofTrace(under));
    }
  }

  /** Layout and traces as a rule has them, as the arguments of Plotly's `update`. */
  under(rule: string): [PlotlyObject, PlotlyObject, number[]] {
    const { layout, traces } = this.#rule(rule);
    const changed = [...traces].filter(([, change]) => Object.keys(change).length > 0);
    const names = [...new Set(changed.flatMap(([, change]) => Object.keys(change)))];
    const update = names.map((name) => [name, changed.map(([, change]) => change[name])]);
    return [Object.fromEntries(update), layout, changed.map(([trace]) => trace)];
  }

  /** Text at a pixel position. */
  annotate(
    lines: string[],
    at: { left: number; top: number; bold?: boolean; align?: "left" | "center" | "right"; tip?: string },
  ): void {
    const text = lines.map(plotlyText).join("<br>");
    this.#annotations.push({
      text: at.bold ? `<b>${text}</b>` : text,
      x: at.left / this.#width,
      y: 1 - at.top / this.#height,
      xref: "paper",
      yref: "paper",
      xanchor: at.align ?? "left",
      yanchor: "top",
      align: at.align ?? "left",
      showarrow: false,
      borderpad: 0,
      font: { size: at.bold ? 12 : 11 },
      ...(at.tip && { hovertext: wrap(at.tip, 320).map(plotlyText).join("<br>"), captureevents: true }),
    });
  }

  /** A picture stretched over a panel, under its traces. */
  picture(source: string, place: PanelPlace): void {
    this.#images.push({
      source,
      xref: "paper",
      yref: "paper",
      x: place.left / this.#width,
      y: 1 - place.top / this.#height,
      sizex: place.width / this.#width,
      sizey: place.height / this.#height,
      sizing: "stretch",
      layer: "below",
    });
  }

  /** Puts the legend of lines at a pixel position. */
  legendAt(left: number, top: number): void {
    this.#parts["showlegend"] = true;
    this.#parts["legend"] = {
      orientation: "h",
      x: left / this.#width,
      xanchor: "left",
      y: 1 - top / this.#height,
      yanchor: "top",
      bgcolor: "rgba(0,0,0,0)",
    };
  }

  /** Axes, colour axes, texts and pictures. */
  layout(): PlotlyObject {
    return {
      ...this.#parts,
      annotations: this.#annotations,
      ...(this.#images.length > 0 && { images: this.#images }),
    };
  }

  /** One Plotly frame per position of the slider. */
  frames(): PlotlyObject[] {
    const count = this.figure.frames?.readouts.length ?? 0;
    return Array.from({ length: count }, (_, i) => ({
      name: String(i),
      data: this.#moving.map((m) => m.frames[i]),
      traces: this.#moving.map((m) => m.trace),
    }));
  }

  #rule(rule: string): { layout: PlotlyObject; traces: Map<number, PlotlyObject> } {
    const known = this.#rules.get(rule) ?? { layout: {}, traces: new Map() };
    this.#rules.set(rule, known);
    return known;
  }

  #between(place: PanelPlace): { domain: [number, number] } {
    return { domain: [1 - (place.top + place.height) / this.#height, 1 - place.top / this.#height] };
  }

  #nextColourAxis(): string {
    return ++this.#colourAxisCount === 1 ? "coloraxis" : `coloraxis${this.#colourAxisCount}`;
  }

  #nextAxes(): PlotlyAxes {
    const suffix = ++this.#axisCount === 1 ? "" : String(this.#axisCount);
    return { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
  }
}

/** The numbers of a legend. */
function tickTexts(scale: ColourScale): string[] {
  return legendValues(scale).map((t) => (scale.kind === "diverging" ? signed(t) : readable(t, 3)));
}

function longName(axis: string): string {
  return `${axis[0]}axis${axis.slice(1)}`;
}

/** Title of an axis. */
export function axisTitle(text: string): PlotlyObject {
  return { text: plotlyText(text), standoff: 6, font: { size: 11 } };
}
