import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, root, run, sleep, startKernel, temporaryFolder, until } from "./kernel";

/** Programs for which a cell waits, blocked in Node's own code. */

let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  kernel = await startKernel(root);
  await cell(
    `import { execFileSync, execSync, spawn, spawnSync } from "node:child_process";
const lives = (pid: number) => { try { process.kill(pid, 0); return true; } catch { return false; } };`,
  );
});
afterAll(() => kernel?.stop());

async function interrupted(code: string): Promise<CellResult> {
  let started = false;
  const stopListening = kernel.client.onMessage(({ content }) => {
    started ||= content.text === "started\n";
  });
  const running = cell(`console.log("started"); ${code}`);
  await until(() => started, 20_000, "the cell's start");
  stopListening();
  await sleep(300);
  await kernel.client.interrupt();
  return running;
}

it("starts no program in a cell that was interrupted before", async () => {
  const folder = temporaryFolder();
  const file = JSON.stringify(path.join(folder.path, "started"));
  const { error } = await interrupted(
    `try { for (;;) Math.sqrt(2); } catch { execFileSync("touch", [${file}]); }`,
  );
  expect(error?.ename).toBe("InterruptError");
  expect(existsSync(path.join(folder.path, "started"))).toBe(false);
  folder.remove();
});

describe("an interrupt ends", () => {
  it.each([
    ["execSync", 'execSync("sleep 1000");'],
    ["a shell with more to do", 'execSync("sleep 1000; sleep 1000");'],
    ["a program of a program", `execSync("sh -c 'sleep 1000 & wait'");`],
    ["a pipe", 'execSync("sleep 1000 | cat");'],
    ["spawnSync", 'spawnSync("sleep", ["1000"]);'],
    ["execFileSync", 'execFileSync("sleep", ["1000"]);'],
    ["one that inherits", 'execSync("sleep 1000", { stdio: "inherit" });'],
    ["one after an await", 'await null; execSync("sleep 1000");'],
    ["one in a timer", 'setTimeout(() => execSync("sleep 1000"), 1); await new Promise(() => {});'],
    ["one that catches the signal", `spawnSync("sh", ["-c", "trap '' INT; sleep 1000"]);`],
    ["one that catches all but the last signal", `spawnSync("sh", ["-c", "trap '' INT TERM; sleep 1000"]);`],
    ["one within try", 'try { execSync("sleep 1000"); } finally { console.log("after"); }'],
  ])("%s", async (_what, code) => {
    const { error } = await interrupted(code);
    expect(error?.ename).toBe("InterruptError");
    expect((await cell("execSync('echo fine').toString()")).text).toBe("'fine\\n'");
  });

  it("what it waits for alone: a program that runs beside the cell goes on", async () => {
    await cell('const beside = spawn("sleep", ["1000"]);');
    await interrupted('execSync("sleep 1000");');
    expect((await cell("lives(beside.pid!)")).text).toBe("true");
    await cell('beside.kill(); await new Promise((done) => beside.once("exit", done));');
  });

  it("and what the program has written until then is shown", async () => {
    const { stdout, error } = await interrupted(
      'spawnSync("sh", ["-c", "echo said; sleep 1000"], { stdio: "inherit" });',
    );
    expect([stdout, error?.ename]).toEqual(["started\nsaid\n", "InterruptError"]);
  });
});

it("leaves nothing of an interrupt for the next program", async () => {
  await interrupted('execSync("sleep 1000");');
  expect((await cell("execSync('sleep 1; echo whole').toString()")).text).toBe("'whole\\n'");
});
