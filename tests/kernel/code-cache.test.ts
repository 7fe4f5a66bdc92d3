import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mainFile, run, startKernel, type TemporaryFolder, temporaryFolder, until } from "./kernel";

const cache = createRequire(mainFile)(
  "./execution/code-cache.js",
) as typeof import("../../kernel/execution/code-cache");

let folder: TemporaryFolder;
let before: string | undefined;
beforeEach(() => {
  folder = temporaryFolder();
  before = process.env.GRADLENS_CACHE;
});
afterEach(() => {
  process.env.GRADLENS_CACHE = before;
  folder.remove();
});

it("keeps the compiler's code between cells, uses it in the next kernel, and is removed with the kernel", async () => {
  const data = path.join(folder.path, "data");
  const kept = path.join(data, "gradlens");
  process.env.GRADLENS_CACHE = kept;
  const files = () => (existsSync(kept) ? readdirSync(kept) : []);
  const first = await startKernel(folder.path);
  try {
    expect((await run(first.client, "1 + 1")).text).toBe("2");
    await until(() => files().length === 1 && files()[0]!.endsWith(".v8cache"), 30_000, "the kept code");
  } finally {
    await first.stop();
  }
  const file = path.join(kept, files()[0]!);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(kept).mode & 0o777).toBe(0o700);
  const second = await startKernel(folder.path);
  try {
    expect((await run(second.client, "const n: number = 6; n * 7")).text).toBe("42");
  } finally {
    await second.stop();
  }
  const env = { ...process.env, JUPYTER_DATA_DIR: data };
  for (const command of ["install", "uninstall"])
    expect(spawnSync(process.execPath, [mainFile, command], { env }).status).toBe(0);
  expect(existsSync(kept)).toBe(false);
});

it("takes a kept form that this Node can use, and no other", () => {
  const source = path.join(folder.path, "large.js");
  const kept = path.join(folder.path, "kept");
  writeFileSync(
    source,
    "exports.answer = () => 42; exports.file = __filename; exports.path = require('path').sep;",
  );
  const require = createRequire(source);
  const load = () => {
    delete require.cache[source];
    const { exports, keep } = cache.requireCached(require, source, kept);
    const { answer, file, path: sep } = exports as { answer(): number; file: string; path: string };
    expect([answer(), file, sep]).toEqual([42, source, path.sep]);
    return keep;
  };
  const keep = load();
  keep!();
  expect(load()).toBeUndefined();
  const file = path.join(kept, readdirSync(kept)[0]!);
  expect(file).toContain(process.version);
  // Of another source, as after an update: V8 refuses it. Then bytes that are nothing of V8's.
  for (const [number, spoil] of [
    () => {},
    () => writeFileSync(file, readFileSync(file).subarray(0, 40)),
  ].entries()) {
    writeFileSync(source, `${readFileSync(source, "utf8")}\n// ${number}`);
    spoil();
    writeFileSync(path.join(kept, "large-v1.0.0.v8cache"), "old");
    load()!();
    expect(load()).toBeUndefined();
  }
  expect(readdirSync(kept)).toEqual([path.basename(file)]);
});

it("does without where it is turned off or nothing can be written", () => {
  const source = path.join(folder.path, "small.js");
  writeFileSync(source, "exports.one = 1;");
  const require = createRequire(source);
  expect(cache.requireCached(require, source, undefined).keep).toBeUndefined();
  delete require.cache[source];
  const blocked = path.join(folder.path, "a-file");
  writeFileSync(blocked, "");
  cache.requireCached(require, source, path.join(blocked, "inside")).keep!();
  expect(readFileSync(blocked, "utf8")).toBe("");
  mkdirSync(path.join(folder.path, "others"));
  writeFileSync(path.join(folder.path, "others", "history.jsonl"), "");
  cache.removeCodeCache(path.join(folder.path, "others"));
  expect(readdirSync(path.join(folder.path, "others"))).toEqual(["history.jsonl"]);
  expect(cache.codeCacheFolder("linux", { GRADLENS_CACHE: "off" }, "/h")).toBeUndefined();
  expect(cache.codeCacheFolder("linux", { GRADLENS_CACHE: "/c" }, "/h")).toBe("/c");
  expect(cache.codeCacheFolder("linux", {}, "/h")).toBe("/h/.local/share/jupyter/gradlens");
});
