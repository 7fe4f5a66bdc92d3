/** The user's own modules, run again when they change. */
import { readFileSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import vm from "node:vm";
import { withBuiltIns } from "../isolation/built-ins";
import { kernelPromise } from "../isolation/kernel-promise";
import { importMetaOf } from "./import-meta";
import type { ModuleCode } from "./module-code";
import { META_NAME } from "./own-names";
import type { PositionMap } from "./positions";
import { stampOf } from "./side-files";

// Held here: cells may have another.
const { apply } = Reflect;

const MODULE_PARAMETERS = ["exports", "require", "module", "__filename", "__dirname", META_NAME];

/** A module of the user's own as it is loaded. */
interface LocalModule {
  readonly stamp: string;
  /** Undefined for JSON. */
  readonly code: ModuleCode | undefined;
  /** Other modules of the user's own that it has loaded. */
  readonly uses: Set<string>;
  module?: Module | undefined;
  /** It is running and has not ended. */
  running?: boolean;
  /** Its end, when it awaits: whoever else needs it waits for the same. */
  pending?: Promise<void> | undefined;
  /** Error that it threw when it ran ahead of the cell that imports it. */
  failure?: { error: unknown } | undefined;
}

export interface LocalModuleHooks {
  compile(file: string, text: string): ModuleCode;
  /** The `require` of a module. */
  requireOf(file: string): NodeJS.Require;
  /** The place of the module's code in its source, for stack traces. */
  compiled(file: string, positions: PositionMap): void;
}

/** The user's own modules, each run once until it, or one that it uses, changes. */
export class LocalModules {
  readonly #known: Map<string, LocalModule> = new Map();
  /** Modules that are cells, by the file that they seem to be. */
  readonly #cells: Map<string, string> = new Map();

  readonly #hooks: LocalModuleHooks;

  constructor(hooks: LocalModuleHooks) {
    this.#hooks = hooks;
  }

  /** Defines a module that has no file. */
  define(file: string, source: string): void {
    this.#cells.set(file, source);
    this.#drop(new Set([file]));
  }

  isCell(file: string): boolean {
    return this.#cells.has(file);
  }

  /** Before each cell: forgets what has changed, and what uses it. */
  renew(): void {
    const changed = new Set<string>();
    for (const [file, { stamp, failure }] of this.#known)
      if (failure || this.#stampOf(file) !== stamp) changed.add(file);
    this.#drop(changed);
  }

  #drop(changed: Set<string>): void {
    // A set walks through what is added meanwhile, too.
    for (const file of changed) {
      this.#known.delete(file);
      delete require.cache[file];
      for (const [user, { uses }] of this.#known) if (uses.has(file)) changed.add(user);
    }
  }

  #stampOf(file: string): string {
    return this.#cells.get(file) ?? stampOf(file);
  }

  /** Imports of a module, and whether it awaits. */
  codeOf(file: string): ModuleCode | undefined {
    return this.#find(file).code;
  }

  /** A module that uses another is loaded anew with it. */
  noteUse(user: string, file: string): void {
    withBuiltIns("kernel", () => this.#known.get(user)?.uses.add(file));
  }

  /** With the kernel's built-ins, as the compiler needs them: a cell's own `require` asks too. */
  #find(file: string): LocalModule {
    return withBuiltIns("kernel", () => this.#known.get(file) ?? this.#compiled(file));
  }

  #compiled(file: string): LocalModule {
    const stamp = this.#stampOf(file);
    const text = (this.#cells.get(file) ?? readFileSync(file, "utf8")).replace(/^\uFEFF/, "");
    if (file.endsWith(".json")) {
      const module = new Module(file);
      module.exports = parseJson(file, text);
      const data: LocalModule = { stamp, code: undefined, uses: new Set(), module };
      this.#known.set(file, data);
      return data;
    }
    const code = this.#hooks.compile(file, text);
    if (code.positions) this.#hooks.compiled(file, code.positions);
    const local: LocalModule = { stamp, code, uses: new Set() };
    this.#known.set(file, local);
    return local;
  }

  /** The exports of a module, which runs now unless it has. */
  load(file: string): unknown {
    const local = this.#find(file);
    if (local.failure) throw withCallers(local.failure.error, this.load);
    if (this.#isLoaded(file, local)) return local.module!.exports;
    if (local.code?.awaits) throw new AwaitingModuleError(file);
    return this.#run(file, local);
  }

  /** Runs a module that awaits, or whose imports do, ahead of the cell that imports it. */
  async evaluate(file: string): Promise<void> {
    const local = this.#find(file);
    if (local.pending) await kernelPromise(local.pending);
    else if (!local.failure && !this.#isLoaded(file, local))
      await kernelPromise(this.#evaluateNow(file, local));
  }

  async #evaluateNow(file: string, local: LocalModule): Promise<void> {
    try {
      if (local.code?.awaits) {
        local.pending = this.#runAwaiting(file, local);
        await kernelPromise(local.pending);
      } else this.#run(file, local);
    } catch (error) {
      local.failure = { error };
    } finally {
      local.pending = undefined;
    }
  }

  /** Whoever deletes it from `require.cache` wants it loaded again. */
  #isLoaded(file: string, { module, code, running }: LocalModule): boolean {
    return module !== undefined && (code === undefined || running === true || require.cache[file] === module);
  }

  #run(file: string, local: LocalModule): unknown {
    const { module, call } = this.#prepared(file, local, local.code!.code);
    try {
      call();
      module.loaded = true;
      return module.exports;
    } catch (error) {
      this.#giveUp(file, local, module);
      throw error;
    } finally {
      local.running = false;
    }
  }

  async #runAwaiting(file: string, local: LocalModule): Promise<void> {
    const awaiting = `return (async () => {\n${local.code!.code}\n})();`;
    const { module, call } = this.#prepared(file, local, awaiting, 1);
    try {
      await kernelPromise(call() as Promise<void>);
      module.loaded = true;
    } catch (error) {
      this.#giveUp(file, local, module);
      throw error;
    } finally {
      local.running = false;
    }
  }

  #giveUp(file: string, local: LocalModule, module: Module): void {
    local.module = undefined;
    // It may have been edited, and loaded anew, while it awaited.
    if (require.cache[file] === module) delete require.cache[file];
  }

  /** `extraLines`: lines ahead of the module's own. */
  #prepared(
    file: string,
    local: LocalModule,
    code: string,
    extraLines = 0,
  ): { module: Module; call: () => unknown } {
    const module = withBuiltIns("kernel", () => this.#newModule(file));
    local.module = module;
    local.running = true;
    const call = () => {
      const compiled = withBuiltIns("kernel", () => ({
        run: vm.compileFunction(code, MODULE_PARAMETERS, {
          filename: file,
          lineOffset: -extraLines,
          importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
        }),
        given: [module.exports, module.require, module, file, path.dirname(file), importMetaOf(file)],
      }));
      return apply(compiled.run, module.exports, compiled.given);
    };
    return { module, call };
  }

  #newModule(file: string): Module {
    const module = new Module(file);
    module.filename = file;
    module.require = this.#hooks.requireOf(file);
    require.cache[file] = module;
    return module;
  }
}

/** `require` of a module with top-level await. */
class AwaitingModuleError extends Error {
  readonly code: string = "ERR_REQUIRE_ASYNC_MODULE";

  constructor(file: string) {
    super(`require(): expected a module without top-level await, got ${file}: await import(…) loads it`);
  }
}

/** The error with the cell that imports the module among its callers. */
function withCallers(error: unknown, below: (...args: never[]) => unknown): unknown {
  if (!(error instanceof Error) || typeof error.stack !== "string") return error;
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, below);
  const callers = (here.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const missing = callers.filter((line) => !error.stack!.includes(line));
  try {
    error.stack = [error.stack, ...missing].join("\n");
  } catch {}
  return error;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${file}: ${(error as Error).message}`);
  }
}
