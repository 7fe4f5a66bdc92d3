/** The compiled engine: requests answered by ONNX Runtime, in one run per chunk. */
import {
  type Batch,
  type Checked,
  type CurvatureAnswer,
  type CurvatureRequest,
  type Cut,
  type ForwardAnswer,
  type ForwardRequest,
  type GradientAnswer,
  type GradientRequest,
  type ModelRequest,
  maxBytesOf,
  type NamedOperation,
  type OutputDescription,
  type PathAnswer,
  type PathRequest,
  type Replacement,
} from "../../model/model";
import { samePlace } from "../../model/place";
import type { Explain, Head, ResolvedTarget } from "../../model/score";
import { scoresFromOutput } from "../../model/target";
import { RunningSum } from "../../running";
import { between, concatRows, mapped, type NdArray, type Parts, rowSize, sliceRows } from "../../tensor";
import { DelegatingModel } from "../delegating-model";
import type { EagerModel } from "../eager/eager-model";
import { portAt, portName, portValues } from "../graph/ports";
import {
  curvatureRows,
  gradientRows,
  movedRows,
  type RowRequest,
  requestAt,
  rowsOf,
  sliceRequest,
  valueAt,
} from "../row-request";
import { inOrderOf } from "../rules/checked-request";
import { checkEnd } from "../tfjs/head";
import { CheckedGraphs } from "./check/checked-graphs";
import {
  type Answer,
  agreed,
  type Comparable,
  difference,
  disagreement,
  type FirstCheck,
  isNear,
  type Move,
  scoresOf,
  unmoved,
} from "./check/first-check";
import { gradientDisagreement, isSlow } from "./check/gradient-check";
import { KnownOutputs } from "./check/known-outputs";
import { recordedOutputs } from "./compiled-graph";
import { feed, feedsOf } from "./feeds";
import { inTurn } from "./in-turn";
import type { LoadedGraph } from "./loaded-graph";
import { comparable, joinOutputs, type Outputs, runGraph, runRequest, scoresIn } from "./outputs";
import { pathByGradients, RowsAtATime } from "./path-by-gradients";
import { isRefusal } from "./refusal";
import { pathParts, spans } from "./row-parts";
import { runner } from "./session/session-runner";
import type { ThreadArray } from "./session/session-thread";
import { sharesOf, sharesOfRequests } from "./shares";

/** Answers of graphs that work row by row. */
interface RowAnswer {
  readonly outputs: Outputs;
  readonly heads: ForwardAnswer["heads"];
  readonly depends: readonly boolean[];
  readonly cuts: readonly (readonly Cut[])[];
  readonly plain: readonly NamedOperation[];
}

/** What goes with a request that is answered row by row. */
interface RowsBeside {
  /** Outputs of the eager engine for the first row, where they are known. */
  readonly known?: readonly NdArray[] | undefined;
  /** Called while the session of a large net loads. */
  readonly meanwhile?: ((heads: readonly Head[]) => Promise<void>) | undefined;
}

/** Nodes of a path, and their weights. */
type Stretch = Pick<PathRequest, "nodes" | "weights">;

/** Runs the graph of a path for some rows, on some nodes, between other ends. */
type RunStretch = (
  graph: LoadedGraph,
  part: RowRequest,
  stretch: Stretch,
  ends: readonly [readonly NdArray[], readonly NdArray[]],
  signal?: AbortSignal,
) => Promise<Outputs>;

/** Nodes whose points are the ends themselves, with weights that a path which runs backwards would mix up. */
const AT_ENDS: Stretch = { nodes: [0, 1], weights: [0.25, 0.5] };
/** A node between them that is not its own mirror image. */
const BETWEEN_ENDS: Stretch = { nodes: [0.375], weights: [1] };

/** The memory cap of a request, for another one on its behalf. */
function capOf({ maxBytes }: ModelRequest): ModelRequest {
  return maxBytes === undefined ? {} : { maxBytes };
}

/** Entries of an output, per row, that are handed over for the sake of their weighted sum. */
const MOST_SUMMED = 4096;

/**
 * Model over ONNX Runtime. Every request is a graph; an operation that cannot be compiled is an error that names it,
 * never a silent change of engine.
 *
 * A plain function and a target function are recorded once; what they close over is taken to stay as it is.
 */
export class CompiledModel extends DelegatingModel {
  readonly engine = "compiled" as const;
  readonly #graphs: CheckedGraphs;
  /** Outputs of the eager engine, of the net as it was at an epoch. */
  readonly #outputs = new KnownOutputs();
  #outputsEpoch = -1;
  /** Outputs by the shapes of inputs, of the net as it was at the epoch. */
  readonly #descriptions = new Map<string, OutputDescription>();
  #described = -1;
  constructor(reference: EagerModel) {
    super(reference);
    this.#graphs = new CheckedGraphs(reference);
  }

  /** The weaker of the checks that graphs of the present weights passed. */
  get checked(): Checked {
    return this.#graphs.checked;
  }

  override get epoch(): number {
    return this.#graphs.epoch;
  }

  /** The package that runs graphs; undefined before the first. */
  get backend(): string | undefined {
    return runner.runtime;
  }

  withWeights(changes: Readonly<Record<string, NdArray>>): CompiledModel {
    return new CompiledModel(this.reference.withWeights(changes));
  }

  describe(batch: Batch, explain: Explain): OutputDescription | undefined {
    const { tf, adapter } = this.reference;
    if (!adapter.fixed || !runner.available) return undefined;
    const rows = rowsOf({ batch });
    const shapes = batch.map(({ shape }) => shape.slice(1));
    const { epoch } = this;
    if (epoch !== this.#described) this.#descriptions.clear();
    this.#described = epoch;
    const key = JSON.stringify([shapes, explain]);
    let known = this.#descriptions.get(key);
    if (known === undefined) {
      try {
        known = this.reference.watched(() => recordedOutputs(tf, adapter, this.facts, shapes, explain));
      } catch {
        // Whoever asks for the outputs themselves gets to know why.
        return undefined;
      }
      this.#descriptions.set(key, known);
    }
    return { heads: known.heads, shapes: known.shapes.map((shape) => [rows, ...shape]) };
  }

  async forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer> {
    const { of, explain, at = [], replace = [] } = request;
    // Nothing is needed but that the model runs.
    if (!of && !explain && at.length === 0) return this.reference.forward(batch, request);
    const asked = { batch, replace, at: [] };
    // Few outputs are summed here: one graph fewer is recorded, checked and kept.
    const summed = of?.score.kind === "mask" && rowSize(of.score.mask) <= MOST_SUMMED;
    const ownForm = summed && (explain ?? of.explain) === of.explain;
    // Outputs and scores may be of different forms; activations come along with either.
    const scored =
      of && !ownForm ? await this.#rows("forward", { ...asked, of, capture: at }, request) : undefined;
    const capture = scored ? [] : at;
    const form = explain ?? (ownForm ? of.explain : undefined);
    const plain =
      form || !scored
        ? await this.#rows("forward", { ...asked, explain: form, capture }, request, {
            meanwhile: this.#foreseeing(batch, request),
          })
        : undefined;
    const { heads } = (plain ?? scored) as RowAnswer;
    const outputs = plain ? portValues(plain.outputs, "output") : [];
    if (of && !scored) checkEnd({ head: heads[of.output] }, { ...of, kind: of.score.kind });
    const scores = scored ? scoresIn(scored.outputs) : of && scoresFromOutput(of, outputs[of.output]);
    return {
      ...(scores ? { scores } : {}),
      outputs: explain || !of ? outputs : [],
      heads,
      activations: portValues((scored ?? plain!).outputs, "activation"),
    };
  }

  /** Gets the graph of what is asked next ready, once it is known how outputs end. */
  #foreseeing(batch: Batch, { next, explain, evaluations }: ForwardRequest): RowsBeside["meanwhile"] {
    if (next === undefined || explain === undefined) return undefined;
    const { at, output, rows, path } = next;
    return async (heads) => {
      // Weights are an input of the graph, which is the same for all of them.
      const score = { kind: "mask", mask: { data: new Float32Array(0), shape: [0] } } as const;
      const of = { output, explain, head: heads[output], score, labels: [], values: [] };
      const first = sliceRequest({ batch, replace: [], at, capture: [] }, 0, 1);
      const asked = { ...first, of };
      if (heads[output] !== undefined) await this.#graphs.foresee(asked, path, rows, evaluations);
    };
  }

  async gradient(batch: Batch, request: GradientRequest): Promise<GradientAnswer> {
    const rows = await gradientRows(this, batch, request);
    const { reference } = rows;
    const inOrder = reference && { ...reference, replace: inOrderOf(reference.replace, rows.replace) };
    const answer = await this.#rows("gradient", { ...rows, reference: inOrder }, request);
    const { outputs, depends, cuts, plain } = answer;
    return { scores: scoresIn(outputs), gradients: portValues(outputs, "gradient"), depends, cuts, plain };
  }

  async curvature(batch: Batch, direction: Parts, request: CurvatureRequest): Promise<CurvatureAnswer> {
    const rows = await curvatureRows(this, batch, direction, request);
    const { outputs } = await this.#rows("curvature", rows, request);
    return { scores: scoresIn(outputs), products: portValues(outputs, "gradient") };
  }

  async path(batch: Batch, request: PathRequest): Promise<PathAnswer> {
    try {
      return await this.#fusedPath(batch, request);
    } catch (error) {
      if (!(error instanceof RowsAtATime)) throw error;
      return pathByGradients(this, batch, request);
    }
  }

  /** A path as one graph, from its ends to the sum. */
  async #fusedPath(batch: Batch, request: PathRequest): Promise<PathAnswer> {
    const { of, at, from, to, nodes, weights } = request;
    const others = (request.replace ?? []).filter((r) => !at.some((place) => samePlace(r.place, place)));
    const along = at.flatMap((place, i): Replacement[] =>
      "layer" in place ? [{ place, values: from[i] }] : [],
    );
    const asked: RowRequest = { batch, replace: [...others, ...along], of, at, capture: [] };
    const examples = rowsOf(asked);
    const run: RunStretch = (graph, part, stretch, ends, signal) => {
      const feeds = feedsOf(part, this.inputs);
      at.forEach((place, i) => {
        delete feeds[portAt(place, asked.replace)];
        feeds[portName("from", i)] = feed(ends[0][i], "float32");
        feeds[portName("to", i)] = feed(ends[1][i], "float32");
      });
      const column = (values: readonly number[]): ThreadArray => {
        return { dtype: "float32", data: Float32Array.from(values), shape: [values.length] };
      };
      feeds[portName("alphas")] = column(stretch.nodes);
      feeds[portName("weights")] = column(stretch.weights);
      return runGraph(graph, rowsOf(part) * stretch.nodes.length, feeds, signal);
    };
    const firstCheck = this.#pathCheck(asked, others.length, request, run);
    const { signal } = request;
    const use = { fn: "path", request: asked, path: true, carried: request };
    return this.#graphs.use(use, firstCheck, async (graph) => {
      const { size, atOnce } = sharesOf("path", graph, this.facts, request, examples * nodes.length);
      const parts = pathParts(examples, nodes.length, size, atOnce);
      const sums = from.map((array) => new Float64Array(array.data.length));
      await inTurn(
        parts.length,
        atOnce,
        (i) => {
          const { rows, span } = parts[i];
          const ends = [from, to].map((arrays) => arrays.map((array) => sliceRows(array, ...rows)));
          const part = sliceRequest(asked, ...rows);
          const stretch = { nodes: nodes.slice(...span), weights: weights.slice(...span) };
          return run(graph, part, stretch, ends as [NdArray[], NdArray[]], signal);
        },
        (outputs, i) => {
          const { rows, span } = parts[i];
          portValues(outputs, "gradient").forEach(({ data }, place) => {
            const sum = sums[place] as Float64Array;
            const start = rows[0] * rowSize(from[place]);
            for (let k = 0; k < data.length; k++) sum[start + k] += data[k];
          });
          request.onRows?.((rows[1] - rows[0]) * (span[1] - span[0]));
        },
      );
      return {
        gradients: sums.map((sum, i) => ({
          data: Float32Array.from(sum),
          shape: from[i].shape,
        })),
        depends: graph.depends,
        cuts: graph.cuts,
      };
    });
  }

  /** Comparison of a new graph of a path: `fixed` places are replaced, those after them are the path's own. */
  #pathCheck(asked: RowRequest, fixed: number, request: PathRequest, run: RunStretch): FirstCheck {
    const { at, from, to, nodes, weights } = request;
    // Two nodes show whether points and sums are right; the rest repeats them. They are no mirror images, which would
    // hide a path that runs backwards.
    const start = Math.max(0, Math.min(Math.floor(nodes.length / 2), nodes.length - 2));
    const stretch = { nodes: nodes.slice(start, start + 2), weights: weights.slice(start, start + 2) };
    const first = sliceRequest(asked, 0, 1);
    const [head, tail] = [from, to].map((arrays) => arrays.map((array) => sliceRows(array, 0, 1))) as [
      NdArray[],
      NdArray[],
    ];
    const ends = (move: Move): [NdArray[], NdArray[]] => [head.map(move), tail.map(move)];
    const eager = async (move: (array: NdArray) => NdArray): Promise<Comparable> => {
      const [movedFrom, movedTo] = ends(move);
      const { gradients } = await this.reference.path(first.batch, {
        of: first.of as PathRequest["of"],
        at,
        replace: first.replace.slice(0, fixed),
        from: movedFrom,
        to: movedTo,
        ...stretch,
      });
      return { scores: [], gradients };
    };
    const check = async (graph: LoadedGraph, truth: Answer): Promise<Checked> => {
      const large = isSlow(graph.eager);
      if (large) {
        const passed = await this.#sumOfGradients(graph, first, [head, tail], capOf(request), run);
        if (passed) return passed;
        const points = stretch.nodes.map((node) => head.map((array, i) => between(array, tail[i], node)));
        const gradients = (moves: readonly NdArray[]): Promise<Outputs> => {
          const ends = [movedRows(head, moves), movedRows(tail, moves)] as const;
          return run(graph, requestAt(first, moves), stretch, ends);
        };
        if (await this.#gradientAgrees(graph, first, request, points, stretch.weights, gradients))
          return "slope";
      }
      return agreed(
        await difference(
          async (move) => comparable(await run(graph, first, stretch, ends(move))),
          truth,
          large,
        ),
      );
    };
    return { eager, atOnce: (cost) => !isSlow(cost), check };
  }

  /**
   * Agreement of a large graph of a path with the sum of gradients by the graph of these, if that is loaded and was checked;
   * gives how that was. Sums are compared at the ends, whose points are the same numbers for both: anywhere between, rounding puts
   * some of a net's kinks on the other side. There scores are compared, and gradients up to kinks.
   */
  async #sumOfGradients(
    path: LoadedGraph,
    first: RowRequest,
    ends: readonly [readonly NdArray[], readonly NdArray[]],
    carried: ModelRequest,
    run: RunStretch,
  ): Promise<Checked | undefined> {
    const [head, tail] = ends;
    return this.#graphs.useLoaded(first, async (gradient, passed) => {
      const summed = async ({ nodes, weights }: Stretch): Promise<Comparable> => {
        const points = head.map((array, i) => concatRows(nodes.map((node) => between(array, tail[i], node))));
        const request = requestAt(first, points);
        const { batch, replace, of } = request;
        const { scores } = await this.forward(batch, { of: of as ResolvedTarget, replace, ...carried });
        const outputs = await runGraph(gradient, nodes.length, feedsOf(request, this.inputs));
        const sums = portValues(outputs, "gradient").map((rows) => {
          const sum = new RunningSum(1);
          return sum.add([rows], { rows: nodes.map(() => 0), weight: weights }).values[0];
        });
        return { scores: [scores as Float64Array], gradients: sums };
      };
      const [[ours, theirs], [near, expected]] = await Promise.all(
        [AT_ENDS, BETWEEN_ENDS].map(async (stretch) => {
          const fused = run(path, first, stretch, ends);
          return [comparable(await fused), await summed(stretch)] as const;
        }),
      );
      const agrees =
        disagreement(ours, theirs) === undefined &&
        disagreement(scoresOf(near), scoresOf(expected)) === undefined &&
        isNear(near.gradients, expected.gradients);
      return agrees ? passed : undefined;
    });
  }

  /** A request that is answered row by row, in chunks. */
  #rows(
    fn: string,
    request: RowRequest,
    carried: ModelRequest,
    { known, meanwhile }: RowsBeside = {},
  ): Promise<RowAnswer> {
    const run = (graph: LoadedGraph, part: RowRequest, signal?: AbortSignal): Promise<Outputs> =>
      runRequest(graph, part, this.inputs, signal).catch((error) => this.#inOwnWords(error, part));
    const first = sliceRequest(request, 0, 1);
    const { of, at, rule, direction, capture, explain } = first;
    const byScores = of !== undefined && !rule && !direction;
    const byOutputs = of?.score.kind === "mask" && at.length === 0 && capture.length === 0;
    const shifted = (move: Move): RowRequest => ({
      ...first,
      batch: first.batch.map((array, i) => (this.#isContinuous(i) ? move(array, i) : array)),
      replace: first.replace.map((r, k) => ({ ...r, values: move(r.values, first.batch.length + k) })),
    });
    const plain = of === undefined && request.replace.length === 0;
    const check = async (graph: LoadedGraph, truth: Answer): Promise<Checked> => {
      const large = isSlow(graph.eager);
      if (large && plain && explain === undefined && (await this.#continues(graph, first, carried, run)))
        return "first row";
      if (large && byScores) {
        if (at.length > 0) {
          const point = at.map((place) => valueAt(first, place));
          const gradients = (moves: readonly NdArray[]): Promise<Outputs> =>
            run(graph, requestAt(first, movedRows(point, moves)));
          if (await this.#gradientAgrees(graph, first, carried, [point], [1], gradients)) return "slope";
        } else if (of.score.kind === "mask" && byOutputs)
          return this.#compareWithOutputs(first, of.score.mask, await run(graph, first));
      }
      return agreed(
        await difference(async (move) => comparable(await run(graph, shifted(move))), truth, large),
      );
    };
    const eager: Answer = async (move) => {
      const outputs =
        known ?? (plain && capture.length === 0 ? this.#known(first.batch, explain)?.outputs : undefined);
      if (move === unmoved && outputs) return { scores: outputs.map(({ data }) => data), gradients: [] };
      return this.#reference(shifted(move));
    };
    const firstCheck: FirstCheck = {
      eager,
      atOnce: (cost) =>
        !isSlow(cost) ||
        (byScores
          ? at.length === 0 && !byOutputs
          : !(plain && explain === undefined && this.#known(first.batch))),
      check,
    };
    const total = rowsOf(request);
    const { signal } = carried;
    const use = { fn, request, path: false, carried, meanwhile };
    return this.#graphs.use(use, firstCheck, async (graph) => {
      const { size, atOnce } = sharesOf(fn, graph, this.facts, carried, total);
      const parts = spans(total, size);
      const answers: Outputs[] = [];
      await inTurn(
        parts.length,
        atOnce,
        (i) => run(graph, sliceRequest(request, ...parts[i]), signal),
        (answer, i) => {
          const [start, end] = parts[i];
          answers.push(answer);
          carried.onRows?.(end - start);
        },
      );
      const { heads, depends, cuts, plain } = graph;
      return { outputs: joinOutputs(answers), heads, depends, cuts, plain };
    });
  }

  /** Rejects with what the eager engine says of a request that a graph failed at, which names the layer. */
  async #inOwnWords(error: unknown, failed: RowRequest): Promise<never> {
    if (isRefusal(error)) await this.#reference(failed);
    throw error;
  }

  /** Outputs of the eager engine for one row, if it was asked for them. */
  #known(batch: Batch, explain?: Explain): ReturnType<KnownOutputs["find"]> {
    const { epoch } = this;
    if (epoch !== this.#outputsEpoch) this.#outputs.clear();
    this.#outputsEpoch = epoch;
    return this.#outputs.find(batch, explain);
  }

  /**
   * Whether a layer's values by a large graph lead on to the outputs that the eager engine gave for the same row, and others
   * elsewhere. False where that is not known, or where they are not on the way.
   */
  async #continues(
    graph: LoadedGraph,
    first: RowRequest,
    asked: ModelRequest,
    run: (graph: LoadedGraph, part: RowRequest) => Promise<Outputs>,
  ): Promise<boolean> {
    const carried = capOf(asked);
    const known = this.#known(first.batch);
    const [place] = first.capture;
    if (known === undefined || place === undefined || first.capture.length > 1) return false;
    const [values] = portValues(await run(graph, first), "activation");
    const { explain, outputs } = known;
    const led = async (move: (array: NdArray) => NdArray): Promise<string | undefined> => {
      const replace = [{ place, values: move(values) }];
      const request = { batch: first.batch, replace, explain, at: [], capture: [] };
      const answer = await this.#rows("forward", request, carried, { known: outputs });
      return disagreement(
        { scores: portValues(answer.outputs, "output").map(({ data }) => data), gradients: [] },
        { scores: outputs.map(({ data }) => data), gradients: [] },
      );
    };
    const elsewhere = (array: NdArray): NdArray => mapped(array, (value) => 1.5 * value + 1);
    try {
      return (await led(unmoved)) === undefined && (await led(elsewhere)) !== undefined;
    } catch (error) {
      // The eager engine then tells which of the graphs is wrong.
      if (isRefusal(error)) return false;
      throw error;
    }
  }

  /** The eager engine's answer to the same request. */
  async #reference(request: RowRequest): Promise<Comparable> {
    const { batch, replace, of, explain, at, capture, rule, reference, direction } = request;
    if (of && direction) {
      const answer = await this.reference.curvature(batch, direction, { of, at, replace });
      return { scores: [answer.scores], gradients: answer.products };
    }
    if (of && at.length > 0) {
      const ruled = { ...(rule ? { rule } : {}), ...(reference ? { reference } : {}) };
      const { scores, gradients } = await this.reference.gradient(batch, { of, at, replace, ...ruled });
      return { scores: [scores], gradients };
    }
    const asked = { ...(of ? { of } : {}), ...(explain ? { explain } : {}) };
    const answer = await this.reference.quickForward(batch, { ...asked, at: capture, replace });
    if (explain && replace.length === 0 && this.#known(batch, explain) === undefined)
      this.#outputs.add(batch, explain, answer.outputs);
    const scores = of ? [answer.scores as Float64Array] : answer.outputs.map(({ data }) => data);
    return { scores: [...scores, ...answer.activations.map(({ data }) => data)], gradients: [] };
  }

  /** Throws when a weighted sum of outputs differs from that of the outputs by themselves, which were compared. */
  async #compareWithOutputs(
    { batch, replace, of }: RowRequest,
    mask: NdArray,
    got: Outputs,
  ): Promise<Checked> {
    const { explain, output } = of as ResolvedTarget;
    const { outputs } = await this.forward(batch, { explain, replace });
    const { data } = outputs[output];
    const score = mask.data.reduce((sum, weight, i) => sum + weight * data[i], 0);
    return agreed(disagreement(comparable(got), { scores: [[score]], gradients: [] }));
  }

  /**
   * Agreement of gradients at moved points with differences of the scores there, which were compared. A score may be too
   * curved, or too full of kinks, to tell.
   */
  async #gradientAgrees(
    graph: LoadedGraph,
    first: RowRequest,
    carried: ModelRequest,
    points: readonly (readonly NdArray[])[],
    weights: readonly number[],
    gradients: (moves: readonly NdArray[]) => Promise<Outputs>,
  ): Promise<boolean> {
    const maxBytes = maxBytesOf(this.facts, carried.maxBytes);
    const found = await gradientDisagreement({
      points,
      weights,
      gradients: async (moves) => portValues(await gradients(moves), "gradient"),
      scores: async (values) => {
        const { batch, replace, of } = requestAt(first, values);
        const answer = await this.forward(batch, { of: of as ResolvedTarget, replace, maxBytes });
        return answer.scores as Float64Array;
      },
      ...sharesOfRequests(graph, maxBytes, points.length),
    });
    return found === undefined;
  }

  /** True where an input holds numbers and not positions in a table. */
  #isContinuous(input: number): boolean {
    return this.inputs[input]?.dtype === "float32" && this.lookups(input).length === 0;
  }
}
