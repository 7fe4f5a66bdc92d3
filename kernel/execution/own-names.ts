/**
 * Names that the kernel's own code in a compiled cell goes by. `require` is left to the user: the compiler writes it too,
 * and that becomes a name which no parameter or variable of the cell hides.
 */
import type * as ts from "typescript";
import type { CellDiagnostic } from "./errors";

type Compiler = typeof ts;

/** Function arguments of a compiled cell. */
export const CELL_PARAMETERS = ["__scope__", "__require__", "__flag__", "__cell__"] as const;

/** Name that `import.meta` becomes. */
export const META_NAME = "__meta__";

export const OWN_NAMES: readonly string[] = [...CELL_PARAMETERS, META_NAME];
const DECLARATION_CONFLICT = 2397;

/** After a pass: `require(…)` and `require.import` that no one wrote, by the kernel's own name. */
export function withOwnNames(compiler: Compiler): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;

    function ownName(node: ts.Expression): ts.Expression {
      if (!compiler.isIdentifier(node) || node.pos >= 0) return node;
      return node.text === "require" ? factory.createIdentifier("__require__") : node;
    }

    const visit = (each: ts.Node): ts.Node => {
      const node = compiler.visitEachChild(each, visit, context);
      if (compiler.isPropertyAccessExpression(node))
        return factory.updatePropertyAccessExpression(node, ownName(node.expression), node.name);
      if (compiler.isCallExpression(node))
        return factory.updateCallExpression(
          node,
          ownName(node.expression),
          node.typeArguments,
          node.arguments,
        );
      return node;
    };
    return (file) => compiler.visitEachChild(file, visit, context);
  };
}

/** The places where a cell declares one of the kernel's names, which would then take the place of the kernel's. */
export function declaredOwnNames(compiler: Compiler, source: string, fileName: string): CellDiagnostic[] {
  if (!OWN_NAMES.some((name) => source.includes(name))) return [];
  const file = compiler.createSourceFile(fileName, source, compiler.ScriptTarget.Latest, true);
  const found: CellDiagnostic[] = [];
  const visit = (node: ts.Node): void => {
    if (compiler.isIdentifier(node) && OWN_NAMES.includes(node.text) && isDeclared(compiler, node)) {
      const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
      found.push({
        code: DECLARATION_CONFLICT,
        message: `expected a name that the kernel does not use itself (${OWN_NAMES.join(", ")}), got ${node.text}`,
        file: undefined,
        line: line + 1,
        column: character + 1,
        length: node.text.length,
      });
    }
    compiler.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** True of the name of something that code can refer to by it alone, unlike a property. */
function isDeclared(compiler: Compiler, name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    (parent as { name?: ts.Node }).name === name &&
    (compiler.isVariableDeclaration(parent) ||
      compiler.isParameter(parent) ||
      compiler.isBindingElement(parent) ||
      compiler.isFunctionDeclaration(parent) ||
      compiler.isFunctionExpression(parent) ||
      compiler.isClassLike(parent) ||
      compiler.isEnumDeclaration(parent) ||
      compiler.isModuleDeclaration(parent) ||
      compiler.isImportClause(parent) ||
      compiler.isImportSpecifier(parent) ||
      compiler.isNamespaceImport(parent) ||
      compiler.isImportEqualsDeclaration(parent))
  );
}
