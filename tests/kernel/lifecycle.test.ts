import { spawn } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { kernelArguments, mainFile, root, run, startKernel, temporaryFolder, until } from "./kernel";

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Preloaded into a kernel: its main thread waits for a file before it loads the compiler, and tells that it waits. */
const HOLD_COMPILER = `
  const { existsSync, writeFileSync } = require("node:fs");
  const Module = require("node:module");
  const { HOLD_WAITS, HOLD_ENDS } = process.env;
  const load = Module.prototype.load;
  Module.prototype.load = function (file) {
    if (/[\\\\/]typescript[\\\\/]lib[\\\\/]/.test(file)) {
      writeFileSync(HOLD_WAITS, "");
      while (!existsSync(HOLD_ENDS)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    return load.call(this, file);
  };`;

it("answers before the compiler is loaded", async () => {
  const folder = temporaryFolder();
  const [preload, waits, ends] = ["hold.cjs", "waits", "ends"].map((name) => path.join(folder.path, name));
  writeFileSync(preload!, HOLD_COMPILER);
  const kernel = await startKernel(root, {
    argv: kernelArguments("{connection_file}"),
    env: { NODE_OPTIONS: `--require ${JSON.stringify(preload)}`, HOLD_WAITS: waits!, HOLD_ENDS: ends! },
  });
  await until(() => existsSync(waits!), 30_000, "the kernel to load the compiler");
  const info = await kernel.client.request("shell", "kernel_info_request");
  expect(info).toMatchObject({ status: "ok", implementation: "gradlens" });
  writeFileSync(ends!, "");
  expect((await run(kernel.client, "6 * 7")).text).toBe("42");
  await kernel.stop();
  folder.remove();
});

it("writes its connection file for the user alone", async () => {
  const kernel = await startKernel(root);
  expect(statSync(kernel.connectionFile).mode & 0o777).toBe(0o600);
  await kernel.stop();
  expect(existsSync(kernel.connectionFile)).toBe(false);
});

it("shuts down with a reply that repeats the restart flag, also in the middle of a loop", async () => {
  for (const restart of [false, true]) {
    const kernel = await startKernel(root);
    void run(kernel.client, restart ? "for (;;);" : "1").catch(() => {});
    await new Promise((done) => setTimeout(done, 2500));
    const reply = await kernel.client.request("control", "shutdown_request", { restart });
    expect(reply).toEqual({ status: "ok", restart });
    await until(
      () => kernel.process.exitCode !== null || kernel.process.signalCode !== null,
      30_000,
      "the kernel's end",
    );
    await kernel.stop();
  }
});

it("runs exit handlers of cells when it is shut down", async () => {
  const folder = temporaryFolder();
  const kernel = await startKernel(folder.path);
  await run(
    kernel.client,
    "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync('left.txt', 'bye'));",
  );
  await kernel.stop();
  expect(existsSync(path.join(folder.path, "left.txt"))).toBe(true);
  folder.remove();
});

it("ends by itself when its parent is killed, also in the middle of a loop", async () => {
  const script = `
    const { startKernel } = require(${JSON.stringify(path.join(path.dirname(mainFile), "notebook", "spawn.js"))});
    startKernel(process.cwd()).then((kernel) => {
      void kernel.client.execute("for (;;);");
      setTimeout(() => console.log(kernel.process.pid), 3000);
    });`;
  const parent = spawn(process.execPath, ["-e", script], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once("data", (chunk) => resolve(Number(chunk))),
  );
  expect(alive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !alive(pid), 30_000, "the orphan's end");
});
