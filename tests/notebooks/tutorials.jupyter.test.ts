import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaints, readNotebook, root, skipped, tutorialNames, tutorials } from "./notebook-files";

const python = join(root, ".venv", "bin", "python");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-nbconvert-"));
  const install = ["dist/kernel/main.js", "install", "--prefix", join(root, ".venv")];
  expect(spawnSync(process.execPath, install, { cwd: root }).status).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("jupyter nbconvert --execute", () => {
  it.each(tutorialNames)(
    "runs %s without error or stderr",
    (name) => {
      const args = [
        "-m",
        "nbconvert",
        "--execute",
        "--to",
        "notebook",
        "--output-dir",
        folder,
        join(tutorials, name),
      ];
      const { status, stderr } = spawnSync(python, args, { encoding: "utf8", timeout: 110_000 });
      expect(status, stderr).toBe(0);
      const done = readNotebook(join(folder, name));
      expect(complaints(done)).toEqual([]);
      expect(skipped(done)).toEqual([]);
    },
    120_000,
  );
});
