/** The tsconfig.json beside a notebook. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type * as ts from "typescript";

/** Options of a tsconfig.json that say how strictly cells are checked. */
const CHECKS = [
  "strict",
  "noImplicitAny",
  "strictNullChecks",
  "strictFunctionTypes",
  "strictBindCallApply",
  "strictPropertyInitialization",
  "noImplicitThis",
  "useUnknownInCatchVariables",
] as const;
const JSX = ["jsx", "jsxFactory", "jsxFragmentFactory", "jsxImportSource"] as const;
const DECORATORS = ["experimentalDecorators", "emitDecoratorMetadata"] as const;
const TAKEN = [
  ...CHECKS,
  ...JSX,
  ...DECORATORS,
  "lib",
  "target",
  "paths",
  "baseUrl",
  "pathsBasePath",
] as const;

export interface NotebookConfig {
  options: ts.CompilerOptions;
  /** Fault in the file. */
  problem: string | undefined;
}

/** Settings of a `tsconfig.json` beside the notebook, as far as they concern cells; the rest is the kernel's. */
export function readNotebookConfig(compiler: typeof ts, cwd: string): NotebookConfig {
  const file = configFile(cwd);
  if (!existsSync(file)) return { options: {}, problem: undefined };
  const { config, error } = compiler.readConfigFile(file, (name) => compiler.sys.readFile(name));
  // Only the options count: looking for the project's files would read the whole folder.
  const host: ts.ParseConfigHost = {
    useCaseSensitiveFileNames: true,
    readDirectory: () => [],
    fileExists: (name) => existsSync(name),
    readFile: (name) => compiler.sys.readFile(name),
  };
  const parsed = compiler.parseJsonConfigFileContent(config ?? {}, host, cwd, undefined, file);
  const taken = TAKEN.filter((name) => parsed.options[name] !== undefined);
  const options: ts.CompilerOptions = Object.fromEntries(taken.map((name) => [name, parsed.options[name]]));
  // Cells are async functions: older targets would turn them into something else.
  if (options.target !== undefined)
    options.target = Math.max(options.target, 4 satisfies ts.ScriptTarget.ES2017);
  const wrong = error ?? parsed.errors.find(({ code }) => CONCERNING.has(code));
  const problem = wrong && `tsconfig.json: ${compiler.flattenDiagnosticMessageText(wrong.messageText, "\n")}`;
  return { options, problem };
}

/**
 * A base file that is missing, a value of the wrong type, an unknown value; but not options that a newer compiler
 * than the kernel's knows, nor a project without files.
 */
const CONCERNING: ReadonlySet<number> = new Set([5024, 5012, 6053, 5083]);

/** Changes when the file does. */
export function configStamp(cwd: string): number {
  return statSync(configFile(cwd), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function configFile(cwd: string): string {
  return path.join(cwd, "tsconfig.json");
}

/** The files that `paths` says a module may be. */
export function mappedPaths(options: ts.CompilerOptions, cwd: string, specifier: string): string[] {
  const base = options.baseUrl ?? (typeof options.pathsBasePath === "string" ? options.pathsBasePath : cwd);
  for (const [pattern, places] of Object.entries(options.paths ?? {})) {
    const star = pattern.indexOf("*");
    if (star < 0 && pattern === specifier) return places.map((place) => path.resolve(base, place));
    const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
    const fits =
      star >= 0 &&
      specifier.length >= before.length + after.length &&
      specifier.startsWith(before) &&
      specifier.endsWith(after);
    if (!fits) continue;
    const middle = specifier.slice(before.length, specifier.length - after.length);
    return places.map((place) =>
      path.resolve(
        base,
        place.replace("*", () => middle),
      ),
    );
  }
  return [];
}
