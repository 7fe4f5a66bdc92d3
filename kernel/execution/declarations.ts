/** Declarations of cells: some kept, and later ones behind earlier ones. */
import type * as ts from "typescript";

/** The text of a cell's declarations with only those variables, functions, classes and imports whose name is kept. */
export function keepDeclarations(compiler: typeof ts, text: string, keep: (name: string) => boolean): string {
  const file = compiler.createSourceFile("declarations.d.ts", text, compiler.ScriptTarget.Latest, true);
  const printer = compiler.createPrinter();
  const { factory } = compiler;
  const kept: ts.Statement[] = [];
  for (const statement of file.statements) {
    if (compiler.isVariableStatement(statement)) {
      const declarations = statement.declarationList.declarations.filter(
        ({ name }) => !compiler.isIdentifier(name) || keep(name.text),
      );
      if (declarations.length === 0) continue;
      const list = factory.createVariableDeclarationList(declarations, statement.declarationList.flags);
      kept.push(factory.createVariableStatement(statement.modifiers, list));
    } else if (compiler.isImportDeclaration(statement)) {
      const names = importedNames(compiler, statement).filter(keep);
      if (names.length > 0) kept.push(importOf(compiler, statement, new Set(names)));
    } else {
      const name = (statement as { name?: ts.Node }).name;
      // `declare module "fs"` has a name too, which no variable has.
      const text = name && (compiler.isIdentifier(name) || compiler.isStringLiteral(name)) ? name.text : "";
      if (keep(text)) kept.push(statement);
    }
  }
  return kept
    .map((statement) => `${printer.printNode(compiler.EmitHint.Unspecified, statement, file)}\n`)
    .join("");
}

function importedNames(compiler: typeof ts, statement: ts.ImportDeclaration): string[] {
  const clause = statement.importClause;
  const names = clause?.name ? [clause.name.text] : [];
  const bindings = clause?.namedBindings;
  if (!bindings) return names;
  if (compiler.isNamespaceImport(bindings)) return [...names, bindings.name.text];
  return [...names, ...bindings.elements.map((element) => element.name.text)];
}

function importOf(
  compiler: typeof ts,
  statement: ts.ImportDeclaration,
  names: Set<string>,
): ts.ImportDeclaration {
  const { factory } = compiler;
  const clause = statement.importClause!;
  let bindings = clause.namedBindings;
  if (bindings && compiler.isNamespaceImport(bindings)) {
    if (!names.has(bindings.name.text)) bindings = undefined;
  } else if (bindings) {
    const elements = bindings.elements.filter((element) => names.has(element.name.text));
    bindings = elements.length > 0 ? factory.createNamedImports(elements) : undefined;
  }
  const name = clause.name && names.has(clause.name.text) ? clause.name : undefined;
  return factory.createImportDeclaration(
    statement.modifiers,
    factory.createImportClause(clause.isTypeOnly, name, bindings),
    statement.moduleSpecifier,
    statement.attributes,
  );
}

/** Earlier declarations followed by newer ones. */
export function mergeDeclarations(earlier: string, newer: string): string {
  return earlier === "" ? newer : `${earlier}${newer}`;
}
