/** The commands of the README in a fresh clone, which has no packages until they have installed them. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(__dirname, "../..");

/** What a module and all that it imports load of packages, by the file that does. */
function packagesOf(file: string, seen: Set<string> = new Set()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = [
    ...readFileSync(file, "utf8").matchAll(/^(?:import|export)\b(?:[^;"'()]*\bfrom)?\s*["']([^"']+)["'];/gm),
  ];
  return imports.flatMap(([, name]) => {
    if (name.startsWith("node:")) return [];
    return name.startsWith(".") ? packagesOf(join(dirname(file), name), seen) : [`${file}: ${name}`];
  });
}

it.each(["demo", "test", "lab", "build", "native", "check"])(
  "npm run %s loads no package before it starts",
  (command) => {
    const seen = new Set<string>();
    expect(packagesOf(join(root, "scripts", `${command}.mjs`), seen)).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  },
);
