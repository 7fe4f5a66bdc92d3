/** Cells, run one at a time. */
import { types } from "node:util";
import { getHeapStatistics } from "node:v8";
import vm from "node:vm";
import { kernelPromise } from "../isolation/kernel-promise";
import { Phase } from "../protocol/flags";
import type { CompiledCell, Compiler } from "./compiler";
import type { ErrorReporter } from "./errors";
import type { ImportMeta } from "./import-meta";
import type { CellImports } from "./imports";
import {
  type CellRun,
  InterruptError,
  type InterruptState,
  isInterrupt,
  OutOfMemoryError,
} from "./interrupt";
import { CELL_PARAMETERS, META_NAME } from "./own-names";
import type { Before, Scope } from "./scope";
import { type ShellLines, splitCell } from "./shell-lines";
import type { Stage } from "./stage";

/** Shows the value of a cell's last expression; gives a promise of what the cell is still showing. */
export type Present = (value: unknown) => Promise<void> | undefined;

type CellFunction = (scope: Scope, require: NodeJS.Require, flag: Int32Array, cell: CellRun) => unknown;

/** A cell on its way. */
interface Running {
  readonly run: CellRun;
  /** Once it is compiled, and until all that it declared is known. */
  started?: { cell: CompiledCell; before: Before } | undefined;
}

/** Taken early: it is raised for a while when a cell fills the heap. */
const HEAP_LIMIT = getHeapStatistics().heap_size_limit;

/** Runs cells one at a time, all on the same variables. */
export class Executor {
  #running: Running | undefined;

  readonly #compiler: Compiler;
  readonly #scope: Scope;
  readonly #imports: CellImports;
  readonly #errors: ErrorReporter;
  readonly #interrupts: InterruptState;
  readonly #stage: Stage;
  readonly #meta: ImportMeta;
  readonly #shell: ShellLines;

  constructor(
    compiler: Compiler,
    scope: Scope,
    imports: CellImports,
    errors: ErrorReporter,
    interrupts: InterruptState,
    stage: Stage,
    meta: ImportMeta,
    shell: ShellLines,
  ) {
    this.#compiler = compiler;
    this.#scope = scope;
    this.#imports = imports;
    this.#errors = errors;
    this.#interrupts = interrupts;
    this.#stage = stage;
    this.#meta = meta;
    this.#shell = shell;
  }

  /** Runs a cell to its end, awaiting a promise that is its last value; throws what the cell throws. */
  async execute(source: string, name: string, present: Present): Promise<void> {
    const running: Running = { run: this.#interrupts.begin() };
    this.#running = running;
    try {
      await this.#run(running, source, name, present);
    } catch (error) {
      throw this.#fail(running, error);
    }
    this.#running = undefined;
    this.#interrupts.end(running.run, false);
  }

  /** The values of the variables that cells have declared, by name. */
  get variables(): Readonly<Record<string, unknown>> {
    return this.#scope.names;
  }

  /** Ends a cell whose own end was lost, and tells its error; undefined when none runs. */
  abandon(): unknown {
    return this.#running && this.#fail(this.#running, new InterruptError());
  }

  async #run(running: Running, source: string, name: string, present: Present): Promise<void> {
    const { run } = running;
    // From here on whoever waits for the cell does, with the kernel's own built-ins.
    await null;
    this.#interrupts.enter(Phase.KERNEL);
    const metadata = this.#compiler.metadataOf(source);
    if (metadata.module !== undefined) {
      this.#compiler.addModule(metadata.module, source, metadata);
      this.#imports.define(metadata.module, source);
      return;
    }
    if (metadata.mode === "browser") return;
    const { commands, code } = splitCell(source, this.#compiler);
    for (const command of commands) {
      this.#interrupts.check();
      await this.#awaiting(run, this.#shell.run(command));
    }
    if (commands.length > 0 && code.trim() === "") return;
    const cell = this.#compiler.compile(code);
    this.#errors.registerCell(name, source, cell.positions);
    this.#imports.renew();
    this.#interrupts.check();
    const before = this.#scope.declare(cell.names);
    running.started = { cell, before };
    await this.#awaiting(run, this.#imports.prepare(cell.imports));
    this.#interrupts.check();
    const ended = this.#call(this.#load(cell, name), run);
    if (cell.isAsync) await this.#awaiting(run, ended);
    // In a field: no async function may return what a cell has made, whose `then` may never call back.
    const last = { value: run.value };
    run.value = undefined;
    if (types.isPromise(last.value)) last.value = await this.#awaiting(run, last.value);
    this.#scope.settle(before, new Set(), cell.constants);
    this.#compiler.accept(cell);
    running.started = undefined;
    await this.#awaiting(
      run,
      this.#stage.look(() => present(last.value)),
    );
    // Node tells of a rejection that nobody handles only now: it belongs to this cell.
    await this.#awaiting(run, new Promise((resolve) => setImmediate(resolve)));
  }

  /** Waits for code of the cell, or its interrupt. */
  #awaiting<T>(run: CellRun, promise: T | Promise<T>): Promise<T> {
    // A promise of the cell's own class may have any `then`.
    const first = this.#stage.look(() => Promise.race([promise, run.interrupted]));
    const back = () => this.#interrupts.enter(Phase.KERNEL);
    const awaited = first.finally(back);
    this.#interrupts.enter(Phase.ASYNC);
    return kernelPromise(awaited);
  }

  /** Keeps what a cell declared as far as it ran, unless that fills the memory; tells the error to show. */
  #fail({ run, started }: Running, error: unknown): unknown {
    this.#interrupts.enter(Phase.KERNEL);
    this.#running = undefined;
    const interrupted = isInterrupt(error);
    const full = interrupted && this.#interrupts.outOfMemory;
    try {
      if (started) this.#keepPartly(started.cell, started.before, full);
    } finally {
      this.#interrupts.end(run, interrupted);
    }
    return full ? new OutOfMemoryError(HEAP_LIMIT) : error;
  }

  #keepPartly(cell: CompiledCell, before: Before, full: boolean): void {
    const unassigned = this.#scope.unassigned(before);
    this.#scope.settle(before, unassigned, cell.constants);
    this.#compiler.acceptPartly(cell, unassigned);
    if (full) this.#drop(cell.names);
  }

  /** Takes the variables away, so that what they hold can be collected. */
  #drop(names: readonly string[]): void {
    this.#scope.drop(names);
    this.#compiler.forget(new Set(names));
  }

  #load(cell: CompiledCell, name: string): CellFunction {
    const keyword = cell.isAsync ? "async function" : "function";
    const body = `${keyword} (${CELL_PARAMETERS.join(", ")}) {\n${cell.code}\n}`;
    // In a scope of their own, for a cell may declare these names itself; `eval` finds all names in `exports`.
    const given = `exports, require, __filename, __dirname, ${META_NAME}`;
    const outer = cell.callsEval
      ? `((${given}) => { with (exports) return ${body} })`
      : `((${given}) => ${body})`;
    const script = new vm.Script(outer, {
      filename: name,
      lineOffset: -1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    const { filename, dirname } = this.#meta;
    return script.runInThisContext({ displayErrors: false })(
      this.#scope.names,
      this.#imports.require,
      filename,
      dirname,
      this.#meta,
    );
  }

  #call(cell: CellFunction, run: CellRun): unknown {
    const ended = this.#stage.run(() =>
      cell(this.#scope, this.#imports.require, this.#interrupts.flags, run),
    );
    // Awaited only once it has failed, if it does so at once.
    if (types.isPromise(ended)) ended.catch(() => {});
    return ended;
  }
}
