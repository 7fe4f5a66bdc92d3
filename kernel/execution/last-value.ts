/** The value of a cell's last expression. */
import type * as ts from "typescript";

type Compiler = typeof ts;

/**
 * Before a cell is compiled: its last statement, when it is an expression, becomes `__cell__.value = (expression);`. What
 * leaves nothing at run time may follow it.
 */
export function keepLastValue(compiler: Compiler): ts.TransformerFactory<ts.SourceFile> {
  return ({ factory }) =>
    (file) => {
      let at = file.statements.length - 1;
      while (at >= 0 && leavesNothing(compiler, file.statements[at]!)) at--;
      const statement = file.statements[at];
      if (!statement || !compiler.isExpressionStatement(statement)) return file;
      const value = factory.createPropertyAccessExpression(factory.createIdentifier("__cell__"), "value");
      const kept = factory.updateExpressionStatement(
        statement,
        factory.createAssignment(value, statement.expression),
      );
      return factory.updateSourceFile(file, [
        ...file.statements.slice(0, at),
        kept,
        ...file.statements.slice(at + 1),
      ]);
    };
}

function leavesNothing(compiler: Compiler, statement: ts.Statement): boolean {
  const isDeclared =
    compiler.canHaveModifiers(statement) &&
    statement.modifiers?.some(({ kind }) => kind === compiler.SyntaxKind.DeclareKeyword);
  return (
    isDeclared === true ||
    compiler.isExportDeclaration(statement) ||
    compiler.isEmptyStatement(statement) ||
    compiler.isInterfaceDeclaration(statement) ||
    compiler.isTypeAliasDeclaration(statement)
  );
}
