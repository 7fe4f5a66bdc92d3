/** Modules that cells import. */
import { createRequire } from "node:module";
import path from "node:path";
import { types } from "node:util";
import vm from "node:vm";
import type * as Tfjs from "@tensorflow/tfjs";
import { registerFileScheme } from "../../src/io/file-handler";
import { withBuiltIns } from "../isolation/built-ins";
import { kernelPromise } from "../isolation/kernel-promise";
import { LocalModules } from "./local-modules";
import { MissingModuleError } from "./missing-module";
import { isNodesEsModule, type ModuleCode } from "./module-code";
import { isPath, ModuleResolution, withoutScheme } from "./module-resolution";
import type { PositionMap } from "./positions";

/** `require` as cells have it, with the real dynamic import beside it. */
export interface CellRequire extends NodeJS.Require {
  import(specifier: string, options?: unknown): Promise<unknown>;
}

/** The compiler, as far as modules need it. */
export interface ModuleCompiler {
  compileModule(file: string, text: string): ModuleCode;
  /** The files that the notebook's tsconfig.json says a module may be. */
  mappedPaths(specifier: string): string[];
  /** The file in which the compiler finds a module's types. */
  typedFile(specifier: string, folder: string): string | undefined;
}

/** `require` cannot load these; `import()` can. */
const NEEDS_IMPORT = new Set([
  "ERR_REQUIRE_ESM",
  "ERR_REQUIRE_ASYNC_MODULE",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
]);
const NOT_FOUND = new Set([
  "ERR_MODULE_NOT_FOUND",
  "MODULE_NOT_FOUND",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNKNOWN_BUILTIN_MODULE",
  "ERR_UNSUPPORTED_ESM_URL_SCHEME",
]);

type NativeImport = (specifier: string, options?: unknown) => Promise<unknown>;

/** TensorFlow.js reads and writes `file://` models in cells, also without tfjs-node. */
function ready(specifier: string, loaded: unknown): unknown {
  if (specifier === "@tensorflow/tfjs" && isTensorFlow(loaded)) registerFileScheme(loaded);
  return loaded;
}

/** The notebook's own package of that name may be anything. */
function isTensorFlow(loaded: unknown): loaded is typeof Tfjs {
  return typeof (loaded as Partial<typeof Tfjs> | undefined)?.io?.getLoadHandlers === "function";
}

/**
 * Loads what cells import, from the notebook's folder: the user's own modules in TypeScript, JavaScript and JSON, which
 * are loaded anew when they change, and whatever Node loads.
 */
export class CellImports {
  readonly require: CellRequire;
  readonly #resolution: ModuleResolution;
  readonly #modules: LocalModules;
  /** ES modules loaded ahead for static imports, by who imports them from where. */
  readonly #loaded: Map<string, unknown> = new Map();
  readonly #nativeImports: Map<string, NativeImport> = new Map();

  /** `compiled`: told of each module that was compiled, with its name in stack traces. */
  readonly #cwd: string;

  constructor(
    cwd: string,
    compiler: ModuleCompiler,
    compiled: (file: string, name: string, positions: PositionMap) => void = () => {},
  ) {
    this.#cwd = cwd;

    this.#resolution = new ModuleResolution(
      cwd,
      (specifier) => compiler.mappedPaths(specifier),
      (specifier, folder) => compiler.typedFile(specifier, folder),
      (file) => this.#modules.isCell(file),
    );
    this.#modules = new LocalModules({
      compile: (file, text) => compiler.compileModule(file, text),
      requireOf: (file) => this.#wrap(file),
      compiled: (file, positions) =>
        compiled(file, this.#modules.isCell(file) ? path.basename(file, ".ts") : file, positions),
    });
    this.require = this.#wrap(path.join(cwd, "notebook.ts"));
  }

  /** Before each cell: what has changed is loaded anew when a cell imports it again. */
  renew(): void {
    this.#modules.renew();
  }

  /** Makes a cell a module that others import as "./name". */
  define(name: string, source: string): void {
    this.#modules.define(path.join(this.#cwd, `${name}.ts`), source);
  }

  /** Loads what a cell's `require` could not load, so that its static imports find it. */
  async prepare(specifiers: readonly string[]): Promise<void> {
    await kernelPromise(this.#prepareFrom(specifiers, this.#cwd));
  }

  async #prepareFrom(specifiers: readonly string[], folder: string, asEs = false): Promise<void> {
    for (const specifier of specifiers) {
      try {
        await kernelPromise(this.#prepareOne(specifier, folder, asEs));
      } catch {
        // It comes again, with its place in the cell, when the cell's own import runs.
      }
    }
  }

  async #prepareOne(specifier: string, folder: string, asEs: boolean): Promise<void> {
    const file = this.#resolve(specifier, folder);
    if (file === undefined) await kernelPromise(this.#preparePackage(plain(specifier), folder, asEs));
    else if (await kernelPromise(this.#waits(file, new Set())))
      await kernelPromise(this.#evaluate(file, new Set()));
  }

  /** The user's own module that a specifier means, found with the kernel's built-ins: cells too ask for modules. */
  #resolve(specifier: string, folder: string): string | undefined {
    return withBuiltIns("kernel", () => this.#resolution.resolve(withoutScheme(specifier), folder));
  }

  #loadedAhead(key: string): { module: unknown } | undefined {
    return withBuiltIns("kernel", () =>
      this.#loaded.has(key) ? { module: this.#loaded.get(key) } : undefined,
    );
  }

  async #preparePackage(specifier: string, folder: string, asEs: boolean): Promise<void> {
    const key = loadedKey(specifier, folder, asEs);
    if (specifier === "tslab" || this.#loadedAhead(key)) return;
    if (!asEs)
      try {
        createRequire(path.join(folder, "module.js"))(specifier);
        return;
      } catch (error) {
        if (!NEEDS_IMPORT.has(codeOf(error))) throw error;
      }
    const namespace = await kernelPromise(this.#importFrom(folder)(specifier));
    withBuiltIns("kernel", () => this.#loaded.set(key, asCommonJs(namespace)));
  }

  /** True where the module, or one that it imports, awaits; loads packages on the way that only `import()` can. */
  async #waits(file: string, seen: Set<string>): Promise<boolean> {
    if (seen.has(file)) return false;
    seen.add(file);
    const code = this.#modules.codeOf(file);
    if (!code) return false;
    const folder = path.dirname(file);
    let waits = code.awaits;
    for (const specifier of code.imports) {
      const used = this.#resolve(specifier, folder);
      if (used !== undefined) waits = (await kernelPromise(this.#waits(used, seen))) || waits;
      else await kernelPromise(this.#prepareFrom([specifier], folder, isNodesEsModule(file)));
    }
    return waits;
  }

  /** Runs what a module imports, then the module, each to its end. */
  async #evaluate(file: string, seen: Set<string>): Promise<void> {
    if (seen.has(file)) return;
    seen.add(file);
    const folder = path.dirname(file);
    for (const specifier of this.#modules.codeOf(file)?.imports ?? []) {
      const used = this.#resolve(specifier, folder);
      if (used !== undefined) await kernelPromise(this.#evaluate(used, seen));
    }
    await kernelPromise(this.#modules.evaluate(file));
  }

  /** `user`: the file of the module that gets this `require`. */
  #wrap(user: string): CellRequire {
    const base = createRequire(user);
    const folder = path.dirname(user);
    const asEs = isNodesEsModule(user);
    const load = (asked: string): unknown => {
      if (asked === "tslab") return require("tslab");
      const specifier = plain(asked);
      const loaded = this.#loadedAhead(loadedKey(specifier, folder, asEs));
      if (loaded) return loaded.module;
      const file = typeof specifier === "string" ? this.#resolve(specifier, folder) : undefined;
      if (file !== undefined) {
        this.#modules.noteUse(user, file);
        return this.#modules.load(file);
      }
      try {
        return ready(specifier, base(specifier));
      } catch (error) {
        throw isMissing(error, specifier, user)
          ? new MissingModuleError(asked, folder, codeOf(error))
          : error;
      }
    };
    const dynamicImport = async (asked: string, options?: unknown): Promise<unknown> => {
      const specifier = plain(String(asked));
      const file = this.#resolve(specifier, folder);
      if (file !== undefined && (await kernelPromise(this.#waits(file, new Set()))))
        await kernelPromise(this.#evaluate(file, new Set()));
      if (specifier === "tslab" || file !== undefined) return asNamespace(load(specifier));
      try {
        const target = isPath(specifier) ? path.resolve(folder, specifier) : specifier;
        return ready(target, await kernelPromise(this.#importFrom(folder)(target, options)));
      } catch (error) {
        if (!NOT_FOUND.has(codeOf(error))) throw error;
        // Forwarded packages, and the main file of a folder, are known to `require` only.
        try {
          base.resolve(specifier);
        } catch {
          throw isMissing(error, specifier, user)
            ? new MissingModuleError(String(asked), folder, codeOf(error))
            : error;
        }
        return asNamespace(load(specifier));
      }
    };
    const resolve = (specifier: string, options?: NodeJS.RequireResolveOptions): string =>
      (options ? undefined : this.#resolve(specifier, folder)) ?? base.resolve(specifier, options);
    return Object.assign(load, {
      resolve: Object.assign(resolve, { paths: base.resolve.paths }),
      cache: base.cache,
      extensions: base.extensions,
      main: base.main,
      import: dynamicImport,
    });
  }

  /** Node's own `import()`, as code in a folder has it: by the file name its loader knows where to look. */
  #importFrom(folder: string): NativeImport {
    return withBuiltIns("kernel", () => this.#nativeImports.get(folder) ?? this.#makeImport(folder));
  }

  #makeImport(folder: string): NativeImport {
    const made = vm.runInThisContext("(specifier, options) => import(specifier, options)", {
      filename: path.join(folder, "notebook.js"),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as NativeImport;
    this.#nativeImports.set(folder, made);
    return made;
  }
}

/** The specifier without a scheme of Deno's; what is no text is left for Node to refuse. */
function plain<Asked>(specifier: Asked): Asked | string {
  return typeof specifier === "string" ? withBuiltIns("kernel", () => withoutScheme(specifier)) : specifier;
}

/** An ES module of Node's gets a package as Node gives it; any other as transpiled modules have it. */
function loadedKey(specifier: string, folder: string, asEs: boolean): string {
  return `${asEs}\n${specifier}\n${folder}`;
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code);
}

/** True where Node did not find what `user` asked for, rather than something that this imports. */
function isMissing(error: unknown, specifier: string, user: string): boolean {
  if (!(error instanceof Error) || !NOT_FOUND.has(codeOf(error))) return false;
  const { requireStack } = error as { requireStack?: string[] };
  if (requireStack) return requireStack[0] === user;
  return (
    error.message.includes(` imported from ${path.join(path.dirname(user), "notebook.js")}`) ||
    error.message.includes(`: ${specifier}`) ||
    codeOf(error) === "ERR_UNSUPPORTED_ESM_URL_SCHEME"
  );
}

/** An ES module as `require` of a transpiled module would give it: `import x from` finds its default export. */
function asCommonJs(namespace: unknown): unknown {
  const members = namespace as Record<string, unknown>;
  if (!types.isModuleNamespaceObject(namespace) || !("default" in members) || "__esModule" in members)
    return namespace;
  const wrapped = {};
  Object.defineProperty(wrapped, "__esModule", { value: true });
  for (const name of Object.keys(members))
    Object.defineProperty(wrapped, name, { enumerable: true, get: () => members[name] });
  return wrapped;
}

/** A CommonJS module as `import()` would give it. */
function asNamespace(exported: unknown): unknown {
  if (typeof exported === "object" && exported !== null && "__esModule" in exported) return exported;
  return { ...(exported as object), default: exported };
}
