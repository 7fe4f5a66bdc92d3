import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { operations } from "../audit/operations";
import { operationsTable } from "./operations-table";

const file = join(__dirname, "../../../docs/engine.md");
const HEAD = "| kernel | eager gradient | compiled | tested by |\n|---|---|---|---|\n";

it("docs/engine.md lists every kernel of tfjs; GRADLENS_WRITE_DOCS=1 writes the list", async () => {
  const page = readFileSync(file, "utf8");
  const start = page.indexOf(HEAD) + HEAD.length;
  expect(start).toBeGreaterThan(HEAD.length);
  const length = page.slice(start).search(/^(?!\| )/m);
  const table = `${(await operationsTable()).join("\n")}\n`;
  if (process.env["GRADLENS_WRITE_DOCS"] === "1") {
    writeFileSync(file, page.slice(0, start) + table + page.slice(start + length));
  } else {
    expect(page.slice(start, start + length)).toBe(table);
    expect(page).toContain(`All ${Object.keys(operations).length} operations of the audit are compiled`);
  }
});
