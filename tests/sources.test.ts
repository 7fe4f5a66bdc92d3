/** Rules of the house that the compiler does not know: heads of files, exports that something uses, few casts. */
import { dirname, join, relative, resolve } from "node:path";
import * as ts from "typescript";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "..");

/** Most casts `as` in src and kernel; `as const` is none. */
const MOST_CASTS = 700;

function programOf(config: string): ts.Program {
  const file = join(root, config);
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, ts.sys.readFile).config,
    ts.sys,
    dirname(file),
  );
  return ts.createProgram(fileNames, { ...options, noEmit: true });
}

const program = programOf("tests/tsconfig.json");
const checker = program.getTypeChecker();
const nameOf = (file: ts.SourceFile): string => relative(root, file.fileName).replaceAll("\\", "/");
const written = program.getSourceFiles().filter((file) => /^(src|kernel|tests)\//.test(nameOf(file)));
const house = written.filter((file) => /^(src|kernel)\//.test(nameOf(file)));

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** What a name stands for, behind imports and re-exports. */
function meant(symbol: ts.Symbol | undefined): ts.Symbol | undefined {
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Files that name each symbol, also by taking a module that is loaded later apart. */
function usesOfSymbols(): Map<ts.Symbol, Set<ts.SourceFile>> {
  const uses = new Map<ts.Symbol, Set<ts.SourceFile>>();
  const note = (symbol: ts.Symbol | undefined, file: ts.SourceFile): void => {
    const target = meant(symbol);
    if (target) uses.set(target, (uses.get(target) ?? new Set()).add(file));
  };
  for (const file of written)
    walk(file, (node) => {
      if (!ts.isIdentifier(node)) return;
      // A re-export alone uses nothing.
      if (ts.isExportSpecifier(node.parent)) return;
      note(checker.getSymbolAtLocation(node), file);
      if (!ts.isBindingElement(node.parent)) return;
      const key = node.parent.propertyName ?? node.parent.name;
      const type = checker.getTypeAtLocation(node.parent.parent);
      if (ts.isIdentifier(key)) note(checker.getPropertyOfType(type, key.text), file);
    });
  return uses;
}

/** Everything that `gradlens` gives to those who import it, namespaces taken apart. */
function publicSymbols(): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>();
  const add = (module: ts.Symbol): void => {
    for (const each of checker.getExportsOfModule(module)) {
      const symbol = meant(each);
      if (!symbol || found.has(symbol)) continue;
      found.add(symbol);
      if (symbol.flags & ts.SymbolFlags.ValueModule) add(symbol);
    }
  };
  const index = program.getSourceFile(join(root, "src/index.ts"));
  const module = index && checker.getSymbolAtLocation(index);
  if (module) add(module);
  return found;
}

describe("sources", () => {
  it("open with a comment that says what the file is", () => {
    const silent = house.filter(({ text }) => !/^(#![^\n]*\n)?\/(\*\*|\/)\s*(\* )?\S/.test(text.trimStart()));
    expect(silent.map(nameOf)).toEqual([]);
  });

  it("export no value that no other file uses", () => {
    const uses = usesOfSymbols();
    const open = publicSymbols();
    expect(open.size).toBeGreaterThan(50);
    const unused = house
      // Made by a program, whole.
      .filter((file) => !file.fileName.endsWith(".generated.ts"))
      .flatMap((file) => {
        const module = checker.getSymbolAtLocation(file);
        const exported = module ? checker.getExportsOfModule(module) : [];
        return exported.flatMap((each) => {
          const symbol = meant(each);
          if (!symbol || !(symbol.flags & ts.SymbolFlags.Value) || open.has(symbol)) return [];
          const own = new Set(symbol.declarations?.map((declaration) => declaration.getSourceFile()));
          const others = [...(uses.get(symbol) ?? [])].filter((user) => !own.has(user));
          return others.length === 0 ? [`${nameOf(file)}: ${each.name}`] : [];
        });
      });
    expect(unused).toEqual([]);
    // It reads every file of the house twice; beside other tests that may take long.
  }, 300_000);

  it(`have at most ${MOST_CASTS} casts`, () => {
    const casts = new Map<string, number>();
    for (const file of house)
      walk(file, (node) => {
        if (!ts.isAsExpression(node) || ts.isConstTypeReference(node.type)) return;
        casts.set(nameOf(file), (casts.get(nameOf(file)) ?? 0) + 1);
      });
    const most = [...casts].sort(([, a], [, b]) => b - a).slice(0, 10);
    const sum = [...casts.values()].reduce((a, b) => a + b, 0);
    expect(sum, `most in ${most.map(([file, count]) => `${file} ${count}`).join(", ")}`).toBeLessThanOrEqual(
      MOST_CASTS,
    );
  });
});
