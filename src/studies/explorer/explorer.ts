/** The explorer in a notebook: a page in a cell's output, and what is painted in it told back to the cells. */
import { featureAblation } from "../../attr/feature-ablation";
import { integratedGradients } from "../../attr/integrated-gradients";
import { saliency } from "../../attr/saliency";
import { smoothGrad } from "../../attr/smooth-grad";
import type { Attribution } from "../../attribution";
import { checkOptions, outOfRange, shown, wrongType } from "../../check";
import { DISPLAY, type Displayed, INSPECT, type MimeBundle, withMetadata } from "../../display/displayed";
import { base64 } from "../../display/output/raster";
import { writeBytes } from "../../display/output/shipped-files";
import { pagePngOfSvg } from "../../display/output/static-picture";
import { asModel, type Net } from "../../engine";
import { BASELINE_NAMES, type Baseline } from "../../model/baseline";
import type { Input } from "../../model/input";
import type { Model } from "../../model/model";
import { type HostComm, type HostWidget, host } from "../../platform/host";
import { channelMeans, type NdArray, ndarray, sizeOf, sliceRows } from "../../tensor";
import { answerTo } from "./answers";
import { type ExploredInput, exploredInput } from "./explored-input";
import { explorerPage, explorerPart, moduleSource, type Still } from "./explorer-html";
import { sentNet } from "./sent-net";
import { packed } from "./typed-json";

/** Options of `explorer`. */
export interface ExplorerOptions {
  /** Rows and columns that inputs are drawn on. Default: those of a picture; a square for a list that fills one; else one row. */
  readonly grid?: readonly [rows: number, columns: number];
  /** What it opens with: the part of a copied link behind the "#". */
  readonly state?: string;
}

/** The methods that a page can have open. */
const METHODS = { featureAblation, saliency, integratedGradients, smoothGrad } as const;

type Asked = { readonly method: keyof typeof METHODS; readonly options: Readonly<Record<string, unknown>> };

/** The target by which a page finds its explorer in the kernel. */
const TARGET = "gradlens.explorer";

/** Explorers by their ids, the newest last; what no page can ask for any more is let go. */
const explorers = new Map<string, Explorer>();
const MOST_KEPT = 64;

/** A net and a page to play with it; a cell shows it, and the next one reads what was painted. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the two names of the interface are assigned below
export class Explorer {
  readonly #model: Model;
  readonly #explored: ExploredInput;
  readonly #id: string;
  readonly #listeners = new Set<() => void>();
  readonly #pages = new Set<HostComm>();
  #state: string;
  #cells: readonly number[];
  #asked: Asked;
  #map: Promise<Attribution> | undefined;

  constructor(model: Model, explored: ExploredInput, state: string) {
    this.#model = model;
    this.#explored = explored;
    this.#state = state;
    this.#cells = this.#shares(0);
    const method = model.engine === "black box" ? "featureAblation" : "saliency";
    this.#asked = { method, options: {} };
    // A page that is older than the kernel must not find another's explorer.
    this.#id = globalThis.crypto.randomUUID();
    explorers.set(this.#id, this);
    for (const old of [...explorers.keys()].slice(0, -MOST_KEPT)) explorers.delete(old);
  }

  /** What is painted now, in the net's own units and shape. */
  get input(): NdArray {
    return this.#inUnits(this.#cells);
  }

  /**
   * The map of what is painted, by the method of the open tab and against the baseline that is chosen there: made in the
   * kernel, once for each state. A promise: `await ex.map`.
   */
  get map(): Promise<Attribution> {
    const { method, options } = this.#asked;
    const { baseline, ...others } = options;
    this.#map ??= METHODS[method](this.#model, this.#withBatch(this.input), {
      ...others,
      ...(baseline === undefined ? {} : { baseline: this.#baseline(baseline) }),
    });
    return this.#map;
  }

  /** The state of the page, as the part of a link behind the "#". */
  get state(): string {
    return this.#state;
  }

  /** Calls `listener` whenever something was painted or chosen in a page; gives a function that ends it. */
  on(event: "change", listener: (explorer: this) => void): () => void {
    if (event !== "change") throw outOfRange("explorer.on", 'the event "change"', shown(event));
    if (typeof listener !== "function") throw wrongType("explorer.on", "a function", shown(listener));
    const own = () => listener(this);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** The page alone, for a file: it needs no network, and no kernel where the net travels. */
  async toHTML(): Promise<string> {
    return explorerPage(
      "Gradient attribution explorer",
      explorerPart(await this.#sent(), await this.#still()),
    );
  }

  /** Writes that page. */
  async save(path: string): Promise<void> {
    if (!path.toLowerCase().endsWith(".html"))
      throw wrongType("explorer.save", "a path ending in .html", shown(path));
    writeBytes(path, await this.toHTML());
  }

  /** The same page as an anywidget, for front-ends that have Jupyter widgets and not our extension. */
  async widget(): Promise<HostWidget> {
    const make = host().widget;
    if (!make) throw wrongType("explorer.widget", "a cell of our kernel", "another program");
    const state = { state: this.#state, ...(await this.#sent()) };
    const widget = make({ esm: moduleSource(), state, fallback: `<p>${this}</p>` });
    for (const name of ["state", "cells", "asked"] as const)
      widget.onChange(name, (value) => this.#take({ [name]: value }));
    widget.onMessage((content) => void this.#answer(content, (answer) => widget.send(answer)));
    return widget;
  }

  /** Output of a cell: the page, a picture of its first map, and a line. */
  async toMimeBundle(): Promise<MimeBundle> {
    host().onComm?.(TARGET, openPage);
    const still = await this.#still();
    return withMetadata(
      {
        "text/html": explorerPart(await this.#sent(), still),
        "image/png": still.png,
        "text/plain": this.toString(),
      },
      { "image/png": { width: Math.round(still.width), alt: still.alt } },
    );
  }

  toString(): string {
    const { rows, columns, examples } = this.#explored;
    const count = examples.shape[0];
    return `explorer · ${rows} × ${columns} · ${count} example${count === 1 ? "" : "s"}`;
  }

  /** A page of this explorer was opened: it is told the newest state, and tells each change. */
  open(comm: HostComm): void {
    this.#pages.add(comm);
    comm.onClose(() => this.#pages.delete(comm));
    comm.onMessage(({ data }) => {
      if (data.method === "custom")
        return this.#answer(data.content, (content) => comm.send({ method: "custom", content }));
      if (data.method !== "update" || typeof data.state !== "object" || data.state === null) return undefined;
      this.#take(data.state);
      for (const other of this.#pages)
        if (other !== comm) other.send({ method: "update", state: { state: this.#state } });
      return undefined;
    });
    comm.send({ method: "update", state: { state: this.#state, connected: true } });
  }

  async #answer(content: unknown, send: (answer: object) => void): Promise<void> {
    const answer = await answerTo(this.#model, content);
    if (answer) send(answer);
  }

  /** Takes what a page tells, as far as it is what pages tell. */
  #take(told: object): void {
    const before = JSON.stringify([this.#state, this.#cells, this.#asked]);
    const size = this.#size;
    if ("state" in told && typeof told.state === "string") this.#state = told.state;
    if ("cells" in told && isCells(told.cells, size)) this.#cells = told.cells;
    if ("asked" in told && isAsked(told.asked)) this.#asked = told.asked;
    if (JSON.stringify([this.#state, this.#cells, this.#asked]) === before) return;
    this.#map = undefined;
    for (const listener of this.#listeners) listener();
  }

  get #size(): number {
    return sizeOf(this.#explored.shape);
  }

  /** An example as shares of the way from black to white. */
  #shares(example: number): number[] {
    const { examples, range } = this.#explored;
    const [low, high] = range;
    return Array.from(
      sliceRows(examples, example, example + 1).data,
      (value) => (value - low) / (high - low || 1),
    );
  }

  /** A function, of which no shape is known, takes its batch axis. */
  #withBatch(input: NdArray): NdArray {
    return this.#model.inputs[0]?.shape ? input : { data: input.data, shape: [1, ...input.shape] };
  }

  /** Cells, which are shares of the way from black to white, as the net takes them. */
  #inUnits(cells: readonly number[]): NdArray {
    const { shape, range } = this.#explored;
    const [low, high] = range;
    return ndarray(
      Float32Array.from(cells, (share) => low + share * (high - low)),
      shape,
    );
  }

  /** A baseline as a page names it; painted ones and the mean of the examples are arrays. */
  #baseline(named: unknown): Baseline {
    const { examples, shape } = this.#explored;
    if (named === "mean") {
      const rows = { data: examples.data, shape: [1, examples.shape[0], this.#size] };
      return ndarray(channelMeans(rows).data, shape);
    }
    return isCells(named, this.#size)
      ? this.#inUnits(named)
      : (BASELINE_NAMES.find((name) => name === named) ?? "zeros");
  }

  async #still(): Promise<Still> {
    const figure = (await this.map).figure();
    const picture = await pagePngOfSvg(await figure.toSVG(), "#ffffff");
    return { png: base64(picture.png), width: picture.width, alt: figure.toAltText() };
  }

  /** All that a page needs. */
  async #sent(): Promise<Readonly<Record<string, unknown>>> {
    const { shape, rows, columns, range, examples } = this.#explored;
    const { facts, outputs } = this.#model;
    const width = outputs[0]?.shape?.at(-1) ?? facts.classes?.length ?? 1;
    const classes =
      facts.classes ??
      (width === 1 ? ["class 0", "class 1"] : Array.from({ length: width }, (_, i) => String(i)));
    const shares = Array.from({ length: examples.shape[0] }, (_, i) => this.#shares(i)).flat();
    return {
      id: this.#id,
      state: this.#state,
      own: packed({
        net: await sentNet(this.#model),
        blackBox: this.#model.engine === "black box",
        inputs: this.#model.inputs,
        outputs,
        layers: this.#model.layers,
        classes,
        shape,
        rows,
        columns,
        range,
        axes: this.#model.inputs[0]?.axes,
        examples: Float32Array.from(shares),
      }),
    };
  }
}

/** A page asks for its explorer by its id; one of another kernel is told that it is not here. */
function openPage(comm: HostComm, { data }: { readonly data: Readonly<Record<string, unknown>> }): void {
  const found = typeof data.id === "string" ? explorers.get(data.id) : undefined;
  if (found) found.open(comm);
  else comm.send({ method: "gone" });
}

function isCells(value: unknown, size: number): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length === size &&
    value.every((cell) => typeof cell === "number" && cell >= 0 && cell <= 1)
  );
}

// A class body cannot declare these two names under isolatedDeclarations.
export interface Explorer extends Displayed {}

Object.assign(Explorer.prototype, {
  [DISPLAY](this: Explorer): Promise<MimeBundle> {
    return this.toMimeBundle();
  },
  [INSPECT](this: Explorer): string {
    return this.toString();
  },
});

function isAsked(value: unknown): value is Asked {
  return (
    typeof value === "object" &&
    value !== null &&
    "method" in value &&
    typeof value.method === "string" &&
    Object.hasOwn(METHODS, value.method) &&
    "options" in value &&
    typeof value.options === "object" &&
    value.options !== null
  );
}

/**
 * A page in a cell in which a net is played with: an input is painted, and its maps, their sums, comparisons and tests follow
 * the brush. What is painted comes back: `ex.input`, `await ex.map`, `ex.on("change", …)`.
 *
 * Layers models and graph models of at most 5 MiB travel into the page, which then computes by itself, also when the notebook is
 * opened without a kernel. Functions, black boxes, custom layers and larger nets stay in the kernel and answer from there, as long
 * as it runs.
 *
 * @param net a net of one input: a picture of one channel, or a list of numbers, of at most 64 × 64 cells.
 * @param examples inputs to begin with, at most 300 of them. Default: the model's fact `data`, or an edge.
 * @throws RangeError for several inputs, for whole numbers, for larger inputs, and for examples outside the fact `range`.
 */
export function explorer(net: Net, examples?: Input, options: ExplorerOptions = {}): Explorer {
  const fn = "explorer";
  checkOptions(fn, options, ["grid", "state"]);
  const { grid, state = "" } = options;
  if (
    grid !== undefined &&
    !(Array.isArray(grid) && grid.length === 2 && grid.every((n) => Number.isInteger(n) && n > 0))
  )
    throw wrongType(fn, "grid to be [rows, columns]", shown(grid));
  if (typeof state !== "string") throw wrongType(fn, "state to be a text", shown(state));
  const model = asModel(net);
  const explored = exploredInput(fn, model, examples, grid);
  // The page has the same range, so that noise and grey are the same there.
  const ranged = model.facts.range ? model : asModel(model, { range: explored.range });
  return new Explorer(ranged, explored, state.replace(/^#/, ""));
}
