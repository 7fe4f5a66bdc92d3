/** Declarations of a cell as assignments to the notebook's variables: `let total = 1` becomes `$v_total.$ = 1`. */
import type * as ts from "typescript";
import { boundNames } from "./hoisted-variables";

type Compiler = typeof ts;

/** Findings about names in a cell's code. */
export interface NameFindings {
  /** Names that the cell declares and that are there at run time. */
  exportedNames: string[];
  constants: string[];
  /** It calls `eval`, which may ask for any name. */
  callsEval: boolean;
}

/** The names of a cell, and the rest of its code with them. */
export interface CellNames {
  /** True of an identifier that declares a variable of the notebook. */
  shares(name: ts.Identifier | undefined): boolean;
  /** `$v_x.$` */
  access(identifier: ts.Identifier): ts.PropertyAccessExpression;
  readonly visit: ts.Visitor;
  visitExpression(expression: ts.Expression): ts.Expression;
}

/** Writes each declaration of a cell that the notebook shares. */
export class SharedDeclarations {
  readonly factory: ts.NodeFactory;

  constructor(
    readonly compiler: Compiler,
    readonly context: ts.TransformationContext,
    readonly names: CellNames,
    readonly findings: NameFindings,
  ) {
    this.factory = context.factory;
  }

  functionStatement(statement: ts.FunctionDeclaration, name: ts.Identifier): ts.Statement {
    const { compiler, factory } = this;
    const { modifiers, asteriskToken, parameters, body } = compiler.visitEachChild(
      statement,
      this.names.visit,
      this.context,
    );
    const value = factory.createFunctionExpression(
      modifiers?.filter(compiler.isModifier),
      asteriskToken,
      factory.createIdentifier(name.text),
      undefined,
      parameters,
      undefined,
      body ?? factory.createBlock([]),
    );
    return this.#assignment(name, compiler.setTextRange(value, statement), statement);
  }

  classStatement(statement: ts.ClassDeclaration, name: ts.Identifier): ts.Statement {
    const { compiler, factory } = this;
    const visited = compiler.visitEachChild(statement, this.names.visit, this.context);
    // Code that runs while the class is being defined may use its name.
    const runs = statement.members.some(
      (member) =>
        compiler.isClassStaticBlockDeclaration(member) ||
        (compiler.isPropertyDeclaration(member) && member.initializer && isStatic(compiler, member)),
    );
    const publish = factory.createClassStaticBlockDeclaration(
      factory.createBlock([this.#assignment(name, factory.createThis(), undefined)]),
    );
    const value = factory.createClassExpression(
      visited.modifiers?.filter((each) => compiler.isDecorator(each)),
      factory.createIdentifier(name.text),
      undefined,
      visited.heritageClauses,
      runs ? [publish, ...visited.members] : visited.members,
    );
    return this.#assignment(name, compiler.setTextRange(value, statement), statement);
  }

  /** `$v_x.$ = value;` */
  #assignment(name: ts.Identifier, value: ts.Expression, original: ts.Node | undefined): ts.Statement {
    const { compiler, factory } = this;
    const assigned = factory.createAssignment(this.names.access(name), value);
    const statement = factory.createExpressionStatement(assigned);
    return original ? compiler.setTextRange(statement, original) : statement;
  }

  variableStatement(statement: ts.VariableStatement): ts.Statement[] {
    const { compiler, factory, findings } = this;
    const { declarationList: list } = statement;
    const declared = list.declarations.flatMap(({ name }) => boundNames(compiler, name));
    if (!declared.some((name) => this.names.shares(name)))
      return [compiler.visitEachChild(statement, this.names.visit, this.context)];
    if ((list.flags & compiler.NodeFlags.BlockScoped) === compiler.NodeFlags.Const)
      findings.constants.push(...declared.map(({ text }) => text));
    return list.declarations.flatMap((declaration): ts.Statement[] => {
      const { name, initializer } = declaration;
      if (!boundNames(compiler, name).some((each) => this.names.shares(each))) {
        // The compiler's own, as those of decorators.
        const own = factory.updateVariableDeclarationList(list, [
          compiler.visitEachChild(declaration, this.names.visit, this.context),
        ]);
        return [factory.createVariableStatement(statement.modifiers, own)];
      }
      if (!initializer && isVar(compiler, list)) return [];
      const value = initializer ? this.#namedAs(name, initializer) : factory.createVoidZero();
      const assigned = compiler.setTextRange(
        factory.createAssignment(this.#target(name), value),
        declaration,
      );
      return [compiler.setTextRange(factory.createExpressionStatement(assigned), declaration)];
    });
  }

  /** `for (var i = 0; …)` and `for (var x of xs)` with variables of the cell. */
  loopHead(list: ts.VariableDeclarationList): ts.VisitResult<ts.Node | undefined> {
    const { compiler, factory } = this;
    const declared = list.declarations.flatMap(({ name }) => boundNames(compiler, name));
    if (!isVar(compiler, list) || !declared.some((name) => this.names.shares(name)))
      return compiler.visitEachChild(list, this.names.visit, this.context);
    const { parent } = list;
    if (compiler.isForInStatement(parent) || compiler.isForOfStatement(parent))
      return this.#target(list.declarations[0]!.name);
    return list.declarations
      .filter(({ initializer }) => initializer)
      .map<ts.Expression>(({ name, initializer }) =>
        factory.createAssignment(this.#target(name), this.#namedAs(name, initializer!)),
      )
      .reduce<ts.Expression | undefined>(
        (before, next) => (before ? factory.createComma(before, next) : next),
        undefined,
      );
  }

  /** A pattern that declares as one that assigns. */
  #target(name: ts.BindingName): ts.Expression {
    const { compiler, factory } = this;
    if (compiler.isIdentifier(name)) return this.names.access(name);
    const withDefault = (element: ts.BindingElement): ts.Expression => {
      const target = this.#target(element.name);
      return element.initializer
        ? factory.createAssignment(target, this.#namedAs(element.name, element.initializer))
        : target;
    };
    if (compiler.isArrayBindingPattern(name))
      return factory.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (compiler.isOmittedExpression(element)) return element;
          return element.dotDotDotToken
            ? factory.createSpreadElement(this.#target(element.name))
            : withDefault(element);
        }),
      );
    return factory.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return factory.createSpreadAssignment(this.#target(element.name));
        const property =
          element.propertyName ?? factory.createIdentifier((element.name as ts.Identifier).text);
        const key = compiler.isComputedPropertyName(property)
          ? factory.createComputedPropertyName(this.names.visitExpression(property.expression))
          : property;
        return factory.createPropertyAssignment(key, withDefault(element));
      }),
    );
  }

  /** A function or class without a name gets that of the variable it is assigned to, as a declaration gives it. */
  #namedAs(name: ts.BindingName, initializer: ts.Expression): ts.Expression {
    const { compiler, factory } = this;
    const value = this.names.visitExpression(initializer);
    let bare = initializer;
    while (compiler.isParenthesizedExpression(bare)) bare = bare.expression;
    const nameless =
      compiler.isArrowFunction(bare) ||
      ((compiler.isFunctionExpression(bare) || compiler.isClassExpression(bare)) && !bare.name);
    if (!nameless || !compiler.isIdentifier(name)) return value;
    const key = factory.createStringLiteral(name.text);
    // `__proto__` as a plain key would set the prototype.
    const property = name.text === "__proto__" ? factory.createComputedPropertyName(key) : key;
    const holder = factory.createObjectLiteralExpression([factory.createPropertyAssignment(property, value)]);
    return factory.createElementAccessExpression(holder, factory.createStringLiteral(name.text));
  }

  /**
   * An enum or a namespace of this cell, `var N; (function (N) { … })(N || (N = {}));`, begins anew: it does not add to
   * that of an earlier cell.
   */
  freshNamespace(
    statement: ts.ExpressionStatement,
    previous: ts.Statement | undefined,
  ): ts.Statement | undefined {
    const { compiler, factory } = this;
    const { expression: call } = statement;
    if (!previous || !compiler.isVariableStatement(previous) || !compiler.isCallExpression(call))
      return undefined;
    const [declaration] = previous.declarationList.declarations;
    const [argument] = call.arguments;
    if (!declaration || declaration.initializer || !compiler.isIdentifier(declaration.name)) return undefined;
    if (!argument || !compiler.isBinaryExpression(argument) || !this.names.shares(declaration.name))
      return undefined;
    const isItself = (node: ts.Node): boolean =>
      compiler.isIdentifier(node) && node.text === (declaration.name as ts.Identifier).text;
    const { left, operatorToken } = argument;
    if (!isItself(left) || operatorToken.kind !== compiler.SyntaxKind.BarBarToken) return undefined;
    const fresh = factory.createAssignment(
      this.names.access(declaration.name),
      factory.createObjectLiteralExpression(),
    );
    const updated = factory.updateCallExpression(
      call,
      this.names.visitExpression(call.expression),
      undefined,
      [fresh],
    );
    return factory.updateExpressionStatement(statement, updated);
  }
}

export function isVar(compiler: Compiler, list: ts.VariableDeclarationList): boolean {
  return (list.flags & compiler.NodeFlags.BlockScoped) === 0;
}

function isStatic(compiler: Compiler, member: ts.PropertyDeclaration): boolean {
  return member.modifiers?.some(({ kind }) => kind === compiler.SyntaxKind.StaticKeyword) === true;
}
