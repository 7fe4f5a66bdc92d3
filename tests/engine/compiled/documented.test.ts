import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { operations } from "../audit/operations";
import { UNSUPPORTED } from "./unsupported";

it("docs/engine.md lists each operation, and whether it is compiled", () => {
  const page = readFileSync(join(__dirname, "../../../docs/engine.md"), "utf8");
  const rows = page.split("\n").flatMap((line) => {
    const row = /^\| (.+) \| (yes|no: .+) \|$/.exec(line);
    return row ? [[row[1], row[2]]] : [];
  });
  const expected = Object.keys(operations).map((name) => [
    name,
    name in UNSUPPORTED ? `no: ${UNSUPPORTED[name]}` : "yes",
  ]);
  expect(rows).toEqual(expected);
});
