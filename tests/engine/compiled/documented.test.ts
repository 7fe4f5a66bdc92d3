import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { operations } from "../audit/operations";

it("docs/engine.md lists each operation that is compiled: all of the audit", () => {
  const page = readFileSync(join(__dirname, "../../../docs/engine.md"), "utf8");
  const rows = page.split("\n").flatMap((line) => {
    const row = /^\| (.+) \| yes \|$/.exec(line);
    return row ? [row[1]] : [];
  });
  expect(rows).toEqual(Object.keys(operations));
});
