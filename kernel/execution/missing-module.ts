/** Modules that are not there, with what to do about it. */
import { readdirSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { nearest } from "../../src/check";
import { isLoaded, isPath, withoutScheme } from "./module-resolution";

/** A module that is not there, with what to do about it. */
export class MissingModuleError extends Error {
  readonly code: string;

  constructor(specifier: string, folder: string, code: string) {
    super(`Cannot find module '${specifier}': ${missingModuleAdvice(specifier, folder)}`);
    this.code = code;
  }
}

/** Advice on getting a module that code in a folder imports. */
export function missingModuleAdvice(specifier: string, folder: string): string {
  if (/^https?:/.test(specifier))
    return "modules are not loaded from the network: install its package with npm, and import it by name";
  if (specifier.startsWith("jsr:"))
    return `install it in ${folder} with \`npx jsr add ${specifier.slice("jsr:".length)}\`, and import it by name`;
  if (isPath(specifier)) return `there is no such file in ${placeOf(specifier, folder)}`;
  if (specifier.startsWith("node:") || isBuiltin(specifier))
    return `Node.js ${process.versions.node} does not have it`;
  if (specifier.startsWith("#")) return `the \`imports\` of the package.json of ${folder} do not name it`;
  const name = packageOf(withoutScheme(specifier));
  return `\`npm install ${name}\` in ${folder} installs it, or \`!npm install ${name}\` in a cell`;
}

/** The name of the package that a specifier is of, or a part of. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The folder of the file that is missing, and what in it is named nearly so. */
function placeOf(specifier: string, folder: string): string {
  const file = path.resolve(folder, specifier.replace(/^file:\/\//, ""));
  const parent = path.dirname(file);
  try {
    const names = readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || isLoaded(entry.name))
      .map(({ name }) => (path.extname(file) === "" ? path.parse(name).name : name));
    const near = nearest(path.basename(file), [...new Set(names)]);
    return near.length > 0 ? `${parent}; nearest: ${near.join(", ")}` : parent;
  } catch {
    return `${parent}, a folder that does not exist`;
  }
}
