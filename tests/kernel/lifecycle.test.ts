import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { mainFile, root, run, startKernel, temporaryFolder, until } from "./kernel";

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it("answers before the compiler is loaded", async () => {
  const kernel = await startKernel(root);
  const began = Date.now();
  await kernel.client.request("shell", "kernel_info_request");
  const answered = Date.now() - began;
  await run(kernel.client, "1");
  expect(answered).toBeLessThan(Date.now() - began);
  await kernel.stop();
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
      4000,
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

it("ends by itself within 5 s when its parent is killed, also in the middle of a loop", async () => {
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
  await until(() => !alive(pid), 5000, "the orphan's end");
});
