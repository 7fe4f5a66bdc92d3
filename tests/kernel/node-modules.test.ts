import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** Node's own modules in cells: the last value is what Node.js itself gives for the same lines in an ES module. */

let folder: TemporaryFolder;
let kernel: RunningKernel;
let asNode: string[];

/** Lines, and the expression whose value is compared. */
const USES: readonly (readonly [string, string])[] = [
  [
    'import assert from "node:assert"; let said = ""; try { assert.equal(1, 2); } catch (e) { said = String(e); }',
    "said",
  ],
  ['import { deepStrictEqual } from "node:assert/strict"; deepStrictEqual({ a: [1] }, { a: [1] });', "1"],
  [
    'import { AsyncLocalStorage } from "node:async_hooks"; const als = new AsyncLocalStorage();',
    "await als.run(7, async () => { await null; return als.getStore(); })",
  ],
  ['import { Buffer as B } from "node:buffer";', 'B.from("né").toString("base64")'],
  ['import buffer from "node:buffer";', "buffer.constants.MAX_LENGTH > 1e9"],
  ['import { execFileSync } from "node:child_process";', 'execFileSync("echo", ["a b"]).toString()'],
  [
    'import { exec } from "node:child_process"; import { promisify as p1 } from "node:util";',
    '(await p1(exec)("echo 1; exit 0")).stdout',
  ],
  ['import { spawnSync } from "node:child_process";', 'spawnSync("sh", ["-c", "exit 3"]).status'],
  [
    'import { spawn } from "node:child_process";',
    'await new Promise((done) => spawn("true").on("close", done))',
  ],
  ['import cluster from "node:cluster";', "cluster.isPrimary"],
  ['import { createHash } from "node:crypto";', 'createHash("sha256").update("a").digest("hex")'],
  ['import { createHmac } from "node:crypto";', 'createHmac("sha1", "k").update("v").digest("base64")'],
  ['import * as crypto1 from "node:crypto";', "crypto1.randomUUID().length"],
  [
    'import { webcrypto } from "node:crypto";',
    '(await webcrypto.subtle.digest("SHA-1", new Uint8Array(2))).byteLength',
  ],
  ["", "crypto.getRandomValues(new Uint8Array(3)).length"],
  [
    'import dgram from "node:dgram"; const socket = dgram.createSocket("udp4"); socket.close();',
    "socket instanceof dgram.Socket",
  ],
  [
    'import dc from "node:diagnostics_channel"; const channel = dc.channel("c"); const heard = []; channel.subscribe((m) => heard.push(m)); channel.publish(5);',
    "heard",
  ],
  ['import { lookup } from "node:dns/promises";', '(await lookup("127.0.0.1")).address'],
  [
    'import { EventEmitter, once } from "node:events"; const emitter = new EventEmitter(); setTimeout(() => emitter.emit("x", 4), 1);',
    'await once(emitter, "x")',
  ],
  ['import Events from "node:events";', "new Events().listenerCount('x')"],
  [
    'import fs1, { writeFileSync as w1 } from "node:fs"; w1("one.txt", "1");',
    'fs1.readFileSync("one.txt", "utf8")',
  ],
  ['import * as fs2 from "node:fs";', 'fs2.existsSync("nowhere")'],
  [
    'import { readFile, writeFile } from "node:fs/promises"; await writeFile("two.txt", "2");',
    'await readFile("two.txt", "utf8")',
  ],
  ['import { promises as fsp } from "fs";', '(await fsp.stat(".")).isDirectory()'],
  [
    'import { createReadStream } from "node:fs"; let read = ""; for await (const chunk of createReadStream("one.txt")) read += chunk;',
    "read",
  ],
  [
    'import { mkdtempSync, rmSync } from "node:fs"; const made = mkdtempSync("t-"); rmSync(made, { recursive: true });',
    "made.length",
  ],
  [
    'import http from "node:http"; const server = http.createServer((_q, r) => r.end("ok")); await new Promise((d) => server.listen(0, () => d(0))); const got = await (await fetch("http://localhost:" + server.address().port)).text(); server.close();',
    "got",
  ],
  ['import { STATUS_CODES } from "node:http";', "STATUS_CODES[404]"],
  ['import http2 from "node:http2";', "http2.constants.HTTP2_HEADER_STATUS"],
  ['import https from "node:https";', "typeof https.get"],
  ['import inspector from "node:inspector";', "inspector.url()"],
  [
    'import { builtinModules as names, createRequire } from "node:module";',
    "[names.includes('fs'), typeof createRequire(import.meta.url)]",
  ],
  ['import { isIP } from "node:net";', '[isIP("::1"), isIP("x")]'],
  ['import os, { EOL } from "node:os";', "[EOL, os.platform()]"],
  ['import path1 from "node:path";', 'path1.join("a", "..", "b")'],
  ['import { win32 } from "node:path";', 'win32.join("a", "b")'],
  ['import { join } from "node:path/posix";', 'join("/", "x")'],
  [
    'import { performance as perf, PerformanceObserver } from "node:perf_hooks";',
    "[perf.now() > 0, typeof PerformanceObserver]",
  ],
  [
    'import process1, { argv0 } from "node:process";',
    "[process1.version, typeof argv0, process1 === process]",
  ],
  ['import punycode from "node:punycode";', 'punycode.encode("mañana")'],
  ['import { parse } from "node:querystring";', 'parse("a=1&b=2&a=3").a'],
  [
    'import readline from "node:readline"; import { Readable as R1 } from "node:stream"; const lines = []; for await (const line of readline.createInterface({ input: R1.from(["a\\nb"]) })) lines.push(line);',
    "lines",
  ],
  [
    'import { Readable, Transform } from "node:stream"; import { pipeline } from "node:stream/promises"; const up = []; await pipeline(Readable.from(["a", "b"]), new Transform({ transform(c, _e, next) { next(null, String(c).toUpperCase()); } }), async (s) => { for await (const c of s) up.push(String(c)); });',
    "up",
  ],
  [
    'import { text } from "node:stream/consumers"; import { Readable as R2 } from "node:stream";',
    'await text(R2.from(["x", "y"]))',
  ],
  ['import { ReadableStream as RS } from "node:stream/web";', "new RS().locked"],
  [
    'import { StringDecoder } from "node:string_decoder"; const decoder = new StringDecoder();',
    "decoder.write(Buffer.from([0xc3])) + decoder.write(Buffer.from([0xa9]))",
  ],
  ['import { setTimeout as sleep1 } from "node:timers/promises";', 'await sleep1(1, "slept")'],
  ['import { setImmediate as now1 } from "timers";', "await new Promise((done) => now1(done, 3))"],
  ['import tls from "node:tls";', "tls.DEFAULT_MIN_VERSION"],
  ['import tty from "node:tty";', "tty.isatty(99)"],
  [
    'import { fileURLToPath, URL as U1 } from "node:url";',
    '[fileURLToPath("file:///a%20b"), new U1("/x", "http://h").href]',
  ],
  ['import url from "node:url";', 'url.parse("http://h:1/p").port'],
  [
    'import { inspect as i1, promisify, styleText } from "node:util";',
    "[i1({ a: { b: { c: {} } } }), promisify((cb) => cb(null, 2)).length, typeof styleText]",
  ],
  ['import util from "node:util";', 'util.format("%s:%d", "a", 1)'],
  ['import { isPromise } from "node:util/types";', "isPromise(Promise.resolve())"],
  [
    'import { parseArgs } from "node:util";',
    '({ ...parseArgs({ args: ["--v"], options: { v: { type: "boolean" } } }).values })',
  ],
  ['import v8 from "node:v8";', "v8.deserialize(v8.serialize({ a: new Map([[1, 2]]) }))"],
  ['import vm from "node:vm";', 'vm.runInNewContext("a + 1", { a: 2 })'],
  [
    'import { Worker, isMainThread } from "node:worker_threads"; const worker = new Worker("require(\'worker_threads\').parentPort.postMessage(6)", { eval: true });',
    "[isMainThread, await new Promise((done) => worker.once('message', done))]",
  ],
  ['import { gzipSync, gunzipSync } from "node:zlib";', 'gunzipSync(gzipSync("zip")).toString()'],
  ["", "structuredClone({ d: new Date(0), m: new Map([[1, new Set([2])]]) })"],
  ["", 'new TextDecoder().decode(new TextEncoder().encode("é"))'],
  ["", "await new Promise((done) => queueMicrotask(() => done(1)))"],
  ["", 'new URLSearchParams({ a: "1 2" }).toString()'],
  ["const aborter = new AbortController(); aborter.abort();", "aborter.signal.aborted"],
  [
    "const port = new MessageChannel(); port.port1.postMessage(9);",
    "await new Promise((done) => { port.port2.onmessage = (e) => { port.port1.close(); done(e.data); }; })",
  ],
  ["", 'atob(btoa("x"))'],
  ["", "await new Blob(['ab']).text()"],
  ["", "(await import('node:path')).default.sep"],
  ["", "Object.keys(await import('node:timers/promises')).sort()"],
  ["", "typeof require('node:fs').readFileSync === 'function' || 'no require in an ES module'"],
];
/** Where a cell is more than an ES module. */
const WANTED = new Map([
  ["typeof require('node:fs').readFileSync === 'function' || 'no require in an ES module'", "true"],
]);

const MODULES = builtinModules.filter(
  (name) => !name.startsWith("_") && !/^(trace_events|wasi|sea|sqlite|test)/.test(name),
);

/** Each in a file of its own; the process tells all values at the end. */
function runByNode(): string[] {
  const place = path.join(folder.path, "node");
  mkdirSync(place);
  const names = USES.map(([lines, value], i) => {
    writeFileSync(path.join(place, `use-${i}.mjs`), `${lines}\nexport const value = ${value};\n`);
    return `use-${i}.mjs`;
  });
  MODULES.forEach((name, i) => {
    writeFileSync(
      path.join(place, `names-${i}.mjs`),
      `import * as all from "node:${name}";\nexport const value = Object.keys(all).sort().join();\n`,
    );
    names.push(`names-${i}.mjs`);
  });
  const program = `import { inspect } from "node:util"; const texts = [];
for (const name of ${JSON.stringify(names)})
  texts.push(await import("./" + name).then(({ value }) => inspect(value), (error) => "" + error));
process.stdout.write(JSON.stringify(texts)); process.exit(0);`;
  writeFileSync(path.join(place, "all.mjs"), program);
  const { stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", "all.mjs"], {
    cwd: place,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as string[];
}

beforeAll(async () => {
  folder = temporaryFolder();
  asNode = runByNode();
  const place = path.join(folder.path, "cells");
  mkdirSync(place);
  kernel = await startKernel(place);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("a cell gives what Node.js gives", () => {
  it.each(USES.map(([lines, value], i) => [value, lines, i] as const))(
    "%s  (%s)",
    async (value, lines, i) => {
      // Types are not what is compared, and one name is imported more than once.
      const { text, error, stderr } = await run(
        kernel.client,
        `// @gradlens types: off\n${lines}\n${value};`,
      );
      expect(error?.traceback).toBeUndefined();
      expect(stderr).toBe("");
      const expected = WANTED.get(value) ?? asNode[i];
      expect(text ?? "undefined").toBe(expected);
    },
  );
});

it("each of Node's modules has all its names in a cell", async () => {
  const missing: string[] = [];
  for (const [i, name] of MODULES.entries()) {
    const { text } = await run(
      kernel.client,
      `// @gradlens types: off\nimport * as all from "node:${name}"; Object.keys(all).sort().join()`,
    );
    const listed = (given: string | undefined) => (given ?? "").replace(/^'|'$/g, "").split(",");
    const there = new Set(listed(text));
    // Set by the option with which Node.js runs here.
    there.add("noProcessWarnings");
    for (const each of listed(asNode[USES.length + i])) if (!there.has(each)) missing.push(`${name}.${each}`);
  }
  expect(missing).toEqual([]);
});
