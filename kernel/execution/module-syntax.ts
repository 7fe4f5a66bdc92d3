/** Specifiers of packages as Deno writes them. */
import type * as ts from "typescript";
import { withoutScheme } from "./module-resolution";

/**
 * Code in which `"npm:name@1"`, as Deno writes it, is `"name"`, the installed package. The blanks come behind the closing
 * quote: every other position stays what it was.
 */
export function withoutNpmScheme(compiler: typeof ts, source: string, fileName: string): string {
  if (!source.includes("npm:")) return source;
  const file = compiler.createSourceFile(fileName, source, compiler.ScriptTarget.Latest, true);
  let text = source;
  const visit = (node: ts.Node): void => {
    if (compiler.isStringLiteralLike(node) && node.text.startsWith("npm:") && isSpecifier(compiler, node)) {
      const from = node.getStart(file) + 1;
      const name = withoutScheme(node.text) + source[node.end - 1];
      text = text.slice(0, from) + name.padEnd(node.end - from) + text.slice(node.end);
    }
    compiler.forEachChild(node, visit);
  };
  visit(file);
  return text;
}

/** True of a text that names a module. */
export function isSpecifier(compiler: typeof ts, node: ts.StringLiteralLike): boolean {
  const { parent } = node;
  if (compiler.isCallExpression(parent)) {
    const { expression } = parent;
    const imports = expression.kind === compiler.SyntaxKind.ImportKeyword;
    return imports || (compiler.isIdentifier(expression) && expression.text === "require");
  }
  return (
    compiler.isImportDeclaration(parent) ||
    compiler.isExportDeclaration(parent) ||
    compiler.isExternalModuleReference(parent) ||
    (compiler.isLiteralTypeNode(parent) && compiler.isImportTypeNode(parent.parent))
  );
}
