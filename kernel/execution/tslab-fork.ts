/**
 * TypeScript in place of the fork that tslab brings: what the converter asks of the fork and TypeScript does not offer
 * under that name, by TypeScript's own functions.
 */
import Module from "node:module";
import type * as ts from "typescript";

type Compiler = typeof ts;

/** Functions of TypeScript that its declarations leave out. */
interface Internals {
  nullTransformationContext: ts.TransformationContext;
  Completions: { getCompletionsAtPosition(...args: unknown[]): ts.CompletionInfo | undefined };
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): {
      displayParts: ts.SymbolDisplayPart[];
      documentation: ts.SymbolDisplayPart[];
      symbolKind: ts.ScriptElementKind;
      tags: ts.JSDocTagInfo[] | undefined;
    };
    getSymbolModifiers(checker: ts.TypeChecker, symbol: ts.Symbol): string;
  };
  createTextSpanFromNode(node: ts.Node, file: ts.SourceFile): ts.TextSpan;
  getContainerNode(node: ts.Node): ts.Node | undefined;
  getContainingObjectLiteralElement(node: ts.Node): ts.ObjectLiteralElement | undefined;
  getPropertySymbolsFromContextualType(
    element: ts.ObjectLiteralElement,
    checker: ts.TypeChecker,
    type: ts.Type,
    unionSymbolOk: boolean,
  ): ts.Symbol[];
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  typeToDisplayParts(checker: ts.TypeChecker, type: ts.Type, enclosing?: ts.Node): ts.SymbolDisplayPart[];
}

/** The parts of `@tslab/typescript-for-tslab` that the converter takes. */
export function asTslabFork(compiler: Compiler): Record<string, unknown> {
  const internals = compiler as Compiler & Internals;
  return {
    ...compiler,
    __esModule: true,
    getNullTransformationContext: () => internals.nullTransformationContext,
    // The overlay says which types there are.
    getDefaultTypeRoots: () => [],
    getPreEmitDiagnosticsOfFiles: (program: ts.Program, files: readonly ts.SourceFile[]) =>
      diagnosticsOf(compiler, program, files),
    getQuickInfoAtPosition: (
      file: ts.SourceFile,
      checker: ts.TypeChecker,
      _cancellation: ts.CancellationToken,
      position: number,
    ) => quickInfoAt(internals, file, checker, position),
    Completions: {
      ...internals.Completions,
      getCompletionsAtPositionForTslab: (...args: unknown[]) =>
        internals.Completions.getCompletionsAtPosition(...args, undefined),
    },
  };
}

/** The converter gets this when it asks for tslab's fork. */
export function standIn(file: string, exports: unknown): void {
  const stand = new Module(file);
  stand.exports = exports;
  stand.loaded = true;
  require.cache[file] = stand;
}

function diagnosticsOf(
  compiler: Compiler,
  program: ts.Program,
  files: readonly ts.SourceFile[],
): readonly ts.Diagnostic[] {
  return compiler.sortAndDeduplicateDiagnostics([
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
      ...program.getDeclarationDiagnostics(file),
    ]),
  ]);
}

function quickInfoAt(
  compiler: Compiler & Internals,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  position: number,
): ts.QuickInfo | undefined {
  const touched = compiler.getTouchingPropertyName(file, position);
  if (touched === file) return undefined;
  const node = describedNode(compiler, touched);
  const symbol = symbolOf(compiler, node, checker);
  const textSpan = compiler.createTextSpanFromNode(node, file);
  const container = compiler.getContainerNode(node);
  if (symbol) {
    const { symbolKind, displayParts, documentation, tags } =
      compiler.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
        checker,
        symbol,
        file,
        container,
        node,
      );
    const kindModifiers = compiler.SymbolDisplay.getSymbolModifiers(checker, symbol);
    return { kind: symbolKind, kindModifiers, textSpan, displayParts, documentation, ...(tags && { tags }) };
  }
  if (!hasType(compiler, node)) return undefined;
  const type = checker.getTypeAtLocation(node);
  return {
    kind: compiler.ScriptElementKind.unknown,
    kindModifiers: "",
    textSpan,
    displayParts: compiler.typeToDisplayParts(checker, type, container),
    documentation: type.symbol?.getDocumentationComment(checker) ?? [],
    tags: type.symbol?.getJsDocTags(checker) ?? [],
  };
}

/** Of `new Box`, the class; of `import.meta`, the whole. */
function describedNode(compiler: Compiler, node: ts.Node): ts.Node {
  const { parent } = node;
  if (compiler.isNewExpression(parent) && node.pos === parent.pos) return parent.expression;
  if (compiler.isNamedTupleMember(parent) && node.pos === parent.pos) return parent;
  if (compiler.isMetaProperty(parent) && parent.name === node) return parent;
  return node;
}

/** Of a property in an object literal, the one that the literal's expected type declares. */
function symbolOf(
  compiler: Compiler & Internals,
  node: ts.Node,
  checker: ts.TypeChecker,
): ts.Symbol | undefined {
  const element = compiler.getContainingObjectLiteralElement(node);
  const literal = element?.parent;
  const expected =
    literal && compiler.isObjectLiteralExpression(literal) ? checker.getContextualType(literal) : undefined;
  if (element && expected) {
    const declared = compiler.getPropertySymbolsFromContextualType(element, checker, expected, false);
    if (declared.length === 1) return declared[0];
  }
  const symbol = checker.getSymbolAtLocation(node);
  return symbol && !checker.isUnknownSymbol(symbol) ? symbol : undefined;
}

function hasType(compiler: Compiler, node: ts.Node): boolean {
  const { SyntaxKind } = compiler;
  return (
    compiler.isIdentifier(node) ||
    compiler.isPropertyAccessExpression(node) ||
    compiler.isQualifiedName(node) ||
    compiler.isNamedTupleMember(node) ||
    compiler.isMetaProperty(node) ||
    node.kind === SyntaxKind.ThisKeyword ||
    node.kind === SyntaxKind.ThisType ||
    node.kind === SyntaxKind.SuperKeyword
  );
}
