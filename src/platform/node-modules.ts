/**
 * Node's own modules, asked for where they are used and not imported: a bundle for browsers then needs no stand-ins,
 * and what only Node can do is an error that says so.
 */
import { wrongType } from "../check";

/** The modules that gradlens uses. */
export interface NodeModules {
  "node:fs": typeof import("node:fs");
  "node:fs/promises": typeof import("node:fs/promises");
  "node:os": typeof import("node:os");
  "node:path": typeof import("node:path");
  "node:url": typeof import("node:url");
  "node:worker_threads": typeof import("node:worker_threads");
}

/** One of Node's own modules. Throws a TypeError in a browser, in the name of `fn`. */
export function nodeModule<Name extends keyof NodeModules>(fn: string, name: Name): NodeModules[Name] {
  const found = globalThis.process?.getBuiltinModule?.(name);
  if (found === undefined) throw wrongType(fn, "Node.js", "a browser");
  return found as unknown as NodeModules[Name];
}
