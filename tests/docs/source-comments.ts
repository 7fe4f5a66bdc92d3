/** Doc comments of the library's exports, read from its sources by the compiler. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ts from "typescript";
import { root } from "./generated-page";

/** What is written above an export. */
export interface SourceComment {
  /** Paragraphs, in their order. */
  readonly paragraphs: readonly string[];
  /** Texts of `@throws`. */
  readonly throws: readonly string[];
}

/** The comments of one module's exports. */
export interface ModuleComments {
  of(name: string): SourceComment;
  /** Members of what a function takes in its last parameter, with the comment on each. */
  options(name: string): ReadonlyMap<string, string>;
  /** Members of an exported interface, with the comment on each. */
  members(name: string): ReadonlyMap<string, string>;
}

/** Reads the exports of a file of src/. */
export function sourceComments(file: string): ModuleComments {
  const path = join(root, file);
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const program = ts.createProgram([path], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`sourceComments(): expected a module, got ${file}`);
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
  const find = (name: string): ts.Symbol => {
    const symbol = exported.get(name);
    if (!symbol) throw new Error(`sourceComments(): expected an export of ${file}, got ${name}`);
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  };
  const commentOn = (symbol: ts.Symbol): string =>
    ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  const membersOf = (type: ts.Type): Map<string, string> =>
    new Map(checker.getPropertiesOfType(type).map((property) => [property.name, commentOn(property)]));
  return {
    of(name) {
      const symbol = find(name);
      const throws = symbol
        .getJsDocTags(checker)
        .filter((tag) => tag.name === "throws")
        .map(({ text }) => ts.displayPartsToString(text).trim());
      return { paragraphs: commentOn(symbol).split(/\n\s*\n/), throws };
    },
    options(name) {
      const [signature] = checker.getTypeOfSymbol(find(name)).getCallSignatures();
      const parameter = signature?.parameters.at(-1);
      if (!parameter) throw new Error(`sourceComments(): expected a function, got ${name}`);
      return membersOf(checker.getNonNullableType(checker.getTypeOfSymbol(parameter)));
    },
    members: (name) => membersOf(checker.getDeclaredTypeOfSymbol(find(name))),
  };
}

/** The first sentence of the comment that a file opens with. */
export function headOf(file: string): string {
  const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(root, file), "utf8")) ?? [];
  const text = comment.replace(/^ ?\* ?/gm, "").trim();
  return (text.split(/\n\s*\n|\.\s/)[0] ?? "").replace(/\.$/, "").replaceAll("\n", " ");
}
