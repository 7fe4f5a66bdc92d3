/** `import.meta` as Node's ES modules have it. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** `import.meta` as Node's ES modules have it. */
export interface ImportMeta {
  url: string;
  filename: string;
  dirname: string;
  resolve(specifier: string): string;
}

export function importMetaOf(file: string): ImportMeta {
  const require = createRequire(file);
  return {
    url: pathToFileURL(file).href,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier) => {
      const found = require.resolve(specifier);
      return path.isAbsolute(found) ? pathToFileURL(found).href : found;
    },
  };
}
