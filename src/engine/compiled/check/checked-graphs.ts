/** The graphs of one model: known for its present weights, or compiled and compared with the eager engine now. */
import { throwIfAborted, UnsupportedOperationError, unexpected } from "../../../check";
import { type Checked, cacheBytesOf, type Examination } from "../../../model/model";
import { breathe } from "../../eager/chunks";
import type { EagerModel } from "../../eager/eager-model";
import { mixingOperator } from "../../graph/analysis/row-independence";
import { RECORDED_ROWS, RowsInForm } from "../../graph/dynamic-batch";
import { bisect } from "../../graph/passes/bisect";
import { type RowRequest, rowsOf, sliceRequest } from "../../row-request";
import { RowsTogether } from "../../tfjs/tensor-function";
import { type CompiledGraph, type CompileRequest, compile, type Trace, trace } from "../compiled-graph";
import { dumpFolder } from "../dump";
import { graphFor } from "../feeds";
import { keyOf } from "../graph-key";
import { RowsAtATime } from "../path-by-gradients";
import { refused } from "../refusal";
import { type Cores, coresFor } from "../session/placement";
import { sessions } from "../session/session-cache";
import { runner } from "../session/session-runner";
import { type Answer, type Comparable, type FirstCheck, unmoved } from "./first-check";
import { foundAtRow, RefusedGraphs } from "./refused-graphs";

let nextModel = 0;
/** Frees the sessions of models that nobody holds any more. */
const forgotten = new FinalizationRegistry<string>((prefix) => sessions.drop(prefix));

const CORES: readonly Cores[] = ["each", "all", "one"];

/** The key of a graph's session on such cores. */
function keyOn(cores: Cores, name: string): string {
  return `${name}/${cores}`;
}

/** Request of a graph. */
interface GraphUse {
  /** The method of the seam, for errors. */
  readonly fn: string;
  readonly request: RowRequest;
  /** True for the weighted sum of gradients along a path. */
  readonly path: boolean;
  readonly signal: AbortSignal | undefined;
  /** Memory that the call may use. */
  readonly maxBytes: number | undefined;
}

/** What is found of the net at the first row; by numbers also where a recording proves that rows are apart. */
type Examine = (byNumbers?: boolean) => Examination;

/** Graphs by request; those of what the net was before are dropped. */
export class CheckedGraphs {
  readonly #prefix = `${nextModel++}/`;
  #known = -1;
  #epoch = 0;
  /** Tensors that the graphs are made of, with the identity of the entries that they had: variables can be given others. */
  readonly #met = new Map<object, object>();
  #checked: Checked = "first row";
  /** Graphs that passed their check, with how it was done: on other cores they are the same. */
  readonly #passed = new Map<string, Checked>();
  /** Graphs that could not be made of the net as it is, so that none is tried twice. */
  readonly #refusals = new RefusedGraphs();

  readonly #reference: EagerModel;

  constructor(reference: EagerModel) {
    this.#reference = reference;

    forgotten.register(this, this.#prefix);
  }

  /** The weaker of the checks that graphs of the present weights passed. */
  get checked(): Checked {
    return this.#checked;
  }

  /** Works with the graph of a request. */
  async use<T>(
    { fn, request, path, signal, maxBytes }: GraphUse,
    firstCheck: FirstCheck,
    work: (graph: CompiledGraph) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    runner.expectRuntime();
    this.#reference.checkAlive(fn);
    const { adapter } = this.#reference;
    const { epoch } = this;
    const shapes = request.batch.map((array) => array.shape.slice(1));
    const rows = rowsOf(request);
    const weightBytes = adapter.weights().reduce((sum, { size }) => sum + 4 * size, 0);
    const cores = coresFor({ rows, path, gradients: request.at.length > 0, weightBytes });
    const name = `${this.#prefix}${epoch}/${keyOf(shapes, request, path)}`;
    const key = keyOn(cores, name);
    const known = this.#refusals.find(key, request);
    if (known !== undefined) throw known;
    const make = async (): Promise<CompiledGraph> => {
      const examine: Examine = (byNumbers) =>
        this.#reference.examineRow(sliceRequest(request, 0, 1), byNumbers);
      try {
        const known = this.#passed.has(name) ? undefined : firstCheck;
        const graph = await this.#compared(shapes, { ...graphFor(request), path, cores }, known, examine);
        if (graph.checked) this.#passed.set(name, graph.checked);
        return graph.compiled;
      } catch (failed) {
        const error = this.#drawn(failed, examine) ?? failed;
        this.#reference.checkAlive(fn);
        if (this.epoch !== epoch)
          throw refused(
            unexpected("compiled engine", "weights that stay as they are during a call", "others"),
          );
        // A function may be changed by what it closes over, and is tried again.
        if (adapter.fixed && request.of?.score.kind !== "function") this.#refusals.add(key, error, request);
        throw refused(error);
      }
    };
    const bound = cacheBytesOf(this.#reference.facts, maxBytes);
    return sessions.use(key, make, work, { signal, bound });
  }

  /** Works with the graph of a request, on whichever cores, if it is loaded and passed its check; else undefined. */
  async useLoaded<T>(
    request: RowRequest,
    work: (graph: CompiledGraph, checked: Checked) => Promise<T>,
  ): Promise<T | undefined> {
    const shapes = request.batch.map((array) => array.shape.slice(1));
    const name = `${this.#prefix}${this.epoch}/${keyOf(shapes, request, false)}`;
    const passed = this.#passed.get(name);
    const key = CORES.map((cores) => keyOn(cores, name)).find((key) => sessions.has(key));
    if (passed === undefined || key === undefined) return undefined;
    return sessions.useLoaded(key, (graph) => work(graph, passed));
  }

  /** A number that changes whenever the net does; graphs and refusals of what it was before go. */
  get epoch(): number {
    const { epoch } = this.#reference;
    if (epoch !== this.#known || this.#meetsOthers()) {
      sessions.drop(this.#prefix);
      this.#refusals.clear();
      this.#passed.clear();
      this.#met.clear();
      this.#checked = "first row";
      this.#known = epoch;
      this.#epoch++;
    }
    return this.#epoch;
  }

  /** Whether a tensor that the graphs are made of was given other entries since. */
  #meetsOthers(): boolean {
    for (const [tensor, entries] of this.#met) if (holdsOthers(tensor, entries)) return true;
    return false;
  }

  /** The same error in other words where the net is random: its recordings then differ, or its answers do. */
  #drawn(failed: unknown, examine: Examine): Error | undefined {
    try {
      return drawing(examine());
    } catch {
      // The net itself fails.
      return failed instanceof Error ? failed : undefined;
    }
  }

  async #compared(
    shapes: readonly (readonly number[])[],
    request: CompileRequest,
    firstCheck: FirstCheck | undefined,
    examine: Examine,
  ): Promise<{ readonly compiled: CompiledGraph; readonly checked?: Checked }> {
    const { tf, adapter, facts, rowsPerRun } = this.#reference;
    runner.start();
    const recorded = (rows?: number): Trace => {
      if (rows !== undefined && request.path) throw new RowsAtATime(rows);
      return this.#reference.watched(() => trace(tf, adapter, facts, shapes, request, rows));
    };
    let traced: Trace;
    try {
      traced = recorded(rowsPerRun);
    } catch (error) {
      // A function may run on one row alone.
      const itself = error instanceof UnsupportedOperationError || error instanceof RowsTogether;
      if (adapter.fixed || itself) throw error;
      traced = recorded(1);
    }
    try {
      return await this.#loaded(traced, firstCheck, examine);
    } catch (error) {
      // It may take each row by itself, in as many steps as there are.
      if (adapter.fixed || !(error instanceof RowsInForm) || examine(true).mixing !== undefined) throw error;
      return await this.#loaded(recorded(1), firstCheck, examine);
    }
  }

  /** The graph of a recording, compared with the eager engine where there is a check to do. */
  async #loaded(
    traced: Trace,
    firstCheck: FirstCheck | undefined,
    examine: Examine,
  ): Promise<{ readonly compiled: CompiledGraph; readonly checked?: Checked }> {
    for (const { met } of traced.recordings)
      for (const [tensor, entries] of met) this.#met.set(tensor, entries);
    if (firstCheck === undefined) return { compiled: await compile(traced) };
    // What the recordings do not prove is looked at by numbers.
    const mixing = mayMixRows(traced) ? examine().mixing : undefined;
    if (mixing !== undefined)
      throw unexpected(
        "compiled engine",
        "rows of a batch that do not influence each other",
        `${mixing}, which brings them together`,
        "the eager engine explains each example by itself",
      );
    let early: Promise<Comparable> | undefined;
    const truth: Answer = (move) => (move === unmoved && early) || firstCheck.eager(move);
    try {
      const graph = await compile(traced, (cost) => {
        if (!firstCheck.atOnce(cost)) return;
        // Not before other graphs of the same call are on their way.
        early = breathe().then(() => firstCheck.eager(unmoved));
        // A failure is of interest when its answer is needed.
        early.catch(() => {});
      });
      const passed = await checked(graph, firstCheck, truth);
      if (passed === "slope") this.#checked = "slope";
      return { compiled: graph, checked: passed };
    } catch (error) {
      if (dumpFolder() === undefined) throw error;
      throw blaming(error, await passToBlame(traced, firstCheck, truth));
    }
  }
}

/** Whether rows may come together on the way to what a request asks of the net itself. */
function mayMixRows({ recordings, rows }: Trace): boolean {
  // As many as it takes are run whatever is asked.
  if (rows !== undefined) return false;
  return recordings.some(({ graph }, i) => {
    const outputs = graph.outputs.filter(({ name }) => !name.startsWith("gradient"));
    return mixingOperator(graph, outputs, RECORDED_ROWS[i]) !== undefined;
  });
}

/** A graph that cannot be made because a number of it was drawn, in words; undefined where none was. */
function drawing({ random }: Examination): Error | undefined {
  if (random === undefined) return undefined;
  const { operation, layer } = random;
  const where = layer === undefined ? operation : `${operation} of layer "${layer}"`;
  const got = `random numbers at ${where}`;
  return unexpected("compiled engine", "a net that gives the same twice", got, 'engine "eager" computes it');
}

/** True of a tensor that was disposed of, or given other entries. */
function holdsOthers(tensor: object, entries: object): boolean {
  const { isDisposed, dataId } = tensor as { readonly isDisposed?: boolean; readonly dataId: object };
  return isDisposed === true || dataId !== entries;
}

/** Compares a graph with the eager engine, and frees the one that is another. */
async function checked(graph: CompiledGraph, { check }: FirstCheck, truth: Answer): Promise<Checked> {
  try {
    return await check(graph, truth);
  } catch (error) {
    await runner.release(graph.session);
    throw foundAtRow(error);
  }
}

/** Where the pipeline goes wrong, in words: each try is compiled and compared as the graph itself was. */
async function passToBlame(traced: Trace, firstCheck: FirstCheck, truth: Answer): Promise<string> {
  const found = await bisect(traced.stages, async (stages) => {
    try {
      const graph = await compile({ ...traced, stages, title: "bisect" });
      await checked(graph, firstCheck, truth);
      await runner.release(graph.session);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) return "with no pass at a second try";
  if (found === "recording") return "in the recording, before any pass";
  return `first behind the pass ${found.pass.name} of the stage ${found.stage}`;
}

/** The same error, saying where the pipeline goes wrong; what helps comes last. */
function blaming(error: unknown, where: string): unknown {
  if (!(error instanceof Error)) return error;
  const [what, ...help] = error.message.split("; engine ");
  error.message = [`${what}, ${where}`, ...help].join("; engine ");
  return error;
}
