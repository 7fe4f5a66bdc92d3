/**
 * Namespaces, aliases of their parts, and additions to other modules and to the global scope, from cell to cell: the
 * converter writes them down for the next cell and forgets them after it.
 */
import type * as ts from "typescript";

type Compiler = typeof ts;

function statementsOf(compiler: Compiler, text: string): { file: ts.SourceFile; statements: ts.Statement[] } {
  const file = compiler.createSourceFile("declarations.d.ts", text, compiler.ScriptTarget.Latest, true);
  return { file, statements: [...file.statements] };
}

/** Target of `declare module "fs" { … }` and `declare global { … }`; undefined for a namespace. */
function augmented(compiler: Compiler, statement: ts.Statement): string | undefined {
  if (!compiler.isModuleDeclaration(statement)) return undefined;
  if (compiler.isStringLiteral(statement.name)) return `module ${statement.name.text}`;
  return statement.flags & compiler.NodeFlags.GlobalAugmentation ? "global" : undefined;
}

/** Names that the statements declare; those of imports too. */
function declaredNames(compiler: Compiler, statements: readonly ts.Statement[]): Set<string> {
  const names = new Set<string>();
  const add = (name: ts.Node | undefined): void => {
    if (name && compiler.isIdentifier(name)) names.add(name.text);
  };
  for (const statement of statements)
    if (compiler.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) add(name);
    else if (compiler.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      add(name);
      if (namedBindings && compiler.isNamespaceImport(namedBindings)) add(namedBindings.name);
      else for (const element of namedBindings?.elements ?? []) add(element.name);
    } else if (augmented(compiler, statement) === undefined) add((statement as { name?: ts.Node }).name);
  return names;
}

/**
 * The earlier cells' namespaces, aliases and additions that go on after a cell which declares `own`: all whose name it
 * does not declare anew.
 */
export function lastingNamespaces(compiler: Compiler, earlier: string, own: string): string {
  const anew = declaredNames(compiler, statementsOf(compiler, own).statements);
  const { file, statements } = statementsOf(compiler, earlier);
  const lasts = (statement: ts.Statement): boolean => {
    if (augmented(compiler, statement) !== undefined) return true;
    const isNamespace =
      compiler.isModuleDeclaration(statement) || compiler.isImportEqualsDeclaration(statement);
    return isNamespace && !anew.has(statement.name.text);
  };
  return statements
    .filter(lasts)
    .map((statement) => `${statement.getText(file)}\n`)
    .join("");
}

/** The earlier declarations without those additions that the cell makes anew: a cell can be run again after an edit. */
export function withoutRepeatedAdditions(compiler: Compiler, earlier: string, cell: string): string {
  if (!/\bdeclare\s+(global|module)\b/.test(cell) || !/\bdeclare\s+(global|module)\b/.test(earlier))
    return earlier;
  const additions = new Map<string, ts.Statement[]>();
  for (const statement of statementsOf(compiler, cell).statements) {
    const target = augmented(compiler, statement);
    if (target !== undefined)
      additions.set(target, [...(additions.get(target) ?? []), ...bodyOf(compiler, statement)]);
  }
  const { file, statements } = statementsOf(compiler, earlier);
  const { factory } = compiler;
  const printer = compiler.createPrinter();
  const text = (node: ts.Node): string => printer.printNode(compiler.EmitHint.Unspecified, node, file);
  return statements
    .map((statement) => {
      const target = augmented(compiler, statement);
      const added = target === undefined ? undefined : additions.get(target);
      if (!added || !compiler.isModuleDeclaration(statement)) return `${statement.getText(file)}\n`;
      const kept = bodyOf(compiler, statement).flatMap((each) => withoutDeclared(compiler, each, added));
      const { modifiers, name } = statement;
      return `${text(factory.updateModuleDeclaration(statement, modifiers, name, factory.createModuleBlock(kept)))}\n`;
    })
    .join("");
}

function bodyOf(compiler: Compiler, statement: ts.Statement): ts.Statement[] {
  const body = compiler.isModuleDeclaration(statement) ? statement.body : undefined;
  return body && compiler.isModuleBlock(body) ? [...body.statements] : [];
}

/** Rest of an earlier addition: of an interface the members that the new ones do not have. */
function withoutDeclared(
  compiler: Compiler,
  earlier: ts.Statement,
  added: readonly ts.Statement[],
): ts.Statement[] {
  if (!compiler.isInterfaceDeclaration(earlier)) {
    const anew = declaredNames(compiler, added);
    const names = declaredNames(compiler, [earlier]);
    return [...names].some((name) => anew.has(name)) ? [] : [earlier];
  }
  const members = added
    .filter(compiler.isInterfaceDeclaration)
    .filter(({ name }) => name.text === earlier.name.text)
    .flatMap((each) => each.members.map((member) => member.name?.getText()));
  const { modifiers, name, typeParameters, heritageClauses } = earlier;
  const kept = earlier.members.filter((member) => !members.includes(member.name?.getText()));
  return [
    compiler.factory.updateInterfaceDeclaration(
      earlier,
      modifiers,
      name,
      typeParameters,
      heritageClauses,
      kept,
    ),
  ];
}
