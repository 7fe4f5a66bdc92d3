/** The eager engine: the user's tfjs model as it is, in chunks, with tfjs's wrong gradients corrected. */

import { throwIfAborted, wrongType } from "../../check";
import { fingerprint } from "../../model/fingerprint";
import {
  type AttentionFound,
  type AttentionRequest,
  type Axis,
  type Batch,
  type CurvatureAnswer,
  type CurvatureRequest,
  type Cut,
  type Examination,
  type Facts,
  type ForwardAnswer,
  type ForwardRequest,
  type GradientAnswer,
  type GradientRequest,
  type InputFact,
  isCapped,
  type LayerFact,
  type LookedUpColumns,
  type Model,
  type ModelRequest,
  type OutputFact,
  type PathAnswer,
  type PathRequest,
  type Vocabulary,
  type WayLayer,
  type WeightFact,
} from "../../model/model";
import type { LayerPlace } from "../../model/place";
import type { ResolvedTarget } from "../../model/score";
import type { NdArray, Parts } from "../../tensor";
import { axesNamed } from "../check-facts";
import { keyOf, numberOf } from "../compiled/graph-key";
import { PathSum, pathRows } from "../path-rows";
import { curvatureRows, gradientRows, joinRows, type RowRequest, rowsOf, sliceRequest } from "../row-request";
import {
  type Adapter,
  type Intervention,
  placeKey,
  type Tensor,
  type Tf,
  type Variable,
} from "../tfjs/adapter";
import { installCorrections } from "../tfjs/corrections";
import { engineOf, onBackend, unfused } from "../tfjs/kernel-watch";
import type { NetState } from "../tfjs/net-state";
import type { OtherWeights } from "../tfjs/other-weights";
import type { RunRecurrence } from "../tfjs/recurrence";
import { attentionOf } from "./attention";
import { changedWeights, weightFacts } from "./changed-weights";
import { breathe, rowsPerChunk } from "./chunks";
import { type ChunkAnswer, computeOn, evaluate } from "./evaluate";
import { examine } from "./examine";
import { withLayer } from "./layer-failure";
import { Recordings } from "./recordings";
import { inStretches, Paused } from "./recurrences-in-stretches";

/** Runs of a net that show what a run leaves behind in its objects: the first ones set up what later ones use again. */
const WATCHED_RUNS = 4;

/** Frees weights that were put in once no model has them. */
const freed = new FinalizationRegistry<OtherWeights>((other) => other.dispose());

/** Model over tfjs as it is. */
export class EagerModel implements Model {
  readonly engine = "eager" as const;
  #inputs: readonly InputFact[];
  readonly #adapt: () => Adapter;
  /** Peak bytes of one row, by request. */
  readonly #bytesPerRow = new Map<string, number>();
  /** Places that have several rows for an example, such as its views, by `placeKey`. */
  readonly #viewed = new Set<string>();
  /** What cuts a part of the way to a score, by places and score. */
  readonly #cuts = new Map<string, readonly (readonly Cut[])[]>();
  /** What was found of the net, by request; other weights leave it as it is. */
  readonly #examined = new Map<string, Examination>();
  #runs = 0;
  #fingerprint: { readonly epoch: number; readonly hash: string } | undefined;
  #state: NetState | undefined;
  #epoch = 0;
  /** Calls that are open. */
  #calls = 0;
  /** Variables that the net was seen to use, with the identity of the entries that they had: a function closes over its own. */
  readonly #met = new Map<Variable, object>();
  readonly #recordings: Recordings;

  constructor(
    /** The tfjs of the net, for engines that record what it does. */
    readonly tf: Tf,
    /** Puts a common face on the net. */
    adapt: () => Adapter,
    readonly facts: Facts,
    /** The net behind its common face, for engines that record what it does; another one once layers were added. */
    public adapter: Adapter = adapt(),
  ) {
    this.#adapt = adapt;
    this.#recordings = new Recordings(tf, facts);
    this.#inputs = this.adapter.inputs.map((input) => withAxes(input, facts));
  }

  get inputs(): readonly InputFact[] {
    return this.#inputs;
  }

  get outputs(): readonly OutputFact[] {
    return this.adapter.outputs;
  }

  /** One readable line. */
  toString(): string {
    const shapes = (facts: readonly { name: string; shape?: readonly (number | null)[] }[]): string =>
      facts
        .map(({ name, shape }) => (shape ? `${name} [${shape.map((n) => n ?? "batch").join(", ")}]` : name))
        .join(", ");
    const { length } = this.layers;
    return `Model · ${shapes(this.inputs)} → ${shapes(this.outputs)} · ${length} layer${length === 1 ? "" : "s"} · ${this.engine} engine`;
  }

  static {
    // A model holds all of tfjs; printed whole it would bury the cell.
    Object.defineProperty(EagerModel.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value: EagerModel.prototype.toString,
    });
  }

  /** The same net with other facts. */
  withFacts(facts: Facts): EagerModel {
    return new EagerModel(this.tf, this.#adapt, { ...this.facts, ...facts }, this.adapter);
  }

  /** The backend of tfjs. */
  get backend(): string {
    return this.#backend();
  }

  get layers(): readonly LayerFact[] {
    return this.adapter.layers;
  }

  get fingerprint(): string {
    this.#noticeBetweenCalls();
    const known = this.#fingerprint?.epoch === this.#epoch ? this.#fingerprint.hash : undefined;
    // A call that is open has looked whether the net is alive.
    if (known === undefined || this.#calls === 0) this.checkAlive("fingerprint");
    if (known !== undefined) return known;
    const { adapter } = this;
    const parts = function* (): Iterable<ArrayBufferView | string> {
      yield adapter.topology();
      for (const weight of adapter.weights()) yield weight.dataSync();
    };
    const hash = fingerprint(parts());
    this.#fingerprint = { epoch: this.#epoch, hash };
    return hash;
  }

  get epoch(): number {
    this.#noticeBetweenCalls();
    return this.#epoch;
  }

  beginCall(): () => void {
    this.#notice();
    this.#calls++;
    let open = true;
    return () => {
      if (open) this.#calls--;
      open = false;
    };
  }

  /** Looks whether the net is another than before, unless a call is open: that looks at its own ends. */
  #noticeBetweenCalls(): void {
    if (this.#calls === 0) this.#notice();
  }

  /** Looks whether the net is another than before. */
  #notice(): void {
    const change = this.#state?.change ?? "nothing";
    let changed = change !== "nothing";
    if (changed || this.#state === undefined) this.#state = this.adapter.state?.();
    for (const [variable, entries] of this.#met) {
      if (variable.isDisposed) this.#met.delete(variable);
      else if (variable.dataId !== entries) this.#met.set(variable, variable.dataId);
      else continue;
      changed = true;
    }
    if (!changed) return;
    this.#epoch++;
    if (change !== "more") return;
    this.#bytesPerRow.clear();
    this.#recordings.clear();
    this.#examined.clear();
    this.#viewed.clear();
    this.#cuts.clear();
    if (this.adapter.isCurrent?.() !== false) return;
    this.adapter = this.#adapt();
    this.#inputs = this.adapter.inputs.map((input) => withAxes(input, this.facts));
  }

  lookups(input: number): readonly LayerPlace[] {
    return this.adapter.lookups(input);
  }

  vocabularies(input: number): readonly Vocabulary[] {
    return this.adapter.vocabularies?.(input) ?? [];
  }

  lookedUpColumns(batch: Batch): readonly LookedUpColumns[] {
    return this.#recordings.lookedUpColumns(this.adapter, batch);
  }

  way(batch: Batch, output: number): readonly WayLayer[] | undefined {
    return this.#recordings.way(this.adapter, batch, output);
  }

  weights(): readonly WeightFact[] {
    return weightFacts(this.adapter);
  }

  withWeights(changes: Readonly<Record<string, NdArray>>): EagerModel {
    const other = changedWeights(this.tf, this.adapter, changes);
    const model = new EagerModel(this.tf, () => other, this.facts);
    freed.register(model, other);
    return model;
  }

  checkAlive(fn: string): void {
    let weights: readonly Tensor[];
    try {
      weights = this.adapter.weights();
    } catch {
      throw wrongType(fn, "a model that is alive", "a model that was disposed");
    }
    if (weights.some((weight) => weight.isDisposed))
      throw wrongType(fn, "a model that is alive", "a model that was disposed");
  }

  async forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer> {
    return this.#forward(batch, request, false);
  }

  /** The same numbers to compare with, by quick kernels: rounded in another order. */
  quickForward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer> {
    return this.#forward(batch, request, true);
  }

  async #forward(batch: Batch, request: ForwardRequest, quick: boolean): Promise<ForwardAnswer> {
    const { of, explain, at: capture = [], replace = [] } = request;
    const rows: RowRequest = { batch, replace, of, explain, at: [], capture };
    const answers = await this.#inChunks("forward", rows, request, quick);
    return {
      ...(of ? { scores: joinScores(answers) } : {}),
      outputs: joinRows(answers.map(({ outputs }) => outputs)),
      heads: answers[0].heads,
      activations: joinRows(answers.map(({ activations }) => activations)),
    };
  }

  async gradient(batch: Batch, request: GradientRequest): Promise<GradientAnswer> {
    const rows = await gradientRows(this, batch, request);
    const answers = await this.#inChunks("gradient", rows, request);
    return {
      scores: joinScores(answers),
      gradients: joinRows(answers.map(({ gradients }) => gradients)),
      depends: rows.at.map((_, i) => answers.some(({ depends }) => depends[i])),
      cuts: this.#cuts.get(cutsKey(rows)),
      plain: answers[0].plain,
    };
  }

  async curvature(batch: Batch, direction: Parts, request: CurvatureRequest): Promise<CurvatureAnswer> {
    const rows = await curvatureRows(this, batch, direction, request);
    const answers = await this.#inChunks("curvature", rows, request);
    return {
      scores: joinScores(answers),
      products: joinRows(answers.map(({ gradients }) => gradients)),
    };
  }

  async path(batch: Batch, request: PathRequest): Promise<PathAnswer> {
    const { at, nodes, of, signal } = request;
    const examples = rowsOf({ batch });
    const sum = new PathSum(batch, request);
    const depends = at.map(() => false);
    const total = examples * nodes.length;
    const size = await this.#chunkRows("path", pathRows(batch, request, [0]), request, total, of);
    for (let start = 0; start < total; start += size) {
      throwIfAborted(signal);
      this.checkAlive("path");
      const rows = Array.from({ length: Math.min(size, total - start) }, (_, i) => start + i);
      const answer = await this.#chunk("path", pathRows(batch, request, rows), request);
      sum.add(answer.gradients, rows);
      for (const [i, own] of answer.depends.entries()) depends[i] ||= own;
      request.onRows?.(rows.length);
      await breathe();
    }
    throwIfAborted(signal);
    return {
      gradients: sum.gradients,
      depends,
      cuts: this.#cuts.get(cutsKey(pathRows(batch, request, [0]))),
    };
  }

  async #inChunks(
    fn: string,
    request: RowRequest,
    carried: ModelRequest,
    quick = false,
  ): Promise<ChunkAnswer[]> {
    const { signal, onRows } = carried;
    const rows = rowsOf(request);
    throwIfAborted(signal);
    const size = await this.#chunkRows(fn, sliceRequest(request, 0, 1), carried, rows, request.of);
    const answers: ChunkAnswer[] = [];
    for (let start = 0; start < rows; start += size) {
      const end = Math.min(rows, start + size);
      // It may be disposed of while other work goes on.
      this.checkAlive(fn);
      answers.push(await this.#chunk(fn, sliceRequest(request, start, end), carried, quick));
      onRows?.(end - start);
      await breathe();
      throwIfAborted(signal);
    }
    return answers;
  }

  /** Rows per chunk. The need of one row is measured once per kind of request, in bytes: it depends on shapes alone. */
  async #chunkRows(
    fn: string,
    row: RowRequest,
    carried: ModelRequest,
    rows: number,
    whole: ResolvedTarget | undefined,
  ): Promise<number> {
    const { maxBytes } = carried;
    this.checkAlive(fn);
    if (rows === 1 && !isCapped(this.facts, maxBytes)) return 1;
    const alone = (): boolean =>
      rows === 1 || this.#hasViews(row) || this.examineRow(row).mixing !== undefined;
    const { batch, at, capture, replace, of, explain, rule, direction } = row;
    const key = JSON.stringify([
      batch.map((array) => array.shape),
      at,
      capture,
      replace.map((r) => r.place),
      of?.score.kind === "function" ? numberOf(of.score.score) : of?.score.kind,
      of?.output,
      explain,
      rule?.name,
      direction?.length,
    ]);
    let bytes = this.#bytesPerRow.get(key);
    if (bytes === undefined) {
      try {
        bytes = (await this.#chunk(fn, row, carried)).peakBytes;
      } catch (error) {
        const batch = examplesOf(whole);
        if (batch === undefined) throw error;
        // It may close over one label for each example.
        return batch;
      }
      this.#bytesPerRow.set(key, bytes);
      await breathe();
      // It may be disposed of while other work goes on.
      this.checkAlive(fn);
    }
    const size = rowsPerChunk(fn, bytes, {
      facts: this.facts,
      asked: maxBytes,
      backend: this.#backend(),
    });
    return alone() ? 1 : size;
  }

  attention(example: Batch, request?: AttentionRequest): readonly AttentionFound[] {
    const { tf, adapter, facts } = this;
    return attentionOf({ tf, adapter, facts, backend: this.#backend() }, example, request);
  }

  examine(batch: Batch, of: ResolvedTarget): Examination {
    const request: RowRequest = { batch, replace: [], of, at: [], capture: [] };
    return this.examineRow(sliceRequest(request, 0, 1));
  }

  /** Examines the net on the way to what one row is asked for; by numbers also where a recording proves that rows are apart. */
  examineRow({ batch, of, explain, capture }: RowRequest, byNumbers = false): Examination {
    const row: RowRequest = { batch, of, explain, capture, replace: [], at: [] };
    const shapes = batch.map(({ shape }) => shape.slice(1));
    const key = `${keyOf(shapes, row, false)}${byNumbers}`;
    let found = this.#examined.get(key);
    if (found === undefined) {
      const { tf, adapter, facts } = this;
      const form = of?.explain ?? explain ?? "probability";
      const answer = (request: RowRequest): NdArray[] => {
        const { outputs, scores } = this.#scored({ ...request, explain: form, capture: [] });
        const own = of?.score.kind === "mask" || !scores ? [] : [{ data: scores, shape: [scores.length] }];
        return [...(of ? [outputs[of.output]] : outputs), ...own];
      };
      const examined = { tf, adapter, facts, backend: this.#backend(), row, answer };
      found = this.watched(() => examine(examined, byNumbers));
      this.#examined.set(key, found);
    }
    return found;
  }

  /** Outputs and scores; outputs alone where a function has no score for some rows of a batch. */
  #scored(request: RowRequest): Pick<ChunkAnswer, "outputs" | "scores"> {
    try {
      return this.#evaluate(request);
    } catch (error) {
      if (request.of?.score.kind !== "function") throw error;
      return this.#evaluate({ ...request, of: undefined });
    }
  }

  /** Rows that the net itself takes at a time; undefined when any number. Others are made up of several runs. */
  get rowsPerRun(): number | undefined {
    const { madeFor } = this.adapter;
    if (madeFor === undefined) return undefined;
    return onBackend(this.tf, this.#backend(), () => (madeFor.binds() ? madeFor.rows : undefined));
  }

  /** True of a request at layers that have several rows for an example: each example is then computed by itself. */
  #hasViews({ capture, replace }: RowRequest): boolean {
    return [...capture, ...replace.map(({ place }) => place)].some((place) =>
      this.#viewed.has(placeKey(place)),
    );
  }

  /** Runs the net; what the run itself leaves behind in its objects is no change of it. */
  watched<T>(run: () => T): T {
    this.#notice();
    try {
      return run();
    } finally {
      this.#state = this.#state?.afterRun();
    }
  }

  /** One chunk, which says what it holds. */
  async #chunk(
    fn: string,
    request: RowRequest,
    { signal, onHeld }: ModelRequest,
    quick = false,
  ): Promise<ChunkAnswer> {
    // Beforehand, since it may be disposed of while others have their turn.
    const weightBytes = this.adapter.weights().reduce((sum, { size }) => sum + 4 * size, 0);
    const answer =
      request.at.length > 0
        ? this.#evaluate(request, quick)
        : await this.#inStretches(fn, request, signal, quick);
    onHeld?.("eager", weightBytes + answer.peakBytes);
    return answer;
  }

  /** A chunk of a forward pass, which lets others have their turn between the steps of long recurrent layers. */
  #inStretches(
    fn: string,
    request: RowRequest,
    signal: AbortSignal | undefined,
    quick: boolean,
  ): Promise<ChunkAnswer> {
    const { tf } = this;
    const backend = this.#backend();
    return inStretches({
      tf,
      whole: (recur) => this.#evaluate(request, quick, recur),
      part: (stretch) => computeOn(tf, backend, quick, () => unfused(tf, stretch)),
      pause: async () => {
        await breathe();
        throwIfAborted(signal);
        this.checkAlive(fn);
      },
    });
  }

  #evaluate(request: RowRequest, quick = false, recur?: RunRecurrence): ChunkAnswer {
    const backend = this.#backend();
    engineOf(this.tf).findBackend(backend);
    installCorrections(this.tf);
    const met = (variable: Variable): void => {
      if (!this.#met.has(variable)) this.#met.set(variable, variable.dataId);
    };
    const { tf, adapter, facts } = this;
    const run = (failed?: Intervention["failed"]): ChunkAnswer => {
      const key = request.at.length > 0 ? cutsKey(request) : undefined;
      const seek = key !== undefined && !this.#cuts.has(key);
      const answer = evaluate(tf, adapter, facts, backend, request, this.#viewed, {
        seekCuts: seek,
        met,
        failed,
        quick,
        recur,
      });
      if (seek) this.#cuts.set(key, answer.cuts);
      request.capture.forEach((place, i) => {
        if (answer.viewed[i]) this.#viewed.add(placeKey(place));
      });
      return answer;
    };
    try {
      return this.#runs++ < WATCHED_RUNS ? this.watched(run) : run();
    } catch (error) {
      // A plain function is the caller's own code, whose errors are left to it.
      if (!adapter.fixed || error instanceof Paused) throw error;
      throw withLayer(request.at.length > 0 ? "gradient" : "forward", error, run);
    }
  }

  /**
   * `tensorflow` when it is registered and holds the weights, else `cpu`, whatever backend is active. tfjs-node
   * cannot read tensors of another backend, while cpu reads those of any.
   */
  #backend(): string {
    const engine = engineOf(this.tf);
    if (!("tensorflow" in engine.registryFactory)) return "cpu";
    const tensorflow = engine.findBackend("tensorflow");
    const weights = this.adapter.weights();
    const owners = weights.map(
      (weight) => engine.state.tensorInfo.get((weight as unknown as { dataId: object }).dataId)?.backend,
    );
    const native =
      weights.length > 0
        ? owners.every((owner) => owner === tensorflow)
        : engine.backendName === "tensorflow";
    return native ? "tensorflow" : "cpu";
  }
}

function withAxes(input: InputFact, { axes }: Facts): InputFact {
  const byName = axes as Readonly<Record<string, readonly Axis[]>> | undefined;
  const named = Array.isArray(axes) ? axes : byName && axesNamed(byName, [input], input.name);
  return named ? { ...input, axes: named } : input;
}

/** Key of what does not depend on numbers: where a request is differentiated, and what is scored. */
function cutsKey({ batch, at, of, rule }: RowRequest): string {
  const shapes = batch.map(({ shape }) => shape.slice(1));
  return keyOf(shapes, { batch, replace: [], at, of, rule, capture: [] }, false);
}

/** The number of examples of the call, where a function scores them in their order. */
function examplesOf(of: ResolvedTarget | undefined): number | undefined {
  if (of?.score.kind !== "function") return undefined;
  const { examples } = of.score;
  const count = 1 + examples.reduce((most, example) => Math.max(most, example), 0);
  return count > 1 && examples.every((example, row) => example === row % count) ? count : undefined;
}

function joinScores(answers: readonly ChunkAnswer[]): Float64Array {
  return Float64Array.from(answers.flatMap((answer) => Array.from(answer.scores as Float32Array)));
}

/** Rows of from + α (to − from); row r is example r mod B at node ⌊r / B⌋. */
