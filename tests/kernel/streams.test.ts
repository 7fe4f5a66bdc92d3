import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Received } from "../../kernel/notebook/client";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { root, run, startKernel, temporaryFolder, until } from "./kernel";

let kernel: RunningKernel;

beforeAll(async () => {
  kernel = await startKernel(root);
});
afterAll(() => kernel?.stop());

it("delivers 20,000 lines in order in few messages", async () => {
  const { stdout, messages } = await run(kernel.client, "for (let i = 0; i < 20000; i++) console.log(i);");
  expect(stdout).toBe(Array.from({ length: 20000 }, (_, i) => `${i}\n`).join(""));
  expect(messages.filter(({ header }) => header.msg_type === "stream").length).toBeLessThan(200);
  expect(messages.at(-1)?.content.execution_state).toBe("idle");
});

it("delivers 50 MB of one cell", async () => {
  const { stdout } = await run(kernel.client, "for (let i = 0; i < 50; i++) console.log('x'.repeat(1e6));");
  expect(stdout.length).toBe(50 * (1e6 + 1));
});

it("keeps the order of stdout and stderr, and of displays between them", async () => {
  const { messages } = await run(
    kernel.client,
    "for (let i = 0; i < 50; i++) { console.log('o' + i); console.error('e' + i); display(i); }",
  );
  const seen = messages
    .filter(({ header }) => /stream|display_data/.test(header.msg_type))
    .map(({ content }) => (content.text as string) ?? (content.data as Record<string, string>)["text/plain"]);
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => [`o${i}\n`, `e${i}\n`, `${i}`]).flat());
});

it("shows what is written during a long synchronous loop before the loop ends", async () => {
  const folder = temporaryFolder();
  const seen = path.join(folder.path, "seen");
  // The loop ends by what the test writes when the line has come.
  const reply = await kernel.client.execute(
    `import { existsSync } from "node:fs"; console.log("early"); while (!existsSync(${JSON.stringify(seen)}));`,
    ({ header }) => {
      if (header.msg_type === "stream") writeFileSync(seen, "");
    },
  );
  expect(reply.status).toBe("ok");
  folder.remove();
});

it("keeps output that comes after the end of its cell", async () => {
  const late: Received[] = [];
  const stop = kernel.client.onMessage((message) => {
    if (message.header.msg_type === "stream") late.push(message);
  });
  await run(kernel.client, "setTimeout(() => console.log('after the end'), 200);");
  await until(() => late.length > 0, 30_000, "the late line");
  stop();
  expect(late[0]?.content).toEqual({ name: "stdout", text: "after the end\n" });
});

it("joins the bytes of a character that was written in two pieces", async () => {
  const { stdout } = await run(
    kernel.client,
    "const bytes = Buffer.from('é日'); process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1, 3)); process.stdout.write(bytes.subarray(3)); null",
  );
  expect(stdout).toBe("é日");
});

it("delivers 1,000 display updates", async () => {
  const { displays } = await run(
    kernel.client,
    "display(0, { id: 'n' }); for (let i = 1; i <= 1000; i++) display(i, { id: 'n', update: true });",
  );
  expect(displays.map(({ content }) => (content.data as Record<string, string>)["text/plain"])).toEqual(
    Array.from({ length: 1001 }, (_, i) => String(i)),
  );
});

it("shows what programs and descriptors write that would go past it", async () => {
  const program = (code: string) =>
    run(kernel.client, `import * as programs from "node:child_process";\n${code}`);
  const both = '"echo out; echo err >&2"';
  for (const code of [
    `programs.execSync(${both}, { stdio: "inherit" })`,
    `programs.spawnSync("sh", ["-c", ${both}], { stdio: ["ignore", process.stdout, 2] }).stdout`,
    `const child = programs.spawn("sh", ["-c", ${both}], { stdio: "inherit" });\nawait new Promise((done) => child.once("close", done)); child.stdout`,
    `import { writeSync } from "node:fs"; writeSync(1, "out\\n"); writeSync(2, Buffer.from("--err\\n"), 2); null`,
  ]) {
    const { stdout, stderr, result } = await program(code);
    expect([stdout, stderr, result]).toEqual(["out\n", "err\n", undefined]);
  }
  expect((await program('programs.execSync("echo kept").toString()')).text).toBe("'kept\\n'");
  const failed = await program('programs.execSync("echo said; exit 3", { stdio: "inherit" })');
  expect([failed.stdout, failed.error?.evalue]).toEqual(["said\n", "Command failed: echo said; exit 3"]);
});
