import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/**
 * Cells one after the other in one session, as TypeScript's handbook and Node's documentation have them. What is expected
 * of each is what `tsx` gives for the same lines, recorded by cells/record.mjs, or the difference is wanted.
 */

interface Written {
  code: string;
  /** The text of its value, or a part of its error. */
  value?: string;
  error?: string;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ");

/** The cells of a file by section. */
function sectionsOf(name: string): [title: string, cells: Written[]][] {
  const text = readFileSync(path.join(__dirname, "cells", `${name}.txt`), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = "", ...lines] = section.split("\n");
      const cells = lines.flatMap((line): Written[] => {
        const match = /^(.*) \/\/([=!]) ?(.*)$/.exec(line);
        if (!match) return [];
        const [, code = "", kind, rest = ""] = match;
        return [kind === "=" ? { code, value: rest } : { code, error: rest }];
      });
      return [title, cells];
    });
}

describe.each(["handbook", "node"])("cells of the %s file", (name) => {
  let folder: TemporaryFolder;
  let kernel: RunningKernel;
  beforeAll(async () => {
    folder = temporaryFolder();
    kernel = await startKernel(folder.path);
  });
  afterAll(async () => {
    await kernel?.stop();
    folder?.remove();
  });

  it.each(sectionsOf(name))(
    "%s",
    async (_title, cells) => {
      const wrong: string[] = [];
      for (const { code, value, error } of cells) {
        const result = await run(kernel.client, code);
        const got = result.error ? `error ${result.error.evalue}` : oneLine(result.text ?? "");
        const isRight =
          error === undefined
            ? got === oneLine(value ?? "")
            : got.startsWith("error ") && got.includes(error);
        if (!isRight) wrong.push(`${code}\n  expected ${value ?? `an error with ${error}`}\n  got ${got}`);
      }
      expect(wrong.join("\n")).toBe("");
    },
    300_000,
  );
});

const recorded = JSON.parse(readFileSync(path.join(__dirname, "cells", "recorded.json"), "utf8")) as Record<
  string,
  { value?: string; error?: string }
>;

/** Beside errors of types, which stop a cell of the kernel's before it runs: `tsx` looks at no types. */
const WANTED: Readonly<Record<string, string>> = {
  "new Dog().#bark": "an error of both, in other words",
  'import fsEq = require("node:fs"); fsEq.existsSync("/")':
    "every cell has a `require`, also one that awaits",
  'require("os").EOL === os.EOL': "every cell has a `require`, also one that awaits",
  disposed: "what a cell is `using` is disposed at the end of the cell, not of the program",
  'import data from "node:path" with { type: "builtin" }; typeof data.join':
    "Node's own modules need no attribute, and Node takes none",
};

/** Whether `tsx` gives what is expected of the kernel; undefined where that was not recorded. */
function agrees({ code, value, error }: Written): boolean | undefined {
  const known = recorded[code];
  if (!known) return undefined;
  return error === undefined
    ? known.value !== undefined && oneLine(known.value) === oneLine(value ?? "")
    : known.error?.includes(error) === true;
}

it.each(["handbook", "node"])("what is expected of the %s cells is what tsx gives", (name) => {
  const cells = sectionsOf(name).flatMap(([, written]) => written);
  const differing = cells.filter((cell) => !/^TS\d+$/.test(cell.error ?? "") && agrees(cell) !== true);
  const wanted = cells.filter(({ code }) => code in WANTED);
  expect(differing.map(({ code }) => code)).toEqual(wanted.map(({ code }) => code));
});

it("no recorded cell is gone", () => {
  const cells = ["handbook", "node"].flatMap(sectionsOf).flatMap(([, written]) => written);
  expect(Object.keys(recorded)).toEqual([...new Set(cells.map(({ code }) => code))]);
});
