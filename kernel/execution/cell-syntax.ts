/** A cell as it is written, read without any other: its errors of syntax, and whether it is an object. */
import type * as ts from "typescript";
import type { CellDiagnostic } from "./errors";

type Compiler = typeof ts;

/** A cell is a module to the compiler: it may await outside of functions. `fileName`: its ending says whether JSX. */
function parseCell(compiler: Compiler, source: string, fileName: string): ts.SourceFile {
  const options: ts.CreateSourceFileOptions = {
    languageVersion: compiler.ScriptTarget.Latest,
    setExternalModuleIndicator: (file) => Object.assign(file, { externalModuleIndicator: true }),
  };
  return compiler.createSourceFile(fileName, source, options, true);
}

function parseErrors(file: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  return (file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
}

/** Errors of syntax. */
export function syntaxErrors(compiler: Compiler, source: string, fileName: string): CellDiagnostic[] {
  const file = parseCell(compiler, source, fileName);
  const end = source.trimEnd().length;
  return parseErrors(file).map(({ code, messageText, start, length }) => {
    const { line, character } = file.getLineAndCharacterOfPosition(Math.min(start, end));
    return {
      code,
      message: compiler.flattenDiagnosticMessageText(messageText, "\n"),
      file: undefined,
      line: line + 1,
      column: character + 1,
      length: Math.max(1, start < end ? length : 1),
    };
  });
}

/** True of a cell that is nothing but `{ a: 1, b: 2 }`, which would be a block of labels. */
export function isObjectLiteral(compiler: Compiler, source: string, fileName: string): boolean {
  if (!/^\s*(?:\/\/.*\n\s*|\/\*[\s\S]*?\*\/\s*)*\{/.test(source)) return false;
  const file = parseCell(compiler, inParentheses(source), fileName);
  if (parseErrors(file).length > 0 || file.statements.length !== 1) return false;
  const [statement] = file.statements;
  return (
    statement !== undefined &&
    compiler.isExpressionStatement(statement) &&
    compiler.isParenthesizedExpression(statement.expression) &&
    compiler.isObjectLiteralExpression(statement.expression.expression)
  );
}

/** On lines of their own, so that the columns stay. */
export function inParentheses(source: string): string {
  return `(\n${source}\n)`;
}
