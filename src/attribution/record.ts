/** The result record, and what it can do: show itself, be repeated, be saved. */

import { checkOptions, outOfRange, wrongType } from "../check";
import {
  attributionFigure,
  DISPLAY,
  type Figure,
  type FigureName,
  type FigureOptions,
  INSPECT,
  type MimeBundle,
  mapText,
  namedFigure,
  type OptionsOf,
} from "../display";
import type { MapView, PartView } from "../display/map-view";
import type { Net } from "../engine";
import type { Input } from "../model/input";
import type { Target } from "../model/target";
import type { NdArray } from "../tensor";
import { askedInWords } from "./asked";
import type { AttributionPart, AttributionRecord } from "./attribution-record";
import { readRecord, savedRecord } from "./saved-record";

export type {
  AttributionPart,
  AttributionPath,
  AttributionRecord,
  Details,
  Passes,
  Reduce,
  Reduction,
} from "./attribution-record";

/** Changes that `again` may make; everything else stays as it was. */
export interface Again {
  readonly model?: Net;
  readonly input?: Input;
  readonly target?: Target;
}

/** Repeats the method that made a map. */
export type Repeat = (changes: Again) => Promise<Attribution>;

/**
 * The result of a method: one immutable record in plain typed arrays, the same for all methods. Nothing to dispose,
 * safe to keep, to send and to save. In a notebook it shows itself.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns the whole record
export class Attribution {
  readonly #repeat: Repeat | undefined;

  constructor(record: AttributionRecord, repeat?: Repeat) {
    Object.assign(this, record);
    this.#repeat = repeat;
    Object.freeze(this);
    Object.freeze(this.parts);
    for (const part of this.parts) Object.freeze(part);
  }

  /** The map, when there is one part. */
  get values(): NdArray {
    return this.#only("values").values;
  }

  /** Values that were explained, when there is one part. */
  get input(): NdArray {
    return this.#only("input").input;
  }

  /** Baseline of the input, when there is one part; undefined where the part has none. */
  get baseline(): NdArray | undefined {
    return this.#only("baseline").baseline;
  }

  #only(what: string): AttributionPart {
    if (this.parts.length === 1) return this.parts[0];
    const names = this.parts.map((part) => JSON.stringify(part.name)).join(", ");
    throw outOfRange(
      `attribution.${what}`,
      "an attribution of one part",
      `parts ${names}; read parts[i].${what}`,
    );
  }

  /**
   * The same method with the same options, on another model, input or target. Arrays and tensors that were given are kept
   * as they were read, but for data sets: what became of them since does not matter.
   */
  async again(changes: Again = {}): Promise<Attribution> {
    checkOptions("again", changes, ["model", "input", "target"]);
    if (this.#repeat === undefined) {
      throw wrongType(
        "again",
        "an attribution made in this session, or fromJSON(json, { repeat })",
        "one read from JSON alone",
      );
    }
    return this.#repeat(changes);
  }

  /** The picture that suits this map: with a kept path, how it accumulates along it. */
  figure(options?: FigureOptions): Figure;
  /** The figure of this name, such as `"bars"`; docs/figures.md lists them. */
  figure<Name extends FigureName>(name: Name, options?: OptionsOf<Name>): Figure;
  figure<Name extends FigureName>(first?: Name | FigureOptions, options?: OptionsOf<Name>): Figure {
    return typeof first === "string" ? namedFigure(this, first, options) : attributionFigure(this, first);
  }

  /** The picture as SVG. */
  toSVG(options?: FigureOptions): Promise<string> {
    return this.figure(options).toSVG();
  }

  /** The picture as PNG. */
  toPNG(options?: FigureOptions): Promise<Uint8Array> {
    return this.figure(options).toPNG();
  }

  /** The picture as a stand-alone interactive page. */
  toHTML(options?: FigureOptions): Promise<string> {
    return this.figure(options).toHTML();
  }

  /** Writes the picture to a file: .svg, .png, .html or .json by its ending. */
  save(path: string, options?: FigureOptions): Promise<void> {
    return this.figure(options).save(path);
  }

  /** View for figures: batched, with targets in words. */
  toView(): MapView {
    const batch = (array: NdArray): NdArray =>
      this.batched ? array : { data: array.data, shape: [1, ...array.shape] };
    return {
      method: this.method,
      parts: this.parts.map(
        (part): PartView => ({
          name: part.name,
          at: part.at,
          values: batch(part.values),
          input: batch(part.input),
          ...(part.baseline ? { baseline: batch(part.baseline) } : {}),
          ...(part.standardError ? { standardError: batch(part.standardError) } : {}),
          axes: [...part.axes],
          ...(part.labels ? { labels: [...part.labels] } : {}),
          ...(part.words ? { words: part.words.map((words) => [...words]) } : {}),
          ...(part.ink ? { ink: part.ink } : {}),
          ...(part.reduced ? { reduced: { ...part.reduced, magnitude: [...part.reduced.magnitude] } } : {}),
        }),
      ),
      target: [...this.targetLabels],
      score: [...this.score],
      ...(this.baselineScore ? { baselineScore: [...this.baselineScore] } : {}),
      ...(this.convergenceDelta ? { convergenceDelta: [...this.convergenceDelta] } : {}),
      ...(this.details
        ? {
            details: Object.fromEntries(
              Object.entries(this.details).map(([name, values]) => [name, [...values]]),
            ),
          }
        : {}),
      explain: this.explain,
      quantity: this.quantity,
      asked: askedInWords(
        this.options,
        this.seed,
        this.parts.some(({ standardError }) => standardError)
          ? this.passes.forward / this.score.length
          : undefined,
      ),
      warnings: [...this.warnings],
      ...(this.path
        ? {
            path: {
              alphas: [...this.path.alphas],
              ...(this.path.reached && { reached: [...this.path.reached] }),
              scores: this.path.scores.map((row) => [...row]),
              runningSum: this.path.runningSum.map((row) => [...row]),
              frames: [...this.path.frames],
              accumulated: [...this.path.accumulated],
            },
          }
        : {}),
    };
  }

  /** Plain JSON; arrays as base64 of their 32-bit floats, so that nothing is rounded, and a checksum of all of it. */
  toJSON(): object {
    return savedRecord(this);
  }

  /**
   * Reads what `toJSON` gave. With `repeat`, which answers `again`, it can also be repeated.
   * @throws TypeError when it is no attribution, or one that was changed or cut off: unknown or missing fields, arrays of
   *   another length, another checksum.
   */
  static fromJSON(json: object | string, live: { readonly repeat?: Repeat } = {}): Attribution {
    checkOptions("Attribution.fromJSON", live, ["repeat"]);
    return new Attribution(readRecord(json), live.repeat);
  }

  /** One readable line. */
  toString(): string {
    return mapText(this.toView());
  }

  static {
    // Set here and declared by the interface below, since isolated declarations know no computed method names.
    Object.defineProperties(Attribution.prototype, {
      [INSPECT]: { value: Attribution.prototype.toString },
      [DISPLAY]: {
        value(this: Attribution): Promise<MimeBundle> {
          return this.figure()[DISPLAY]();
        },
      },
    });
  }
}

export interface Attribution extends AttributionRecord {
  /** Output in a notebook. */
  [DISPLAY](): Promise<MimeBundle>;
  /** Text in a terminal. */
  [INSPECT](): string;
}
