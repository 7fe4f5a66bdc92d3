/** The compiler's knowledge of a place in a cell: what may be written there, and which call it is in. */
import { type Dirent, readdirSync } from "node:fs";
import path from "node:path";
import type * as ts from "typescript";

type Compiler = typeof ts;

/** One of the texts that may be written. */
export interface CompletionItem {
  text: string;
  kind: ts.ScriptElementKind | "layer" | "file";
  /** Its type, where it is a property. */
  type?: string | undefined;
  documentation?: string | undefined;
}

/** Texts that may stand between two places. */
export interface Completion {
  start: number;
  end: number;
  items: CompletionItem[];
}

/** A call around a place. */
export interface CallHelp {
  /** One per overload, the one that fits first. */
  signatures: string[];
  documentation: string;
  /** The parameter whose argument is there. */
  parameter: { name: string; documentation: string } | undefined;
  tags: readonly ts.JSDocTagInfo[];
}

/** A cell as the compiler has it, with the text before the user's. */
export interface AskedCell {
  program: ts.Program;
  file: ts.SourceFile;
}

/** More than this are names of the whole world, of which each is asked for when it is chosen. */
const DOCUMENTED_AT_MOST = 100;
const NOT_CANCELLED: ts.CancellationToken = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => {},
};

/** Functions of TypeScript that its declarations leave out. */
interface Internals {
  Completions: { getCompletionsAtPosition(...args: unknown[]): ts.CompletionInfo | undefined };
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  SignatureHelp: {
    getSignatureHelpItems(
      program: ts.Program,
      file: ts.SourceFile,
      position: number,
      reason: undefined,
      cancellation: ts.CancellationToken,
    ): ts.SignatureHelpItems | undefined;
  };
}

/** As the converter asks, but with the files beside the notebook, and each entry with what it stands for. */
export function completionsOnDisk(compiler: Compiler): (...args: unknown[]) => ts.CompletionInfo | undefined {
  const { Completions } = compiler as Compiler & Internals;
  const { sys } = compiler;
  const host = {
    getCurrentDirectory: () => sys.getCurrentDirectory(),
    useCaseSensitiveFileNames: () => sys.useCaseSensitiveFileNames,
    fileExists: (file: string) => sys.fileExists(file),
    readFile: (file: string) => sys.readFile(file),
    directoryExists: (folder: string) => sys.directoryExists(folder),
    getDirectories: (folder: string) => sys.getDirectories(folder),
    readDirectory: (...args: Parameters<ts.System["readDirectory"]>) => sys.readDirectory(...args),
    realpath: (file: string) => sys.realpath?.(file) ?? file,
  };
  return (_host, program, ...rest) => {
    const getCompilationSettings = () => (program as ts.Program).getCompilerOptions();
    const asked = { ...host, getCompilationSettings };
    return Completions.getCompletionsAtPosition(asked, program, ...rest, undefined, true);
  };
}

/** Entries, as the converter found them, each with its kind and what is said of it. */
export function describedItems(
  compiler: Compiler,
  { program, file }: AskedCell,
  names: readonly string[],
  entries: readonly ts.CompletionEntry[],
): CompletionItem[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const checker = program.getTypeChecker();
  return names.map((text) => {
    const entry = byName.get(text);
    const kind = entry?.kind ?? compiler.ScriptElementKind.unknown;
    if (!entry?.symbol || names.length > DOCUMENTED_AT_MOST) return { text, kind };
    const documentation = documentationOf(compiler, checker, entry.symbol);
    // A function's takes longer than people wait for a list; it is told when one is chosen.
    const isValue = kind === compiler.ScriptElementKind.memberVariableElement;
    const type = isValue
      ? checker.typeToString(checker.getTypeOfSymbolAtLocation(entry.symbol, file))
      : undefined;
    return { text, kind, type, documentation };
  });
}

/** A string literal with the place of its text. */
export interface PlacedString {
  literal: ts.StringLiteralLike;
  start: number;
  end: number;
}

/** The string literal that a place is in. */
export function stringAt(
  compiler: Compiler,
  file: ts.SourceFile,
  position: number,
): PlacedString | undefined {
  let found: PlacedString | undefined;
  const visit = (node: ts.Node): void => {
    if (position <= node.pos || position > node.end) return;
    if (compiler.isStringLiteralLike(node)) {
      const start = node.getStart(file) + 1;
      const open = (node as { isUnterminated?: boolean }).isUnterminated === true;
      const end = open ? node.end : node.end - 1;
      if (position >= start && position <= end) found = { literal: node, start, end };
    } else compiler.forEachChild(node, visit);
  };
  compiler.forEachChild(file, visit);
  return found;
}

/** Completions inside of a string: those that begin as it does up to the cursor. */
export function inString(
  entries: readonly ts.CompletionEntry[],
  text: string,
  { start, end }: PlacedString,
  position: number,
): Completion {
  const typed = text.slice(start, position);
  const items = entries
    .filter(({ name }) => name.startsWith(typed))
    .map(({ name, kind }) => ({ text: name, kind }));
  return { start, end: Math.max(position, end), items };
}

/** Names of the packages that a folder may import. */
export function installedPackages({ getDirectories }: ts.System, folder: string): string[] {
  const names: string[] = [];
  for (let place = folder; ; place = path.dirname(place)) {
    const modules = path.join(place, "node_modules");
    for (const name of getDirectories(modules))
      if (!name.startsWith("@")) names.push(name);
      else if (name !== "@types")
        names.push(...getDirectories(path.join(modules, name)).map((inner) => `${name}/${inner}`));
    if (path.dirname(place) === place) break;
  }
  return [...new Set(names)].filter((name) => !name.startsWith("."));
}

/** Completions of a module's name: of its last part, behind the folder or the scope. */
export function inSpecifier(
  entries: readonly Pick<ts.CompletionEntry, "name" | "kind">[],
  text: string,
  { start, end }: PlacedString,
  position: number,
): Completion {
  const typed = text.slice(start, position);
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  const part = typed.slice(folder.length);
  const items = entries
    .map(({ name, kind }) => ({
      text: folder !== "" && name.startsWith(folder) ? name.slice(folder.length) : name,
      kind,
    }))
    // A scope alone is no package.
    .filter((item) => item.text.startsWith(part) && !/^@[^/]*$/.test(item.text));
  const once = [...new Map(items.map((item) => [item.text, item])).values()];
  return { start: start + folder.length, end: Math.max(position, end), items: once };
}

/** The innermost call whose parentheses a place is in. */
export function callHelp(
  compiler: Compiler,
  { program, file }: AskedCell,
  position: number,
): CallHelp | undefined {
  const { SignatureHelp } = compiler as Compiler & Internals;
  const help = SignatureHelp.getSignatureHelpItems(program, file, position, undefined, NOT_CANCELLED);
  if (!help) return undefined;
  const text = (parts: readonly ts.SymbolDisplayPart[]) => compiler.displayPartsToString([...parts]);
  const selected = help.items[help.selectedItemIndex] ?? help.items[0]!;
  const others = help.items.filter((item) => item !== selected);
  const signatures = [selected, ...others].map(
    ({ prefixDisplayParts, parameters, separatorDisplayParts, suffixDisplayParts }) =>
      text(prefixDisplayParts) +
      parameters.map(({ displayParts }) => text(displayParts)).join(text(separatorDisplayParts)) +
      text(suffixDisplayParts),
  );
  const parameter = selected.parameters[Math.min(help.argumentIndex, selected.parameters.length - 1)];
  return {
    signatures,
    documentation: text(selected.documentation) || calleeDocumentation(compiler, program, file, help),
    parameter: parameter && { name: parameter.name, documentation: text(parameter.documentation) },
    tags: selected.tags,
  };
}

/** Of a variable that holds a function, which has no documentation of its own. */
function calleeDocumentation(
  compiler: Compiler,
  program: ts.Program,
  file: ts.SourceFile,
  { applicableSpan }: ts.SignatureHelpItems,
): string {
  let callee: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (applicableSpan.start < node.pos || applicableSpan.start > node.end) return;
    if ((compiler.isCallExpression(node) || compiler.isNewExpression(node)) && node.arguments)
      if (node.arguments.pos === applicableSpan.start) callee = node.expression;
    compiler.forEachChild(node, visit);
  };
  compiler.forEachChild(file, visit);
  const checker = program.getTypeChecker();
  const symbol = callee && checker.getSymbolAtLocation(callee);
  return symbol ? documentationOf(compiler, checker, symbol) : "";
}

/** Documentation of a name; of an imported one, where it is declared. */
export function documentationAt(compiler: Compiler, { program, file }: AskedCell, position: number): string {
  const { getTouchingPropertyName } = compiler as Compiler & Internals;
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(getTouchingPropertyName(file, position));
  return symbol ? documentationOf(compiler, checker, symbol) : "";
}

/** Of an imported name, what is said where it is declared. */
function documentationOf(compiler: Compiler, checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const isAlias = (symbol.flags & compiler.SymbolFlags.Alias) !== 0;
  const declared = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  return compiler.displayPartsToString(declared.getDocumentationComment(checker));
}

/** Files and folders that begin as a path does, for a string that names no module; `from`: where the last name begins. */
export function filesLike(cwd: string, typed: string): { from: number; names: string[] } {
  const from = typed.lastIndexOf("/") + 1;
  const start = typed.slice(from);
  let entries: Dirent[];
  try {
    entries = readdirSync(path.resolve(cwd, typed.slice(0, from)), { withFileTypes: true });
  } catch {
    return { from, names: [] };
  }
  const names = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((name) => name.startsWith(start) && (start !== "" || !name.startsWith(".")));
  return { from, names };
}
