/** The user's own file that a module specifier means: the one whose types the compiler takes. */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../package-root";

/** Endings that only the compiler knows. */
const TYPESCRIPT = /\.[cm]?tsx?$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;
const LOADED = /\.(?:[cm]?[jt]sx?|json)$/;
/** Endings that a specifier may leave out, in the compiler's order. */
const ENDINGS = [".ts", ".tsx", ".js", ".jsx", ".json", ".mts", ".cts", ".mjs", ".cjs"];
/** The source of what is named by its compiled file. */
const SOURCE_ENDINGS: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

const OWN_CODE = path.join(packageRoot, "dist") + path.sep;
const MODULES = `${path.sep}node_modules${path.sep}`;

export function isTypeScript(file: string): boolean {
  return TYPESCRIPT.test(file) && !DECLARATIONS.test(file);
}

/** True of a name that a module's file can have. */
export function isLoaded(file: string): boolean {
  return LOADED.test(file);
}

export function isPath(specifier: string): boolean {
  return /^\.\.?(\/|$)/.test(specifier) || path.isAbsolute(specifier) || specifier.startsWith("file:");
}

/** `npm:name@version/part`, as Deno writes it, is the installed package `name/part`. */
export function withoutScheme(specifier: string): string {
  return specifier.replace(/^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]*)?/, "$1");
}

/** Below a `node_modules`, the package that a folder belongs to, so that its own files are told from installed ones. */
function packageBelowModules(folder: string): string {
  const from = folder.lastIndexOf(MODULES);
  if (from < 0) return "";
  const inside = folder.slice(from + MODULES.length).split(path.sep);
  const name = inside.slice(0, inside[0]?.startsWith("@") ? 2 : 1);
  return path.join(folder.slice(0, from + MODULES.length), ...name) + path.sep;
}

/** Tells files of installed packages from those of the notebook's project, which may be below a `node_modules` itself. */
export function installedFiles(cwd: string): (file: string) => boolean {
  const own = packageBelowModules(cwd + path.sep);
  const from = Math.max(0, own.length - 1);
  return (file) => file.slice(own !== "" && file.startsWith(own) ? from : 0).includes(MODULES);
}

/** Finds the user's own modules, from the folder of the notebook or of a module that it imports. */
export class ModuleResolution {
  readonly #isInstalled: (file: string) => boolean;

  /**
   * `mapped`: the files that the notebook's tsconfig.json says a module may be; `asTyped`: the file in which the
   * compiler finds a package's types; `exists`: whether there is such a module besides those on disk.
   */
  readonly #mapped: (specifier: string) => string[];
  readonly #asTyped: (specifier: string, folder: string) => string | undefined;
  readonly #exists: (file: string) => boolean;

  constructor(
    cwd: string,
    mapped: (specifier: string) => string[],
    asTyped: (specifier: string, folder: string) => string | undefined,
    exists: (file: string) => boolean,
  ) {
    this.#mapped = mapped;
    this.#asTyped = asTyped;
    this.#exists = exists;

    this.#isInstalled = installedFiles(cwd);
  }

  /** The file, when it is the user's own; undefined for what Node's loader finds, or fails to find. */
  resolve(specifier: string, folder: string): string | undefined {
    if (isPath(specifier)) {
      const place = specifier.startsWith("file:")
        ? fileURLToPath(specifier)
        : path.resolve(folder, specifier);
      const file = this.#fileAt(place, /[\\/]$|(^|\/)\.\.?$/.test(specifier));
      return file !== undefined && this.isOwn(file) ? file : undefined;
    }
    for (const place of this.#mapped(specifier)) {
      const file = this.#fileAt(place);
      if (file !== undefined) return file;
    }
    return this.#ofPackage(specifier, folder);
  }

  /** True of a file whose edits are seen, unlike those of an installed package. */
  isOwn(file: string): boolean {
    if (!isLoaded(file)) return false;
    if (isTypeScript(file) || this.#exists(file)) return true;
    if (file.startsWith(OWN_CODE)) return false;
    return !this.#isInstalled(file);
  }

  /** A package of a workspace, or a part of the notebook's own package (`#name`). */
  #ofPackage(specifier: string, folder: string): string | undefined {
    const require = createRequire(path.join(folder, "module.js"));
    let file: string | undefined;
    try {
      file = require.resolve(specifier);
    } catch {
      // Its main file may lack an ending, or be one for `import` only.
      file = this.#asTyped(specifier, folder);
      if (file === undefined || !isTypeScript(file)) return undefined;
    }
    return path.isAbsolute(file) && this.isOwn(file) ? file : undefined;
  }

  #fileAt(place: string, onlyFolder = false): string | undefined {
    const ending = path.extname(place);
    const stem = place.slice(0, place.length - ending.length);
    const sources = (SOURCE_ENDINGS[ending] ?? []).map((each) => stem + each);
    const candidates = [...sources, place, ...ENDINGS.map((each) => place + each)];
    const found = onlyFolder ? undefined : candidates.find((each) => this.#isFile(each));
    return found ?? this.#inFolder(place);
  }

  #inFolder(folder: string): string | undefined {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    const main = mainOf(folder);
    const places = main === undefined ? [] : [path.resolve(folder, main)];
    return [...places, path.join(folder, "index")]
      .flatMap((place) => [place, ...ENDINGS.map((each) => place + each)])
      .find((each) => this.#isFile(each));
  }

  #isFile(file: string): boolean {
    return this.#exists(file) || statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  }
}

function mainOf(folder: string): string | undefined {
  try {
    const { main } = createRequire(path.join(folder, "module.js"))("./package.json") as { main?: unknown };
    return typeof main === "string" ? main : undefined;
  } catch {
    return undefined;
  }
}
