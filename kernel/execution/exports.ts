/** Cells that hold code of a module: their exports are blanked. */
import type * as ts from "typescript";

/**
 * A cell with blanks for its `export`, so that code of a module can be pasted into it: all that a cell declares is known
 * to later cells anyway, and the converter exports it itself. Every position stays what it was.
 */
export function withoutExports(compiler: typeof ts, source: string, fileName: string): string {
  if (!/\bexport\b/.test(source)) return source;
  const file = compiler.createSourceFile(fileName, source, compiler.ScriptTarget.Latest, true);
  const blanks: [from: number, to: number][] = [];
  for (const statement of file.statements) {
    if (compiler.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      if (!moduleSpecifier && exportClause && compiler.isNamedExports(exportClause))
        blanks.push([statement.getStart(file), statement.end]);
    } else if (compiler.isExportAssignment(statement)) {
      if (!statement.isExportEquals) blanks.push([statement.getStart(file), statement.expression.pos]);
    } else if (compiler.canHaveModifiers(statement)) {
      const { modifiers = [] } = statement;
      const isDefault = modifiers.some(({ kind }) => kind === compiler.SyntaxKind.DefaultKeyword);
      // Without its `default`, what has no name would be no declaration.
      if (isDefault && (statement as { name?: ts.Node }).name === undefined) continue;
      for (const modifier of modifiers)
        if (
          modifier.kind === compiler.SyntaxKind.ExportKeyword ||
          modifier.kind === compiler.SyntaxKind.DefaultKeyword
        )
          blanks.push([modifier.getStart(file), modifier.end]);
    }
  }
  let text = source;
  for (const [from, to] of blanks)
    text = text.slice(0, from) + text.slice(from, to).replace(/[^\n\r]/g, " ") + text.slice(to);
  return text;
}
