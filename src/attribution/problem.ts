/** What a method works on: points in the space that is explained, and the questions it may ask there. */
import { throwIfAborted } from "../check";
import { type Batch, type Model, type ModelRequest, maxBytesOf, type Replacement } from "../model/model";
import { type LayerPlace, type Place, samePlace } from "../model/place";
import type { ResolvedTarget } from "../model/score";
import { targetRows } from "../model/target";
import type { Quadrature } from "../quadrature";
import { type NdArray, rowRanges, takeRows } from "../tensor";

/** Counts what is spent, and passes on progress and abortion. Shared by a problem and all that is moved from it. */
export interface Budget {
  forward: number;
  backward: number;
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number | undefined;
  readonly warnings: string[];
  /** What was found of single examples, by subject: one warning each, made at the end of the call. */
  readonly findings: Map<string, Findings>;
  onRows(rows: number): void;
}

/** What a method found of single examples. */
export interface Findings {
  /** The largest size found, by the number of the example in the call. */
  readonly sizes: Map<number, number>;
  /** The warning; `which` is empty for a call with one example, else ` for example 0, 3`. */
  readonly sentence: (which: string, largest: number) => string;
}

/** Scores at x and at x′ that a method's own questions brought along. */
export interface EndScores {
  x?: Float64Array;
  baseline?: Float64Array;
  /** Begins to ask for both: called when a question is under way that does not bring them. */
  begin?: () => void;
}

/** Everything that defines a problem. */
export interface ProblemState<Options> {
  readonly model: Model;
  readonly budget: Budget;
  readonly options: Options;
  readonly seed: number;
  readonly of: ResolvedTarget;
  /** The number in the call of each example, where these are not all in order: a moved problem has copies. */
  readonly numbers?: readonly number[];
  /** Inputs of the model, batch axis first. */
  readonly inputs: Batch;
  /** Values that stand in for look-ups of integer inputs; also where noise is added for those. */
  readonly lookups: readonly Replacement[];
  /** Where the attribution is taken. */
  readonly places: readonly Place[];
  /** Values at the places: x. */
  readonly x: readonly NdArray[];
  /** Values at the places that x is compared with: x′. Empty when the method has no baseline. */
  readonly baseline: readonly NdArray[];
  /** What the answer will be averaged over; absent when it stands for itself. */
  readonly averagedOver?: "baselines" | "moved points";
  /** Where scores at both ends are noted, for whoever needs them afterwards. */
  readonly ends?: EndScores;
}

/**
 * A question to a model about a batch of examples, in the space that is explained: the inputs, the look-ups of
 * integer inputs, or a layer. `points` are arrays in that space; when they have other rows than x, `rows[i]` says
 * which example point i belongs to.
 */
export class Problem<Options = Record<string, unknown>> {
  readonly #state: ProblemState<Options>;

  constructor(state: ProblemState<Options>) {
    this.#state = state;
  }

  /** What is explained: one array per place, batch axis first. */
  get x(): readonly NdArray[] {
    return this.#state.x;
  }

  /** What it is compared with: x′, in the shapes of x. */
  get baseline(): readonly NdArray[] {
    return this.#state.baseline;
  }

  /** The options of this method, with defaults filled in. */
  get options(): Options {
    return this.#state.options;
  }

  get seed(): number {
    return this.#state.seed;
  }

  /** Memory that the call may use, in bytes. */
  get maxBytes(): number {
    return maxBytesOf(this.#state.model.facts, this.#state.budget.maxBytes);
  }

  /** Number of examples. */
  get examples(): number {
    return this.#state.inputs[0].shape[0];
  }

  /** Where the attribution is taken. */
  get places(): readonly Place[] {
    return this.#state.places;
  }

  /** What the answer will be averaged over: several baselines, or several moves; undefined when it stands for itself. */
  get averagedOver(): "baselines" | "moved points" | undefined {
    return this.#state.averagedOver;
  }

  /** Whether a place is the look-up of an integer input: its map is summed over the embedding axis. */
  isLookUp(place: Place): boolean {
    return "layer" in place && this.#state.lookups.some((looked) => samePlace(looked.place, place));
  }

  /**
   * The axis of the channels at a place, the batch being axis 0: as the layer or the facts of the input say, undefined
   * when they say nothing. It is then the last.
   */
  channelAxis(place: Place): number | undefined {
    const { model } = this.#state;
    if ("layer" in place) return model.layers.find(({ name }) => name === place.layer)?.channelAxis;
    const at = model.inputs[place.input]?.axes?.indexOf("channel") ?? -1;
    return at < 0 ? undefined : at + 1;
  }

  /** Inputs of the model, batch axis first. */
  get inputs(): Batch {
    return this.#state.inputs;
  }

  /** Adds a sentence to the result's warnings. */
  warn(text: string): void {
    if (!this.#state.budget.warnings.includes(text)) this.#state.budget.warnings.push(text);
  }

  /**
   * Warns of single examples: once for the whole call, however many copies of an example there are and however often
   * the method runs.
   * @param about the subject: what is found later of the same adds to it.
   * @param sizes what was found, by example of this problem.
   */
  warnOf(about: string, sizes: ReadonlyMap<number, number>, sentence: Findings["sentence"]): void {
    const { budget, numbers } = this.#state;
    const all = budget.findings.get(about)?.sizes ?? new Map<number, number>();
    for (const [row, size] of sizes) {
      const example = numbers?.[row] ?? row;
      all.set(example, Math.max(size, all.get(example) ?? Number.NEGATIVE_INFINITY));
    }
    if (all.size > 0) budget.findings.set(about, { sizes: all, sentence });
  }

  /** F at points. */
  async score(points: readonly NdArray[] = this.x, rows?: ArrayLike<number>): Promise<Float64Array> {
    const { batch, ask, of } = this.#at(points, rows);
    const answer = await this.#state.model.forward(batch, { ...ask, of });
    this.#spend(points, 1, 0);
    return answer.scores as Float64Array;
  }

  /** ∂F/∂point at points, one array per place. */
  async gradient(points: readonly NdArray[] = this.x, rows?: ArrayLike<number>): Promise<readonly NdArray[]> {
    return (await this.scoreAndGradient(points, rows)).gradients;
  }

  /** F and ∂F/∂point at points. */
  async scoreAndGradient(
    points: readonly NdArray[] = this.x,
    rows?: ArrayLike<number>,
  ): Promise<{ readonly scores: Float64Array; readonly gradients: readonly NdArray[] }> {
    const { batch, ask, of } = this.#at(points, rows);
    const answer = await this.#state.model.gradient(batch, { ...ask, of, at: this.places });
    this.#spend(points, 1, 1);
    this.#noteIndependence(answer.depends);
    if (points === this.x && !rows) this.noteEnds({ x: answer.scores });
    return answer;
  }

  /** Σ_k w_k ∂F at from + α_k (to − from): the weighted sum of gradients along a straight path. */
  async path(
    { nodes, weights }: Quadrature,
    from: readonly NdArray[] = this.baseline,
    to: readonly NdArray[] = this.x,
  ): Promise<readonly NdArray[]> {
    const { batch, ask, of } = this.#at(to);
    const places = this.places;
    const replace = ask.replace.filter(
      (r) => !places.some((place) => "layer" in place && samePlace(place, r.place)),
    );
    if (from === this.baseline && to === this.x) this.#state.ends?.begin?.();
    const answer = await this.#state.model.path(batch, {
      ...ask,
      replace,
      of,
      at: places,
      from,
      to,
      nodes,
      weights,
    });
    this.#spend(to, nodes.length, nodes.length);
    this.#noteIndependence(answer.depends);
    return answer.gradients;
  }

  /** Keeps scores at x and x′, so that nobody asks for them again. */
  noteEnds(scores: EndScores): void {
    if (this.#state.ends) Object.assign(this.#state.ends, scores);
  }

  /**
   * Where noise belongs: the float inputs and the look-ups of integer inputs, whichever layer is explained.
   */
  get sites(): readonly NdArray[] {
    const looked = new Set(this.#state.lookups.map((r) => r.place.layer));
    const floats = this.#state.inputs.filter((_, i) => this.#isFloat(i));
    return looked.size > 0 ? [...floats, ...this.#state.lookups.map((r) => r.values)] : floats;
  }

  /** Smallest and largest value of each site, per example: the range told of the input, else its own. */
  get siteRanges(): readonly (readonly { readonly min: number; readonly max: number }[])[] {
    const { range } = this.#state.model.facts;
    const inputs = this.sites.length - this.#state.lookups.length;
    return this.sites.map((site, i) =>
      range && i < inputs ? rowRanges(site).map(() => ({ min: range[0], max: range[1] })) : rowRanges(site),
    );
  }

  /** The same problem with other values at the sites; point i belongs to example rows[i]. */
  async moved(sites: readonly NdArray[], rows: ArrayLike<number>): Promise<Problem<Options>> {
    const state = this.#state;
    let next = 0;
    const inputs = state.inputs.map((array, i) => (this.#isFloat(i) ? sites[next++] : takeRows(array, rows)));
    const lookups = state.lookups.map((r) => ({ ...r, values: sites[next++] }));
    const atLayer = state.places.filter(
      (place): place is LayerPlace => "layer" in place && !lookups.some((r) => samePlace(r.place, place)),
    );
    let activations: readonly NdArray[] = [];
    if (atLayer.length > 0) {
      const ask = this.#ask();
      activations = (await state.model.forward(inputs, { ...ask, replace: lookups, at: atLayer }))
        .activations;
      this.#spend(inputs, 1, 0);
    }
    const x = state.places.map((place) => {
      if ("input" in place) return inputs[place.input];
      const looked = lookups.find((r) => samePlace(r.place, place));
      return looked ? looked.values : activations[atLayer.indexOf(place)];
    });
    const { ends: _, ...rest } = state;
    return new Problem({
      ...rest,
      averagedOver: "moved points",
      numbers: Array.from(rows, (row) => state.numbers?.[row] ?? row),
      inputs,
      lookups,
      x,
      baseline: state.baseline.map((array) => takeRows(array, rows)),
      of: targetRows(state.of, rows),
    });
  }

  #isFloat(input: number): boolean {
    const { model } = this.#state;
    return model.inputs[input]?.dtype === "float32" && model.lookups(input).length === 0;
  }

  #ask(): ModelRequest & { replace: Replacement[] } {
    const { signal, maxBytes } = this.#state.budget;
    throwIfAborted(signal);
    return {
      replace: [],
      onRows: (rows) => this.#state.budget.onRows(rows),
      ...(signal ? { signal } : {}),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
  }

  /** The batch and replacements that put the model at points. */
  #at(
    points: readonly NdArray[],
    rows?: ArrayLike<number>,
  ): { batch: Batch; ask: ModelRequest & { replace: Replacement[] }; of: ResolvedTarget } {
    const { inputs, places, lookups, of } = this.#state;
    const batch = inputs.map((array) => (rows ? takeRows(array, rows) : array));
    const ask = this.#ask();
    for (const looked of lookups)
      ask.replace.push(rows ? { ...looked, values: takeRows(looked.values, rows) } : looked);
    places.forEach((place, i) => {
      const values = points[i];
      if ("input" in place) {
        batch[place.input] = values;
        return;
      }
      const at = ask.replace.findIndex((r) => samePlace(r.place, place));
      if (at >= 0) ask.replace[at] = { place, values };
      else ask.replace.push({ place, values });
    });
    return { batch, ask, of: rows ? targetRows(of, rows) : of };
  }

  #spend(points: readonly NdArray[], forward: number, backward: number): void {
    const rows = points[0].shape[0];
    this.#state.budget.forward += forward * rows;
    this.#state.budget.backward += backward * rows;
  }

  #noteIndependence(depends: readonly boolean[]): void {
    depends.forEach((yes, i) => {
      if (yes) return;
      const place = this.places[i];
      this.warn(`the explained score does not depend on ${this.#nameOf(place)}: its map is zeros`);
    });
  }

  #nameOf(place: Place): string {
    if ("input" in place) return `input "${this.#state.model.inputs[place.input]?.name}"`;
    const layer = `layer "${place.layer}"`;
    return place.entry === undefined ? layer : `${place.side} ${place.entry + 1} of ${layer}`;
  }
}
