/** The TypeScript compiler as cells need it. */
import { createRequire, type SourceMapPayload } from "node:module";
import path from "node:path";
import type * as ts from "typescript";
import { requireCached } from "./code-cache";
import { toCommonJs } from "./common-js";
import { declareHoisted } from "./hoisted-variables";
import { requireImports } from "./import-equals";
import { type AskedCell, completionsOnDisk } from "./language-service";
import { keepLastValue } from "./last-value";
import { installedFiles, isTypeScript } from "./module-resolution";
import { withoutNpmScheme } from "./module-syntax";
import { type NotebookConfig, readNotebookConfig } from "./notebook-config";
import type { TypeForwarding } from "./package-forwarding";
import { splitInlineMap } from "./positions";
import type { NameFindings } from "./shared-declarations";
import { type KnownNames, shareNames } from "./shared-names";
import { SideFiles } from "./side-files";
import { afterPass, beforePass, type PassFindings } from "./transform";
import { asTslabFork, standIn } from "./tslab-fork";
import { isSyntaxError } from "./type-checks";

/** Findings about a cell that went through the pass from ES module to CommonJS. */
export interface Pass extends PassFindings, NameFindings {
  /** Source maps, the last pass first. */
  maps: SourceMapPayload[];
}

export interface Overlay {
  /** False: only errors of syntax count. */
  checkTypes: boolean;
  /** Settings of the tsconfig.json beside the notebook when the converter was made. */
  config: NotebookConfig;
  /** The last compiled cell's own declarations. */
  cellDeclarations: string;
  /** The compiler itself, with its own behaviour. */
  compiler: typeof ts;
  /** Files beside the notebook that the converter has read. */
  sideFiles: SideFiles;
  /** Keeps what V8 has compiled of the compiler for the next kernel; undefined when that was done before. */
  keepCode: (() => void) | undefined;
  /** Errors of the last cell's modules that are outside of the notebook's folder, of which the converter does not tell. */
  outside: ts.Diagnostic[];
  /** The cell that the converter has read last. */
  cell(): AskedCell;
  /** Completions that the converter has found last for a place. */
  entries: readonly ts.CompletionEntry[];
  /** The file in which the compiler finds a module's types. */
  resolve(specifier: string, folder: string): string | undefined;
  /** Passes since the last call, by the code they gave. */
  takePasses(): Map<string, Pass>;
}

/** A source file of the compiler that exists only here. */
export interface VirtualFile {
  path: string;
  text: string;
}

/** Resolution of modules, and what in them is no error. */
const MODULE_OPTIONS = {
  moduleResolution: 100 satisfies ts.ModuleResolutionKind.Bundler,
  customConditions: ["node"],
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  // A script is run as a module too.
  moduleDetection: 3 satisfies ts.ModuleDetectionKind.Force,
  allowJs: true,
  // JavaScript has the types that it says it has.
  checkJs: false,
} as const satisfies ts.CompilerOptions;

/**
 * Errors about files that the compiler writes; but cells are all that it writes. A file outside of `rootDir`, an
 * import with the ending of a source, `import x = require("x")` and `export =`.
 */
const OF_EMITTED_FILES: ReadonlySet<number> = new Set([6059, 5096, 5097, 1202, 1203]);

const CELL_FILE = /(^|\/)__tslab__\.[jt]sx?$/;
const CELL_DECLARATIONS = /(^|\/)__tslab__\.d\.ts$/;

/**
 * Lays other options and hooks over the compiler that tslab's converter uses, without touching its files: the
 * converter sees a copy of the compiler's exports. Must run before the converter is loaded.
 */
export function overlayTypeScript(
  cwd: string,
  forwarding: TypeForwarding,
  declarations: VirtualFile,
  known: KnownNames,
  codeCache: string | undefined,
): Overlay {
  const loaded = requireCached(require, require.resolve("typescript"), codeCache);
  const compiler = loaded.exports as typeof ts;
  const isInstalled = installedFiles(cwd);
  let passes = new Map<string, Pass>();
  let newest: ts.BuilderProgram | undefined;

  const state: Overlay = {
    checkTypes: true,
    config: { options: {}, problem: undefined },
    cellDeclarations: "",
    sideFiles: new SideFiles(),
    compiler,
    keepCode: loaded.keep,
    outside: [],
    entries: [],
    cell: () => {
      const program = newest!.getProgram();
      return { program, file: program.getSourceFiles().find(({ fileName }) => CELL_FILE.test(fileName))! };
    },
    resolve: (specifier, folder) => {
      const from = path.join(folder, "module.ts");
      const options = { ...MODULE_OPTIONS, ...state.config.options };
      const { resolvedModule } = compiler.resolveModuleName(specifier, from, options, compiler.sys);
      return (
        resolvedModule &&
        (compiler.sys.realpath?.(resolvedModule.resolvedFileName) ?? resolvedModule.resolvedFileName)
      );
    },
    takePasses: () => {
      const taken = passes;
      passes = new Map();
      return taken;
    },
  };
  const overlay = asTslabFork(compiler);
  const diagnosticsOf = overlay.getPreEmitDiagnosticsOfFiles as (
    ...args: unknown[]
  ) => readonly ts.Diagnostic[];
  overlay.getPreEmitDiagnosticsOfFiles = (...args: unknown[]): readonly ts.Diagnostic[] => {
    const found = diagnosticsOf(...args).filter(
      ({ code, file }) => !OF_EMITTED_FILES.has(code) && !(file && isInstalled(file.fileName)),
    );
    const syntax = found.filter(isSyntaxError);
    const counted = state.checkTypes && syntax.length === 0 ? found : syntax;
    state.outside = counted.filter(({ file }) => file && path.relative(cwd, file.fileName).startsWith(".."));
    return counted;
  };
  const completionsAt = completionsOnDisk(compiler);
  overlay.Completions = {
    getCompletionsAtPositionForTslab: (...args: unknown[]) => {
      const found = completionsAt(...args);
      state.entries = found?.entries ?? [];
      return found;
    },
  };
  overlay.createWatchCompilerHost = (
    roots: string[],
    options: ts.CompilerOptions,
    system: ts.System,
    ...rest: unknown[]
  ): unknown => {
    withoutFolderWatching(system, isInstalled);
    withPlainNames(system);
    state.config = readNotebookConfig(compiler, cwd);
    const create = compiler.createWatchCompilerHost as (...args: unknown[]) => unknown;
    const { typeRoots: _unused, experimentalDecorators: _older, ...kept } = options;
    const host = create(
      [...roots, declarations.path],
      {
        ...kept,
        ...MODULE_OPTIONS,
        types: ["node"],
        lib: ["lib.esnext.d.ts"],
        inlineSourceMap: true,
        ...state.config.options,
      },
      system,
      ...rest,
    ) as ts.WatchCompilerHostOfFilesAndCompilerOptions<ts.EmitAndSemanticDiagnosticsBuilderProgram>;
    const createProgram = host.createProgram;
    host.createProgram = (names, given, programHost, ...others) => {
      if (programHost && state.config.options.jsx !== undefined) withJsxCells(compiler, programHost);
      const builder = createProgram(names, given, programHost, ...others);
      newest = builder;
      noteCellDeclarations(builder, state);
      return withAllDependencies(withCellTransforms(compiler, builder));
    };
    return host;
  };
  overlay.transpileModule = (input: string, options: ts.TranspileOptions): ts.TranspileOutput => {
    const { code, map } = splitInlineMap(input);
    const findings: PassFindings & NameFindings = {
      imports: [],
      exportedNames: [],
      constants: [],
      callsEval: false,
      awaits: false,
    };
    const compilerOptions = { ...options.compilerOptions, inlineSourceMap: true };
    const text = toCommonJs(compiler, code, compilerOptions, (checker) => ({
      before: [shareNames(compiler, checker, known, findings), beforePass(compiler, findings, true)],
      after: [afterPass(compiler)],
    }));
    const output = splitInlineMap(text);
    const maps = [output.map, map].filter((each) => each !== undefined);
    passes.set(output.code, { ...findings, maps });
    return { outputText: output.code };
  };
  standIn(
    createRequire(require.resolve("tslab/package.json")).resolve("@tslab/typescript-for-tslab"),
    overlay,
  );
  forwardFiles(compiler.sys, forwarding, declarations);
  withoutNpmSchemeInFiles(compiler, isInstalled);
  // Called by the converter's own `watchFile`, with what makes it convert the file again.
  compiler.sys.watchFile = (file, tell) => state.sideFiles.watch(file, tell);
  return state;
}

/** Cells are `.ts` to the converter, in which `<b>x</b>` would be an error; with `jsx` set they are read as `.tsx`. */
function withJsxCells(compiler: typeof ts, host: ts.CompilerHost): void {
  const read = new WeakMap<ts.SourceFile, ts.SourceFile>();
  const asTsx = (file: ts.SourceFile | undefined): ts.SourceFile | undefined => {
    if (!file || !CELL_FILE.test(file.fileName)) return file;
    const known = read.get(file);
    if (known) return known;
    const { fileName, text, languageVersion, impliedNodeFormat } = file;
    const options = { languageVersion, impliedNodeFormat };
    const tsx = compiler.createSourceFile(fileName, text, options, false, 4 satisfies ts.ScriptKind.TSX);
    // By its version the compiler knows whether a file has changed.
    Object.assign(tsx, { version: (file as { version?: string }).version });
    read.set(file, tsx);
    return tsx;
  };
  const { getSourceFile, getSourceFileByPath } = host;
  host.getSourceFile = (...args) => asTsx(getSourceFile.apply(host, args));
  if (getSourceFileByPath)
    host.getSourceFileByPath = (...args) => asTsx(getSourceFileByPath.apply(host, args));
}

/** The converter takes only dependencies whose names end in `.ts` or `.js`: others get an ending more. */
const MORE = "?.ts";
const OTHER_SOURCE = /\.(?:[cm]ts|[jt]sx|[cm]js)$/;

/** All modules that a cell imports are checked; they are compiled where they run. */
function withAllDependencies<Builder extends ts.BuilderProgram>(builder: Builder): Builder {
  const { getAllDependencies, getSourceFile } = builder;
  builder.getAllDependencies = (file) =>
    getAllDependencies
      .call(builder, file)
      .map((name) => (OTHER_SOURCE.test(name) && !/\.d\.[cm]ts$/.test(name) ? name + MORE : name));
  builder.getSourceFile = (name) =>
    getSourceFile.call(builder, name.endsWith(MORE) ? name.slice(0, -MORE.length) : name);
  return builder;
}

function noteCellDeclarations(builder: ts.BuilderProgram, state: Overlay): void {
  const emit = builder.emit.bind(builder);
  builder.emit = (target, writeFile, ...rest) =>
    emit(
      target,
      writeFile &&
        ((file, text, ...more) => {
          if (CELL_DECLARATIONS.test(file)) state.cellDeclarations = text;
          writeFile(file, text, ...more);
        }),
      ...rest,
    );
}

/**
 * The converter's own transforms of the code are left out: it would write `exports.x` for the names of earlier cells,
 * which the pass to CommonJS makes variables that all cells share.
 */
function withCellTransforms<Builder extends ts.BuilderProgram>(
  compiler: typeof ts,
  builder: Builder,
): Builder {
  const emit = builder.emit.bind(builder);
  builder.emit = (target, writeFile, cancellation, onlyDeclarations, transformers) => {
    if (!target || !CELL_FILE.test(target.fileName)) return { emitSkipped: true, diagnostics: [] };
    const checker = builder.getProgram().getTypeChecker();
    return emit(target, writeFile, cancellation, onlyDeclarations, {
      before: [keepLastValue(compiler), requireImports(compiler)],
      afterDeclarations: [
        ...(transformers?.afterDeclarations ?? []),
        declareHoisted(compiler, checker, target),
      ],
    });
  };
  return builder;
}

/**
 * Installed packages and folders are not watched: the converter keeps one timer only and breaks when the watcher of
 * a folder sets a second one, and thousands of files would be polled. Files beside the notebook still are.
 */
function withoutFolderWatching(system: ts.System, isInstalled: (file: string) => boolean): void {
  const unwatched = { close: () => {} };
  const watchFile = system.watchFile;
  system.watchDirectory = () => unwatched;
  system.watchFile = (file, ...rest) =>
    isInstalled(file) || !watchFile ? unwatched : watchFile(file, ...rest);
}

/**
 * The converter ends a cell with `export {…}` of its names as the compiler keeps them inside: a name that begins with
 * two underscores has a third, and what the cell adds to a module or to the global scope is among them.
 */
function withPlainNames(system: ts.System): void {
  const readFile = system.readFile;
  system.readFile = (file, encoding) => {
    const text = readFile(file, encoding);
    if (!CELL_FILE.test(file)) return text;
    return text?.replace(/(?<=\nexport \{)[^{}]*(?=\}$)/, (names) =>
      names
        .split(", ")
        .filter((name) => name !== "__global" && !name.startsWith('"'))
        .map((name) => name.replace(/^_(?=__)/, ""))
        .join(", "),
    );
  };
}

function forwardFiles(system: ts.System, forwarding: TypeForwarding, declarations: VirtualFile): void {
  const { fileExists, readFile, directoryExists, readDirectory, getDirectories, realpath } = system;
  system.fileExists = (file) => file === declarations.path || fileExists(forwarding.map(file));
  system.readFile = (file, encoding) =>
    file === declarations.path ? declarations.text : readFile(forwarding.map(file), encoding);
  system.directoryExists = (folder) =>
    forwarding.isVirtualFolder(folder) || directoryExists(forwarding.map(folder));
  system.readDirectory = (folder, ...rest) => readDirectory(forwarding.map(folder), ...rest);
  system.getDirectories = (folder) => [
    ...new Set([...getDirectories(forwarding.map(folder)), ...forwarding.names(folder)]),
  ];
  // A forwarded file is known by the place where it seems to be, so that types are named as an installed package's.
  if (realpath) system.realpath = (file) => (forwarding.map(file) === file ? realpath(file) : file);
}

/** The user's own modules are read as cells are. */
function withoutNpmSchemeInFiles(compiler: typeof ts, isInstalled: (file: string) => boolean): void {
  const { sys } = compiler;
  const { readFile } = sys;
  sys.readFile = (file, encoding) => {
    const text = readFile(file, encoding);
    return text === undefined || !isTypeScript(file) || isInstalled(file)
      ? text
      : withoutNpmScheme(compiler, text, file);
  };
}

export function declarationsPath(cwd: string): string {
  return path.posix.join(cwd.split(path.sep).join("/"), "__gradlens__.d.ts");
}
