/** The compiled engine: questions about inputs answered by ONNX Runtime, in one run per chunk. */
import { throwIfAborted } from "../../check";
import type {
  Ask,
  Batch,
  Facts,
  ForwardAnswer,
  GradientAnswer,
  InputFact,
  InputPlace,
  LayerFact,
  LayerPlace,
  Model,
  OutputFact,
  PathAnswer,
  PathAsk,
  Place,
} from "../../model";
import { type Explain, type ResolvedTarget, targetRows } from "../../target";
import { concatRows, type NdArray, rowSize, sliceRows } from "../../tensor";
import { DEFAULT_MAX_BYTES, rowsPerChunk } from "../eager/chunks";
import type { EagerModel } from "../eager/eager-model";
import { isWeightedSum } from "../graph/record";
import { type CompileAsk, type CompiledGraph, compile } from "./compiled-graph";
import { type Comparable, disagreement, nudged } from "./first-check";
import { sessions } from "./session-cache";
import { runner } from "./session-runner";
import type { ThreadArray } from "./session-thread";

/** Arithmetic of one chunk, at most: less than half a second of one core, so that an abort wastes no more. */
const CHUNK_OPERATIONS = 8e9;

/** A target that graphs take as their input `mask`. */
type WeightedSum = ResolvedTarget & { readonly score: Extract<ResolvedTarget["score"], { kind: "mask" }> };

/** What one run of a session gives, by the names of its outputs. */
type Outputs = Readonly<Record<string, NdArray>>;

let nextModel = 0;
const numbers = new WeakMap<object, number>();
let nextNumber = 0;

/** A number that tells objects apart. */
function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) {
    number = nextNumber++;
    numbers.set(object, number);
  }
  return number;
}

/** Frees the sessions of models that nobody holds any more. */
const forgotten = new FinalizationRegistry<string>((prefix) => sessions.drop(prefix));

/**
 * Model over ONNX Runtime.
 *
 * Scores, gradients and paths at inputs are compiled for targets that weigh outputs: classes, indices and masks. All
 * else is answered by the eager engine, on purpose and with the same numbers: activations and gradients at layers and
 * look-ups, replaced activations, and targets that are neurons, losses or functions. An operation that cannot be
 * compiled is an error that names it, never a silent change of engine.
 *
 * A plain function is recorded once; what it closes over is taken to stay as it is.
 */
export class CompiledModel implements Model {
  readonly engine = "compiled" as const;
  readonly #prefix = `${nextModel++}/`;
  #weights = "";

  constructor(private readonly eager: EagerModel) {
    forgotten.register(this, this.#prefix);
  }

  /** One readable line. */
  toString(): string {
    return this.eager.toString().replace(/eager engine$/, "compiled engine");
  }

  static {
    Object.defineProperty(CompiledModel.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value: CompiledModel.prototype.toString,
    });
  }

  /** The same net with other facts. */
  withFacts(facts: Facts): CompiledModel {
    return new CompiledModel(this.eager.withFacts(facts));
  }

  /** The same net on the eager engine. */
  get reference(): EagerModel {
    return this.eager;
  }

  get facts(): Facts {
    return this.eager.facts;
  }

  get inputs(): readonly InputFact[] {
    return this.eager.inputs;
  }

  get outputs(): readonly OutputFact[] {
    return this.eager.outputs;
  }

  get layers(): readonly LayerFact[] {
    return this.eager.layers;
  }

  get fingerprint(): string {
    return this.eager.fingerprint;
  }

  lookups(input: number): readonly LayerPlace[] {
    return this.eager.lookups(input);
  }

  checkAlive(fn: string): void {
    this.eager.checkAlive(fn);
  }

  async forward(
    batch: Batch,
    ask: Ask & {
      readonly of?: ResolvedTarget;
      readonly at?: readonly LayerPlace[];
      readonly explain?: Explain;
    },
  ): Promise<ForwardAnswer> {
    const { of, explain, at = [], replace = [] } = ask;
    if (at.length > 0 || replace.length > 0 || (of && !isWeightedSum(of)) || (!of && !explain))
      return this.eager.forward(batch, ask);
    const outputs = explain
      ? await this.#rows("forward", batch, ask, undefined, { explain, at: [], path: false }, async (row) => {
          const answer = await this.eager.forward(row, { explain });
          return { scores: answer.outputs.map(({ data }) => data), gradients: [] };
        })
      : undefined;
    const scored = of ? await this.#scores("forward", batch, ask, of as WeightedSum) : undefined;
    const { heads } = (outputs ?? scored) as { heads: ForwardAnswer["heads"] };
    return {
      ...(scored ? { scores: Float64Array.from((scored.outputs["scores"] as NdArray).data) } : {}),
      outputs: outputs ? ports(outputs.outputs, "output") : [],
      heads,
      activations: [],
    };
  }

  async gradient(
    batch: Batch,
    ask: Ask & { readonly of: ResolvedTarget; readonly at: readonly Place[] },
  ): Promise<GradientAnswer> {
    const { of, at } = ask;
    if (!isWeightedSum(of) || !atInputs(at) || (ask.replace ?? []).length > 0)
      return this.eager.gradient(batch, ask);
    const request: CompileAsk = {
      explain: of.explain,
      output: of.output,
      at: at.map((place) => place.input),
      path: false,
    };
    const { outputs, depends } = await this.#rows(
      "gradient",
      batch,
      ask,
      of,
      request,
      async (row, target) => {
        const answer = await this.eager.gradient(row, { of: target as ResolvedTarget, at });
        return { scores: [answer.scores], gradients: answer.gradients };
      },
    );
    return {
      scores: Float64Array.from((outputs["scores"] as NdArray).data),
      gradients: ports(outputs, "gradient"),
      depends,
    };
  }

  async path(batch: Batch, ask: PathAsk): Promise<PathAnswer> {
    const { of, at, from, to, nodes, weights } = ask;
    if (!isWeightedSum(of) || !atInputs(at) || (ask.replace ?? []).length > 0)
      return this.eager.path(batch, ask);
    const request: CompileAsk = {
      explain: of.explain,
      output: of.output,
      at: at.map((place) => place.input),
      path: true,
    };
    const examples = (from[0] as NdArray).shape[0] as number;
    const run = (
      graph: CompiledGraph,
      rows: readonly [number, number],
      span: readonly [number, number],
      ends: readonly [readonly NdArray[], readonly NdArray[]],
      signal?: AbortSignal,
    ): Promise<Outputs> => {
      const feeds: Record<string, ThreadArray> = { mask: float(sliceRows(of.score.mask, ...rows)) };
      batch.forEach((array, i) => {
        const place = request.at.indexOf(i);
        if (place < 0) feeds[`input${i}`] = this.#feed(sliceRows(array, ...rows), i);
      });
      ends[0].forEach((array, i) => {
        feeds[`from${i}`] = float(sliceRows(array, ...rows));
        feeds[`to${i}`] = float(sliceRows(ends[1][i] as NdArray, ...rows));
      });
      const cut = (values: readonly number[]): ThreadArray => {
        const data = Float32Array.from(values.slice(...span));
        return { dtype: "float32", data, shape: [data.length] };
      };
      feeds["alphas"] = cut(nodes);
      feeds["weights"] = cut(weights);
      return this.#run(graph, feeds, signal);
    };
    const firstCheck = async (graph: CompiledGraph): Promise<void> => {
      // Two nodes show whether points and sums are right; the rest repeats them.
      const span: [number, number] = [
        Math.max(0, Math.floor(nodes.length / 2) - 1),
        Math.floor(nodes.length / 2) + 1,
      ];
      await this.#compare(async (move) => {
        const ends: [NdArray[], NdArray[]] = [from, to].map((arrays) => arrays.map(move)) as [
          NdArray[],
          NdArray[],
        ];
        const first = (arrays: readonly NdArray[]): NdArray[] =>
          arrays.map((array) => sliceRows(array, 0, 1));
        const answer = await this.eager.path(first(batch), {
          of: targetRows(of, [0]),
          at,
          from: first(ends[0]),
          to: first(ends[1]),
          nodes: nodes.slice(...span),
          weights: weights.slice(...span),
        });
        const outputs = await run(graph, [0, 1], span, ends);
        return [
          { scores: [], gradients: ports(outputs, "gradient") },
          { scores: [], gradients: answer.gradients },
        ];
      });
    };
    return this.#withGraph("path", batch, request, firstCheck, ask.signal, async (graph) => {
      const size = this.#chunkRows("path", graph, ask, examples * nodes.length);
      const block = Math.min(size, nodes.length);
      const rows = Math.max(1, Math.floor(size / block));
      const sums = from.map((array) => new Float64Array(array.data.length));
      for (let row = 0; row < examples; row += rows) {
        for (let node = 0; node < nodes.length; node += block) {
          const [lastRow, lastNode] = [Math.min(examples, row + rows), Math.min(nodes.length, node + block)];
          const outputs = await run(graph, [row, lastRow], [node, lastNode], [from, to], ask.signal);
          ports(outputs, "gradient").forEach(({ data }, i) => {
            const sum = sums[i] as Float64Array;
            const start = row * rowSize(from[i] as NdArray);
            for (let k = 0; k < data.length; k++)
              sum[start + k] = (sum[start + k] as number) + (data[k] as number);
          });
          ask.onRows?.((lastRow - row) * (lastNode - node));
        }
      }
      return {
        gradients: sums.map((sum, i) => ({
          data: Float32Array.from(sum),
          shape: (from[i] as NdArray).shape,
        })),
        depends: graph.depends,
      };
    });
  }

  #scores(
    fn: string,
    batch: Batch,
    ask: Ask,
    of: WeightedSum,
  ): Promise<{ outputs: Outputs; heads: ForwardAnswer["heads"]; depends: readonly boolean[] }> {
    const request: CompileAsk = { explain: of.explain, output: of.output, at: [], path: false };
    return this.#rows(fn, batch, ask, of, request, async (row, target) => {
      const { scores } = await this.eager.forward(row, { of: target as ResolvedTarget });
      return { scores: [scores as Float64Array], gradients: [] };
    });
  }

  /** A question that is answered row by row, in chunks. */
  async #rows(
    fn: string,
    batch: Batch,
    ask: Ask,
    of: WeightedSum | undefined,
    request: CompileAsk,
    reference: (row: Batch, of: ResolvedTarget | undefined) => Promise<Comparable>,
  ): Promise<{ outputs: Outputs; heads: ForwardAnswer["heads"]; depends: readonly boolean[] }> {
    const run = (
      graph: CompiledGraph,
      part: Batch,
      mask: NdArray | undefined,
      signal?: AbortSignal,
    ): Promise<Outputs> =>
      this.#run(
        graph,
        {
          ...Object.fromEntries(part.map((array, i) => [`input${i}`, this.#feed(array, i)])),
          ...(mask ? { mask: float(mask) } : {}),
        },
        signal,
      );
    const firstCheck = (graph: CompiledGraph): Promise<void> =>
      this.#compare(async (move) => {
        const row = batch.map((array, i) => {
          const first = sliceRows(array, 0, 1);
          return this.inputs[i]?.dtype === "float32" ? move(first) : first;
        });
        const outputs = await run(graph, row, of && sliceRows(of.score.mask, 0, 1));
        const scores = of ? [outputs["scores"] as NdArray] : ports(outputs, "output");
        return [
          { scores: scores.map(({ data }) => data), gradients: ports(outputs, "gradient") },
          await reference(row, of && targetRows(of, [0])),
        ];
      });
    const total = (batch[0] as NdArray).shape[0] as number;
    return this.#withGraph(fn, batch, request, firstCheck, ask.signal, async (graph) => {
      const size = this.#chunkRows(fn, graph, ask, total);
      const answers: Outputs[] = [];
      for (let row = 0; row < total; row += size) {
        const end = Math.min(total, row + size);
        const part = batch.map((array) => sliceRows(array, row, end));
        answers.push(await run(graph, part, of && sliceRows(of.score.mask, row, end), ask.signal));
        ask.onRows?.(end - row);
      }
      const names = Object.keys(answers[0] as Outputs);
      const outputs = Object.fromEntries(
        names.map((name) => [name, concatRows(answers.map((answer) => answer[name] as NdArray))]),
      );
      return { outputs, heads: graph.heads, depends: graph.depends };
    });
  }

  /** Works with the graph of a request: known for these weights, or compiled and compared now. */
  #withGraph<T>(
    fn: string,
    batch: Batch,
    request: CompileAsk,
    firstCheck: (graph: CompiledGraph) => Promise<void>,
    signal: AbortSignal | undefined,
    work: (graph: CompiledGraph) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    this.eager.checkAlive(fn);
    const { tf, adapter } = this.eager;
    const weights = adapter
      .weights()
      .map((weight) => numberOf((weight as unknown as { dataId: object }).dataId));
    const key = weights.join(",");
    if (key !== this.#weights) {
      sessions.drop(this.#prefix);
      this.#weights = key;
    }
    const shapes = batch.map((array) => array.shape.slice(1));
    return sessions.use(
      `${this.#prefix}${key}/${JSON.stringify([shapes, request])}`,
      async () => {
        const graph = await compile(tf, adapter, this.facts, shapes, request);
        try {
          await firstCheck(graph);
        } catch (error) {
          await runner.release(graph.session);
          throw error;
        }
        return graph;
      },
      work,
      signal,
    );
  }

  /** Throws when the engines disagree on one row, and on that row moved off its kinks. */
  async #compare(
    ask: (move: (array: NdArray) => NdArray) => Promise<[compiled: Comparable, eager: Comparable]>,
  ): Promise<void> {
    if (disagreement(...(await ask((array) => array))) === undefined) return;
    const found = disagreement(...(await ask(nudged)));
    if (found === undefined) return;
    throw new Error(
      `compiled engine: expected the numbers of the eager engine, got a difference in ${found}; engine "eager" computes this model`,
    );
  }

  #chunkRows(fn: string, graph: CompiledGraph, ask: Ask, total: number): number {
    const maxBytes = ask.maxBytes ?? this.facts.maxBytes ?? DEFAULT_MAX_BYTES;
    const byMemory = rowsPerChunk(fn, total === 1 ? 0 : graph.bytesPerRow, maxBytes, "onnxruntime");
    const byTime = Math.max(1, Math.floor(CHUNK_OPERATIONS / graph.operationsPerRow));
    return Math.min(total, byMemory, byTime);
  }

  async #run(
    graph: CompiledGraph,
    feeds: Readonly<Record<string, ThreadArray>>,
    signal?: AbortSignal,
  ): Promise<Outputs> {
    const outputs = await runner.run(graph.session, feeds, signal);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, shape }]) => [
        name,
        { data: data instanceof Float32Array ? data : Float32Array.from(data), shape: [...shape] },
      ]),
    );
  }

  #feed(array: NdArray, input: number): ThreadArray {
    const dtype = this.inputs[input]?.dtype ?? "float32";
    if (dtype === "float32") return float(array);
    const data = dtype === "int32" ? Int32Array.from(array.data) : Uint8Array.from(array.data);
    return { dtype, data, shape: array.shape };
  }
}

/** Only its own entries: what is sent to the thread is copied with the whole memory that it is part of. */
function float({ data, shape }: NdArray): ThreadArray {
  return { dtype: "float32", data: data.byteLength === data.buffer.byteLength ? data : data.slice(), shape };
}

/** Outputs `name0`, `name1`, … in order. */
function ports(outputs: Outputs, name: string): NdArray[] {
  const found: NdArray[] = [];
  for (let i = 0; outputs[`${name}${i}`]; i++) found.push(outputs[`${name}${i}`] as NdArray);
  return found;
}

function atInputs(at: readonly Place[]): at is readonly InputPlace[] {
  return at.every((place) => "input" in place);
}
