/** The eager engine: the user's tfjs model as it is, in chunks, with tfjs's wrong gradients corrected. */

import { throwIfAborted, wrongType } from "../../check";
import { fingerprint } from "../../model/fingerprint";
import {
  type Batch,
  type CurvatureAnswer,
  type CurvatureRequest,
  type Facts,
  type ForwardAnswer,
  type ForwardRequest,
  type GradientAnswer,
  type GradientRequest,
  type InputFact,
  type LayerFact,
  type Model,
  type ModelRequest,
  maxBytesOf,
  type OutputFact,
  type PathAnswer,
  type PathRequest,
  type Replacement,
  type Vocabulary,
} from "../../model/model";
import { type LayerPlace, type Place, samePlace } from "../../model/place";
import type { ResolvedTarget } from "../../model/score";
import { targetRows } from "../../model/target";
import { concatRows, filled, type NdArray, rowSize, sliceRows, takeRows } from "../../tensor";
import { askedReference, checkDirection } from "../rules/checked-request";
import type { Adapter, Tensor, Tf } from "../tfjs/adapter";
import { installCorrections } from "../tfjs/corrections";
import { engineOf, onBackend } from "../tfjs/kernel-watch";
import { breathe, rowsPerChunk } from "./chunks";
import { type ChunkAnswer, type ChunkRequest, evaluate } from "./evaluate";

/** Model over tfjs as it is. */
export class EagerModel implements Model {
  readonly engine = "eager" as const;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  /** Peak bytes of one row, by what was asked. */
  readonly #bytesPerRow = new Map<string, number>();

  constructor(
    /** The tfjs of the net, for engines that record what it does. */
    readonly tf: Tf,
    /** The net behind its common face, for the same. */
    readonly adapter: Adapter,
    readonly facts: Facts,
  ) {
    this.inputs = adapter.inputs.map((input) => withAxes(input, facts));
    this.outputs = adapter.outputs;
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
    return new EagerModel(this.tf, this.adapter, { ...this.facts, ...facts });
  }

  /** The backend of tfjs. */
  get backend(): string {
    return this.#backend();
  }

  get layers(): readonly LayerFact[] {
    return this.adapter.layers;
  }

  get fingerprint(): string {
    this.checkAlive("fingerprint");
    const adapter = this.adapter;
    const parts = function* (): Iterable<ArrayBufferView | string> {
      yield adapter.topology();
      for (const weight of adapter.weights()) yield weight.dataSync();
    };
    return fingerprint(parts());
  }

  lookups(input: number): readonly LayerPlace[] {
    return this.adapter.lookups(input);
  }

  vocabularies(input: number): readonly Vocabulary[] {
    return this.adapter.vocabularies?.(input) ?? [];
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

  async forward(batch: Batch, ask: ForwardRequest): Promise<ForwardAnswer> {
    const answers = await this.#inChunks("forward", batch, ask, {
      ...(ask.of ? { of: ask.of } : {}),
      ...(ask.explain ? { explain: ask.explain } : {}),
      variables: [],
      capture: ask.at ?? [],
      replace: ask.replace ?? [],
    });
    return {
      ...(ask.of ? { scores: joinScores(answers) } : {}),
      outputs: join(answers, (answer) => answer.outputs),
      heads: answers[0].heads,
      activations: join(answers, (answer) => answer.activations),
    };
  }

  async gradient(batch: Batch, ask: GradientRequest): Promise<GradientAnswer> {
    const { of, at, rule } = ask;
    const compared = await this.#reference(batch, ask);
    const replace = await this.#withOwnValues(batch, ask, ask.replace ?? []);
    const answers = await this.#inChunks("gradient", batch, ask, {
      of,
      variables: at,
      replace,
      capture: [],
      ...(rule ? { rule } : {}),
      ...(compared ? { reference: compared } : {}),
    });
    return {
      scores: joinScores(answers),
      gradients: join(answers, (answer) => answer.gradients),
      depends: at.map((_, i) => answers.some((answer) => answer.depends[i])),
    };
  }

  async curvature(
    batch: Batch,
    direction: readonly NdArray[],
    ask: CurvatureRequest,
  ): Promise<CurvatureAnswer> {
    const { of, at } = ask;
    const replace = await this.#withOwnValues(batch, ask, ask.replace ?? []);
    checkDirection(direction, valuesAt(batch, at, replace));
    const answers = await this.#inChunks("curvature", batch, ask, {
      of,
      variables: at,
      replace,
      capture: [],
      direction,
    });
    return { scores: joinScores(answers), products: join(answers, (answer) => answer.gradients) };
  }

  /** With what a layer computes itself where it is differentiated at: it is done with respect to values that stand in for its own. */
  async #withOwnValues(
    batch: Batch,
    ask: ModelRequest & { readonly at: readonly Place[] },
    replace: readonly Replacement[],
  ): Promise<Replacement[]> {
    const missing = ask.at.filter(
      (place): place is LayerPlace => "layer" in place && !replace.some((r) => samePlace(r.place, place)),
    );
    if (missing.length === 0) return [...replace];
    const { of: _, at: __, ...rest } = ask as GradientRequest;
    const { activations } = await this.forward(batch, { ...rest, replace, at: missing });
    return [...replace, ...missing.map((place, i) => ({ place, values: activations[i] }))];
  }

  /** The reference batch of a rule, and what the layers that are differentiated at make of it. */
  async #reference(batch: Batch, ask: GradientRequest): Promise<ChunkRequest["reference"] | undefined> {
    const asked = askedReference(batch, ask);
    return asked && { ...asked, replace: await this.#withOwnValues(asked.batch, ask, asked.replace) };
  }

  async path(batch: Batch, ask: PathRequest): Promise<PathAnswer> {
    const { at, from, to, nodes, weights, of } = ask;
    const examples = batch[0].shape[0];
    const sums = from.map((array) => new Float64Array(array.data.length));
    const depends = at.map(() => false);
    const point = (rows: number[]): { batch: Batch; replace: Replacement[]; of: ResolvedTarget } => {
      const inputs = batch.map((array) =>
        takeRows(
          array,
          rows.map((row) => row % examples),
        ),
      );
      const replace: Replacement[] = (ask.replace ?? []).map((r) => ({
        ...r,
        values: takeRows(
          r.values,
          rows.map((row) => row % examples),
        ),
      }));
      at.forEach((place, i) => {
        const values = pointsBetween(from[i], to[i], nodes, rows, examples);
        if ("input" in place) inputs[place.input] = values;
        else replace.push({ place, values });
      });
      return {
        batch: inputs,
        replace,
        of: targetRows(
          of,
          rows.map((row) => row % examples),
        ),
      };
    };
    const total = examples * nodes.length;
    const request: ChunkRequest = { of, variables: at, replace: [], capture: [] };
    const first = point([0]);
    const size = await this.#chunkRows(
      "path",
      first.batch,
      ask,
      { ...request, of: first.of, replace: first.replace },
      total,
    );
    for (let start = 0; start < total; start += size) {
      throwIfAborted(ask.signal);
      const rows = Array.from({ length: Math.min(size, total - start) }, (_, i) => start + i);
      const here = point(rows);
      const answer = this.#evaluate(here.batch, { ...request, of: here.of, replace: here.replace });
      answer.gradients.forEach((gradient, i) => {
        accumulate(sums[i], gradient, rows, weights, examples);
        depends[i] ||= answer.depends[i];
      });
      ask.onRows?.(rows.length);
      await breathe();
    }
    throwIfAborted(ask.signal);
    return {
      gradients: sums.map((sum, i) => ({ data: Float32Array.from(sum), shape: from[i].shape })),
      depends,
    };
  }

  async #inChunks(
    fn: string,
    batch: Batch,
    ask: ModelRequest,
    request: ChunkRequest,
  ): Promise<ChunkAnswer[]> {
    const rows = batch[0].shape[0];
    throwIfAborted(ask.signal);
    const size = await this.#chunkRows(fn, firstRow(batch), ask, rowsOf(request, 0, 1), rows);
    const answers: ChunkAnswer[] = [];
    for (let start = 0; start < rows; start += size) {
      const end = Math.min(rows, start + size);
      const part = batch.map((array) => sliceRows(array, start, end));
      // It may be disposed of while other work goes on.
      this.checkAlive(fn);
      answers.push(this.#evaluate(part, rowsOf(request, start, end)));
      ask.onRows?.(end - start);
      await breathe();
      throwIfAborted(ask.signal);
    }
    return answers;
  }

  /** Rows per chunk. The need of one row is measured once per kind of request, in bytes: it depends on shapes alone. */
  async #chunkRows(
    fn: string,
    row: Batch,
    ask: ModelRequest,
    request: ChunkRequest,
    rows: number,
  ): Promise<number> {
    this.checkAlive(fn);
    if (rows === 1) return 1;
    const key = JSON.stringify([
      row.map((array) => array.shape),
      request.variables,
      request.capture,
      request.replace.map((r) => r.place),
      request.of?.score.kind,
      request.of?.output,
      request.explain,
      request.rule?.name,
      request.direction?.length,
    ]);
    let bytes = this.#bytesPerRow.get(key);
    if (bytes === undefined) {
      bytes = this.#evaluate(row, request).peakBytes;
      this.#bytesPerRow.set(key, bytes);
      await breathe();
    }
    const maxBytes = maxBytesOf(this.facts, ask.maxBytes);
    return rowsPerChunk(fn, bytes, maxBytes, this.#backend());
  }

  /** Rows that the net itself takes at a time; undefined when any number. Others are made up of several runs. */
  get rowsPerRun(): number | undefined {
    const { madeFor } = this.adapter;
    if (madeFor === undefined) return undefined;
    return onBackend(this.tf, this.#backend(), () => (madeFor.binds() ? madeFor.rows : undefined));
  }

  #evaluate(batch: Batch, request: ChunkRequest): ChunkAnswer {
    const backend = this.#backend();
    engineOf(this.tf).findBackend(backend);
    installCorrections(this.tf);
    return evaluate(this.tf, this.adapter, this.facts, backend, batch, request);
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

function withAxes(input: InputFact, facts: Facts): InputFact {
  const { axes } = facts;
  const named = Array.isArray(axes)
    ? axes
    : (axes as Record<string, InputFact["axes"]> | undefined)?.[input.name];
  return named ? { ...input, axes: named } : input;
}

/** The values at places, all of them in the batch or among `replace`. */
function valuesAt(batch: Batch, at: readonly Place[], replace: readonly Replacement[]): NdArray[] {
  return at.map((place) =>
    "input" in place
      ? batch[place.input]
      : (replace.find((r) => samePlace(r.place, place)) as Replacement).values,
  );
}

function firstRow(batch: Batch): Batch {
  return batch.map((array) => sliceRows(array, 0, 1));
}

function rowsOf(request: ChunkRequest, from: number, to: number): ChunkRequest {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  return {
    ...request,
    ...(request.of ? { of: targetRows(request.of, rows) } : {}),
    replace: replacementRows(request.replace, from, to),
    ...(request.direction ? { direction: request.direction.map((array) => sliceRows(array, from, to)) } : {}),
    ...(request.reference
      ? {
          reference: {
            batch: request.reference.batch.map((array) => sliceRows(array, from, to)),
            replace: replacementRows(request.reference.replace, from, to),
          },
        }
      : {}),
  };
}

function replacementRows(replace: readonly Replacement[], from: number, to: number): Replacement[] {
  return replace.map((r) => ({ ...r, values: sliceRows(r.values, from, to) }));
}

function join(answers: readonly ChunkAnswer[], pick: (answer: ChunkAnswer) => readonly NdArray[]): NdArray[] {
  return pick(answers[0]).map((_, i) => concatRows(answers.map((answer) => pick(answer)[i])));
}

function joinScores(answers: readonly ChunkAnswer[]): Float64Array {
  return Float64Array.from(answers.flatMap((answer) => Array.from(answer.scores as Float32Array)));
}

/** Rows of from + α (to − from); row r is example r mod B at node ⌊r / B⌋. */
function pointsBetween(
  from: NdArray,
  to: NdArray,
  nodes: readonly number[],
  rows: readonly number[],
  examples: number,
): NdArray {
  const width = rowSize(from);
  const points = filled([rows.length, ...from.shape.slice(1)], 0);
  rows.forEach((row, k) => {
    const alpha = nodes[Math.floor(row / examples)];
    const base = (row % examples) * width;
    for (let i = 0; i < width; i++) {
      const start = from.data[base + i];
      points.data[k * width + i] = start + alpha * (to.data[base + i] - start);
    }
  });
  return points;
}

function accumulate(
  sum: Float64Array,
  gradient: NdArray,
  rows: readonly number[],
  weights: readonly number[],
  examples: number,
): void {
  const width = rowSize(gradient);
  rows.forEach((row, k) => {
    const weight = weights[Math.floor(row / examples)];
    const base = (row % examples) * width;
    for (let i = 0; i < width; i++) {
      sum[base + i] += weight * gradient.data[k * width + i];
    }
  });
}
