/** Cells of TypeScript to JavaScript. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Converter, ConvertResult, Diagnostic } from "tslab/dist/converter";
import type { CodeMetadata } from "tslab/dist/metadata";
import type * as ts from "typescript";
import { CELL_DECLARATIONS } from "../display/declarations";
import { INPUT_DECLARATIONS } from "../input/input";
import { missingModule, withAdvice } from "./advice";
import { inParentheses, isObjectLiteral, syntaxErrors } from "./cell-syntax";
import { CompilerFailure } from "./compiler-failure";
import { keepDeclarations, mergeDeclarations } from "./declarations";
import { type CellDiagnostic, CellTypeError } from "./errors";
import { withoutExports } from "./exports";
import { isInterrupt } from "./interrupt";
import {
  type AskedCell,
  type CallHelp,
  type Completion,
  callHelp,
  describedItems,
  documentationAt,
  filesLike,
  inSpecifier,
  inString,
  installedPackages,
  type PlacedString,
  stringAt,
} from "./language-service";
import { compileModule, type ModuleCode } from "./module-code";
import { isPath } from "./module-resolution";
import { isSpecifier, withoutNpmScheme } from "./module-syntax";
import { lastingNamespaces, withoutRepeatedAdditions } from "./namespaces";
import { configStamp, mappedPaths } from "./notebook-config";
import { declaredOwnNames } from "./own-names";
import { TypeForwarding } from "./package-forwarding";
import { platformTypes } from "./platform-types";
import { PositionMap } from "./positions";
import type { KnownNames } from "./shared-names";
import { checksTypes } from "./type-checks";
import { declarationsPath, type Overlay, overlayTypeScript, type Pass } from "./typescript";
import { repairUnnameableTypes } from "./unnameable-types";

/** A cell ready to run. */
export interface CompiledCell {
  code: string;
  isAsync: boolean;
  /** Modules that the cell imports statically. */
  imports: string[];
  /** Names that the cell gives a value, and which of them are constants. */
  names: string[];
  constants: ReadonlySet<string>;
  /** It calls `eval`, which may ask for any name. */
  callsEval: boolean;
  positions: PositionMap;
  declarations: string;
}

export type Completeness = { status: "complete" | "invalid" } | { status: "incomplete"; indent: string };

/** A comment or a template that more lines may end. */
const UNTERMINATED: ReadonlySet<number> = new Set([1010, 1160]);

/** The tsconfig.json beside the notebook cannot be used. */
class NotebookConfigError extends Error {
  override readonly name: string = "NotebookConfigError";
}

/** The converter puts `export {};` on a line of its own before every cell. */
const CONVERTER_LINES = 1;
const ASKED_AHEAD = "export {};\n".length;

/** Cells of TypeScript to JavaScript, each knowing the declarations of those before it. Kept from tslab's converter. */
export class Compiler {
  #declarations = "";
  readonly #overlay: Overlay;
  readonly #forwarding: TypeForwarding;
  /** Undefined when it has failed: the next use makes another. */
  #live: Converter | undefined;
  /** Cells that are modules, which another converter has to be told of. */
  readonly #modules: Map<string, { source: string; metadata: CodeMetadata }> = new Map();
  readonly #tslab: typeof import("tslab/dist/converter");
  readonly #metadata: typeof import("tslab/dist/metadata");
  /** Modules a cell could not find, with the time stamp of what was found when the converter was last renewed. */
  readonly #missing: Map<string, number> = new Map();

  #configStamp: number;

  /**
   * `known`: the names that have a value. `typeChecks`: whether cells are checked that do not say it themselves.
   * `codeCache`: a folder for V8's form of the compiler.
   */
  readonly #cwd: string;
  readonly #typeChecks: boolean;

  constructor(cwd: string, known: KnownNames, typeChecks: boolean = true, codeCache?: string | undefined) {
    this.#cwd = cwd;
    this.#typeChecks = typeChecks;

    this.#configStamp = configStamp(cwd);
    this.#forwarding = new TypeForwarding(cwd);
    const platform = platformTypes(
      new Set(Object.getOwnPropertyNames(globalThis)),
      path.dirname(require.resolve("typescript")),
    );
    this.#overlay = overlayTypeScript(
      cwd,
      this.#forwarding,
      {
        path: declarationsPath(cwd),
        text: CELL_DECLARATIONS + INPUT_DECLARATIONS + platform,
      },
      known,
      codeCache,
    );
    this.#tslab = require("tslab/dist/converter");
    this.#metadata = require("tslab/dist/metadata");
    this.#live = this.#tslab.createConverter({ isJS: false, isBrowser: false });
  }

  get #converter(): Converter {
    if (this.#live) return this.#live;
    const converter = this.#tslab.createConverter({ isJS: false, isBrowser: false });
    for (const [name, { source, metadata }] of this.#modules) converter.addModule(name, source, metadata);
    this.#live = converter;
    return converter;
  }

  /** Whatever fails in the compiler fails once: a converter that threw is not used again. */
  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof CellTypeError || error instanceof NotebookConfigError || isInterrupt(error))
        throw error;
      this.#discard();
      throw new CompilerFailure(error);
    }
  }

  #discard(): void {
    const live = this.#live;
    this.#live = undefined;
    this.#forwarding.reset();
    this.#overlay.sideFiles.clear();
    this.#overlay.takePasses();
    try {
      live?.close();
    } catch {
      // It is in no state to be closed either.
    }
  }

  /** Once, when there is time: makes the next kernel start sooner. */
  keepCode(): void {
    this.#overlay.keepCode?.();
    this.#overlay.keepCode = undefined;
  }

  /** Metadata in the comments of a cell, as in tslab: `@module name`, `@browser`. */
  metadataOf(source: string): CodeMetadata {
    return this.#metadata.getCodeMetadata(source);
  }

  /** Defines a cell as a module that others import as "./name". */
  addModule(name: string, source: string, metadata: CodeMetadata): void {
    const diagnostics = this.#attempt(() => this.#converter.addModule(name, source, metadata));
    this.#modules.set(name, { source, metadata });
    if (diagnostics.length > 0) throw new CellTypeError(cellDiagnostics(diagnostics, source), source);
  }

  compile(source: string): CompiledCell {
    return this.#attempt(() => this.#compileCell(source));
  }

  #compileCell(source: string): CompiledCell {
    this.#renewWhenChanged();
    this.#overlay.sideFiles.look();
    const { problem } = this.#overlay.config;
    if (problem !== undefined) throw new NotebookConfigError(problem);
    const { compiler } = this.#overlay;
    const isObject = isObjectLiteral(compiler, source, this.#cellName);
    if (!isObject) {
      const wrong = syntaxErrors(compiler, source, this.#cellName);
      if (wrong.length > 0) throw new CellTypeError(withAdvice(wrong, source, this.#cwd), source);
    }
    const taken = declaredOwnNames(compiler, source, this.#cellName);
    if (taken.length > 0) throw new CellTypeError(taken, source);
    this.#overlay.checkTypes = checksTypes(source, this.#typeChecks);
    const written = isObject ? inParentheses(source) : source;
    let converted = this.#convert(written);
    const repaired = repairUnnameableTypes(compiler, written, converted.result.diagnostics);
    if (repaired !== undefined) converted = this.#convert(repaired);
    const { result, passes } = converted;
    const extraLines = isObject ? 1 : 0;
    const compiled = repaired ?? source;
    const found = [
      ...cellDiagnostics(result.diagnostics, compiled, extraLines),
      ...this.#outsideDiagnostics(),
    ];
    if (found.length > 0) {
      this.#noteMissingModules(result.diagnostics);
      throw new CellTypeError(withAdvice(found, compiled, this.#cwd), compiled);
    }
    const code = result.output ?? "";
    const pass = passes.get(code);
    return {
      code,
      isAsync: result.hasToplevelAwait === true || pass?.awaits === true,
      imports: pass?.imports ?? [],
      names: pass?.exportedNames ?? [],
      constants: new Set(pass?.constants),
      callsEval: pass?.callsEval === true,
      positions: new PositionMap(pass?.maps ?? [], CONVERTER_LINES + extraLines),
      declarations: result.declOutput ?? "",
    };
  }

  /** The cell ran to its end: what it declares is known to later cells. */
  accept(cell: CompiledCell): void {
    this.#declarations = cell.declarations;
  }

  /** The cell stopped early: later cells know those of its names that got a value, and the old ones of the others. */
  acceptPartly(cell: CompiledCell, unassigned: ReadonlySet<string>): void {
    const { compiler } = this.#overlay;
    this.#declarations = mergeDeclarations(
      keepDeclarations(compiler, this.#declarations, (name) => unassigned.has(name)),
      keepDeclarations(compiler, cell.declarations, (name) => !unassigned.has(name)),
    );
  }

  /** The names are no longer declared. */
  forget(names: ReadonlySet<string>): void {
    this.#declarations = keepDeclarations(
      this.#overlay.compiler,
      this.#declarations,
      (name) => !names.has(name),
    );
  }

  complete(source: string, position: number): Completion {
    this.#overlay.sideFiles.look();
    const { start, end, candidates } = this.#attempt(() =>
      this.#converter.complete(this.#declarations, source, position),
    );
    const { compiler, entries } = this.#overlay;
    const string = this.stringAt(source, position);
    if (!string) {
      const names = candidates.filter((name) => name !== "");
      return { start, end, items: describedItems(compiler, this.#askedCell(), names, entries) };
    }
    if (isSpecifier(compiler, string.literal)) {
      const kind = compiler.ScriptElementKind.externalModuleName;
      const typed = source.slice(string.start, position);
      const packages = isPath(typed) ? [] : installedPackages(compiler.sys, this.#cwd);
      const fitting = packages.filter((name) => name.startsWith(typed));
      const names = [...entries, ...fitting.map((name) => ({ name, kind }))];
      return inSpecifier(names, source, string, position);
    }
    if (entries.length > 0) return inString(entries, source, string, position);
    const { from, names } = filesLike(this.#cwd, source.slice(string.start, position));
    const items = names.map((name) => ({ text: name, kind: "file" as const }));
    return { start: string.start + from, end: Math.max(position, string.end), items };
  }

  /** The string literal that a place is in. */
  stringAt(source: string, position: number): PlacedString | undefined {
    const { compiler } = this.#overlay;
    const file = compiler.createSourceFile(this.#cellName, source, compiler.ScriptTarget.Latest, true);
    return stringAt(compiler, file, position);
  }

  get typescript(): typeof ts {
    return this.#overlay.compiler;
  }

  /** The innermost call whose parentheses a place is in. */
  callAt(source: string, position: number): CallHelp | undefined {
    // It makes the compiler read the cell.
    this.inspect(source, position);
    return callHelp(this.#overlay.compiler, this.#askedCell(), position + ASKED_AHEAD);
  }

  /** Documentation of a name that is imported, or holds a function, from where it is declared. */
  documentationAt(source: string, position: number): string {
    this.inspect(source, position);
    return documentationAt(this.#overlay.compiler, this.#askedCell(), position + ASKED_AHEAD);
  }

  #askedCell(): AskedCell {
    return this.#overlay.cell();
  }

  inspect(source: string, position: number): ts.QuickInfo | undefined {
    this.#overlay.sideFiles.look();
    return this.#attempt(() => this.#converter.inspect(this.#declarations, source, position)) ?? undefined;
  }

  /** True of a name that earlier cells, or Node.js, declare. */
  isDeclared(name: string): boolean {
    const info = this.inspect(name, 0);
    return info !== undefined && this.#overlay.compiler.displayPartsToString(info.displayParts) !== "any";
  }

  isSyntax(code: string): boolean {
    return syntaxErrors(this.#overlay.compiler, code, this.#cellName).length === 0;
  }

  isComplete(source: string): Completeness {
    const result = this.#tslab.isCompleteCode(source);
    if (!result.completed) return { status: "incomplete", indent: result.indent ?? "" };
    const { compiler } = this.#overlay;
    if (isObjectLiteral(compiler, source, this.#cellName)) return { status: "complete" };
    const errors = syntaxErrors(compiler, source, this.#cellName);
    if (errors.some(({ code }) => UNTERMINATED.has(code))) return { status: "incomplete", indent: "" };
    return { status: errors.length > 0 ? "invalid" : "complete" };
  }

  #convert(source: string): { result: ConvertResult; passes: Map<string, Pass> } {
    const { compiler } = this.#overlay;
    const earlier = withoutRepeatedAdditions(compiler, this.#declarations, source);
    const known = withoutNpmScheme(compiler, source, this.#cellName);
    const result = this.#converter.convert(earlier, withoutExports(compiler, known, this.#cellName));
    if (result.declOutput !== undefined)
      result.declOutput += lastingNamespaces(compiler, earlier, this.#overlay.cellDeclarations);
    return { result, passes: this.#overlay.takePasses() };
  }

  #outsideDiagnostics(): CellDiagnostic[] {
    return this.#overlay.outside.map(({ code, messageText, file, start = 0, length = 1 }) => {
      const { line, character } = file!.getLineAndCharacterOfPosition(start);
      return {
        code,
        message: this.#overlay.compiler.flattenDiagnosticMessageText(messageText, "\n"),
        file: path.relative(this.#cwd, file!.fileName),
        line: line + 1,
        column: character + 1,
        length,
      };
    });
  }

  /** By the ending the compiler knows whether there may be JSX. */
  get #cellName(): string {
    return this.#overlay.config.options.jsx === undefined ? "cell.ts" : "cell.tsx";
  }

  /** A module of the user's own as it runs. */
  compileModule(file: string, text: string): ModuleCode {
    return compileModule(this.#overlay.compiler, file, text, this.#overlay.config.options);
  }

  /** The file in which the compiler finds a module's types. */
  typedFile(specifier: string, folder: string): string | undefined {
    return this.#overlay.resolve(specifier, folder);
  }

  #noteMissingModules(diagnostics: readonly Diagnostic[]): void {
    for (const { code, messageText: message } of diagnostics) {
      const name = missingModule({ code, message });
      if (name !== undefined && !this.#missing.has(name)) this.#missing.set(name, this.#installedAt(name));
    }
  }

  /** The files that the notebook's `paths` say a module may be. */
  mappedPaths(specifier: string): string[] {
    return mappedPaths(this.#overlay.config.options, this.#cwd, specifier);
  }

  /**
   * A module that an earlier cell missed may be there now, and the options may be others; the converter would not
   * look again.
   */
  #renewWhenChanged(): void {
    const stamp = configStamp(this.#cwd);
    let renew = stamp !== this.#configStamp;
    this.#configStamp = stamp;
    for (const [name, seen] of this.#missing) {
      const now = this.#installedAt(name);
      if (now > seen) {
        renew = true;
        this.#missing.delete(name);
      }
    }
    if (!renew) return;
    this.#discard();
    // It reads the options that hold from now on.
    this.#live = this.#converter;
  }

  /** When the module appeared in the notebook's reach; 0 when it is not there. */
  #installedAt(name: string): number {
    const candidates: string[] = [];
    if (name.startsWith(".") || path.isAbsolute(name)) {
      const base = path.resolve(this.#cwd, name);
      const stem = base.replace(/\.[cm]?jsx?$/, "");
      for (const ending of ["", ".ts", ".tsx", ".d.ts", ".js", ".json"])
        candidates.push(base + ending, stem + ending);
    } else {
      const packageName = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
      for (let folder = this.#cwd; ; folder = path.dirname(folder)) {
        candidates.push(path.join(folder, "node_modules", packageName, "package.json"));
        candidates.push(path.join(folder, "node_modules", "@types", packageName, "package.json"));
        if (path.dirname(folder) === folder) break;
      }
    }
    return Math.max(
      0,
      ...candidates.filter((file) => existsSync(file)).map((file) => statSync(file).ctimeMs),
    );
  }
}

/**
 * In the cell's coordinates. What the converter puts after a cell is none of the user's: an error there, as of a bracket
 * that is never closed, is one of the cell's end. `extraLines`: those before the cell.
 */
function cellDiagnostics(
  found: readonly Diagnostic[],
  source: string,
  extraLines: number = 0,
): CellDiagnostic[] {
  const lines = source.trimEnd().split("\n");
  const end = { line: lines.length, column: lines.at(-1)!.length + 1, length: 1 };
  return found.map(({ code, messageText: message, fileName: file, start, end: { offset } }) => ({
    code,
    message,
    file,
    ...(file === undefined && start.line - extraLines >= lines.length
      ? end
      : {
          line: start.line + 1 - (file === undefined ? extraLines : 0),
          column: start.character + 1,
          length: Math.max(1, offset - start.offset),
        }),
  }));
}
