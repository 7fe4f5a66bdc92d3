import type * as ts from "@tslab/typescript-for-tslab";

/** Names of what a compiled cell receives as function arguments. */
export const CELL_PARAMETERS = ["exports", "require", "__flag__", "__cell__", "__bind__"] as const;

/** What a pass over a cell's code found in it. */
export interface PassFindings {
  imports: string[];
  exportedNames: string[];
  /** Top-level variables that can be assigned: `let` and `var`. */
  variables: Set<string>;
  /** It awaits outside functions. */
  awaits: boolean;
}

type Compiler = typeof ts;

/** Where the converter keeps the declarations of earlier cells. */
const EARLIER_CELLS = /(^|\/)__prev__\.d\.ts$/;

/**
 * Before the pass from ES module to CommonJS:
 * `import(x)` becomes `require.import(x)`, the real dynamic import, resolved from the notebook's folder;
 * every loop of a cell first looks whether the cell is to stop;
 * `let x;` at top level becomes `let x = void 0;`, so that running it is an assignment like any other.
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
      if (
        compiler.isCallExpression(visited) &&
        visited.expression.kind === compiler.SyntaxKind.ImportKeyword
      ) {
        const importer = factory.createPropertyAccessExpression(
          factory.createIdentifier("require"),
          "import",
        );
        return factory.createCallExpression(importer, undefined, visited.arguments);
      }
      if (isCell && compiler.isIterationStatement(visited, false)) return withStopCheck(visited, inside);
      return visited;
    }

    function collectNames(name: ts.BindingName): void {
      if (compiler.isIdentifier(name)) findings.variables.add(name.text);
      else
        for (const element of name.elements)
          if (!compiler.isOmittedExpression(element)) collectNames(element.name);
    }

    function initialized(statement: ts.Statement): ts.Statement {
      if (!compiler.isVariableStatement(statement)) return statement;
      const list = statement.declarationList;
      if (!(list.flags & compiler.NodeFlags.Let)) return statement;
      const declarations = list.declarations.map((declaration) =>
        declaration.initializer
          ? declaration
          : factory.updateVariableDeclaration(
              declaration,
              declaration.name,
              undefined,
              undefined,
              factory.createVoidZero(),
            ),
      );
      return factory.updateVariableStatement(
        statement,
        statement.modifiers,
        factory.updateVariableDeclarationList(list, declarations),
      );
    }

    return (file) => {
      for (const statement of file.statements) {
        if (
          compiler.isVariableStatement(statement) &&
          !(statement.declarationList.flags & compiler.NodeFlags.Const)
        )
          for (const { name } of statement.declarationList.declarations) collectNames(name);
        if (compiler.isImportDeclaration(statement) && compiler.isStringLiteral(statement.moduleSpecifier))
          findings.imports.push(statement.moduleSpecifier.text);
        if (compiler.isExportDeclaration(statement) && statement.exportClause)
          if (compiler.isNamedExports(statement.exportClause))
            findings.exportedNames.push(
              ...statement.exportClause.elements.map((element) => element.name.text),
            );
      }
      const visited = compiler.visitEachChild(file, (node) => visit(node, true), context);
      if (!isCell) return visited;
      return factory.updateSourceFile(visited, visited.statements.map(initialized));
    };
  };
}

/**
 * For the converter's own pass: `{ a }` with the `a` of an earlier cell becomes `{ a: exports.a }`; the converter
 * would leave it, a name that nothing declares.
 */
export function expandShorthands(
  compiler: Compiler,
  checker: ts.TypeChecker,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;
    const isEarlier = (symbol: ts.Symbol | undefined) =>
      symbol?.declarations?.some((declaration) => EARLIER_CELLS.test(declaration.getSourceFile().fileName)) ??
      false;
    const visit = (node: ts.Node): ts.Node => {
      if (
        !compiler.isShorthandPropertyAssignment(node) ||
        !isEarlier(checker.getShorthandAssignmentValueSymbol(node))
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

/**
 * After that pass, for a cell: exports is one plain object shared by all cells, so a name that the cell is going to
 * declare keeps its old value until the new one is there (no `exports.x = void 0` ahead); imported names are plain
 * values, which a later cell may overwrite; and `let` and `var` are bound to the cell's own variable, so that an
 * assignment in a later cell is seen by functions of this one, and assignments in this one cost nothing.
 */
export function afterPass(
  compiler: Compiler,
  { variables }: PassFindings,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;

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

    /** `exports.x = …` for a bound variable: its name and what stands on the right. */
    function boundAssignment(node: ts.Node): { name: string; value: ts.Expression } | undefined {
      if (!compiler.isBinaryExpression(node) || node.operatorToken.kind !== compiler.SyntaxKind.EqualsToken)
        return;
      if (!isExportsMember(node.left)) return;
      const name = (node.left as ts.PropertyAccessExpression).name.text;
      return variables.has(name) ? { name, value: node.right } : undefined;
    }

    /** `__bind__("x", () => x, (value) => { x = value; });` */
    function binding(name: string): ts.Statement {
      const variable = factory.createIdentifier(name);
      const parameter = factory.createParameterDeclaration(undefined, undefined, "value__");
      const assign = factory.createAssignment(variable, factory.createIdentifier("value__"));
      const arrow = (parameters: ts.ParameterDeclaration[], body: ts.ConciseBody) =>
        factory.createArrowFunction(undefined, undefined, parameters, undefined, undefined, body);
      const call = factory.createCallExpression(factory.createIdentifier("__bind__"), undefined, [
        factory.createStringLiteral(name),
        arrow([], variable),
        arrow([parameter], factory.createBlock([factory.createExpressionStatement(assign)])),
      ]);
      return factory.createExpressionStatement(call);
    }

    function withoutMirrors(node: ts.Node): ts.Node {
      const visited = compiler.visitEachChild(node, withoutMirrors, context);
      return boundAssignment(visited)?.value ?? visited;
    }

    function rewrite(statement: ts.Statement): ts.Statement[] {
      if (!compiler.isExpressionStatement(statement)) return [withoutMirrors(statement) as ts.Statement];
      if (isReset(statement.expression)) return [];
      const bound = boundAssignment(statement.expression);
      if (bound && compiler.isIdentifier(bound.value) && bound.value.text === bound.name)
        return [binding(bound.name)];
      const property = definedProperty(statement.expression);
      if (!property) return [withoutMirrors(statement) as ts.Statement];
      if (property.name === "__esModule" || !property.value) return [];
      const member = factory.createPropertyAccessExpression(
        factory.createIdentifier("exports"),
        property.name,
      );
      return [factory.createExpressionStatement(factory.createAssignment(member, property.value))];
    }

    return (file) => factory.updateSourceFile(file, file.statements.flatMap(rewrite));
  };
}
