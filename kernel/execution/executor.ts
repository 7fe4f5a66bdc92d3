import { getHeapStatistics } from "node:v8";
import vm from "node:vm";
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

/** Shows the value of a cell's last expression, and waits for what the cell is still showing. */
export type Present = (value: unknown) => Promise<void>;

type CellFunction = (
  exports: Record<string, unknown>,
  require: NodeJS.Require,
  flag: Int32Array,
  cell: CellRun,
  bind: (name: string, get: () => unknown, set: (value: unknown) => void) => void,
) => unknown;

/** A cell on its way. */
interface Running {
  readonly run: CellRun;
  /** Once it is compiled, and until all that it declared is known: the values of its names before it ran. */
  started?: { cell: CompiledCell; before: ReadonlyMap<string, unknown> } | undefined;
}

/** Taken early: it is raised for a while when a cell fills the heap. */
const HEAP_LIMIT = getHeapStatistics().heap_size_limit;
const ENTRY = Symbol.for("gradlens.kernel.entry");

/** Runs cells one at a time, all on the same `exports` object. */
export class Executor {
  /** Plain, not a Proxy: every assignment to a top-level variable goes through it. */
  private readonly exports: Record<string, unknown> = {};
  private readonly entry = new vm.Script(`globalThis[Symbol.for("gradlens.kernel.entry")]()`, {
    filename: "gradlens:run",
  });

  private running: Running | undefined;

  constructor(
    private readonly compiler: Compiler,
    private readonly imports: CellImports,
    private readonly errors: ErrorReporter,
    private readonly interrupts: InterruptState,
    private readonly meta: ImportMeta,
  ) {}

  /** Runs a cell to its end, awaiting a promise that is its last value; throws what the cell throws. */
  async execute(source: string, name: string, present: Present): Promise<void> {
    const running: Running = { run: this.interrupts.begin() };
    this.running = running;
    try {
      await this.run(running, source, name, present);
    } catch (error) {
      throw this.fail(running, error);
    }
    this.running = undefined;
    this.interrupts.end(running.run, false);
  }

  /** The values of the variables that cells have declared, by name. */
  get variables(): Readonly<Record<string, unknown>> {
    return this.exports;
  }

  /** Ends a cell whose own end was lost, and tells its error; undefined when none runs. */
  abandon(): unknown {
    return this.running && this.fail(this.running, new InterruptError());
  }

  private async run(running: Running, source: string, name: string, present: Present): Promise<void> {
    const { run } = running;
    const metadata = this.compiler.metadataOf(source);
    if (metadata.module !== undefined) {
      this.compiler.addModule(metadata.module, source, metadata);
      this.imports.define(metadata.module, source);
      return;
    }
    if (metadata.mode === "browser") return;
    const cell = this.compiler.compile(source);
    this.errors.registerCell(name, source, cell.positions);
    this.imports.renew();
    this.interrupts.check();
    this.detach(cell.names);
    const before = new Map(cell.names.map((each) => [each, this.identityOf(each)]));
    running.started = { cell, before };
    await this.awaiting(run, this.imports.prepare(cell.imports));
    this.interrupts.check();
    const result = this.callSynchronously(this.load(cell, name), run);
    if (cell.isAsync) await this.awaiting(run, result);
    const value = await this.lastValue(cell, run);
    this.compiler.accept(cell);
    running.started = undefined;
    await this.awaiting(run, present(value));
    // Node tells of a rejection that nobody handles only now: it belongs to this cell.
    await this.awaiting(run, new Promise((resolve) => setImmediate(resolve)));
  }

  /** Waits for code of the cell, or its interrupt. */
  private async awaiting<T>(run: CellRun, promise: T | Promise<T>): Promise<T> {
    this.interrupts.enter(Phase.ASYNC);
    try {
      return await Promise.race([promise, run.interrupted]);
    } finally {
      this.interrupts.enter(Phase.KERNEL);
    }
  }

  /** Keeps what a cell declared as far as it ran, unless that fills the memory; tells the error to show. */
  private fail({ run, started }: Running, error: unknown): unknown {
    this.interrupts.enter(Phase.KERNEL);
    this.running = undefined;
    const interrupted = isInterrupt(error);
    const full = interrupted && this.interrupts.outOfMemory;
    try {
      if (started) this.keepPartly(started.cell, started.before, full);
    } finally {
      this.interrupts.end(run, interrupted);
    }
    return full ? new OutOfMemoryError(HEAP_LIMIT) : error;
  }

  private keepPartly(cell: CompiledCell, before: ReadonlyMap<string, unknown>, full: boolean): void {
    const unassigned = cell.names.filter((each) => this.identityOf(each) === before.get(each));
    this.compiler.acceptPartly(cell, new Set(unassigned));
    if (full) this.drop(cell.names);
  }

  private readonly bind = (name: string, get: () => unknown, set: (value: unknown) => void): void => {
    Object.defineProperty(this.exports, name, { get, set, enumerable: true, configurable: true });
  };

  /** Names that a cell declares anew no longer belong to the variables of the cell that declared them before. */
  private detach(names: readonly string[]): void {
    for (const name of names) {
      if (Object.getOwnPropertyDescriptor(this.exports, name)?.get === undefined) continue;
      const value = this.exports[name];
      Object.defineProperty(this.exports, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }

  /** Takes the variables away, so that what they hold can be collected. */
  private drop(names: readonly string[]): void {
    for (const name of names) delete this.exports[name];
    this.compiler.forget(new Set(names));
  }

  /** Changes when a cell gives the name a value, or binds it to a variable. */
  private identityOf(name: string): unknown {
    const property = Object.getOwnPropertyDescriptor(this.exports, name);
    return property?.get ?? property?.value;
  }

  private load(cell: CompiledCell, name: string): CellFunction {
    const keyword = cell.isAsync ? "async function" : "function";
    const body = `${keyword} (${CELL_PARAMETERS.join(", ")}) {\n${cell.code}\n}`;
    // In a scope of their own, for a cell may declare these names itself.
    const outer = `((exports, require, __filename, __dirname, ${META_NAME}) => ${body})`;
    const script = new vm.Script(outer, {
      filename: name,
      lineOffset: -1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    const { filename, dirname } = this.meta;
    return script.runInThisContext({ displayErrors: false })(
      this.exports,
      this.imports.require,
      filename,
      dirname,
      this.meta,
    );
  }

  private callSynchronously(cell: CellFunction, run: CellRun): unknown {
    const globals = globalThis as Record<symbol, unknown>;
    globals[ENTRY] = () => cell(this.exports, this.imports.require, this.interrupts.flags, run, this.bind);
    this.interrupts.enter(Phase.SYNC);
    try {
      const result = this.entry.runInThisContext({ breakOnSigint: true, displayErrors: false });
      if (result instanceof Promise) result.catch(() => {});
      return result;
    } finally {
      this.interrupts.enter(Phase.KERNEL);
      delete globals[ENTRY];
    }
  }

  private async lastValue(cell: CompiledCell, run: CellRun): Promise<unknown> {
    if (cell.lastValue === undefined) return undefined;
    const value = this.exports[cell.lastValue];
    this.exports[cell.lastValue] = undefined;
    return value instanceof Promise ? await this.awaiting<unknown>(run, value) : value;
  }
}
