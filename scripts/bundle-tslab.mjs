// Lay what the kernel loads of tslab and TypeScript beside it, with their licences.
//
// As dependencies they would weigh 130 MB, most of it never loaded (ZeroMQ's addon, rollup, tslab's fork of the
// compiler, the compiler's other programs and languages), and TypeScript would be one more in the user's own project.
// The kernel finds them as Node does: in the nearest node_modules.

import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./toolbox.mjs";

const LICENCES = /^(LICEN[CS]E|ThirdPartyNotice)/i;

/** What is taken of a package, beside its manifest and its licences. */
const PARTS = {
  tslab: [/^dist\/[^/]+\.(js|d\.ts)$/],
  typescript: [/^lib\/typescript\.js$/, /^lib\/lib\..*\.d\.ts$/, /^lib\/lib\.d\.ts$/],
  semver: [/^(classes|functions|internal|ranges)\//, /^index\.js$/],
  "@types/node": [/\.d\.ts$/],
  "undici-types": [/\.d\.ts$/],
};

/** tslab asks for its fork of the compiler by this name; the kernel answers with TypeScript itself. */
const FORK = "@tslab/typescript-for-tslab";

/** @param {string} kernel The kernel's folder in the build. */
export function bundleTslab(kernel) {
  const modules = join(kernel, "node_modules");
  for (const [name, parts] of Object.entries(PARTS)) {
    const from = join(root, "node_modules", name);
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name)
        .slice(from.length + 1)
        .replaceAll("\\", "/");
      if (file.startsWith("node_modules/")) continue;
      if (file !== "package.json" && !LICENCES.test(file) && !parts.some((part) => part.test(file))) continue;
      const to = join(modules, name, file);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(from, file), to);
    }
  }
  mkdirSync(join(modules, FORK), { recursive: true });
  writeFileSync(join(modules, FORK, "package.json"), `${JSON.stringify({ name: FORK, main: "index.js" })}\n`);
  writeFileSync(join(modules, FORK, "index.js"), "// The kernel stands in for this module.\n");
}
