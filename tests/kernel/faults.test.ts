import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import {
  type CellResult,
  mainFile,
  run,
  startKernel,
  type TemporaryFolder,
  temporaryFolder,
  until,
} from "./kernel";

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  folder = temporaryFolder();
  writeFileSync(
    path.join(folder.path, "library.js"),
    "exports.hoard = () => { const all = []; for (;;) all.push({ a: [1, 2, 3] }); };\n",
  );
  writeFileSync(path.join(folder.path, "library.d.ts"), "export function hoard(): void;\n");
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ""} --max-old-space-size=768`;
  kernel = await startKernel(folder.path);
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
  await cell("import { hoard } from './library.js'; let kept = 7;");
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("a cell that fills the memory", () => {
  it.each([
    ["in a loop", "const all: number[][] = []; for (;;) all.push(new Array(1000).fill(1.5));"],
    ["after an await", "await null; const all: any[] = []; for (;;) all.push({ a: [1, 2, 3] });"],
    [
      "in a loop of awaits",
      "const all: any[] = []; for (;;) { all.push(new Array(1e4).fill({})); await null; }",
    ],
    ["in a library", "hoard();"],
    ["by long strings", "const all: string[] = []; for (let i = 0; ; i++) all.push(('x' + i).repeat(1000));"],
    [
      "faster than garbage can be collected",
      "const all: string[] = []; for (let i = 0; ; i++) all.push(Buffer.alloc(1e5, 65 + (i % 20)).toString('latin1'));",
    ],
    ["in a growing array", "const all = [1]; for (;;) all.push(...all.slice(0, 1e5));"],
    ["in a built-in function", "const all = Array.from({ length: 1e9 }, (_, i) => ({ i }));"],
    [
      "from a timer",
      "const all: any[] = []; (globalThis as any).filling = setInterval(() => { for (let i = 0; i < 1e5; i++) all.push([i]); }); await new Promise(() => {});",
    ],
  ])(
    "is stopped with a clear error, %s, and the kernel lives",
    { timeout: 120_000 },
    async (_where, code) => {
      const { error } = await cell(code);
      expect(error?.ename).toBe("OutOfMemoryError");
      expect(error?.evalue).toMatch(/it filled 85 % of the \d+ MB/);
      expect((await cell("kept")).text).toBe("7");
      await cell("clearInterval((globalThis as any).filling);");
      expect((await cell("let free = 0; for (let i = 0; i < 1e6; i++) free += 1; free")).text).toBe(
        "1000000",
      );
    },
  );

  it("is left alone when it only makes garbage", { timeout: 120_000 }, async () => {
    const code = "let n = 0; for (let i = 0; i < 3e6; i++) n += new Array(100).fill(i).length; n";
    expect((await cell(code)).text).toBe("300000000");
  });
});

describe("a cell that would end the process", () => {
  it("by process.exit is stopped, and the kernel lives", async () => {
    const { error, stdout } = await cell("console.log('before'); process.exit(0); console.log('after');");
    expect([error?.ename, stdout]).toEqual(["ProcessExit", "before\n"]);
    expect((await cell("process.abort()")).error?.ename).toBe("ProcessExit");
    expect((await cell("kept")).text).toBe("7");
  });

  it("by an error in a timer is told so, and the kernel lives", async () => {
    const code =
      "setTimeout(() => { throw new Error('stray'); }, 10); setTimeout(() => process.exit(1), 20);";
    let stderr = "";
    // During the cell, after it or during the next one.
    const stopListening = kernel.client.onMessage(({ content }) => {
      if (content.name === "stderr") stderr += content.text;
    });
    await cell(code);
    await until(
      () => /Error: stray[\s\S]*process\.exit\(1\) stops the cell/.test(stderr),
      60_000,
      "both errors",
    );
    stopListening();
    expect((await cell("kept")).text).toBe("7");
  });

  it("by a rejection that nobody handles is told so, and the kernel lives", async () => {
    const told = await cell("void Promise.reject(new RangeError('unheard')); null");
    expect(told.stderr).toMatch(/unhandled rejection: .*RangeError: unheard/);
    const { text, stderr } = await cell("await new Promise((done) => setTimeout(done, 50)); kept");
    expect(text).toBe("7");
    expect(stderr).toBe("");
  });
});

it("fails the client's requests when the kernel is killed in mid-cell", async () => {
  const other = await startKernel(folder.path);
  const running = run(other.client, "for (;;);").catch((error: Error) => error);
  await other.client.request("shell", "kernel_info_request");
  other.process.kill("SIGKILL");
  expect(await running).toMatchObject({ name: "KernelDied" });
  await expect(other.client.execute("1")).rejects.toThrow("the kernel ended");
  await other.stop();
});

it("shows what cannot be written as JSON as an error of the cell", async () => {
  const { error } = await cell("display.raw({ 'application/json': { big: 1n } });");
  expect(error?.ename).toBe("TypeError");
  expect((await cell("kept")).text).toBe("7");
});

it("says nothing in a silent cell, and keeps what other cells still write", async () => {
  const late: unknown[] = [];
  const { reply, stopListening } = kernel.client.start(
    "setTimeout(() => console.log('late'), 400); null",
    ({ content }) => late.push(content.text),
  );
  await reply;
  const silent = await run(kernel.client, "console.log('quiet'); display(1); 2", { silent: true });
  const types = silent.messages.map(({ header }) => header.msg_type);
  expect([silent.status, ...types]).toEqual(["ok", "status", "status"]);
  expect((await cell("await new Promise((done) => setTimeout(done, 600));")).stdout).toBe("");
  await until(() => late.includes("late\n"), 30_000, "the late line");
  stopListening();
});

it("evaluates user expressions, each for itself", async () => {
  const reply = await kernel.client.execute("const base = 20;", undefined, {
    user_expressions: { sum: "base + 1", wrong: "base.nothing", page: "html`<b>x</b>`" },
  });
  expect(reply.user_expressions).toMatchObject({
    sum: { status: "ok", data: { "text/plain": "21" }, metadata: {} },
    wrong: { status: "error", ename: "TypeScriptError" },
    page: { status: "ok", data: { "text/html": "<b>x</b>" } },
  });
});

it("clears output, at once or when more comes", async () => {
  const { messages } = await cell(
    "clearOutput(); clearOutput({ wait: true }); console.clear(); console.log('new');",
  );
  const cleared = messages.filter(({ header }) => header.msg_type === "clear_output");
  expect(cleared.map(({ content }) => content)).toEqual([{ wait: false }, { wait: true }, { wait: false }]);
});

it.each([
  ["display(1, { update: true })", /^display\(\): expected an id of what to update, got none/],
  ["display(1, { id: 5 as any })", /^display\(\): expected id to be a string, got 5/],
  [
    "display.raw({ plain: 'x' })",
    /^display\.raw\(\): expected a bundle of MIME types, got 'plain' among them/,
  ],
])("refuses %s, which no client could read", async (code, message) => {
  const { error, displays } = await cell(code);
  expect([error?.ename, displays]).toEqual(["TypeError", []]);
  expect(error?.evalue).toMatch(message);
});

it("refuses a connection file that others on the network could use", async () => {
  const connection = JSON.parse(readFileSync(kernel.connectionFile, "utf8"));
  const file = path.join(folder.path, "open.json");
  writeFileSync(file, JSON.stringify({ ...connection, ip: "0.0.0.0" }));
  const child = spawn(process.execPath, [mainFile, "kernel", file], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += String(chunk);
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect([code, complaint]).toEqual([1, expect.stringContaining("expected a loopback address, got 0.0.0.0")]);
});
