import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import {
  type CellResult,
  run,
  sleep,
  startKernel,
  type TemporaryFolder,
  temporaryFolder,
  until,
} from "./kernel";

let folder: TemporaryFolder;
let kernel: RunningKernel;

beforeAll(async () => {
  folder = temporaryFolder();
  // Plain JavaScript that the kernel does not compile: its loops look at no flag.
  writeFileSync(
    path.join(folder.path, "library.js"),
    "exports.spin = () => { for (;;) Math.sqrt(2); };\nexports.backtrack = () => /^(a+)+$/.test('a'.repeat(40) + 'b');\n",
  );
  writeFileSync(
    path.join(folder.path, "library.d.ts"),
    "export function spin(): void;\nexport function backtrack(): boolean;\n",
  );
  kernel = await startKernel(folder.path);
  await run(
    kernel.client,
    "import { spin, backtrack } from './library.js'; let kept = 0; const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));",
  );
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

const byMessage = () => kernel.client.interrupt();
const bySignal = () => Promise.resolve(kernel.process.kill("SIGINT"));

async function interrupted(
  code: string,
  interrupt: () => Promise<unknown>,
  afterMs = 150,
): Promise<CellResult> {
  let started = false;
  const stopListening = kernel.client.onMessage(({ content }) => {
    started ||= content.text === "started\n";
  });
  const running = run(kernel.client, `console.log("started"); ${code}`);
  await until(() => started, 20_000, "the cell's start");
  stopListening();
  await sleep(afterMs);
  await interrupt();
  return running;
}

const scenarios: [name: string, code: string][] = [
  ["a synchronous loop", "kept++; for (;;) kept = kept;"],
  ["a synchronous loop in a library", "kept++; spin();"],
  ["a loop of awaits", "kept++; while (true) await pause(20);"],
  ["a promise that never settles", "kept++; await new Promise(() => {});"],
  ["a synchronous loop after an await", "kept++; await pause(10); for (;;) Math.sqrt(2);"],
  ["a synchronous loop in a library after an await", "kept++; await pause(10); spin();"],
  ["a loop of microtasks", "kept++; while (true) await null;"],
  ["a library loop in a timer's callback", "kept++; setTimeout(spin, 10); await new Promise(() => {});"],
  ["a regular expression without end", "kept++; backtrack();"],
  ["a last value that never settles", "kept++; new Promise(() => {})"],
];

/** All of them on one kernel, again and again: what an interrupt leaves behind shows in the next. */
const rounds = Number(process.env.GRADLENS_INTERRUPT_ROUNDS ?? 10);

for (const [how, interrupt] of Array.from(
  { length: rounds },
  (_, round): [string, () => Promise<unknown>][] => [
    [`by message, round ${round + 1}`, byMessage],
    [`by signal, round ${round + 1}`, bySignal],
  ],
).flat())
  describe(how, () => {
    for (const [name, code] of scenarios)
      it(`stops ${name}, keeps the state and runs the next cell`, async () => {
        const before = Number((await run(kernel.client, "kept")).text);
        const { status, error } = await interrupted(code, interrupt);
        expect([status, error?.ename]).toEqual(["error", "InterruptError"]);
        expect((await run(kernel.client, "kept")).text).toBe(String(before + 1));
        expect((await run(kernel.client, "await pause(5); 'alive'")).text).toBe("'alive'");
      });
  });

it("stops a loop for good, not only the wait for it", async () => {
  await run(kernel.client, "let turns = 0;");
  let turned = false;
  const stopListening = kernel.client.onMessage(({ content }) => {
    turned ||= content.text === "turned\n";
  });
  const running = run(
    kernel.client,
    "while (true) { if (++turns === 3) console.log('turned'); await pause(30); }",
  );
  await until(() => turned, 20_000, "three turns");
  stopListening();
  await byMessage();
  await running;
  const after = Number((await run(kernel.client, "turns")).text);
  expect(after).toBeGreaterThan(2);
  await sleep(300);
  expect(Number((await run(kernel.client, "turns")).text)).toBeLessThanOrEqual(after + 1);
});

it.each([
  ["by message", byMessage],
  ["by signal", bySignal],
])("%s, stops the cell or nothing, whenever it comes", { timeout: 120_000 }, async (_how, interrupt) => {
  const ends = [
    "throw new RangeError('own')",
    "await null; throw new RangeError('own')",
    "spin(); throw new RangeError('own')",
    "({ get [Symbol.for('Jupyter.display')]() { for (let i = 0; i < 1e6; i++) Math.sqrt(i); throw new RangeError('own'); } })",
  ];
  for (let round = 0; round < 24; round++) {
    // The cell ends by itself at about the time of an interrupt, before or after it.
    const code = `for (let i = 0; i < ${(round % 6) * 1e6}; i++) Math.sqrt(i); ${ends[round % ends.length]}`;
    let ended = false;
    const running = run(kernel.client, code).finally(() => {
      ended = true;
    });
    while (!ended) {
      await interrupt();
      await sleep(round * 2);
    }
    const { error, text } = await running;
    if (error) expect(["InterruptError", "RangeError"]).toContain(error.ename);
    else expect(text).toContain("RangeError: own");
  }
  await until(
    async () => (await run(kernel.client, "await pause(20); 1 + 1")).text === "2",
    20_000,
    "a cell",
  );
});

it("stops no description of the error with which a cell answers it", async () => {
  const code = `const slow = { get() { for (const end = Date.now() + 600; Date.now() < end; ) Math.sqrt(2); return "told"; } };
try { for (;;); } catch { throw Object.defineProperty(new RangeError("x"), "message", slow); }`;
  const { error } = await interrupted(code, byMessage);
  expect([error?.ename, error?.evalue]).toEqual(["RangeError", "told"]);
  expect((await run(kernel.client, "1 + 1")).text).toBe("2");
});

it("does nothing between cells, and does not reach into the next one", async () => {
  await byMessage();
  await bySignal();
  // Nothing tells of a signal that stops nothing.
  await sleep(1000);
  expect(
    (await run(kernel.client, "let n = 0; for (let i = 0; i < 1e6; i++) n++; await pause(300); n")).text,
  ).toBe("1000000");
});

it("is void when the cell that it was kept for has nothing to stop", async () => {
  const slow = run(kernel.client, "1");
  const empty = run(kernel.client, "");
  await byMessage();
  await Promise.all([slow, empty]);
  expect((await run(kernel.client, "'untouched'")).text).toBe("'untouched'");
});

it("aborts the signal that gradlens calls listen to, with the reason", async () => {
  const code = `const { signal } = (globalThis as any)[Symbol.for("gradlens.host")];
let reason = ""; signal.addEventListener("abort", () => { reason = signal.reason.name; });
await new Promise(() => {});`;
  await interrupted(code, byMessage);
  expect((await run(kernel.client, "reason")).text).toBe("'InterruptError'");
});

it("keeps what an interrupted cell declared", async () => {
  await interrupted("const early = 5; for (;;);", byMessage);
  expect((await run(kernel.client, "early")).text).toBe("5");
});

it("stops a cell that waits for the compiler to load", async () => {
  const fresh = await startKernel(folder.path);
  try {
    let ended = false;
    const running = run(fresh.client, "await new Promise(() => {});").finally(() => {
      ended = true;
    });
    // One that arrives before the cell does is void.
    for (await sleep(50); !ended; await sleep(2000)) await fresh.client.interrupt();
    expect((await running).error?.ename).toBe("InterruptError");
    expect((await run(fresh.client, "1 + 1")).text).toBe("2");
  } finally {
    await fresh.stop();
  }
});

it("aborts the cells that wait behind an interrupted one", async () => {
  const first = interrupted("await new Promise(() => {});", byMessage, 1000);
  const second = run(kernel.client, "'never runs'");
  expect([(await first).status, (await second).status]).toEqual(["error", "aborted"]);
});
