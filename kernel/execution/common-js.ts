/** A module's JavaScript as CommonJS. */
import type * as ts from "typescript";

type Compiler = typeof ts;

const FILE = "module.js";
const OUTPUT = "out/module.js";

/**
 * A module's JavaScript as CommonJS, as `transpileModule` gives it, by transformers that may ask what a name stands for:
 * `transformers` gets a checker that knows this one file and no library.
 */
export function toCommonJs(
  compiler: Compiler,
  code: string,
  options: ts.CompilerOptions,
  transformers: (checker: ts.TypeChecker) => ts.CustomTransformers,
): string {
  const compilerOptions: ts.CompilerOptions = {
    ...options,
    allowJs: true,
    isolatedModules: true,
    moduleDetection: compiler.ModuleDetectionKind.Force,
    noLib: true,
    noResolve: true,
    outDir: "out",
    types: [],
  };
  const source = compiler.createSourceFile(FILE, code, {
    languageVersion: compiler.ScriptTarget.Latest,
    setExternalModuleIndicator: (file) => Object.assign(file, { externalModuleIndicator: true }),
  });
  let output = "";
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === FILE ? source : undefined),
    writeFile: (name, text) => {
      if (name === OUTPUT) output = text;
    },
    getDefaultLibFileName: () => "lib.d.ts",
    useCaseSensitiveFileNames: () => true,
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => "",
    getNewLine: () => "\n",
    fileExists: (name) => name === FILE,
    readFile: () => undefined,
    directoryExists: () => true,
    getDirectories: () => [],
  };
  const program = compiler.createProgram([FILE], compilerOptions, host);
  program.emit(undefined, undefined, undefined, undefined, transformers(program.getTypeChecker()));
  return output;
}
