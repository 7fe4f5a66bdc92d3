import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import {
  type CellResult,
  root,
  run,
  runInterrupted,
  sleep,
  startKernel,
  type TemporaryFolder,
  temporaryFolder,
} from "./kernel";

/** What cells make of JavaScript's own objects is theirs: the kernel and its compiler go on with the originals. */

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
  await cell(
    "const later = { async [Symbol.for('Jupyter.display')]() { return { 'text/plain': 'later' }; } };",
  );
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

/** Each with what puts it back. */
const PATCHES: [what: string, patch: string, original: string][] = [
  ["Array.prototype.map", "() => []", "Array.prototype.map"],
  ["Array.prototype[Symbol.iterator]", "function* () {}", "Array.prototype[Symbol.iterator]"],
  ["Array.prototype.push", "() => { throw new Error('no push'); }", "Array.prototype.push"],
  ["JSON.stringify", "() => '{}'", "JSON.stringify"],
  ["JSON.parse", "() => ({})", "JSON.parse"],
  ["Promise", "6", "Promise"],
  ["Promise.race", "() => new Promise(() => {})", "Promise.race"],
  ["Promise.prototype.then", "() => {}", "Promise.prototype.then"],
  ["Promise.prototype.finally", "() => {}", "Promise.prototype.finally"],
  ["Promise.prototype.constructor", "6", "Promise"],
  ["Object.entries", "() => []", "Object.entries"],
  ["Object.defineProperty", "() => {}", "Object.defineProperty"],
  ["Object.getOwnPropertyDescriptor", "() => undefined", "Object.getOwnPropertyDescriptor"],
  ["String.prototype.split", "() => []", "String.prototype.split"],
  ["String.prototype.replace", "() => 'x'", "String.prototype.replace"],
  ["RegExp.prototype.exec", "() => null", "RegExp.prototype.exec"],
  ["Map.prototype.get", "() => undefined", "Map.prototype.get"],
  ["Set.prototype.has", "() => false", "Set.prototype.has"],
  ["Function.prototype.call", "() => undefined", "Function.prototype.call"],
  ["Reflect.apply", "() => undefined", "Reflect.apply"],
  ["Symbol.for", "() => 'x'", "Symbol.for"],
  ["Math.max", "() => NaN", "Math.max"],
  ["Atomics.load", "() => 1", "Atomics.load"],
  ["globalThis.setTimeout", "5", "setTimeout"],
  ["globalThis.setImmediate", "5", "setImmediate"],
  ["globalThis.Error", "6", "Error"],
  ["globalThis.Map", "6", "Map"],
  ["globalThis.Buffer", "undefined", "Buffer"],
  ["process.nextTick", "() => {}", "process.nextTick"],
  ["process.cwd", "() => '/nowhere'", "process.cwd"],
  ["require('fs').readFileSync", "() => ''", "require('fs').readFileSync"],
  ["require('fs').existsSync", "() => false", "require('fs').existsSync"],
  ["require('path').join", "() => ''", "require('path').join"],
  ["require('util').inspect", "() => 'x'", "require('util').inspect"],
];

describe("a cell may replace", () => {
  afterEach(() => cell("(globalThis as any)['put back']?.(); null"));

  it.each(PATCHES)("%s", async (what, patch, original) => {
    await cell(`{ const was: any = ${original}; const define = Reflect.defineProperty;
      (globalThis as any)["put back"] = () => { (${what} as any) = was; }; void define; }`);
    await cell(`(${what} as any) = ${patch}; null`);
    const after = await cell("let n: number = 1; n + 1");
    expect([after.error?.traceback, after.text, after.stderr]).toEqual([undefined, "2", ""]);
    const failed = await cell("let wrong: number = 'text';");
    expect(failed.error?.evalue).toContain("TS2322");
    const thrown = await cell("function f() { throw new RangeError('told'); }\nf()");
    expect([thrown.error?.ename, thrown.error?.evalue]).toEqual(["RangeError", "told"]);
    expect(thrown.error?.traceback).toMatch(/at f \(cell \[\d+\]:1:/);
    const table = await cell("[{ a: 1, b: 'x' }, { a: 2, b: 'y' }]");
    expect(table.result?.["text/plain"]).toBe("   a  b\n0  1  x\n1  2  y");
    const shown = await cell("display.html('<i>h</i>'); console.log('said'); null");
    expect([shown.displays[0]?.content.data, shown.stdout]).toEqual([
      { "text/html": "<i>h</i>", "text/plain": "<i>h</i>" },
      "said\n",
    ]);
    const { matches } = await kernel.client.request("shell", "complete_request", {
      code: "Math.sqr",
      cursor_pos: 8,
    });
    expect(matches).toContain("sqrt");
    // What the kernel waits for.
    const name = `module${PATCHES.findIndex(([patched]) => patched === what)}`;
    writeFileSync(path.join(folder.path, `${name}.ts`), "await null; export const seven: number = 7;\n");
    const waited = await cell(
      `!echo ran\nimport { seven } from "./${name}"; const kept = await seven; void display(later); later`,
    );
    expect([waited.error?.traceback, waited.stdout, waited.text]).toEqual([undefined, "ran\n", "later"]);
    expect(waited.displays[0]?.content.data).toEqual({ "text/plain": "later" });
    expect((await cell(`!exit 3\nkept`)).error?.evalue).toBe("exit 3: ended with exit code 3");
    expect((await cell(`kept + require("./${name}").seven`)).text).toBe("14");
  });

  it("Promise.prototype.constructor and then, and what the kernel waits for ends", async () => {
    await cell(`{ const { constructor, then } = Promise.prototype;
      (globalThis as any)["put back"] = () => { Object.assign(Promise.prototype, { constructor, then }); }; }`);
    await cell("Object.assign(Promise.prototype, { constructor: 6, then() {} }); null");
    expect((await cell("!echo ran")).stdout).toBe("ran\n");
    expect((await cell("import os from 'node:os'; typeof os.cpus")).text).toBe("'function'");
    expect((await cell("void display(later); 1")).displays[0]?.content.data).toEqual({
      "text/plain": "later",
    });
    const { user_expressions } = await kernel.client.execute("1", undefined, {
      user_expressions: { two: "2" },
    });
    expect(user_expressions).toMatchObject({ two: { data: { "text/plain": "2" } } });
    expect((await cell("throw new RangeError('told')")).error?.evalue).toBe("told");
  });
});

describe("for cells it stays as they have made it", () => {
  it("from cell to cell, in functions, displays and later callbacks", async () => {
    await cell(
      "(Math as any).random = () => 0.25; (Object.prototype as any).twice = function () { return [this, this]; };",
    );
    expect((await cell("Math.random()")).text).toBe("0.25");
    expect((await cell("(({ a: 1 }) as any).twice().length")).text).toBe("2");
    const shown = await cell(
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': String(Math.random()) }) })",
    );
    expect(shown.text).toBe("0.25");
    expect((await cell("await new Promise((done) => setTimeout(() => done(Math.random()), 20))")).text).toBe(
      "0.25",
    );
    await cell("delete (Object.prototype as any).twice;");
  });

  it("also what would change every property descriptor, or is frozen", async () => {
    await cell(
      "(Object.prototype as any).get = () => 1; (Array.prototype as any)[0] = 'first'; (Object.prototype as any).then = 1;",
    );
    expect((await cell("[1, 2].map((x) => x + 1)")).text).toBe("[ 2, 3 ]");
    expect((await cell("({} as any).get()")).text).toBe("1");
    await cell(
      "delete (Object.prototype as any).get; delete (Array.prototype as any)[0]; delete (Object.prototype as any).then;",
    );
    await cell("Object.freeze(globalThis); Object.freeze(Array.prototype); Object.freeze(Object.prototype);");
    expect((await cell("let still = 1; still + 1")).text).toBe("2");
    expect((await cell("throw new Error('told')")).error?.evalue).toBe("told");
  });
});

describe("the process", () => {
  it("lives on without the listeners that a cell takes away", async () => {
    await cell(
      "process.removeAllListeners(); void Promise.reject(new Error('unheard')); setTimeout(() => { throw new Error('stray'); }, 20); null",
    );
    await sleep(200);
    expect(
      (
        await cell(
          "process.removeAllListeners('uncaughtException'); process.listenerCount('uncaughtException')",
        )
      ).text,
    ).toBe("1");
    await cell(
      "for (const each of process.listeners('uncaughtException')) process.off('uncaughtException', each);",
    );
    await cell("setTimeout(() => { throw new Error('stray'); }, 20); null");
    await sleep(200);
    expect((await cell("1 + 1")).text).toBe("2");
  });

  it.each([
    [
      "AsyncLocalStorage",
      "import { AsyncLocalStorage } from 'node:async_hooks'; const own = new AsyncLocalStorage<number>(); const within = (code: () => void) => own.run(1, code);",
    ],
    [
      "hooks",
      "import { AsyncResource, createHook } from 'node:async_hooks'; createHook({ init() {}, before() {}, after() {}, destroy() {} }).enable(); const within = (code: () => void) => new AsyncResource('own').runInAsyncScope(code);",
    ],
    ["node:test", "import 'node:test'; const within = (code: () => void) => code();"],
  ])("lives on when code is torn out of asynchronous contexts, with %s", async (what, setUp) => {
    // Node 24 has no way to mend the stack of hooks; see docs/limits.md.
    if (what === "hooks" && Number(process.versions.node.split(".")[0]) >= 24) return;
    const own = await startKernel(root);
    try {
      await run(own.client, `${setUp}\nconst spin = new Function("for (;;) Math.sqrt(2);") as () => void;`);
      for (const code of [
        "await null; within(spin);",
        "within(spin);",
        "setTimeout(() => within(spin), 5); await new Promise(() => {});",
        "while (true) await null;",
        "await null; within(() => within(spin));",
        "within(() => setImmediate(spin)); await new Promise(() => {});",
        "await null; /^(a+)+$/.test('a'.repeat(60) + 'b');",
      ]) {
        expect((await runInterrupted(own.client, code, 400)).error?.ename).toBe("InterruptError");
        expect((await run(own.client, "await new Promise((done) => setTimeout(done, 5)); 1 + 1")).text).toBe(
          "2",
        );
      }
    } finally {
      await own.stop();
    }
  });
});
