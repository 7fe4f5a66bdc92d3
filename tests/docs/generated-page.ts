/** A page of docs/ that is written from code, and Markdown for such pages. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect } from "vitest";

export const root: string = resolve(__dirname, "../..");

const HEAD = "<!-- Written by `npm run docs` from the code. Change that, and run it again. -->\n\n";

/** Compares a page with what it should say; under `npm run docs` writes it instead. */
export function expectPage(file: string, text: string): void {
  expectFile(file, `${HEAD}${text.trimEnd()}\n`);
}

/** Compares a file of docs/ with what it should hold; under `npm run docs` writes it instead. */
export function expectFile(file: string, wanted: string): void {
  const path = join(root, "docs", file);
  if (process.env["GRADLENS_WRITE_DOCS"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
  }
  const found = existsSync(path) ? readFileSync(path, "utf8") : "";
  expect(found, `docs/${file} is stale: run npm run docs`).toBe(wanted);
}

/** A table of Markdown; cells may hold Markdown, also with bars in it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}
