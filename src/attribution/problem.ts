/** Problem that a method works on: points in the space that is explained, and the questions it may ask there. */
import { throwIfAborted, wrongType } from "../check";
import { axesOf } from "../model/baseline";
import { isWhollyMasked, withMaskedSteps } from "../model/masked-steps";
import {
  type AttentionFound,
  type Axis,
  type Batch,
  type GradientAnswer,
  type LayerFact,
  type ModelRequest,
  maxBytesOf,
  type NamedOperation,
  type Replacement,
} from "../model/model";
import { type NeuronTarget, neuronScore } from "../model/neuron";
import { type LayerName, type LayerPlace, type Place, samePlace } from "../model/place";
import type { ResolvedTarget } from "../model/score";
import { targetRows } from "../model/target";
import type { Quadrature } from "../quadrature";
import {
  between,
  concatRows,
  minus,
  type NdArray,
  type Parts,
  plus,
  rowRanges,
  scaleRows,
  sliceRows,
  takeRows,
  times,
} from "../tensor";
import { withHeldColumns } from "./column-vectors";
import { type LayerContext, layerContext } from "./layer-context";
import { checkOneValue, layerPlace, withChannelsAt } from "./named-layers";
import type {
  AtPoints,
  EndpointScores,
  Findings,
  GradientAt,
  PathPoints,
  PathStep,
  ProblemState,
  WeighedNeurons,
} from "./problem-state";

/** Rows of one question of a method that asks at many points: enough to fill a batch, few enough to keep memory low. */
const ROWS_AT_ONCE = 32;

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

  /** Values that are explained: one array per place, batch axis first. */
  get x(): Parts {
    return this.#state.x;
  }

  /** Baseline that x is compared with: x′, in the shapes of x. */
  get baseline(): Parts {
    return this.#state.baseline;
  }

  /** All baselines, for methods that draw from them: several for a data set. */
  get baselines(): readonly Parts[] {
    return this.#state.baselines ?? [this.baseline];
  }

  /** The options of this method, with defaults filled in. */
  get options(): Options {
    return this.#state.options;
  }

  /** The same problem with other options, for a method inside another. */
  withOptions<Other>(options: Other): Problem<Other> {
    return new Problem({ ...this.#state, options });
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

  /** Places of the attribution. */
  get places(): readonly Place[] {
    return this.#state.places;
  }

  /** Baselines or perturbed copies that the answer will be averaged over; undefined when it stands for itself. */
  get averagedOver(): "baselines" | "perturbed points" | undefined {
    return this.#state.averagedOver;
  }

  /** Layers of the model, as far as they are known. */
  get layers(): readonly LayerFact[] {
    return this.#state.model.layers;
  }

  /** Smallest and largest value that reaches the model itself, where the facts tell; undefined behind a preparation. */
  get range(): readonly [number, number] | undefined {
    const { range, preprocess } = this.#state.model.facts;
    return preprocess === undefined ? range : undefined;
  }

  /** Whether a layer is explained, named or chosen: its map keeps the layer's shape, also at a look-up. */
  get ofLayer(): boolean {
    return this.#state.ofLayer === true;
  }

  /** Whether a place is the look-up of an integer input: its map is summed over the embedding axis. */
  isLookUp(place: Place): boolean {
    return "layer" in place && this.#state.lookups.some((looked) => samePlace(looked.place, place));
  }

  /** The number of the input that a place is, or whose look-up it is; undefined at other layers. */
  inputOf(place: Place): number | undefined {
    if ("input" in place) return place.input;
    const { model } = this.#state;
    const input = model.inputs.findIndex((_, i) =>
      model.lookups(i).some((looked) => samePlace(looked, place)),
    );
    return input < 0 ? undefined : input;
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

  /** Names of the axes of a place's values, the batch left out: as the facts of its input or layer say, else by their number. */
  axesOf(place: number): readonly Axis[] {
    const { model, places, x } = this.#state;
    const at = places[place];
    if ("input" in at) return axesOf(model.inputs[at.input], x[place]);
    const fact = model.layers.find(({ name }) => name === at.layer);
    return withChannelsAt(axesOf({ name: at.layer, dtype: "float32" }, x[place]), fact?.channelAxis);
  }

  /** Whether the net does not give the same twice: nothing that is refined until it agrees would end. */
  get isRandom(): boolean {
    return this.#state.isRandom === true;
  }

  /** Inputs of the model, batch axis first. */
  get inputs(): Batch {
    return this.#state.inputs;
  }

  /** The layer whose mask skips all of an example's baseline, but not all of x. */
  maskOfBaseline(row: number): string | undefined {
    const { model, places, baseline, inputs } = this.#state;
    for (const [i, place] of places.entries()) {
      if (!("input" in place)) continue;
      const fact = model.inputs[place.input];
      const covers =
        isWhollyMasked(fact, baseline[i], row) && !isWhollyMasked(fact, inputs[place.input], row);
      if (covers) return fact.mask?.layer;
    }
    return undefined;
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
  async score(at: AtPoints = {}): Promise<Float64Array> {
    return (await this.forward(at)).scores;
  }

  /** F at points, and the values of layers there: all that a method asks that only perturbs. */
  async forward({
    points = this.x,
    rows,
    at = [],
  }: AtPoints & { readonly at?: readonly LayerPlace[] } = {}): Promise<{
    readonly scores: Float64Array;
    readonly activations: Parts;
  }> {
    const { batch, ask, of } = this.#at(points, rows);
    const { scores, activations } = await this.#state.model.forward(batch, { ...ask, of, at });
    this.#spend(points, 1, 0);
    return { scores: scores!, activations };
  }

  /** The explained output at points, in the form that is explained: one row per point. */
  async output({ points = this.x, rows }: AtPoints = {}): Promise<NdArray> {
    const { batch, ask, of } = this.#at(points, rows);
    const { outputs } = await this.#state.model.forward(batch, { ...ask, explain: of.explain });
    this.#spend(points, 1, 0);
    return outputs[of.output];
  }

  /** ∂F/∂point at points, or what a backward rule makes of it, one array per place. */
  async gradient(at: GradientAt = {}): Promise<Parts> {
    return (await this.scoreAndGradient(at)).gradients;
  }

  /** F and ∂F/∂point at points. */
  async scoreAndGradient({
    points = this.x,
    rows,
    rule,
    reference = this.baseline,
  }: GradientAt = {}): Promise<{ readonly scores: Float64Array; readonly gradients: Parts }> {
    const { batch, ask, of } = this.#at(points, rows);
    const compared = rule?.reference ? this.#at(reference, rows) : undefined;
    const answer = await this.#state.model.gradient(batch, {
      ...ask,
      of,
      at: this.places,
      ...(rule ? { rule } : {}),
      ...(compared ? { reference: { batch: compared.batch, replace: compared.ask.replace } } : {}),
    });
    this.#spend(points, compared ? 2 : 1, 1);
    this.#noteWay(answer);
    if (rule) this.#notePlain(rule.name, answer);
    if (points === this.x && !rows) this.noteEndpoints({ x: answer.scores });
    return answer;
  }

  /** Σ_j ∂²F/∂point ∂point_j · direction_j at points: Hessian times direction, one array per place. */
  async curvature(direction: Parts, { points = this.x, rows }: AtPoints = {}): Promise<Parts> {
    const { batch, ask, of } = this.#at(points, rows);
    const { products } = await this.#state.model.curvature(batch, direction, {
      ...ask,
      of,
      at: this.places,
    });
    this.#spend(points, 2, 2);
    return products;
  }

  /** Attention at x, one list per example, with the gradient of F at its weights where that is wanted. */
  async attention(gradient: boolean): Promise<readonly (readonly AttentionFound[])[]> {
    const { batch, ask, of } = this.#at(this.x);
    const { model, budget } = this.#state;
    const examples: (readonly AttentionFound[])[] = [];
    for (let row = 0; row < this.examples; row++) {
      throwIfAborted(budget.signal);
      const found = model.attention?.(
        batch.map((array) => sliceRows(array, row, row + 1)),
        {
          replace: ask.replace.map((r) => ({ ...r, values: sliceRows(r.values, row, row + 1) })),
          ...(gradient ? { of: targetRows(of, [row]) } : {}),
        },
      );
      examples.push(found ?? []);
      budget.onRows(1);
    }
    this.#spend(this.x, gradient ? 2 : 1, gradient ? 1 : 0);
    return examples;
  }

  /** Values of a layer at x and the gradient of F with respect to them, whatever is explained. */
  async atLayer(place: LayerPlace): Promise<{ readonly activations: NdArray; readonly gradients: NdArray }> {
    const { batch, ask, of } = this.#at(this.x);
    const { model } = this.#state;
    const [activations] = (await model.forward(batch, { ...ask, at: [place] })).activations;
    const others = ask.replace.filter((r) => !samePlace(r.place, place));
    const replace = [...others, { place, values: activations }];
    const { gradients } = await model.gradient(batch, { ...ask, of, at: [place], replace });
    this.#spend(this.x, 2, 1);
    return { activations, gradients: gradients[0] };
  }

  /** Σ_n w_n ∂F/∂n · ∂n/∂x over neurons n: the part of the gradient at x that passes through them. */
  async gradientThrough({ place, weights }: WeighedNeurons): Promise<Parts> {
    const { batch, ask, of } = this.#at(this.x);
    const { model } = this.#state;
    const leads = await model.gradient(batch, { ...ask, of, at: [place] });
    const rows = leads.gradients[0].shape[0];
    const same = takeRows(weights, new Array<number>(rows).fill(0));
    const weighed = times(leads.gradients[0], same);
    const answer = await model.gradient(batch, {
      ...ask,
      of: { ...of, score: { kind: "neuron", place, weights: weighed } },
      at: this.places,
    });
    this.#spend(this.x, 3, 2);
    this.#noteWay(answer);
    return answer.gradients;
  }

  /** A layer that an option names; throws where the model has none, or several values enter or leave there. */
  namedLayer(fn: string, name: LayerName): LayerPlace {
    const place = layerPlace(fn, this.#state.model, name);
    checkOneValue(fn, this.#state.model, place);
    return place;
  }

  /** What may be asked before a layer is chosen that is not the one explained. */
  layerContext(fn: string): LayerContext {
    const { model, inputs, of, budget } = this.#state;
    return layerContext(fn, model, inputs, of, budget);
  }

  /** Neurons that an option names, with their weights; throws where the layer has none of them. */
  async namedNeurons(fn: string, target: NeuronTarget): Promise<WeighedNeurons> {
    const { layer, side, entry } = target;
    const place = this.namedLayer(fn, { layer, side, ...(entry === undefined ? {} : { entry }) });
    const { activations } = await this.forward({ at: [place] });
    const { score } = neuronScore(fn, target, activations[0].shape.slice(1), this.examples);
    if (score.kind !== "neuron")
      throw wrongType(fn, "neurons by index, slice or mask", "a function of a layer");
    return { place, weights: score.weights };
  }

  /**
   * Points, scores and gradients at the nodes of a path, one after the other, for methods that need each step.
   * @param path the point at α. Default: the straight one from x′ to x.
   */
  async *along(
    nodes: readonly number[],
    path: PathPoints = (alpha) => this.x.map((x, i) => between(this.baseline[i], x, alpha)),
  ): AsyncGenerator<PathStep> {
    const { examples } = this;
    const atOnce = Math.max(1, Math.floor(ROWS_AT_ONCE / examples));
    for (let start = 0; start < nodes.length; start += atOnce) {
      const alphas = nodes.slice(start, start + atOnce);
      const each = alphas.map(path);
      const rows = alphas.flatMap(() => Array.from({ length: examples }, (_, row) => row));
      const points = this.x.map((_, i) => concatRows(each.map((parts) => parts[i])));
      const { scores, gradients } = await this.scoreAndGradient({ points, rows });
      for (const [i, alpha] of alphas.entries()) {
        const [from, to] = [i * examples, (i + 1) * examples];
        yield {
          k: start + i,
          alpha,
          points: each[i],
          scores: scores.subarray(from, to),
          gradients: gradients.map((array) => sliceRows(array, from, to)),
        };
      }
    }
  }

  /** Copies of all examples, some at a time: the number of each copy from 0, and the example that it is a copy of. */
  *copies(
    count: number,
  ): Generator<{ readonly samples: readonly number[]; readonly rows: readonly number[] }> {
    const { examples } = this;
    const atOnce = Math.max(1, Math.floor(ROWS_AT_ONCE / examples));
    for (let start = 0; start < count; start += atOnce) {
      const length = Math.min(atOnce, count - start) * examples;
      yield {
        samples: Array.from({ length }, (_, i) => start + Math.floor(i / examples)),
        rows: Array.from({ length }, (_, i) => i % examples),
      };
    }
  }

  /** Σ_k w_k ∂F at from + α_k (to − from): the weighted sum of gradients along a straight path. */
  async path(
    { nodes, weights }: Quadrature,
    from: Parts = this.baseline,
    to: Parts = this.x,
  ): Promise<Parts> {
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
    this.#noteWay(answer);
    return answer.gradients;
  }

  /** Keeps scores at x and x′, so that nobody asks for them again. */
  noteEndpoints(scores: EndpointScores): void {
    if (this.#state.ends) Object.assign(this.#state.ends, scores);
  }

  /**
   * Noise inputs: the float inputs that are not held, and the look-ups of integer inputs, whichever layer is explained.
   */
  get noiseInputs(): Parts {
    const looked = new Set(this.#state.lookups.map((r) => r.place.layer));
    const floats = this.#state.inputs.filter((_, i) => this.#takesNoise(i));
    return looked.size > 0 ? [...floats, ...this.#state.lookups.map((r) => r.values)] : floats;
  }

  /** Smallest and largest value of each noise input, per example: the range told of the input, else its own. */
  get noiseRanges(): readonly (readonly { readonly min: number; readonly max: number }[])[] {
    const { range } = this.#state.model.facts;
    const noisy = this.noiseInputs;
    const inputs = noisy.length - this.#state.lookups.length;
    return noisy.map((values, i) =>
      range && i < inputs
        ? rowRanges(values).map(() => ({ min: range[0], max: range[1] }))
        : rowRanges(values),
    );
  }

  /** The same problem on the straight path of the inputs from x′ to x: point i is example rows[i] at alphas[i]. */
  onInputPath(alphas: readonly number[], rows: readonly number[]): Promise<Problem<Options>> {
    const { inputBaseline = [] } = this.#state;
    const from = inputBaseline.map((array) => takeRows(array, rows));
    const to = this.noiseInputs.map((array) => takeRows(array, rows));
    return this.perturbed(plus(from, scaleRows(minus(to, from), alphas)), rows);
  }

  /** The same problem with other values at the noise inputs; point i belongs to example rows[i]. */
  async perturbed(values: Parts, rows: ArrayLike<number>): Promise<Problem<Options>> {
    const state = this.#state;
    let next = 0;
    const inputs = state.inputs.map((array, i) =>
      this.#takesNoise(i)
        ? withHeldColumns(
            withMaskedSteps(state.model.inputs[i], array, values[next++], rows),
            array,
            rows,
            state.columns.flatMap(({ input, columns }) => (input === i ? columns : [])),
          )
        : takeRows(array, rows),
    );
    const lookups = state.lookups.map((r) => ({ ...r, values: values[next++] }));
    const atLayer = state.places.filter(
      (place): place is LayerPlace => "layer" in place && !lookups.some((r) => samePlace(r.place, place)),
    );
    let activations: Parts = [];
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
      averagedOver: "perturbed points",
      numbers: Array.from(rows, (row) => state.numbers?.[row] ?? row),
      inputs,
      lookups,
      x,
      baseline: state.baseline.map((array) => takeRows(array, rows)),
      ...(state.inputBaseline
        ? { inputBaseline: state.inputBaseline.map((array) => takeRows(array, rows)) }
        : {}),
      ...(state.baselines
        ? { baselines: state.baselines.map((parts) => parts.map((array) => takeRows(array, rows))) }
        : {}),
      of: targetRows(state.of, rows),
    });
  }

  #takesNoise(input: number): boolean {
    const { model, fixed } = this.#state;
    const isFloat = model.inputs[input]?.dtype === "float32" && model.lookups(input).length === 0;
    return isFloat && !fixed.has(input);
  }

  #ask(): ModelRequest & { replace: Replacement[] } {
    const { budget } = this.#state;
    throwIfAborted(budget.signal);
    return { ...budget.asked, replace: [], onRows: (rows) => budget.onRows(rows) };
  }

  /** The batch and replacements that put the model at points. */
  #at(
    points: Parts,
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

  #spend(points: Parts, forward: number, backward: number): void {
    const rows = points[0].shape[0];
    this.#state.budget.forward += forward * rows;
    this.#state.budget.backward += backward * rows;
  }

  /** Says where a score does not depend on a place, or depends on it also by a way without a gradient. */
  #noteWay({ depends, cuts = [] }: Pick<GradientAnswer, "depends" | "cuts">): void {
    cuts.forEach((found, i) => {
      if (found.length === 0) return;
      this.warn(
        `a part of the way from ${this.#nameOf(this.places[i])} to the score has no gradient, cut by ${operationsInWords(found)}: the map holds nothing of what goes that way`,
      );
    });
    const { columns } = this.#state;
    depends.forEach((yes, i) => {
      const place = this.places[i];
      // A row may be looked up as a whole.
      const looked = "input" in place && columns.some(({ input }) => input === place.input);
      if (yes || looked) return;
      this.warn(`the explained score does not depend on ${this.#nameOf(place)}: its map is zeros`);
    });
  }

  /** Says where a rule left the plain gradient. */
  #notePlain(rule: string, { plain = [] }: Pick<GradientAnswer, "plain">): void {
    if (plain.length > 0)
      this.warn(
        `the rule ${rule} is the plain gradient at ${operationsInWords(plain)}: it says nothing of those`,
      );
  }

  #nameOf(place: Place): string {
    if ("input" in place) return `input "${this.#state.model.inputs[place.input]?.name}"`;
    const layer = `layer "${place.layer}"`;
    return place.entry === undefined ? layer : `${place.side} ${place.entry + 1} of ${layer}`;
  }
}

/** Operations with their layers, the first four of them. */
function operationsInWords(found: readonly NamedOperation[]): string {
  const named = found
    .slice(0, 4)
    .map(({ operation, layer }) => (layer === undefined ? operation : `${operation} of layer "${layer}"`));
  return `${named.join(", ")}${found.length > 4 ? ", …" : ""}`;
}
