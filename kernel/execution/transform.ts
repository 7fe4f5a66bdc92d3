import type * as ts from "typescript";
import { boundNames, hoistedNames } from "./hoisted-variables";
import { META_NAME, withOwnNames } from "./own-names";

/** What a pass over a cell's code found in it. */
export interface PassFindings {
  imports: string[];
  exportedNames: string[];
  /** It awaits outside functions. */
  awaits: boolean;
}

type Compiler = typeof ts;

/**
 * Before the pass from ES module to CommonJS:
 * `import(x)` becomes `require.import(x)`, the real dynamic import, resolved from the notebook's folder;
 * `import.meta` becomes a name that every cell and module has;
 * every loop of a cell first looks whether the cell is to stop;
 * `let` and `var` at top level are not exported, which would copy every assignment, but bound: `exports.x` reads and
 * writes the cell's own variable, so that functions of the cell see what a later cell assigns.
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

    /** Names of a statement `let …` or `var …`. */
    function variablesOf(statement: ts.Statement): string[] {
      if (!compiler.isVariableStatement(statement)) return [];
      const { flags, declarations } = statement.declarationList;
      if (flags & compiler.NodeFlags.Const) return [];
      return declarations.flatMap(({ name }) => boundNames(compiler, name).map(({ text }) => text));
    }

    /** Names of each `var` within a statement, which are there before it runs and may get a value before it fails. */
    function hoistedFrom(statement: ts.Statement): string[] {
      return [...new Set(hoistedNames(compiler, statement).map(({ text }) => text))];
    }

    /** `__bind__("x", () => x, (value__) => { x = value__; });` */
    function binding(name: string): ts.Statement {
      const variable = factory.createIdentifier(name);
      const value = factory.createIdentifier(name === "value__" ? "value___" : "value__");
      const parameter = factory.createParameterDeclaration(undefined, undefined, value);
      const assign = factory.createExpressionStatement(factory.createAssignment(variable, value));
      const arrow = (parameters: ts.ParameterDeclaration[], body: ts.ConciseBody) =>
        factory.createArrowFunction(undefined, undefined, parameters, undefined, undefined, body);
      const call = factory.createCallExpression(factory.createIdentifier("__bind__"), undefined, [
        factory.createStringLiteral(name),
        arrow([], variable),
        arrow([parameter], factory.createBlock([assign])),
      ]);
      return factory.createExpressionStatement(call);
    }

    function withoutExports(statement: ts.Statement, names: ReadonlySet<string>): ts.Statement {
      if (!compiler.isExportDeclaration(statement) || !statement.exportClause) return statement;
      if (!compiler.isNamedExports(statement.exportClause)) return statement;
      const kept = statement.exportClause.elements.filter(({ name }) => !names.has(name.text));
      const clause = factory.updateNamedExports(statement.exportClause, kept);
      const { modifiers, isTypeOnly, moduleSpecifier, attributes } = statement;
      return factory.updateExportDeclaration(
        statement,
        modifiers,
        isTypeOnly,
        clause,
        moduleSpecifier,
        attributes,
      );
    }

    return (file) => {
      for (const statement of file.statements) {
        if (compiler.isImportDeclaration(statement) && compiler.isStringLiteral(statement.moduleSpecifier))
          findings.imports.push(statement.moduleSpecifier.text);
        if (compiler.isExportDeclaration(statement) && statement.exportClause)
          if (compiler.isNamedExports(statement.exportClause))
            findings.exportedNames.push(...statement.exportClause.elements.map(({ name }) => name.text));
      }
      const visited = compiler.visitEachChild(file, (node) => visit(node, true), context);
      if (!isCell) return visited;
      const bound = new Set(
        file.statements.flatMap((statement) => [...variablesOf(statement), ...hoistedFrom(statement)]),
      );
      const statements = visited.statements.flatMap((statement) => [
        ...hoistedFrom(statement).map(binding),
        withoutExports(statement, bound),
        ...variablesOf(statement).map(binding),
      ]);
      return factory.updateSourceFile(visited, statements);
    };
  };
}

/**
 * After that pass, for a cell: exports is one plain object shared by all cells, so a name that the cell is going to
 * declare keeps its old value until the new one is there (no `exports.x = void 0` ahead), and imported names are
 * plain values, which a later cell may overwrite.
 */
export function afterPass(compiler: Compiler): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;
    const ownNames = withOwnNames(compiler)(context);

    function isExportsMember(node: ts.Expression): boolean {
      return (
        compiler.isPropertyAccessExpression(node) &&
        compiler.isIdentifier(node.expression) &&
        node.expression.text === "exports"
      );
    }

    function isReset(expression: ts.Expression): boolean {
      let rest = expression;
      let assigned = false;
      while (
        compiler.isBinaryExpression(rest) &&
        rest.operatorToken.kind === compiler.SyntaxKind.EqualsToken &&
        isExportsMember(rest.left)
      ) {
        rest = rest.right;
        assigned = true;
      }
      return assigned && compiler.isVoidExpression(rest);
    }

    /** `Object.defineProperty(exports, name, { …, get: function () { return value } })` as name and value. */
    function definedProperty(
      expression: ts.Expression,
    ): { name: string; value: ts.Expression | undefined } | undefined {
      if (
        !compiler.isCallExpression(expression) ||
        !compiler.isPropertyAccessExpression(expression.expression)
      )
        return;
      const callee = expression.expression;
      if (!compiler.isIdentifier(callee.expression) || callee.expression.text !== "Object") return;
      if (callee.name.text !== "defineProperty") return;
      const [target, name, attributes] = expression.arguments;
      if (!target || !compiler.isIdentifier(target) || target.text !== "exports") return;
      if (!name || !compiler.isStringLiteral(name) || !attributes) return;
      if (!compiler.isObjectLiteralExpression(attributes)) return;
      for (const property of attributes.properties) {
        if (!compiler.isPropertyAssignment(property) || !compiler.isFunctionExpression(property.initializer))
          continue;
        const [statement] = property.initializer.body.statements;
        if (statement && compiler.isReturnStatement(statement))
          return { name: name.text, value: statement.expression };
      }
      return { name: name.text, value: undefined };
    }

    function rewrite(statement: ts.Statement): ts.Statement[] {
      if (!compiler.isExpressionStatement(statement)) return [statement];
      // Cells are not strict: what a cell assigns without a declaration is a global.
      if (compiler.isStringLiteral(statement.expression) && statement.expression.text === "use strict")
        return [];
      if (isReset(statement.expression)) return [];
      const property = definedProperty(statement.expression);
      if (!property) return [statement];
      if (property.name === "__esModule" || !property.value) return [];
      const member = factory.createPropertyAccessExpression(
        factory.createIdentifier("exports"),
        property.name,
      );
      return [factory.createExpressionStatement(factory.createAssignment(member, property.value))];
    }

    return (file) => ownNames(factory.updateSourceFile(file, file.statements.flatMap(rewrite)));
  };
}
