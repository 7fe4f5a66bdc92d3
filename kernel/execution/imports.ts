import Module, { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import vm from "node:vm";
import type * as Tfjs from "@tensorflow/tfjs";
import { registerFileScheme } from "../../src/io/file-handler";
import type { SideModule } from "./compiler";
import { META_NAME } from "./own-names";
import { stampOf } from "./side-files";

/** `require` as cells have it, with the real dynamic import beside it. */
export interface CellRequire extends NodeJS.Require {
  import(specifier: string, options?: unknown): Promise<unknown>;
}

/** `require` cannot load these; `import()` can. */
const NEEDS_IMPORT = new Set([
  "ERR_REQUIRE_ESM",
  "ERR_REQUIRE_ASYNC_MODULE",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
]);
const NOT_FOUND = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"]);

const MODULE_PARAMETERS = ["exports", "require", "module", "__filename", "__dirname", META_NAME];

/** `import.meta` as Node's ES modules have it. */
export interface ImportMeta {
  url: string;
  filename: string;
  dirname: string;
  resolve(specifier: string): string;
}

export function importMetaOf(file: string): ImportMeta {
  const require = createRequire(file);
  return {
    url: pathToFileURL(file).href,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier) => {
      const found = require.resolve(specifier);
      return path.isAbsolute(found) ? pathToFileURL(found).href : found;
    },
  };
}

/** TensorFlow.js reads and writes `file://` models in cells, also without tfjs-node. */
function ready(specifier: string, loaded: unknown): unknown {
  if (specifier === "@tensorflow/tfjs" && isTensorFlow(loaded)) registerFileScheme(loaded);
  return loaded;
}

/** The notebook's own package of that name may be anything. */
function isTensorFlow(loaded: unknown): loaded is typeof Tfjs {
  return typeof (loaded as Partial<typeof Tfjs> | undefined)?.io?.getLoadHandlers === "function";
}

/** A side module as it is loaded. */
interface LoadedModule {
  code: string;
  module?: Module;
  /** Other side modules, and JSON files, that it has loaded. */
  uses: Set<string>;
}

/** Loads what cells import, from the notebook's folder: CommonJS, ES modules, JSON, TypeScript beside the notebook. */
export class CellImports {
  readonly require: CellRequire;
  private readonly sideModules: Map<string, LoadedModule> = new Map();
  /** JSON files that were loaded, as they were then. */
  private readonly dataFiles: Map<string, string> = new Map();
  /** ES modules loaded ahead for static imports. */
  private readonly loaded: Map<string, unknown> = new Map();
  private readonly nativeImport: (specifier: string, options?: unknown) => Promise<unknown>;

  /** `mapped`: the files that the notebook's tsconfig.json says a module may be. */
  constructor(
    cwd: string,
    private readonly mapped: (specifier: string) => string[] = () => [],
  ) {
    const notebook = path.join(cwd, "notebook.js");
    this.require = this.wrap(createRequire(notebook), cwd);
    // The file name makes Node's own loader resolve from the notebook's folder.
    this.nativeImport = vm.runInThisContext("(specifier, options) => import(specifier, options)", {
      filename: notebook,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  }

  /** Before each cell: its modules that are new or have changed, which those that use them have to load anew. */
  addSideModules(modules: readonly SideModule[]): void {
    const changed = this.dropChangedData();
    for (const { file, code } of modules) {
      if (this.sideModules.get(file)?.code === code) continue;
      this.sideModules.set(file, { code, uses: new Set() });
      changed.add(file);
    }
    // A set walks through what is added meanwhile, too.
    for (const file of changed)
      for (const [user, side] of this.sideModules) {
        if (!side.module || !side.uses.has(file)) continue;
        delete side.module;
        side.uses.clear();
        changed.add(user);
      }
  }

  private dropChangedData(): Set<string> {
    const changed = new Set<string>();
    for (const [file, stamp] of this.dataFiles) {
      if (stampOf(file) === stamp) continue;
      delete this.require.cache[file];
      this.dataFiles.delete(file);
      changed.add(file);
    }
    return changed;
  }

  /** Loads those modules that a cell's `require` could not load, so that its static imports find them. */
  async prepare(specifiers: readonly string[]): Promise<void> {
    for (const specifier of specifiers) {
      if (this.loaded.has(specifier)) continue;
      try {
        this.require(specifier);
      } catch (error) {
        // Any other error comes again, with its place in the cell, when the cell's own import runs.
        if (NEEDS_IMPORT.has(String((error as NodeJS.ErrnoException).code)))
          this.loaded.set(specifier, asCommonJs(await this.nativeImport(specifier)));
      }
    }
  }

  /** `user`: the side module that gets this `require`. */
  private wrap(base: NodeJS.Require, folder: string, user?: LoadedModule): CellRequire {
    const load = (specifier: string): unknown => {
      if (specifier === "tslab") return require("tslab");
      if (this.loaded.has(specifier)) return this.loaded.get(specifier);
      const file = this.sideModuleFile(specifier, folder);
      if (file !== undefined) {
        user?.uses.add(file);
        return this.loadSideModule(file);
      }
      const place = this.mapped(specifier).find((each) => resolves(base, each)) ?? specifier;
      const loaded = base(place);
      if (place.endsWith(".json")) {
        const data = base.resolve(place);
        user?.uses.add(data);
        if (!this.dataFiles.has(data)) this.dataFiles.set(data, stampOf(data));
      }
      return ready(specifier, loaded);
    };
    const dynamicImport = async (specifier: string, options?: unknown): Promise<unknown> => {
      const text = String(specifier);
      // Node's own import would want a type attribute for JSON, as TypeScript does not.
      const byRequire =
        text === "tslab" || text.endsWith(".json") || this.sideModuleFile(text, folder) !== undefined;
      if (byRequire) return asNamespace(load(text));
      try {
        const target = text.startsWith(".") ? path.resolve(folder, text) : text;
        return ready(target, await this.nativeImport(target, options));
      } catch (error) {
        if (!NOT_FOUND.has(String((error as NodeJS.ErrnoException).code))) throw error;
        // Forwarded packages and paths without extension are known to `require` only.
        try {
          base.resolve(text);
        } catch {
          throw error;
        }
        return asNamespace(load(text));
      }
    };
    return Object.assign(load, {
      resolve: base.resolve,
      cache: base.cache,
      extensions: base.extensions,
      main: base.main,
      import: dynamicImport,
    }) as CellRequire;
  }

  private sideModuleFile(specifier: string, folder: string): string | undefined {
    const isPath = specifier.startsWith(".") || path.isAbsolute(specifier);
    const files = isPath ? [path.resolve(folder, specifier)] : this.mapped(specifier);
    return files
      .flatMap((file) => [file, `${file}.js`, file.replace(/\.tsx?$/, ".js"), path.join(file, "index.js")])
      .find((candidate) => this.sideModules.has(candidate));
  }

  private loadSideModule(file: string): unknown {
    const side = this.sideModules.get(file)!;
    if (!side.module) {
      const loading = new Module(file);
      side.module = loading;
      try {
        const run = vm.compileFunction(side.code, MODULE_PARAMETERS, { filename: file });
        const folder = path.dirname(file);
        run.call(
          loading.exports,
          loading.exports,
          this.wrap(createRequire(file), folder, side),
          loading,
          file,
          folder,
          importMetaOf(file),
        );
      } catch (error) {
        delete side.module;
        throw error;
      }
    }
    return side.module.exports;
  }
}

function resolves(base: NodeJS.Require, file: string): boolean {
  try {
    base.resolve(file);
    return true;
  } catch {
    return false;
  }
}

/** An ES module as `require` of a transpiled module would give it: `import x from` finds its default export. */
function asCommonJs(namespace: unknown): unknown {
  const members = namespace as Record<string, unknown>;
  if (!types.isModuleNamespaceObject(namespace) || !("default" in members) || "__esModule" in members)
    return namespace;
  const wrapped = { __esModule: true };
  for (const name of Object.keys(members))
    Object.defineProperty(wrapped, name, { enumerable: true, get: () => members[name] });
  return wrapped;
}

/** A CommonJS module as `import()` would give it. */
function asNamespace(exported: unknown): unknown {
  if (typeof exported === "object" && exported !== null && "__esModule" in exported) return exported;
  return { ...(exported as object), default: exported };
}
