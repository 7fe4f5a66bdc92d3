/**
 * Types of what the running Node has and its own types leave out: TypeScript describes WebAssembly among what browsers
 * have, and the classes of Web Crypto and later globals are declared only by types newer than those that are installed.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

/** `declare namespace WebAssembly { … }` of TypeScript's library for browsers, as cells can use it. */
function webAssembly(compilerFolder: string): string {
  const text = readFileSync(path.join(compilerFolder, "lib.dom.d.ts"), "utf8");
  const start = text.indexOf("declare namespace WebAssembly {");
  const end = text.indexOf("\n}\n", start);
  if (start < 0 || end < 0) return "";
  const namespace = text.slice(start, end);
  return `${namespace}\n  type BufferSource = ArrayBufferView | ArrayBuffer;\n}\n`;
}

/** By the global's name: where its type is. A newer `@types/node` that declares it itself wins. */
const CLASSES: Readonly<Record<string, string>> = {
  Crypto: `import("node:crypto").webcrypto.Crypto`,
  CryptoKey: `import("node:crypto").webcrypto.CryptoKey`,
  SubtleCrypto: `import("node:crypto").webcrypto.SubtleCrypto`,
  Performance: `import("node:perf_hooks").Performance`,
  WebSocket: `import("undici-types").WebSocket`,
  CloseEvent: `import("undici-types").CloseEvent`,
  EventSource: `import("undici-types").EventSource`,
};

/** Interfaces of their own: an object of a few members that later Nodes have. */
const OBJECTS: Readonly<Record<string, string>> = {
  navigator:
    "{ readonly hardwareConcurrency: number; readonly language: string; readonly languages: readonly string[]; readonly platform: string; readonly userAgent: string }",
  localStorage: "Storage",
  sessionStorage: "Storage",
};

const STORAGE = `interface Storage {
  readonly length: number;
  clear(): void;
  getItem(key: string): string | null;
  key(index: number): string | null;
  removeItem(key: string): void;
  setItem(key: string, value: string): void;
  [name: string]: any;
}
`;

/** Declarations for the globals in `present`, with TypeScript's library read from its folder. */
export function platformTypes(present: ReadonlySet<string>, compilerFolder: string): string {
  const classes = Object.entries(CLASSES).filter(([name]) => present.has(name));
  const objects = Object.entries(OBJECTS).filter(([name]) => present.has(name));
  return [
    present.has("WebAssembly") ? webAssembly(compilerFolder) : "",
    ...classes.map(
      ([name, type]) =>
        `type ${name} = ${type};\ndeclare var ${name}: { prototype: ${type}; new (...args: any[]): ${type} };\n`,
    ),
    objects.some(([, type]) => type === "Storage") ? STORAGE : "",
    ...objects.map(([name, type]) => `declare var ${name}: ${type};\n`),
  ].join("");
}
