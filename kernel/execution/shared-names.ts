/**
 * A cell's JavaScript whose top-level names are the notebook's variables: with `total` of this cell or an earlier one,
 * `let total = 1` becomes `$v_total.$ = 1` and `f(total)` becomes `(0, $v_f.$)($v_total.$)`. So each function sees what
 * the newest cell has given the names it uses; names within functions and blocks stay what they are.
 */
import type * as ts from "typescript";
import { boundNames, hoistedNames } from "./hoisted-variables";
import { isReference, isWritten } from "./identifier-roles";
import { OWN_NAMES } from "./own-names";
import { VALUE, VARIABLE_PREFIX } from "./scope";
import { isVar, type NameFindings, SharedDeclarations } from "./shared-declarations";

type Compiler = typeof ts;

/** Names that the notebook knows. */
export interface KnownNames {
  /** A cell has given it a value. */
  isKnown(name: string): boolean;
  isConstant(name: string): boolean;
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
  readonly declarations: SharedDeclarations;

  constructor(
    readonly compiler: Compiler,
    readonly checker: ts.TypeChecker,
    readonly known: KnownNames,
    readonly findings: NameFindings,
    readonly context: ts.TransformationContext,
    readonly source: ts.SourceFile,
  ) {
    this.factory = context.factory;
    this.declarations = new SharedDeclarations(compiler, context, this, findings);
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
        functions.push(this.declarations.functionStatement(statement, statement.name!));
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
    if (compiler.isVariableStatement(statement)) return this.declarations.variableStatement(statement);
    if (compiler.isClassDeclaration(statement) && this.shares(statement.name))
      return [this.declarations.classStatement(statement, statement.name!)];
    if (compiler.isExpressionStatement(statement)) {
      const fresh = this.declarations.freshNamespace(statement, previous);
      if (fresh) return [fresh];
    }
    return [this.visitStatement(statement)];
  }

  readonly visit = (node: ts.Node): ts.VisitResult<ts.Node | undefined> => {
    const { compiler, factory, context } = this;
    if (compiler.isIdentifier(node)) return isReference(compiler, node) ? this.reference(node) : node;
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
    if (compiler.isVariableStatement(node)) return this.declarations.variableStatement(node);
    if (compiler.isVariableDeclarationList(node)) return this.declarations.loopHead(node);
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
    return this.access(
      identifier,
      this.isConstant(name, found, isOwn) && isWritten(this.compiler, identifier),
    );
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
}

/** Of a shorthand property whose name nothing in the cell declares. */
const UNRESOLVED = {} as ts.Symbol;

function importedNames(compiler: Compiler, { importClause }: ts.ImportDeclaration): string[] {
  const names = importClause?.name ? [importClause.name.text] : [];
  const bindings = importClause?.namedBindings;
  if (!bindings) return names;
  if (compiler.isNamespaceImport(bindings)) return [...names, bindings.name.text];
  return [...names, ...bindings.elements.map(({ name }) => name.text)];
}
