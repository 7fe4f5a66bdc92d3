import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Received } from "../../kernel/notebook/client";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { root, run, sleep, startKernel, until } from "./kernel";

/** What comes late belongs to the cell that started it, however it is late and whatever it says. */

let kernel: RunningKernel;

beforeAll(async () => {
  kernel = await startKernel(root);
  // Belongs to whoever calls it, not to the cell that has written it.
  await run(
    kernel.client,
    `import { EventEmitter, once } from "node:events"; import { readFile } from "node:fs"; import { exec, spawn } from "node:child_process";
import { Worker } from "node:worker_threads"; import { setTimeout as pause } from "node:timers/promises"; import { Readable } from "node:stream";
import net from "node:net";
const later = (ms: number, then: () => unknown) => { setTimeout(then, ms); };
const settle = async (ms: number, then: () => unknown) => { await pause(ms); await null; then(); };
const shared = new EventEmitter();`,
  );
});
afterAll(() => kernel?.stop());

/** Ways of being late: each calls `then()` after about that many milliseconds. */
const WAYS = {
  timer: "setTimeout(then, ms);",
  interval: "const i = setInterval(() => { clearInterval(i); then(); }, ms);",
  immediate: "setTimeout(() => setImmediate(then), ms);",
  tick: "setTimeout(() => process.nextTick(then), ms);",
  microtask: "setTimeout(() => queueMicrotask(then), ms);",
  reaction: "new Promise((done) => setTimeout(done, ms)).then(() => {}).finally(() => {}).then(then);",
  await: "void (async () => { await pause(ms); await null; then(); })();",
  awaits:
    "void (async () => { for (let i = 0; i < 4; i++) await new Promise((done) => setTimeout(done, ms / 4)); then(); })();",
  race: "void Promise.race([pause(ms), new Promise(() => {})]).then(then);",
  generator:
    "void (async () => { for await (const x of (async function* () { await pause(ms); yield 1; })()) { void x; then(); } })();",
  earlier: "later(ms, then);",
  "earlier, awaited": "void settle(ms, then);",
  emitter: "const own = new EventEmitter(); own.on('go', then); setTimeout(() => own.emit('go'), ms);",
  once: "const own = new EventEmitter(); void once(own, 'go').then(then); setTimeout(() => own.emit('go'), ms);",
  file: "setTimeout(() => readFile('package.json', then), ms);",
  program: "exec('sleep ' + ms / 1000, then);",
  stream: "setTimeout(() => Readable.from(['x']).on('data', then), ms);",
  worker:
    "const w = new Worker(`require('worker_threads').parentPort.postMessage(1)`, { eval: true }); w.once('message', () => setTimeout(then, ms));",
  channel:
    "const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { port1.close(); then(); }; setTimeout(() => port2.postMessage(1), ms);",
  socket:
    "const server = net.createServer((s) => s.end('x')).listen(0, '127.0.0.1', () => setTimeout(() => net.connect((server.address() as net.AddressInfo).port).on('data', () => { server.close(); then(); }), ms));",
  abort:
    "const stop = new AbortController(); stop.signal.addEventListener('abort', () => setTimeout(then, ms)); stop.abort();",
  signal: "AbortSignal.timeout(ms).addEventListener('abort', then);",
} as const;

/** Ways of being heard, each with the word in it. */
const SAYS = {
  log: (word: string) => `console.log("${word}")`,
  error: (word: string) => `console.error("${word}")`,
  write: (word: string) => `process.stdout.write("${word}\\n")`,
  display: (word: string) => `display("${word}")`,
  html: (word: string) => `display.html("<b>${word}</b>")`,
  clear: (word: string) => `(console.clear(), console.log("${word}"))`,
  throw: (word: string) => `setTimeout(() => { throw new Error("${word}"); })`,
  reject: (word: string) => `void Promise.reject(new Error("${word}"))`,
  "reject in a function": (word: string) => `void (async () => { await null; throw "${word}"; })()`,
  child: (word: string) => `exec("echo ${word}", (_, out) => console.log(out))`,
  inherited: (word: string) => `spawn("echo", ["${word}"], { stdio: "inherit" })`,
} as const;

const cells = fc.array(
  fc.record({
    way: fc.constantFrom(...(Object.keys(WAYS) as (keyof typeof WAYS)[])),
    says: fc.constantFrom(...(Object.keys(SAYS) as (keyof typeof SAYS)[])),
    ms: fc.integer({ min: 1, max: 400 }),
    /** How long the cell itself runs on. */
    runs: fc.constantFrom(0, 0, 0, 50, 300),
    fails: fc.boolean(),
  }),
  { minLength: 8, maxLength: 14 },
);

let words = 0;

it("gives each word to its cell, whatever runs when it is said", { timeout: 240_000 }, async () => {
  const seed = Number(process.env.GRADLENS_SEED ?? 1);
  const numRuns = Number(process.env.GRADLENS_ORIGIN_RUNS ?? 6);
  const property = fc.asyncProperty(cells, async (generated) => {
    const heard = new Map<string, string[]>();
    const expected = new Map<string, string>();
    const spoken: Received[] = [];
    const stop = kernel.client.onMessage((message) => spoken.push(message));
    for (const { way, says, ms, runs, fails } of generated) {
      const word = `w${++words}w`;
      const code = `{ const ms = ${ms}; const then = () => { ${SAYS[says](word)}; }; ${WAYS[way]} }
${runs > 0 ? `await pause(${runs});` : ""} ${fails ? "throw 1" : "null"}`;
      const { messages } = await run(kernel.client, code);
      expected.set(word, String((messages[0]!.parent as { msg_id: string }).msg_id));
    }
    const outputs = () =>
      spoken.filter(({ header }) => /^(stream|error|display_data)$/.test(header.msg_type));
    const said = (word: string) => outputs().some(({ content }) => JSON.stringify(content).includes(word));
    await until(() => [...expected.keys()].every(said), 60_000, "all that is late");
    // For what would be said twice.
    await sleep(200);
    stop();
    for (const { parent, content } of outputs())
      for (const word of JSON.stringify(content).match(/w\d+w/g) ?? [])
        heard.set(word, [...(heard.get(word) ?? []), String((parent as { msg_id: string }).msg_id)]);
    const told = [...expected].map(([word, id], at) => [generated[at]!.way, generated[at]!.says, word, [id]]);
    const got = [...expected].map(([word], at) => [
      generated[at]!.way,
      generated[at]!.says,
      word,
      [...new Set(heard.get(word) ?? [])],
    ]);
    expect(got).toEqual(told);
  });
  await fc.assert(property, { seed, numRuns, endOnFailure: true });
});

it("never makes the stderr of a cell out of an earlier one's errors", async () => {
  await run(
    kernel.client,
    "setTimeout(() => { throw new Error('from before'); }, 100); const warns = setInterval(() => console.warn('again'), 40);",
  );
  await run(kernel.client, "void (async () => { await pause(120); throw new Error('unheard'); })();");
  const { stderr, stdout } = await run(
    kernel.client,
    "console.error('own'); await pause(400); clearInterval(warns);",
  );
  expect([stdout, stderr]).toEqual(["", "own\n"]);
});

it("keeps what a handler of a widget says with the cell that has made it", async () => {
  const made = await run(
    kernel.client,
    "const w = widget({ esm: 'export default {}', state: { n: 0 } }); w.onMessage(() => { console.log('heard'); setTimeout(() => console.log('heard later'), 50); });",
  );
  const opened = made.messages.find(({ header }) => header.msg_type === "comm_open")!;
  const spoken: Received[] = [];
  const stop = kernel.client.onMessage((message) => spoken.push(message));
  await run(kernel.client, "1");
  const data = { method: "custom", content: {} };
  kernel.client.send("shell", "comm_msg", { comm_id: opened.content.comm_id, data });
  const streamed = () => spoken.filter(({ header }) => header.msg_type === "stream");
  await until(() => streamed().length >= 2, 30_000, "both lines");
  stop();
  const streams = streamed();
  expect(streams.map(({ content, parent }) => [content.text, parent])).toEqual([
    ["heard\n", made.messages[0]!.parent],
    ["heard later\n", made.messages[0]!.parent],
  ]);
});
