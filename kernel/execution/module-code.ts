/** A module of the user's own as code that runs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type * as ts from "typescript";
import { isTypeScript } from "./module-resolution";
import { withoutNpmScheme } from "./module-syntax";
import { PositionMap, splitInlineMap } from "./positions";
import { beforePass, type PassFindings } from "./transform";

/** A module of the user's own as it runs: the body of a function of `exports`, `require`, `module` and so on. */
export interface ModuleCode {
  code: string;
  /** Modules that it imports before it runs, in order. */
  imports: string[];
  /** It awaits at its top level. */
  awaits: boolean;
  /** Undefined: it runs as it is written. */
  positions: PositionMap | undefined;
}

/** Words without which JavaScript is no ES module. */
const ES_SYNTAX = /\b(?:import|export|await)\b/;

/** Compiles the text of a module; the file's ending tells the language. */
export function compileModule(
  compiler: typeof ts,
  file: string,
  text: string,
  options: ts.CompilerOptions,
): ModuleCode {
  const asWritten = { code: text.replace(/^#!/, "//"), imports: [], awaits: false, positions: undefined };
  if (!isTypeScript(file) && !file.endsWith("x") && !isEsModule(compiler, file, text)) return asWritten;
  const findings: PassFindings = { imports: [], awaits: false };
  const imports: string[] = [];
  const { outputText, diagnostics } = compiler.transpileModule(withoutNpmScheme(compiler, text, file), {
    // By the ending of an ES module the compiler would leave it one.
    fileName: file.replace(/\.[cm](?=[jt]s$)/, "."),
    reportDiagnostics: true,
    compilerOptions: {
      target: 9 satisfies ts.ScriptTarget.ES2022,
      jsx: 2 satisfies ts.JsxEmit.React,
      ...options,
      module: 1 satisfies ts.ModuleKind.CommonJS,
      moduleDetection: 3 satisfies ts.ModuleDetectionKind.Force,
      esModuleInterop: true,
      allowJs: true,
      inlineSourceMap: true,
    },
    transformers: {
      before: [beforePass(compiler, findings, false)],
      after: [noteImports(compiler, imports)],
    },
  });
  const [wrong] = diagnostics ?? [];
  if (wrong) throw syntaxError(compiler, file, wrong);
  const { code, map } = splitInlineMap(outputText);
  return { code, imports, awaits: findings.awaits, positions: new PositionMap(map ? [map] : [], 0) };
}

/** JavaScript that imports, exports or awaits at its top level. */
function isEsModule(compiler: typeof ts, file: string, text: string): boolean {
  if (file.endsWith(".mjs")) return true;
  if (file.endsWith(".cjs") || !ES_SYNTAX.test(text)) return false;
  const { externalModuleIndicator } = compiler.createSourceFile(
    file,
    text,
    compiler.ScriptTarget.Latest,
  ) as ts.SourceFile & { externalModuleIndicator?: unknown };
  return externalModuleIndicator !== undefined || typeOfPackage(path.dirname(file)) === "module";
}

/** `type` of the nearest package.json. */
function typeOfPackage(folder: string): unknown {
  for (let place = folder; ; place = path.dirname(place)) {
    try {
      return (JSON.parse(readFileSync(path.join(place, "package.json"), "utf8")) as { type?: unknown }).type;
    } catch {}
    if (path.dirname(place) === place) return undefined;
  }
}

/** True of a file that Node reads as an ES module: what it imports are then ES modules too. */
export function isNodesEsModule(file: string): boolean {
  return /\.m[jt]s$/.test(file) || (/\.jsx?$/.test(file) && typeOfPackage(path.dirname(file)) === "module");
}

/** After the compiler's own pass: what is left of the imports are calls of `require` that nobody wrote. */
function noteImports(compiler: typeof ts, imports: string[]): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const visit = (node: ts.Node): ts.Node => {
      if (compiler.isCallExpression(node) && compiler.isIdentifier(node.expression)) {
        const { expression } = node;
        const [specifier] = node.arguments;
        if (expression.text === "require" && expression.pos < 0 && specifier)
          if (compiler.isStringLiteral(specifier)) imports.push(specifier.text);
      }
      return compiler.visitEachChild(node, visit, context);
    };
    return (file) => compiler.visitEachChild(file, visit, context);
  };
}

function syntaxError(
  compiler: typeof ts,
  file: string,
  { start, messageText, file: at }: ts.Diagnostic,
): Error {
  const message = compiler.flattenDiagnosticMessageText(messageText, "\n");
  const place = at && start !== undefined ? at.getLineAndCharacterOfPosition(start) : undefined;
  const where = place ? `${file}:${place.line + 1}:${place.character + 1}` : file;
  return new SyntaxError(`${where}: ${message}`);
}
