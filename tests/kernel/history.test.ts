import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { History } from "../../kernel/input/history";
import type { Content } from "../../kernel/protocol/message";
import { mainFile, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

const { historyFile } = createRequire(mainFile)(
  "./input/history-file.js",
) as typeof import("../../kernel/input/history-file");

let folder: TemporaryFolder;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, "data", "history.jsonl");
});
afterEach(() => folder.remove());

const found = (history: History, request: Content) => history.answer(request).history;

describe("requests", () => {
  let history: History;
  beforeEach(() => {
    const earlier = new History(file);
    earlier.record(1, "const a = 1;");
    earlier.record(2, "a + 1");
    history = new History(file);
    history.record(1, "const b = 2;");
    history.record(2, "a + 1");
    history.record(3, "b * (2)");
  });

  it("gives the tail", () => {
    expect(found(history, { hist_access_type: "tail", n: 2 })).toEqual([
      [2, 2, "a + 1"],
      [2, 3, "b * (2)"],
    ]);
    expect(found(history, { hist_access_type: "tail", n: 0 })).toEqual([]);
    expect(found(history, { hist_access_type: "tail", n: 1, output: true })).toEqual([
      [2, 3, ["b * (2)", null]],
    ]);
  });

  it("gives a range of this session, of one before it and of one by number", () => {
    const range = (request: Content) => found(history, { hist_access_type: "range", ...request });
    expect(range({ session: 0, start: 2, stop: 3 })).toEqual([[2, 2, "a + 1"]]);
    expect(range({ session: -1 })).toEqual([
      [1, 1, "const a = 1;"],
      [1, 2, "a + 1"],
    ]);
    expect(range({ session: 2, start: 3, stop: null })).toEqual([[2, 3, "b * (2)"]]);
  });

  it("searches with wildcards, for different cells, and for the newest", () => {
    const search = (request: Content) => found(history, { hist_access_type: "search", ...request });
    expect(search({ pattern: "a*" })).toHaveLength(2);
    expect(search({ pattern: "a*", unique: true })).toEqual([[2, 2, "a + 1"]]);
    expect(search({ pattern: "*(?)*" })).toEqual([[2, 3, "b * (2)"]]);
    expect(search({ pattern: "const*", n: 1 })).toEqual([[2, 1, "const b = 2;"]]);
    expect(search({ pattern: "a" })).toEqual([]);
  });
});

it("keeps the file to the user, skips lines that were cut short, and shortens it", () => {
  const limits = { entries: 3, bytes: 1e6 };
  const history = new History(file, limits);
  for (let line = 1; line <= 9; line++) history.record(line, `${line}`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, `${readFileSync(file, "utf8")}{"session":1,"li`);
  expect(found(new History(file, limits), { hist_access_type: "tail", n: 99 })).toEqual([
    [1, 7, "7"],
    [1, 8, "8"],
    [1, 9, "9"],
  ]);
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
});

it("goes on in memory where nothing can be written", () => {
  const history = new History(path.join("/dev/null", "history.jsonl"));
  history.record(1, "kept");
  expect(found(history, { hist_access_type: "tail", n: 1 })).toEqual([[1, 1, "kept"]]);
});

it("lies in Jupyter's data folder unless the environment says otherwise", () => {
  expect(historyFile("linux", {}, "/h")).toBe("/h/.local/share/jupyter/gradlens/history.jsonl");
  expect(historyFile("linux", { XDG_DATA_HOME: "/x" }, "/h")).toBe("/x/jupyter/gradlens/history.jsonl");
  expect(historyFile("linux", { JUPYTER_DATA_DIR: "/j" }, "/h")).toBe("/j/gradlens/history.jsonl");
  expect(historyFile("linux", { GRADLENS_HISTORY: "off" }, "/h")).toBeUndefined();
  expect(historyFile("linux", { GRADLENS_HISTORY: "/own.jsonl" }, "/h")).toBe("/own.jsonl");
});

it("records what a kernel runs, but no silent cell, and the next kernel knows it", async () => {
  const before = process.env.GRADLENS_HISTORY;
  process.env.GRADLENS_HISTORY = file;
  try {
    const first = await startKernel(folder.path);
    await run(first.client, "const one = 1;");
    await run(first.client, "'quiet'", { silent: true });
    await run(first.client, "'unstored'", { store_history: false });
    await run(first.client, "throw one");
    await first.stop();
    const second = await startKernel(folder.path);
    const request = { hist_access_type: "tail", n: 5, output: false, raw: true };
    expect(await second.client.request("shell", "history_request", request)).toEqual({
      status: "ok",
      history: [
        [1, 1, "const one = 1;"],
        [1, 2, "throw one"],
      ],
    });
    await second.stop();
  } finally {
    process.env.GRADLENS_HISTORY = before;
  }
});
