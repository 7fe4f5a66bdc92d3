/** Options of figures: those that all have, and the rules of those that one has of its own. */

import { nearest, outOfRange, wrongType } from "../check";

/** Names of the diverging colour maps; all are safe for colour-blind readers (ColorBrewer). */
export type ColormapName = "RdBu" | "PuOr" | "BrBG" | "PRGn";

/** Libraries that draw the interactive form of a figure. */
export type RendererName = "vega-lite" | "vega" | "plotly";

/** Options shared by all figures. */
export interface FigureOptions {
  /** library that draws the interactive form: `"vega-lite"` (default), `"vega"` (default of what plays) or `"plotly"` */
  renderer?: RendererName;
  /** full colour stands for: `"panel"` each map's own largest entries (default), `"shared"` the largest of all, `"raw"` the value of `limit` */
  scale?: "panel" | "shared" | "raw";
  /** value at full colour, whatever `scale` and `clip` (1 when `scale` is `"raw"`) */
  limit?: number;
  /** share of the values beyond full colour: 0.01 for maps of more than 1,024 values, else 0 */
  clip?: number;
  /** diverging colour map (`"RdBu"`: negative blue, positive red) */
  colormap?: ColormapName;
  /** `"full"`: one hover cell per pixel and every frame kept, however large the output becomes */
  hover?: "full";
  /** replaces the title made of method and target */
  title?: string;
  /** show this example of the batch only */
  example?: number;
  /** examples (grid), bars or channels shown at most; each figure has its own default */
  max?: number;
  /** `"light"` or `"dark"` fix the page colours; default: those of the host, and the reader's preference in HTML */
  theme?: "light" | "dark";
}

const VALID: Record<keyof FigureOptions, readonly string[] | null> = {
  renderer: ["vega-lite", "vega", "plotly"],
  scale: ["panel", "shared", "raw"],
  limit: null,
  clip: null,
  colormap: ["RdBu", "PuOr", "BrBG", "PRGn"],
  hover: ["full"],
  title: null,
  example: null,
  max: null,
  theme: ["light", "dark"],
};

/** Names of the options of all figures. */
export const FIGURE_OPTIONS: readonly string[] = Object.keys(VALID);

/** An option that one figure has of its own. */
export interface FigureOption<T> {
  readonly default: T;
  /** the value as the figure wants it; throws when it is none */
  readonly check: (fn: string, value: unknown) => T;
  /** what it does, in words */
  readonly says: string;
}

/** Throws on an invalid value of an option of all figures, before anything is drawn. */
export function checkFigureOptions(fn: string, options: FigureOptions, examples: number): void {
  for (const [name, value] of Object.entries(options)) {
    const allowed = VALID[name as keyof FigureOptions];
    if (value === undefined || !allowed || allowed.includes(value)) continue;
    const got = typeof value === "string" ? `"${value}"${suggestion(value, allowed)}` : String(value);
    throw wrongType(fn, `option ${name} to be ${allowed.map((a) => `"${a}"`).join(" or ")}`, got);
  }
  const { example, max, limit, clip, title } = options;
  if (example !== undefined && !(Number.isInteger(example) && example >= 0 && example < examples))
    throw outOfRange(fn, `option example to be an integer in [0, ${examples - 1}]`, `${example}`);
  if (max !== undefined && !(Number.isInteger(max) && max >= 1))
    throw outOfRange(fn, "option max to be a positive integer", `${max}`);
  if (limit !== undefined && !(Number.isFinite(limit) && limit > 0))
    throw outOfRange(fn, "option limit to be a positive number", `${limit}`);
  if (clip !== undefined && !(Number.isFinite(clip) && clip >= 0 && clip < 1))
    throw outOfRange(fn, "option clip to be a number in [0, 1)", `${clip}`);
  if (title !== undefined && typeof title !== "string")
    throw wrongType(fn, "option title to be a string", typeof title);
}

function suggestion(got: string, names: readonly string[]): string {
  const [first] = nearest(got, names, 1);
  return first ? `; did you mean "${first}"?` : "";
}
