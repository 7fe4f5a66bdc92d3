/** The graphs of one model: known for its present weights, or compiled and compared with the eager engine now. */
import { throwIfAborted, UnsupportedOperationError, unexpected } from "../../../check";
import { type Checked, cacheBytesOf, type Examination, type ModelRequest } from "../../../model/model";
import type { Head } from "../../../model/score";
import { breathe } from "../../eager/chunks";
import type { EagerModel } from "../../eager/eager-model";
import { mixingOperator } from "../../graph/analysis/row-independence";
import { RECORDED_ROWS, RowsInForm } from "../../graph/dynamic-batch";
import { bisect } from "../../graph/passes/bisect";
import { checkWorth, NotWorthIt } from "../../graph/worth";
import { type RowRequest, rowsOf, sliceRequest } from "../../row-request";
import { RowsTogether } from "../../tfjs/tensor-function";
import { type CompileRequest, compile, type Trace, trace } from "../compiled-graph";
import { dumpFolder } from "../dump";
import type { EagerCost } from "../eager-cost";
import { graphFor } from "../feeds";
import { keyOf } from "../graph-key";
import type { LoadedGraph } from "../loaded-graph";
import { RowsAtATime } from "../path-by-gradients";
import { refused } from "../refusal";
import { type Cores, coresFor } from "../session/placement";
import { sessions } from "../session/session-cache";
import { runner } from "../session/session-runner";
import { type Answer, type Comparable, type FirstCheck, unmoved } from "./first-check";
import { isSlow } from "./gradient-check";
import { foundAtRow, RefusedGraphs } from "./refused-graphs";

let nextModel = 0;
/** Frees the sessions of models that nobody holds any more. */
const forgotten = new FinalizationRegistry<string>((prefix) => sessions.drop(prefix));

const CORES: readonly Cores[] = ["each", "all", "one"];

/** The key of a graph's session on such cores. */
function keyOn(cores: Cores, name: string): string {
  return `${name}/${cores}`;
}

/** The key of a session until it is asked for. */
function foreseenKey(key: string): string {
  return `${key}/foreseen`;
}

/** Request of a graph. */
interface GraphUse {
  /** The method of the seam, for errors. */
  readonly fn: string;
  readonly request: RowRequest;
  /** True for the weighted sum of gradients along a path. */
  readonly path: boolean;
  /** What the call allows and wants to be told. */
  readonly carried: ModelRequest;
  /** Called while the session of a large net loads, before the eager engine computes what it is compared with. */
  readonly meanwhile?: ((heads: readonly Head[]) => Promise<void>) | undefined;
}

/** What is found of the net at the first row; by numbers also where a recording proves that rows are apart. */
type Examine = (byNumbers?: boolean) => Examination;

/** The comparison of a new graph with the eager engine, what is done meanwhile, and what the graph has to pay within. */
interface Comparison {
  readonly firstCheck: FirstCheck | undefined;
  readonly examine: Examine;
  readonly meanwhile: GraphUse["meanwhile"];
  readonly evaluations: number | undefined;
}

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
  /** Recordings of graphs that will be asked for, whose sessions load meanwhile. */
  readonly #foreseen = new Map<string, Trace>();
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
    { fn, request, path, carried, meanwhile }: GraphUse,
    firstCheck: FirstCheck,
    work: (graph: LoadedGraph) => Promise<T>,
  ): Promise<T> {
    const { signal, maxBytes, evaluations, onCompile } = carried;
    throwIfAborted(signal);
    runner.expectRuntime();
    this.#reference.checkAlive(fn);
    const { adapter } = this.#reference;
    const { epoch } = this;
    const { shapes, cores, name, key } = this.#named(request, path, rowsOf(request));
    const refusal = evaluations === undefined ? key : `${key}/within ${evaluations}`;
    const known = this.#refusals.find(key, request) ?? this.#refusals.find(refusal, request);
    if (known !== undefined) throw known;
    const make = async (): Promise<LoadedGraph> => {
      onCompile?.();
      const examine: Examine = (byNumbers) =>
        this.#reference.examineRow(sliceRequest(request, 0, 1), byNumbers);
      try {
        const known = this.#passed.has(name) ? undefined : firstCheck;
        const asked = { ...graphFor(request), path, cores, rowsAsked: rowsOf(request) };
        const comparison = { firstCheck: known, examine, meanwhile, evaluations };
        const graph = await this.#compared(key, shapes, asked, comparison);
        if (graph.checked) this.#passed.set(name, graph.checked);
        return graph.compiled;
      } catch (failed) {
        const unpaid = failed instanceof NotWorthIt;
        const error = unpaid ? failed : (this.#drawn(failed, examine) ?? failed);
        this.#reference.checkAlive(fn);
        if (this.epoch !== epoch)
          throw refused(
            unexpected("compiled engine", "weights that stay as they are during a call", "others"),
          );
        // A function may be changed by what it closes over, and is tried again.
        if (adapter.fixed && request.of?.score.kind !== "function")
          this.#refusals.add(unpaid ? refusal : key, error, request);
        throw refused(error);
      }
    };
    const bound = cacheBytesOf(this.#reference.facts, maxBytes);
    const worked = async (graph: LoadedGraph): Promise<T> => {
      // Another call may have paid for it: what a call gives does not depend on those before it.
      try {
        checkWorth(graph, evaluations);
      } catch (error) {
        throw refused(error);
      }
      return work(graph);
    };
    const used = (): Promise<T> => sessions.use(key, make, worked, { signal, bound });
    try {
      return await used();
    } catch (error) {
      // It did not pay for a call that asked at the same time.
      if (!(error instanceof NotWorthIt) || error.evaluations === evaluations) throw error;
      return used();
    }
  }

  /** Works with the graph of a request, on whichever cores, if it is loaded and passed its check; else undefined. */
  async useLoaded<T>(
    request: RowRequest,
    work: (graph: LoadedGraph, checked: Checked) => Promise<T>,
  ): Promise<T | undefined> {
    const shapes = request.batch.map((array) => array.shape.slice(1));
    const name = `${this.#prefix}${this.epoch}/${keyOf(shapes, request, false)}`;
    const passed = this.#passed.get(name);
    const key = CORES.map((cores) => keyOn(cores, name)).find((key) => sessions.has(key));
    if (passed === undefined || key === undefined) return undefined;
    return sessions.useLoaded(key, (graph) => work(graph, passed));
  }

  /**
   * Gets ready for a request about so many rows, of which the shapes of one are enough; resolves once its session is on its way.
   * What cannot be compiled says so when it is asked for.
   */
  async foresee(request: RowRequest, path: boolean, rows: number, evaluations?: number): Promise<void> {
    const { shapes, cores, name, key } = this.#named(request, path, rows);
    const isKnown = this.#passed.has(name) || sessions.has(key) || this.#foreseen.has(key);
    if (isKnown || this.#refusals.find(key, request) !== undefined) return;
    try {
      const asked = { ...graphFor(request), path, cores, rowsAsked: rows };
      const traced = this.#recorded(shapes, asked, this.#reference.rowsPerRun, evaluations);
      this.#meet(traced);
      this.#foreseen.set(key, traced);
      await new Promise<void>((resolve, reject) => {
        const compiled = compile(traced, () => resolve());
        compiled.catch(reject);
        sessions.foresee(foreseenKey(key), compiled);
      });
    } catch {
      // The request itself meets the same error.
    }
  }

  /** Names of a request's graph, and of its session. */
  #named(
    request: RowRequest,
    path: boolean,
    rows: number,
  ): {
    readonly shapes: readonly (readonly number[])[];
    readonly cores: Cores;
    readonly name: string;
    readonly key: string;
  } {
    const shapes = request.batch.map((array) => array.shape.slice(1));
    const weightBytes = this.#reference.adapter.weights().reduce((sum, { size }) => sum + 4 * size, 0);
    const cores = coresFor({ rows, path, gradients: request.at.length > 0, weightBytes });
    const name = `${this.#prefix}${this.epoch}/${keyOf(shapes, request, path)}`;
    return { shapes, cores, name, key: keyOn(cores, name) };
  }

  /** A number that changes whenever the net does; graphs and refusals of what it was before go. */
  get epoch(): number {
    const { epoch } = this.#reference;
    if (epoch !== this.#known || this.#meetsOthers()) {
      sessions.drop(this.#prefix);
      this.#refusals.clear();
      this.#passed.clear();
      this.#foreseen.clear();
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
    key: string,
    shapes: readonly (readonly number[])[],
    request: CompileRequest,
    comparison: Comparison,
  ): Promise<{ readonly compiled: LoadedGraph; readonly checked?: Checked }> {
    const { adapter, rowsPerRun } = this.#reference;
    runner.start();
    const { evaluations } = comparison;
    const recorded = (rows?: number): Trace => this.#recorded(shapes, request, rows, evaluations);
    const foreseen = this.#foreseen.get(key);
    this.#foreseen.delete(key);
    let traced: Trace;
    try {
      traced = foreseen ?? recorded(rowsPerRun);
    } catch (error) {
      // A function may run on one row alone.
      const itself = error instanceof UnsupportedOperationError || error instanceof RowsTogether;
      if (adapter.fixed || itself) throw error;
      traced = recorded(1);
    }
    // What a recording takes is a turn of its own.
    await breathe();
    try {
      return await this.#loaded(traced, comparison, foreseen && sessions.take(foreseenKey(key)));
    } catch (error) {
      // It may take each row by itself, in as many steps as there are.
      if (adapter.fixed || !(error instanceof RowsInForm) || comparison.examine(true).mixing !== undefined)
        throw error;
      return await this.#loaded(recorded(1), comparison);
    }
  }

  /** The recording of a request, for one number of rows where the net takes no other, as far as it pays. */
  #recorded(
    shapes: readonly (readonly number[])[],
    request: CompileRequest,
    rows: number | undefined,
    evaluations: number | undefined,
  ): Trace {
    const { tf, adapter, facts } = this.#reference;
    if (rows !== undefined && request.path) throw new RowsAtATime(rows);
    return this.#reference.watched(() => trace(tf, adapter, facts, shapes, request, rows, evaluations));
  }

  /** Notes the tensors that a graph is made of. */
  #meet({ recordings }: Trace): void {
    for (const { met } of recordings) for (const [tensor, entries] of met) this.#met.set(tensor, entries);
  }

  /** The graph of a recording, compared with the eager engine where there is a check to do. */
  async #loaded(
    traced: Trace,
    { firstCheck, examine, meanwhile }: Comparison,
    loading: Promise<LoadedGraph> | undefined = undefined,
  ): Promise<{ readonly compiled: LoadedGraph; readonly checked?: Checked }> {
    this.#meet(traced);
    if (firstCheck === undefined) return { compiled: await (loading ?? compile(traced)) };
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
      const beside = (cost: EagerCost): void => {
        // Not before other graphs of the same call are on their way.
        const onTheirWay = (isSlow(cost) && meanwhile?.(traced.recordings[0].heads)) || breathe();
        if (!firstCheck.atOnce(cost)) return;
        early = onTheirWay.then(() => firstCheck.eager(unmoved));
        // A failure is of interest when its answer is needed.
        early.catch(() => {});
      };
      const graph = await (loading ?? compile(traced, beside));
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
async function checked(graph: LoadedGraph, { check }: FirstCheck, truth: Answer): Promise<Checked> {
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
