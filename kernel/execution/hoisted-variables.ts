/**
 * `var` inside a statement, as in the head of a loop: a variable of the whole cell, which later cells know as they know
 * the others.
 */
import type * as ts from "typescript";

type Compiler = typeof ts;

/** The names that a binding gives. */
export function boundNames(compiler: Compiler, name: ts.BindingName): ts.Identifier[] {
  if (compiler.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) =>
    compiler.isOmittedExpression(element) ? [] : boundNames(compiler, element.name),
  );
}

/** The names of each `var` within a top-level statement that is none itself; a name may come twice. */
export function hoistedNames(compiler: Compiler, statement: ts.Statement): ts.Identifier[] {
  if (compiler.isVariableStatement(statement)) return [];
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (compiler.isFunctionLike(node) || compiler.isClassLike(node) || compiler.isModuleDeclaration(node))
      return;
    if (compiler.isVariableDeclarationList(node) && (node.flags & compiler.NodeFlags.BlockScoped) === 0)
      found.push(...node.declarations.flatMap(({ name }) => boundNames(compiler, name)));
    compiler.forEachChild(node, visit);
  };
  visit(statement);
  return found;
}

/** Adds them to a cell's declarations, where the compiler leaves them out. */
export function declareHoisted(
  compiler: Compiler,
  checker: ts.TypeChecker,
  source: ts.SourceFile,
): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  const topLevel = new Set(
    source.statements
      .filter(compiler.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .flatMap(({ name }) => boundNames(compiler, name).map(({ text }) => text)),
  );
  const hoisted = new Map(
    source.statements
      .flatMap((statement) => hoistedNames(compiler, statement))
      .filter(({ text }) => !topLevel.has(text))
      .map((name) => [name.text, name]),
  );
  return ({ factory }) =>
    (file) => {
      if (!compiler.isSourceFile(file) || hoisted.size === 0) return file;
      const declared = [...hoisted.values()].map((name) => {
        const type = checker.typeToTypeNode(
          checker.getTypeAtLocation(name),
          source,
          compiler.NodeBuilderFlags.NoTruncation,
        );
        const variable = factory.createVariableDeclaration(name.text, undefined, type);
        const modifiers = [factory.createModifier(compiler.SyntaxKind.DeclareKeyword)];
        return factory.createVariableStatement(modifiers, [variable]);
      });
      return factory.updateSourceFile(file, [...file.statements, ...declared]);
    };
}
