/**
 * A cell's JavaScript whose top-level names are the notebook's variables: with `total` of this cell or an earlier one,
 * `let total = 1` becomes `$v_total.$ = 1` and `f(total)` becomes `(0, $v_f.$)($v_total.$)`. So each function sees what
 * the newest cell has given the names it uses; names within functions and blocks stay what they are.
 */
import type * as ts from "typescript";
import { boundNames, hoistedNames } from "./hoisted-variables";
import { OWN_NAMES } from "./own-names";
import { VALUE, VARIABLE_PREFIX } from "./scope";

type Compiler = typeof ts;

/** Names that the notebook knows. */
export interface KnownNames {
  /** A cell has given it a value. */
  isKnown(name: string): boolean;
  isConstant(name: string): boolean;
}

/** Findings about names in a cell's code. */
export interface NameFindings {
  /** Names that the cell declares and that are there at run time. */
  exportedNames: string[];
  constants: string[];
  /** It calls `eval`, which may ask for any name. */
  callsEval: boolean;
}

/** Names that stand for what each cell gets or for no variable at all. */
const NEVER_SHARED: ReadonlySet<string> = new Set(["arguments", "undefined"]);
const OF_EACH_CELL: ReadonlySet<string> = new Set([
  "exports",
  "require",
  "module",
  "__filename",
  "__dirname",
]);

export function shareNames(
  compiler: Compiler,
  checker: ts.TypeChecker,
  known: KnownNames,
  findings: NameFindings,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => new Sharing(compiler, checker, known, findings, context, file).file();
}

class Sharing {
  readonly factory: ts.NodeFactory;
  readonly locals: ReadonlyMap<string, ts.Symbol>;
  /** Names that the cell declares, and of them those that imports give. */
  readonly declared: ReadonlySet<string>;
  readonly imported: ReadonlySet<string>;
  /** Variables that the code refers to. */
  readonly used: Set<string> = new Set();
  readonly prefix: string;

  constructor(
    readonly compiler: Compiler,
    readonly checker: ts.TypeChecker,
    readonly known: KnownNames,
    readonly findings: NameFindings,
    readonly context: ts.TransformationContext,
    readonly source: ts.SourceFile,
  ) {
    this.factory = context.factory;
    const { locals, identifiers } = source as unknown as {
      locals?: ReadonlyMap<string, ts.Symbol>;
      identifiers: ReadonlyMap<string, string>;
    };
    this.locals = locals ?? new Map();
    this.declared = new Set(this.exported().filter((name) => this.localSymbol(name) !== undefined));
    this.imported = new Set(
      source.statements
        .filter(compiler.isImportDeclaration)
        .flatMap((statement) => importedNames(compiler, statement))
        .filter((name) => this.declared.has(name)),
    );
    let prefix = VARIABLE_PREFIX;
    while ([...identifiers.keys()].some((name) => name.startsWith(prefix))) prefix += "_";
    this.prefix = prefix;
  }

  file(): ts.SourceFile {
    const { compiler, factory, findings, source } = this;
    findings.exportedNames.push(...this.declared);
    const functions: ts.Statement[] = [];
    const imports: ts.Statement[] = [];
    const rest: ts.Statement[] = [];
    for (const [at, statement] of source.statements.entries()) {
      if (compiler.isImportDeclaration(statement)) imports.push(statement);
      else if (compiler.isExportDeclaration(statement)) rest.push(...this.exportsOfImports(statement));
      else if (compiler.isFunctionDeclaration(statement) && this.shares(statement.name))
        functions.push(this.functionStatement(statement, statement.name!));
      else rest.push(...this.topLevel(statement, source.statements[at - 1]));
    }
    const body = [...functions, ...imports, ...rest];
    return factory.updateSourceFile(source, [...this.prologue(), ...body]);
  }

  /** `const $v_a = __scope__.variable("a");` for each variable in use. */
  prologue(): ts.Statement[] {
    const { compiler, factory, source } = this;
    const hoisted = new Set(
      source.statements
        .flatMap((statement) => [
          ...hoistedNames(compiler, statement),
          ...(compiler.isVariableStatement(statement) && isVar(compiler, statement.declarationList)
            ? statement.declarationList.declarations.flatMap(({ name }) => boundNames(compiler, name))
            : []),
        ])
        .map(({ text }) => text),
    );
    const names = new Set([...this.used, ...[...hoisted].filter((name) => this.declared.has(name))]);
    if (names.size === 0) return [];
    const declarations = [...names].map((name) => {
      const isHoisted = hoisted.has(name) && this.declared.has(name);
      const method = factory.createPropertyAccessExpression(
        factory.createIdentifier("__scope__"),
        isHoisted ? "hoisted" : "variable",
      );
      const call = factory.createCallExpression(method, undefined, [factory.createStringLiteral(name)]);
      return factory.createVariableDeclaration(this.prefix + name, undefined, undefined, call);
    });
    const list = factory.createVariableDeclarationList(declarations, compiler.NodeFlags.Const);
    return [factory.createVariableStatement(undefined, list)];
  }

  /** Names that the converter puts into `export { … }` at the end of a cell: all that it declares. */
  exported(): string[] {
    const { compiler, source } = this;
    return source.statements
      .filter(compiler.isExportDeclaration)
      .flatMap(({ exportClause, moduleSpecifier }) =>
        exportClause && !moduleSpecifier && compiler.isNamedExports(exportClause)
          ? exportClause.elements
          : [],
      )
      .map(({ name }) => name.text);
  }

  localSymbol(name: string): ts.Symbol | undefined {
    const escaped = this.compiler.escapeLeadingUnderscores(name);
    return this.locals.get(escaped as string);
  }

  /** Of the converter's exports, those of imports stay: the compiler binds them to what the module has. */
  exportsOfImports(statement: ts.ExportDeclaration): ts.Statement[] {
    const { compiler, factory } = this;
    const { modifiers, isTypeOnly, exportClause, moduleSpecifier, attributes } = statement;
    if (moduleSpecifier || !exportClause || !compiler.isNamedExports(exportClause)) return [statement];
    const kept = exportClause.elements.filter(({ name }) => this.imported.has(name.text));
    // An empty one stays, too: it says that the file is a module.
    const clause = factory.updateNamedExports(exportClause, kept);
    return [
      factory.updateExportDeclaration(statement, modifiers, isTypeOnly, clause, moduleSpecifier, attributes),
    ];
  }

  topLevel(statement: ts.Statement, previous: ts.Statement | undefined): ts.Statement[] {
    const { compiler } = this;
    if (compiler.isVariableStatement(statement)) return this.variableStatement(statement);
    if (compiler.isClassDeclaration(statement) && this.shares(statement.name))
      return [this.classStatement(statement, statement.name!)];
    if (compiler.isExpressionStatement(statement)) {
      const fresh = this.freshNamespace(statement, previous);
      if (fresh) return [fresh];
    }
    return [this.visitStatement(statement)];
  }

  readonly visit = (node: ts.Node): ts.VisitResult<ts.Node | undefined> => {
    const { compiler, factory, context } = this;
    if (compiler.isIdentifier(node)) return this.isReference(node) ? this.reference(node) : node;
    if (compiler.isShorthandPropertyAssignment(node)) return this.shorthand(node);
    if (compiler.isCallExpression(node)) {
      if (compiler.isIdentifier(node.expression) && node.expression.text === "eval")
        this.findings.callsEval = true;
      const callee = this.called(node.expression);
      if (callee)
        return factory.updateCallExpression(
          node,
          callee,
          undefined,
          compiler.visitNodes(node.arguments, this.visit, compiler.isExpression),
        );
    }
    if (compiler.isTaggedTemplateExpression(node)) {
      const tag = this.called(node.tag);
      const template = compiler.visitNode(node.template, this.visit, compiler.isTemplateLiteral);
      if (tag && template) return factory.updateTaggedTemplateExpression(node, tag, undefined, template);
    }
    if (compiler.isTypeOfExpression(node) && compiler.isIdentifier(node.expression)) {
      const access = this.reference(node.expression);
      if (compiler.isPropertyAccessExpression(access))
        return factory.updateTypeOfExpression(
          node,
          factory.createPropertyAccessExpression(access.expression, "orUndefined"),
        );
    }
    if (compiler.isCatchClause(node)) return this.catchClause(node);
    // A `var` within a statement of the cell.
    if (compiler.isVariableStatement(node)) return this.variableStatement(node);
    if (compiler.isVariableDeclarationList(node)) return this.loopHead(node);
    return compiler.visitEachChild(node, this.visit, context);
  };

  visitStatement(statement: ts.Statement): ts.Statement {
    return this.compiler.visitNode(statement, this.visit) as ts.Statement;
  }

  visitExpression(expression: ts.Expression): ts.Expression {
    return this.compiler.visitNode(expression, this.visit) as ts.Expression;
  }

  /** True of an identifier that declares a variable of the notebook. */
  shares(name: ts.Identifier | undefined): boolean {
    return (
      name !== undefined &&
      this.declared.has(name.text) &&
      this.checker.getSymbolAtLocation(name) === this.localSymbol(name.text)
    );
  }

  /** `$v_x.$`, or the identifier itself where it is no variable of the notebook. */
  reference(identifier: ts.Identifier, symbol?: ts.Symbol): ts.Expression {
    const name = identifier.text;
    const found = symbol ?? this.checker.getSymbolAtLocation(identifier);
    const isOwn = found?.declarations?.some((each) => each.getSourceFile() === this.source) === true;
    if (isOwn ? found !== this.localSymbol(name) || !this.declared.has(name) : !this.isSharedElsewhere(name))
      return identifier;
    return this.access(identifier, this.isConstant(name, found, isOwn) && this.isWritten(identifier));
  }

  access(identifier: ts.Identifier, toConstant: boolean = false): ts.PropertyAccessExpression {
    const { compiler, factory } = this;
    this.used.add(identifier.text);
    const variable = factory.createIdentifier(this.prefix + identifier.text);
    const access = factory.createPropertyAccessExpression(variable, toConstant ? "constant" : VALUE);
    return compiler.setTextRange(access, identifier);
  }

  /** A name that this cell does not declare: of an earlier cell, or one that nobody knows yet. */
  isSharedElsewhere(name: string): boolean {
    if (NEVER_SHARED.has(name) || OWN_NAMES.includes(name)) return false;
    if (this.known.isKnown(name)) return true;
    return !OF_EACH_CELL.has(name) && !(name in globalThis);
  }

  isConstant(name: string, symbol: ts.Symbol | undefined, isOwn: boolean): boolean {
    const { compiler } = this;
    if (!isOwn) return this.known.isConstant(name);
    const declaration = symbol?.valueDeclaration;
    return (
      declaration !== undefined &&
      (compiler.getCombinedNodeFlags(declaration) & compiler.NodeFlags.BlockScoped) ===
        compiler.NodeFlags.Const
    );
  }

  /** A variable of the notebook that is called: as it stands, its function's `this` would be the variable. */
  called(callee: ts.Expression): ts.Expression | undefined {
    const { compiler, factory } = this;
    let name = callee;
    while (compiler.isParenthesizedExpression(name)) name = name.expression;
    if (!compiler.isIdentifier(name)) return undefined;
    const value = this.reference(name);
    if (value === name) return undefined;
    const alone = factory.createParenthesizedExpression(
      factory.createComma(factory.createNumericLiteral(0), value),
    );
    // V8 places the call where its callee ends: a stack trace has it where the name begins, as for any function.
    const start = name.getStart(this.source);
    return compiler.setSourceMapRange(alone, { pos: start, end: start });
  }

  shorthand(node: ts.ShorthandPropertyAssignment): ts.ObjectLiteralElementLike {
    const { compiler, factory, checker } = this;
    const symbol = checker.getShorthandAssignmentValueSymbol(node);
    const value = this.reference(node.name, symbol ?? UNRESOLVED);
    const initializer = node.objectAssignmentInitializer
      ? this.visitExpression(node.objectAssignmentInitializer)
      : undefined;
    if (value === node.name) return factory.updateShorthandPropertyAssignment(node, node.name, initializer);
    const target = initializer ? factory.createAssignment(value, initializer) : value;
    return compiler.setTextRange(
      factory.createPropertyAssignment(factory.createIdentifier(node.name.text), target),
      node,
    );
  }

  /** Errors of V8 about `$v_f.$` speak of `f` to the one who catches them: `__scope__.plain(e)` comes first. */
  catchClause(node: ts.CatchClause): ts.CatchClause {
    const { compiler, factory } = this;
    const clause = compiler.visitEachChild(node, this.visit, this.context);
    const caught = clause.variableDeclaration?.name;
    if (!caught || !compiler.isIdentifier(caught)) return clause;
    const plain = factory.createPropertyAccessExpression(factory.createIdentifier("__scope__"), "plain");
    const call = factory.createCallExpression(plain, undefined, [factory.createIdentifier(caught.text)]);
    const statements = [factory.createExpressionStatement(call), ...clause.block.statements];
    return factory.updateCatchClause(
      clause,
      clause.variableDeclaration,
      factory.updateBlock(clause.block, statements),
    );
  }

  functionStatement(statement: ts.FunctionDeclaration, name: ts.Identifier): ts.Statement {
    const { compiler, factory } = this;
    const { modifiers, asteriskToken, parameters, body } = compiler.visitEachChild(
      statement,
      this.visit,
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
    return this.assignment(name, compiler.setTextRange(value, statement), statement);
  }

  classStatement(statement: ts.ClassDeclaration, name: ts.Identifier): ts.Statement {
    const { compiler, factory } = this;
    const visited = compiler.visitEachChild(statement, this.visit, this.context);
    // Code that runs while the class is being defined may use its name.
    const runs = statement.members.some(
      (member) =>
        compiler.isClassStaticBlockDeclaration(member) ||
        (compiler.isPropertyDeclaration(member) && member.initializer && isStatic(compiler, member)),
    );
    const publish = factory.createClassStaticBlockDeclaration(
      factory.createBlock([this.assignment(name, factory.createThis(), undefined)]),
    );
    const value = factory.createClassExpression(
      visited.modifiers?.filter((each) => compiler.isDecorator(each)),
      factory.createIdentifier(name.text),
      undefined,
      visited.heritageClauses,
      runs ? [publish, ...visited.members] : visited.members,
    );
    return this.assignment(name, compiler.setTextRange(value, statement), statement);
  }

  /** `$v_x.$ = value;` */
  assignment(name: ts.Identifier, value: ts.Expression, original: ts.Node | undefined): ts.Statement {
    const { compiler, factory } = this;
    const assigned = factory.createAssignment(this.access(name), value);
    const statement = factory.createExpressionStatement(assigned);
    return original ? compiler.setTextRange(statement, original) : statement;
  }

  variableStatement(statement: ts.VariableStatement): ts.Statement[] {
    const { compiler, factory, findings } = this;
    const { declarationList: list } = statement;
    const names = list.declarations.flatMap(({ name }) => boundNames(compiler, name));
    if (!names.some((name) => this.shares(name)))
      return [compiler.visitEachChild(statement, this.visit, this.context)];
    if ((list.flags & compiler.NodeFlags.BlockScoped) === compiler.NodeFlags.Const)
      findings.constants.push(...names.map(({ text }) => text));
    return list.declarations.flatMap((declaration): ts.Statement[] => {
      const { name, initializer } = declaration;
      if (!boundNames(compiler, name).some((each) => this.shares(each))) {
        // The compiler's own, as those of decorators.
        const own = factory.updateVariableDeclarationList(list, [
          compiler.visitEachChild(declaration, this.visit, this.context),
        ]);
        return [factory.createVariableStatement(statement.modifiers, own)];
      }
      if (!initializer && isVar(compiler, list)) return [];
      const value = initializer ? this.namedAs(name, initializer) : factory.createVoidZero();
      const assigned = compiler.setTextRange(factory.createAssignment(this.target(name), value), declaration);
      return [compiler.setTextRange(factory.createExpressionStatement(assigned), declaration)];
    });
  }

  /** `for (var i = 0; …)` and `for (var x of xs)` with variables of the cell. */
  loopHead(list: ts.VariableDeclarationList): ts.VisitResult<ts.Node | undefined> {
    const { compiler, factory } = this;
    const names = list.declarations.flatMap(({ name }) => boundNames(compiler, name));
    if (!isVar(compiler, list) || !names.some((name) => this.shares(name)))
      return compiler.visitEachChild(list, this.visit, this.context);
    const { parent } = list;
    if (compiler.isForInStatement(parent) || compiler.isForOfStatement(parent))
      return this.target(list.declarations[0]!.name);
    return list.declarations
      .filter(({ initializer }) => initializer)
      .map<ts.Expression>(({ name, initializer }) =>
        factory.createAssignment(this.target(name), this.namedAs(name, initializer!)),
      )
      .reduce<ts.Expression | undefined>(
        (before, next) => (before ? factory.createComma(before, next) : next),
        undefined,
      );
  }

  /** A pattern that declares as one that assigns. */
  target(name: ts.BindingName): ts.Expression {
    const { compiler, factory } = this;
    if (compiler.isIdentifier(name)) return this.access(name);
    const withDefault = (element: ts.BindingElement): ts.Expression => {
      const target = this.target(element.name);
      return element.initializer
        ? factory.createAssignment(target, this.namedAs(element.name, element.initializer))
        : target;
    };
    if (compiler.isArrayBindingPattern(name))
      return factory.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (compiler.isOmittedExpression(element)) return element;
          return element.dotDotDotToken
            ? factory.createSpreadElement(this.target(element.name))
            : withDefault(element);
        }),
      );
    return factory.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return factory.createSpreadAssignment(this.target(element.name));
        const property =
          element.propertyName ?? factory.createIdentifier((element.name as ts.Identifier).text);
        const key = compiler.isComputedPropertyName(property)
          ? factory.createComputedPropertyName(this.visitExpression(property.expression))
          : property;
        return factory.createPropertyAssignment(key, withDefault(element));
      }),
    );
  }

  /** A function or class without a name gets that of the variable it is assigned to, as a declaration gives it. */
  namedAs(name: ts.BindingName, initializer: ts.Expression): ts.Expression {
    const { compiler, factory } = this;
    const value = this.visitExpression(initializer);
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
    if (!argument || !compiler.isBinaryExpression(argument) || !this.shares(declaration.name))
      return undefined;
    const isItself = (node: ts.Node): boolean =>
      compiler.isIdentifier(node) && node.text === (declaration.name as ts.Identifier).text;
    const { left, operatorToken } = argument;
    if (!isItself(left) || operatorToken.kind !== compiler.SyntaxKind.BarBarToken) return undefined;
    const fresh = factory.createAssignment(
      this.access(declaration.name),
      factory.createObjectLiteralExpression(),
    );
    const updated = factory.updateCallExpression(call, this.visitExpression(call.expression), undefined, [
      fresh,
    ]);
    return factory.updateExpressionStatement(statement, updated);
  }

  /** True of an identifier that stands for a variable's value, and is no property, label or declared name. */
  isReference(node: ts.Identifier): boolean {
    const { compiler } = this;
    const { parent } = node;
    if (parent === undefined) return false;
    if (compiler.isPropertyAccessExpression(parent)) return parent.expression === node;
    if (compiler.isPropertyAssignment(parent)) return parent.initializer === node;
    if (compiler.isBindingElement(parent)) return parent.initializer === node;
    if (compiler.isVariableDeclaration(parent) || compiler.isParameter(parent))
      return parent.initializer === node;
    if (compiler.isPropertyDeclaration(parent)) return parent.initializer === node;
    return !(
      compiler.isMethodDeclaration(parent) ||
      compiler.isAccessor(parent) ||
      (compiler.isFunctionLike(parent) && parent.name === node) ||
      compiler.isClassLike(parent) ||
      compiler.isLabeledStatement(parent) ||
      compiler.isBreakOrContinueStatement(parent) ||
      compiler.isMetaProperty(parent) ||
      compiler.isImportSpecifier(parent) ||
      compiler.isImportClause(parent) ||
      compiler.isNamespaceImport(parent) ||
      compiler.isExportSpecifier(parent) ||
      compiler.isNamespaceExport(parent) ||
      compiler.isImportAttribute(parent)
    );
  }

  /** True of an identifier that something is assigned to. */
  isWritten(node: ts.Identifier): boolean {
    const { compiler } = this;
    const { SyntaxKind } = compiler;
    for (let inner: ts.Node = node, outer = node.parent; ; inner = outer, outer = outer.parent) {
      if (compiler.isBinaryExpression(outer)) {
        const { kind } = outer.operatorToken;
        const assigns = kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
        return assigns && outer.left === inner;
      }
      if (compiler.isPrefixUnaryExpression(outer) || compiler.isPostfixUnaryExpression(outer))
        return outer.operator === SyntaxKind.PlusPlusToken || outer.operator === SyntaxKind.MinusMinusToken;
      if (compiler.isForInStatement(outer) || compiler.isForOfStatement(outer))
        return outer.initializer === inner;
      const mayBePattern =
        compiler.isParenthesizedExpression(outer) ||
        compiler.isArrayLiteralExpression(outer) ||
        compiler.isSpreadElement(outer) ||
        compiler.isSpreadAssignment(outer) ||
        compiler.isObjectLiteralExpression(outer) ||
        compiler.isShorthandPropertyAssignment(outer) ||
        (compiler.isPropertyAssignment(outer) && outer.initializer === inner);
      if (!mayBePattern) return false;
    }
  }
}

/** Of a shorthand property whose name nothing in the cell declares. */
const UNRESOLVED = {} as ts.Symbol;

function isVar(compiler: Compiler, list: ts.VariableDeclarationList): boolean {
  return (list.flags & compiler.NodeFlags.BlockScoped) === 0;
}

function isStatic(compiler: Compiler, member: ts.PropertyDeclaration): boolean {
  return member.modifiers?.some(({ kind }) => kind === compiler.SyntaxKind.StaticKeyword) === true;
}

function importedNames(compiler: Compiler, { importClause }: ts.ImportDeclaration): string[] {
  const names = importClause?.name ? [importClause.name.text] : [];
  const bindings = importClause?.namedBindings;
  if (!bindings) return names;
  if (compiler.isNamespaceImport(bindings)) return [...names, bindings.name.text];
  return [...names, ...bindings.elements.map(({ name }) => name.text)];
}
