/** Changes to a cell's syntax tree before and after it is compiled. */
import type * as ts from "typescript";
import { META_NAME, withOwnNames } from "./own-names";

/** Findings of the pass over a module's code. */
export interface PassFindings {
  imports: string[];
  /** It awaits outside functions. */
  awaits: boolean;
}

type Compiler = typeof ts;

/**
 * Before the pass from ES module to CommonJS:
 * `import(x)` becomes `require.import(x)`, the real dynamic import, resolved from the notebook's folder;
 * `import.meta` becomes a name that every cell and module has;
 * every loop of a cell first looks whether the cell is to stop.
 */
export function beforePass(
  compiler: Compiler,
  findings: PassFindings,
  isCell: boolean,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;

    function stopCheck(topLevel: boolean): ts.Statement {
      const cell = factory.createIdentifier("__cell__");
      const flag = factory.createElementAccessExpression(factory.createIdentifier("__flag__"), 0);
      const raised = factory.createStrictEquality(flag, factory.createNumericLiteral(1));
      const condition = topLevel
        ? factory.createLogicalOr(raised, factory.createPropertyAccessExpression(cell, "stopped"))
        : raised;
      const stop = factory.createCallExpression(
        factory.createPropertyAccessExpression(cell, "throwInterrupt"),
        undefined,
        [],
      );
      return factory.createIfStatement(condition, factory.createExpressionStatement(stop));
    }

    function withStopCheck(loop: ts.IterationStatement, topLevel: boolean): ts.IterationStatement {
      const check = stopCheck(topLevel);
      const body = compiler.isBlock(loop.statement)
        ? factory.updateBlock(loop.statement, [check, ...loop.statement.statements])
        : factory.createBlock([check, loop.statement], true);
      if (compiler.isForStatement(loop))
        return factory.updateForStatement(loop, loop.initializer, loop.condition, loop.incrementor, body);
      if (compiler.isForOfStatement(loop))
        return factory.updateForOfStatement(
          loop,
          loop.awaitModifier,
          loop.initializer,
          loop.expression,
          body,
        );
      if (compiler.isForInStatement(loop))
        return factory.updateForInStatement(loop, loop.initializer, loop.expression, body);
      if (compiler.isWhileStatement(loop)) return factory.updateWhileStatement(loop, loop.expression, body);
      if (compiler.isDoStatement(loop)) return factory.updateDoStatement(loop, body, loop.expression);
      return loop;
    }

    function visit(node: ts.Node, topLevel: boolean): ts.Node {
      const inside = topLevel && !compiler.isFunctionLike(node) && !compiler.isClassLike(node);
      const visited = compiler.visitEachChild(node, (child) => visit(child, inside), context);
      if (
        inside &&
        (compiler.isAwaitExpression(node) || (compiler.isForOfStatement(node) && node.awaitModifier))
      )
        findings.awaits = true;
      if (compiler.isMetaProperty(visited) && visited.keywordToken === compiler.SyntaxKind.ImportKeyword)
        return factory.createIdentifier(META_NAME);
      if (
        compiler.isCallExpression(visited) &&
        visited.expression.kind === compiler.SyntaxKind.ImportKeyword
      ) {
        const importer = factory.createPropertyAccessExpression(
          factory.createIdentifier(isCell ? "__require__" : "require"),
          "import",
        );
        return factory.createCallExpression(importer, undefined, visited.arguments);
      }
      if (isCell && compiler.isIterationStatement(visited, false)) return withStopCheck(visited, inside);
      return visited;
    }

    return (file) => {
      for (const statement of file.statements)
        if (compiler.isImportDeclaration(statement) && compiler.isStringLiteral(statement.moduleSpecifier))
          findings.imports.push(statement.moduleSpecifier.text);
      return compiler.visitEachChild(file, (node) => visit(node, true), context);
    };
  };
}

/** After that pass, for a cell: what it exports, now the names of its imports alone, becomes variables of the notebook. */
export function afterPass(compiler: Compiler): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;
    const ownNames = withOwnNames(compiler)(context);

    function scopeCall(method: string, name: string, value: ts.Expression): ts.Statement {
      const callee = factory.createPropertyAccessExpression(factory.createIdentifier("__scope__"), method);
      const call = factory.createCallExpression(callee, undefined, [
        factory.createStringLiteral(name),
        value,
      ]);
      return factory.createExpressionStatement(call);
    }

    /** The name in `exports.x`, which no one wrote. */
    function exportedName(node: ts.Expression): string | undefined {
      return compiler.isPropertyAccessExpression(node) &&
        compiler.isIdentifier(node.expression) &&
        node.expression.pos < 0 &&
        node.expression.text === "exports"
        ? node.name.text
        : undefined;
    }

    /** `exports.x = value` as calls of the scope, of `exports.x = exports.y = void 0` none. */
    function assigned(expression: ts.Expression): ts.Statement[] | undefined {
      if (!compiler.isBinaryExpression(expression)) return undefined;
      const name = exportedName(expression.left);
      if (name === undefined) return undefined;
      const isReset = compiler.isVoidExpression(expression.right);
      return assigned(expression.right) ?? (isReset ? [] : [scopeCall("set", name, expression.right)]);
    }

    /** `Object.defineProperty(exports, name, { …, get })` as a call of the scope, of `__esModule` none. */
    function bound(expression: ts.Expression): ts.Statement[] | undefined {
      if (!compiler.isCallExpression(expression) || expression.pos >= 0) return undefined;
      const { expression: callee, arguments: given } = expression;
      if (!compiler.isPropertyAccessExpression(callee) || callee.name.text !== "defineProperty")
        return undefined;
      const [target, name, attributes] = given;
      if (!target || !compiler.isIdentifier(target) || target.text !== "exports") return undefined;
      if (!name || !compiler.isStringLiteral(name)) return undefined;
      if (!attributes || !compiler.isObjectLiteralExpression(attributes)) return undefined;
      for (const property of attributes.properties)
        if (compiler.isPropertyAssignment(property) && compiler.isFunctionExpression(property.initializer))
          return [scopeCall("bind", name.text, property.initializer)];
      return [];
    }

    function rewrite(statement: ts.Statement): ts.Statement[] {
      if (!compiler.isExpressionStatement(statement)) return [statement];
      return assigned(statement.expression) ?? bound(statement.expression) ?? [statement];
    }

    return (file) => ownNames(factory.updateSourceFile(file, file.statements.flatMap(rewrite)));
  };
}
