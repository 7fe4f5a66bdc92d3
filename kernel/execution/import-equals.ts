/** `import x = require("x")` in a cell. */
import type * as ts from "typescript";

/** `import x = require("x")` of a cell becomes `const x = require("x")`: the compiler leaves it out of an ES module. */
export function requireImports(compiler: typeof ts): ts.TransformerFactory<ts.SourceFile> {
  return ({ factory }) => {
    const asVariable = (statement: ts.Statement): ts.Statement => {
      if (!compiler.isImportEqualsDeclaration(statement) || statement.isTypeOnly) return statement;
      const { moduleReference, name, modifiers } = statement;
      if (!compiler.isExternalModuleReference(moduleReference)) return statement;
      const require = factory.createIdentifier("require");
      const call = factory.createCallExpression(require, undefined, [moduleReference.expression]);
      const variable = factory.createVariableDeclaration(name, undefined, undefined, call);
      const list = factory.createVariableDeclarationList([variable], compiler.NodeFlags.Const);
      return compiler.setTextRange(factory.createVariableStatement(modifiers, list), statement);
    };
    return (file) => factory.updateSourceFile(file, file.statements.map(asVariable));
  };
}
