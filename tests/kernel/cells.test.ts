import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** Cells one after the other in one session, as TypeScript's handbook and Node's documentation have them. */

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
