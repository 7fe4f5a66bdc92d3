import type * as ts from "typescript";

/**
 * Names of earlier cells, for the converter's own pass: it puts `exports.` before every identifier that an earlier cell
 * declares, and would do so at places where an expression cannot stand, and leave it out at others.
 */

type Compiler = typeof ts;

/** Where the converter keeps the declarations of earlier cells. */
const EARLIER_CELLS = /(^|\/)__prev__\.d\.ts$/;

/** Where earlier cells declare the symbol, if they do. */
function placesInEarlierCells(symbol: ts.Symbol | undefined): ts.Declaration[] {
  return (symbol?.declarations ?? []).filter((each) => EARLIER_CELLS.test(each.getSourceFile().fileName));
}

function isGlobalAddition(compiler: Compiler, declaration: ts.Declaration): boolean {
  for (let node: ts.Node | undefined = declaration; node; node = node.parent)
    if (node.flags & compiler.NodeFlags.GlobalAugmentation) return true;
  return false;
}

function isOfEarlierCell(compiler: Compiler, symbol: ts.Symbol | undefined): boolean {
  return placesInEarlierCells(symbol).some((each) => !isGlobalAddition(compiler, each));
}

function isAddedGlobal(compiler: Compiler, symbol: ts.Symbol | undefined): boolean {
  const places = placesInEarlierCells(symbol);
  return places.length > 0 && places.every((each) => isGlobalAddition(compiler, each));
}

/**
 * At the end of that pass: the function that JSX becomes a call of, `h` or `React`, may be of an earlier cell too; as
 * no source has it, the converter does not see it.
 */
export function qualifyJsxFactory(
  compiler: Compiler,
  checker: ts.TypeChecker,
): ts.TransformerFactory<ts.SourceFile> {
  const { resolveName } = checker as unknown as {
    resolveName(name: string, at: ts.Node, meaning: number, noGlobals: boolean): ts.Symbol | undefined;
  };
  return (context) => {
    const { factory } = context;
    const isJsx = (node: ts.Node | undefined) =>
      node !== undefined && (compiler.isJsxOpeningLikeElement(node) || compiler.isJsxOpeningFragment(node));
    const visit = (node: ts.Node): ts.Node => {
      if (!compiler.isIdentifier(node) || !isJsx(node.parent))
        return compiler.visitEachChild(node, visit, context);
      const symbol = resolveName(node.text, node.parent, 111551 satisfies ts.SymbolFlags.Value, false);
      return isOfEarlierCell(compiler, symbol)
        ? factory.createPropertyAccessExpression(factory.createIdentifier("exports"), node.text)
        : node;
    };
    return (file) => compiler.visitEachChild(file, visit, context);
  };
}

/**
 * Before that pass, with `a`, `p` and `N` of earlier cells:
 * `{ a }` becomes `{ a: exports.a }`, for the converter would leave it, a name that nothing declares;
 * `const { x: y } = p` becomes `const { "x": y } = p`, for the converter takes the property for a variable;
 * `import A = N.Inner` becomes `const A = exports.N.Inner`, for it would prefix `Inner` too;
 * a global variable that an earlier cell only declares, by `declare global`, stays one.
 */
export function spellOutEarlierNames(
  compiler: Compiler,
  checker: ts.TypeChecker,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;

    function withQuotedProperty(element: ts.BindingElement, name: ts.Identifier): ts.BindingElement {
      return factory.updateBindingElement(
        element,
        element.dotDotDotToken,
        factory.createStringLiteral(name.text),
        compiler.visitNode(element.name, visit) as ts.BindingName,
        compiler.visitNode(element.initializer, visit) as ts.Expression | undefined,
      );
    }

    /** Made anew, so that the converter knows none of its names. */
    function underExports(name: ts.EntityName): ts.Expression {
      return compiler.isIdentifier(name)
        ? factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name.text)
        : factory.createPropertyAccessExpression(underExports(name.left), name.right.text);
    }

    /** The statement itself when nothing of it is left at run time. */
    function asVariable(node: ts.ImportEqualsDeclaration): ts.Statement {
      const alias = checker.getSymbolAtLocation(node.name);
      const value = 111551 satisfies ts.SymbolFlags.Value;
      if (!alias || (checker.getAliasedSymbol(alias).flags & value) === 0) return node;
      const reference = underExports(node.moduleReference as ts.EntityName);
      const variable = factory.createVariableDeclaration(node.name, undefined, undefined, reference);
      const list = factory.createVariableDeclarationList([variable], compiler.NodeFlags.Const);
      return factory.createVariableStatement(node.modifiers, list);
    }

    /** What the first name of `N.Inner` stands for. */
    function rootSymbol(reference: ts.ModuleReference): ts.Symbol | undefined {
      if (compiler.isExternalModuleReference(reference)) return undefined;
      return checker.getSymbolAtLocation(leftmost(reference));
    }

    function leftmost(name: ts.EntityName): ts.Identifier {
      return compiler.isIdentifier(name) ? name : leftmost(name.left);
    }

    const visit = (node: ts.Node): ts.Node => {
      if (compiler.isIdentifier(node))
        return isAddedGlobal(compiler, checker.getSymbolAtLocation(node))
          ? factory.createIdentifier(node.text)
          : node;
      if (compiler.isBindingElement(node)) {
        const { propertyName } = node;
        if (
          propertyName &&
          compiler.isIdentifier(propertyName) &&
          isOfEarlierCell(compiler, checker.getSymbolAtLocation(propertyName))
        )
          return withQuotedProperty(node, propertyName);
      }
      if (
        compiler.isImportEqualsDeclaration(node) &&
        isOfEarlierCell(compiler, rootSymbol(node.moduleReference))
      )
        return asVariable(node);
      if (
        !compiler.isShorthandPropertyAssignment(node) ||
        !isOfEarlierCell(compiler, checker.getShorthandAssignmentValueSymbol(node))
      )
        return compiler.visitEachChild(node, visit, context);
      const { name } = node;
      const value = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name.text);
      const initializer = node.objectAssignmentInitializer
        ? factory.createAssignment(
            value,
            compiler.visitNode(node.objectAssignmentInitializer, visit) as ts.Expression,
          )
        : value;
      return factory.createPropertyAssignment(factory.createIdentifier(name.text), initializer);
    };
    return (file) => compiler.visitEachChild(file, visit, context);
  };
}
