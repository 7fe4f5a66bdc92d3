/** Types of cells' variables that have no name. */
import type { Diagnostic } from "tslab/dist/converter";
import type * as ts from "typescript";

/**
 * Errors that arise only because a cell's declarations are written down for later cells, and a type in them has no
 * name to be written with: a library returns a type that it does not export.
 */
const UNNAMEABLE: ReadonlySet<number> = new Set([
  2527, 2742, 4020, 4023, 4025, 4028, 4031, 4033, 4050, 4051, 4052, 4053, 4055, 4056, 4058, 4059, 4060, 4063,
  4073, 4078, 4082, 4094, 7056,
]);

/** The cell with `: any` where such a type would stand, or undefined when it has other errors or no such place. */
export function repairUnnameableTypes(
  compiler: typeof ts,
  source: string,
  diagnostics: readonly Diagnostic[],
): string | undefined {
  if (diagnostics.length === 0 || !diagnostics.every(({ code }) => UNNAMEABLE.has(code))) return undefined;
  const file = compiler.createSourceFile("cell.ts", source, compiler.ScriptTarget.Latest, true);
  const places = new Set<number>();
  for (const { start } of diagnostics) {
    const place = annotationPlace(compiler, file, start.offset);
    if (place === undefined) return undefined;
    places.add(place);
  }
  let repaired = source;
  for (const place of [...places].sort((a, b) => b - a))
    repaired = `${repaired.slice(0, place)}: any${repaired.slice(place)}`;
  return repaired;
}

/** Where the type annotation of the declaration around `offset` would begin. */
function annotationPlace(compiler: typeof ts, file: ts.SourceFile, offset: number): number | undefined {
  let innermost: ts.Node = file;
  const descend = (node: ts.Node): void => {
    if (node.getStart(file) <= offset && offset < node.end) {
      innermost = node;
      compiler.forEachChild(node, descend);
    }
  };
  descend(file);
  for (let node: ts.Node = innermost; node !== file; node = node.parent) {
    if (
      compiler.isVariableDeclaration(node) ||
      compiler.isPropertyDeclaration(node) ||
      compiler.isParameter(node)
    ) {
      if (node.type) return undefined;
      return node.name.end;
    }
    if (
      compiler.isFunctionDeclaration(node) ||
      compiler.isMethodDeclaration(node) ||
      compiler.isGetAccessor(node)
    ) {
      if (node.type || !node.body) return undefined;
      const close = file.text.lastIndexOf(")", node.body.getStart(file));
      return close < 0 ? undefined : close + 1;
    }
  }
  return undefined;
}
