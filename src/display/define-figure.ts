/** Makes a figure out of its description: reads and checks arguments, writes its head, draws it. */

import { checkOptions, shown, wrongType } from "../check";
import { Figure } from "./figure";
import type { FigureDescription } from "./figure-description";
import { checkFigureOptions, FIGURE_OPTIONS, type FigureOption, type FigureOptions } from "./figure-options";
import { type FigureSource, type FigureSources, readerOf } from "./figure-sources";
import type { PartView } from "./map-view";
import { MAP_NEEDS, type MapNeed, MODALITIES, MODALITY_NAMES, type Modality, modalityOf } from "./modality";

/** Facts of a figure, read by tests, by docs/figures.md and by the default of a map. Only the name is required. */
export interface FigureMeta<Own extends object = Record<never, never>, Of extends FigureSource = "map"> {
  /** name of the function, by which `map.figure(name)` finds it */
  readonly name: string;
  /** the name as people say it: "Heat map" */
  readonly title?: string;
  /** a sentence: what one sees */
  readonly shows?: string;
  /** a sentence: what one must not read out of it */
  readonly cannotShow?: string;
  /** what it is made of: one map (default), or a comparison */
  readonly of?: Of;
  /** kinds of parts that it can show; all where not said */
  readonly modalities?: readonly Modality[];
  /** what the map must have recorded */
  readonly needs?: readonly MapNeed[];
  /** parts of which a map shows itself so; none where not said */
  readonly byDefaultFor?: (part: PartView) => boolean;
  /** examples shown at most, side by side (1) */
  readonly examples?: number;
  /** what the option `max` counts, and how many by default: "bars (20)" */
  readonly max?: string;
  /** options that differ from those of all figures */
  readonly defaults?: Readonly<Partial<FigureOptions>>;
  /** its own options */
  readonly options?: { readonly [Name in keyof Own]-?: FigureOption<Own[Name]> };
}

/** The map, its parts and the options, as a figure's function sees them. */
export interface FigureScene<Own extends object = Record<never, never>, Of extends FigureSource = "map"> {
  /** the map, or the comparison */
  readonly view: FigureSources[Of]["view"];
  /** the parts that the figure can show */
  readonly parts: PartView[];
  /** numbers of the examples to show */
  readonly examples: number[];
  /** the first of them: the only one, unless `meta.examples` allows more */
  readonly example: number;
  readonly options: FigureOptions & Own;
}

/** Answer of a figure's function: its panels; title, score line and warnings are written for it. */
export type FigureBody = Pick<FigureDescription, "rows" | "frames"> &
  Partial<Pick<FigureDescription, "colours" | "notes" | "choice">> & {
    /** drawn instead where nothing can move: SVG, PNG */
    readonly still?: Pick<FigureBody, "rows" | "colours" | "notes">;
  };

/** A figure as a function of what it shows. */
export interface DefinedFigure<Own extends object = Record<never, never>, Of extends FigureSource = "map"> {
  (of: FigureSources[Of]["given"], options?: FigureOptions & Partial<Own>): Figure;
  readonly meta: Required<FigureMeta<Own, Of>>;
  /** The figure as plain data. */
  describe(of: FigureSources[Of]["given"], options?: FigureOptions & Partial<Own>): FigureDescription;
}

/** Any figure, whatever its own options. */
export type AnyFigure = { [Of in FigureSource]: DefinedFigure<object, Of> }[FigureSource];

/**
 * Makes a figure. Its function sees a `FigureScene` and answers rows of panels:
 *
 * ```ts
 * const shares = defineFigure({ name: "shares" }, ({ parts, example }) => ({
 *   rows: parts.map((part) => [{ kind: "text", title: part.name, … }]),
 * }));
 * shares(map);            // shows itself in a notebook
 * ```
 * @throws TypeError when the meta has no name or the description is no function.
 */
export function defineFigure<Own extends object = Record<never, never>, Of extends FigureSource = "map">(
  meta: FigureMeta<Own, Of>,
  body: (scene: FigureScene<Own, Of>) => FigureBody,
): DefinedFigure<Own, Of> {
  if (typeof meta?.name !== "string" || meta.name === "")
    throw wrongType("defineFigure", "meta with a name", shown(meta));
  if (typeof body !== "function") throw wrongType("defineFigure", "a function of the scene", shown(body));
  const usual: Omit<Required<FigureMeta<Own, Of>>, "name"> = {
    title: meta.name,
    shows: "",
    cannotShow: "",
    of: "map" as Of,
    modalities: MODALITY_NAMES,
    needs: [],
    byDefaultFor: () => false,
    examples: 1,
    max: "",
    defaults: {},
    options: {} as Required<FigureMeta<Own, Of>>["options"],
  };
  checkOptions("defineFigure", meta, ["name", ...Object.keys(usual)]);
  const full: Required<FigureMeta<Own, Of>> = Object.freeze({ ...usual, ...meta });
  const figure = (of: FigureSources[Of]["given"], options: FigureOptions & Partial<Own> = {}): Figure => {
    const { description, still, scene } = described(full, body, of, options);
    const { renderer = "vega-lite", theme } = scene.options;
    return new Figure(description, {
      renderer,
      text: readerOf(full.of).text(scene.view, full.name, scene.example),
      ...(theme && { theme }),
      ...(still && { still }),
    });
  };
  return Object.assign(figure, {
    meta: full,
    describe: (of: FigureSources[Of]["given"], options: FigureOptions & Partial<Own> = {}) =>
      described(full, body, of, options).description,
  });
}

/** True of a figure that `defineFigure` made. */
export function isFigure(value: unknown): value is AnyFigure {
  return typeof value === "function" && "meta" in value && "describe" in value;
}

function described<Own extends object, Of extends FigureSource>(
  meta: Required<FigureMeta<Own, Of>>,
  body: (scene: FigureScene<Own, Of>) => FigureBody,
  of: FigureSources[Of]["given"],
  given: FigureOptions & Partial<Own>,
): { description: FigureDescription; still?: FigureDescription; scene: FigureScene<Own, Of> } {
  const scene = sceneOf(meta, of, given);
  const head = readerOf(meta.of).head(scene.view, scene.examples, scene.options);
  const withHead = ({ rows, colours = {}, notes = [] }: Omit<FigureBody, "still">): FigureDescription => ({
    ...head,
    notes: [...head.notes, ...notes],
    rows,
    colours,
  });
  const { still, frames, choice, ...moving } = body(scene);
  return {
    description: { ...withHead(moving), ...(frames && { frames }), ...(choice && { choice }) },
    ...(still && { still: withHead(still) }),
    scene,
  };
}

/** The scene of a call: its arguments, read and checked. */
function sceneOf<Own extends object, Of extends FigureSource>(
  { name: fn, of: source, ...meta }: Required<FigureMeta<Own, Of>>,
  of: FigureSources[Of]["given"],
  given: FigureOptions & Partial<Own>,
): FigureScene<Own, Of> {
  checkOptions(fn, given, [...FIGURE_OPTIONS, ...Object.keys(meta.options)]);
  const reader = readerOf(source);
  const view = reader.read(fn, of, given);
  const [first, ...others] = reader.maps(view);
  checkFigureOptions(fn, given, first.score.length);
  for (const map of [first, ...others])
    for (const need of meta.needs) {
      const { what, without, has } = MAP_NEEDS[need];
      if (!has(map)) throw wrongType(fn, what, `one of ${map.method} ${without}`);
    }
  const all = reader.parts(view);
  const parts = all.filter((part) => meta.modalities.includes(modalityOf(part)));
  if (parts.length === 0) {
    // Volumes are pictures of one axis more.
    const kinds = meta.modalities.filter((kind) => kind !== "volume" || !meta.modalities.includes("picture"));
    const axes = kinds.map((kind) => MODALITIES[kind].axes).join(", or ");
    throw wrongType(fn, axes, `[${all[0]?.axes.join(", ")}]`);
  }
  const options = withDefaults(fn, meta, given);
  const total = first.score.length;
  const { example = meta.examples === 1 ? 0 : undefined, max = meta.examples } = options;
  const examples =
    example === undefined ? Array.from({ length: Math.min(total, max) }, (_, i) => i) : [example];
  return { view, parts, examples, example: examples[0], options };
}

/** The options given, over the figure's own defaults; undefined means not given. */
function withDefaults<Own extends object>(
  fn: string,
  { defaults, options: rules }: Pick<Required<FigureMeta<Own, FigureSource>>, "defaults" | "options">,
  given: FigureOptions & Partial<Own>,
): FigureOptions & Own {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const own = Object.fromEntries(
    Object.entries<FigureOption<unknown>>(rules).map(([name, rule]) => [
      name,
      name in said ? rule.check(fn, said[name]) : rule.default,
    ]),
  );
  return { ...defaults, ...said, ...own } as FigureOptions & Own;
}
