/** Roles of identifiers in code: which stand for a variable's value, and which are written to. */
import type * as ts from "typescript";

type Compiler = typeof ts;

/** True of an identifier that stands for a variable's value, and is no property, label or declared name. */
export function isReference(compiler: Compiler, node: ts.Identifier): boolean {
  const { parent } = node;
  if (parent === undefined) return false;
  if (compiler.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (compiler.isPropertyAssignment(parent)) return parent.initializer === node;
  if (compiler.isBindingElement(parent)) return parent.initializer === node;
  if (compiler.isVariableDeclaration(parent) || compiler.isParameter(parent))
    return parent.initializer === node;
  if (compiler.isPropertyDeclaration(parent)) return parent.initializer === node;
  return !(
    compiler.isMethodDeclaration(parent) ||
    compiler.isAccessor(parent) ||
    (compiler.isFunctionLike(parent) && parent.name === node) ||
    compiler.isClassLike(parent) ||
    compiler.isLabeledStatement(parent) ||
    compiler.isBreakOrContinueStatement(parent) ||
    compiler.isMetaProperty(parent) ||
    compiler.isImportSpecifier(parent) ||
    compiler.isImportClause(parent) ||
    compiler.isNamespaceImport(parent) ||
    compiler.isExportSpecifier(parent) ||
    compiler.isNamespaceExport(parent) ||
    compiler.isImportAttribute(parent)
  );
}

/** True of an identifier that something is assigned to. */
export function isWritten(compiler: Compiler, node: ts.Identifier): boolean {
  const { SyntaxKind } = compiler;
  for (let inner: ts.Node = node, outer = node.parent; ; inner = outer, outer = outer.parent) {
    if (compiler.isBinaryExpression(outer)) {
      const { kind } = outer.operatorToken;
      const assigns = kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
      return assigns && outer.left === inner;
    }
    if (compiler.isPrefixUnaryExpression(outer) || compiler.isPostfixUnaryExpression(outer))
      return outer.operator === SyntaxKind.PlusPlusToken || outer.operator === SyntaxKind.MinusMinusToken;
    if (compiler.isForInStatement(outer) || compiler.isForOfStatement(outer))
      return outer.initializer === inner;
    const mayBePattern =
      compiler.isParenthesizedExpression(outer) ||
      compiler.isArrayLiteralExpression(outer) ||
      compiler.isSpreadElement(outer) ||
      compiler.isSpreadAssignment(outer) ||
      compiler.isObjectLiteralExpression(outer) ||
      compiler.isShorthandPropertyAssignment(outer) ||
      (compiler.isPropertyAssignment(outer) && outer.initializer === inner);
    if (!mayBePattern) return false;
  }
}
