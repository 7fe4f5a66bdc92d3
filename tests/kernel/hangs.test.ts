import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, root, run, runInterrupted, sleep, startKernel, until } from "./kernel";

/** Whatever the kernel asks of a cell's value may never answer: then it is shown as it is, or an interrupt ends it. */

let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  kernel = await startKernel(root);
});
afterAll(() => kernel?.stop());

describe("what only looks like a promise is shown, and not awaited", () => {
  it.each([
    ["({ then() {} })", "{ then: [Function: then] }"],
    ["({ then: (done: any) => done(5) })", "{ then: [Function: then] }"],
    ["({ get then(): any { throw new Error('no'); } })", "{ then: [Getter] }"],
    ["class Own { then(_: unknown) { return this; } }\nnew Own()", "Own {}"],
    ["Object.assign(() => 1, { then() {} })", "[Function (anonymous)] { then: [Function: then] }"],
  ])("%s", async (code, text) => {
    const { text: shown } = await cell(code);
    expect(shown?.replace(/\s+/g, " ")).toBe(text);
    expect((await cell("1 + 1")).text).toBe("2");
  });

  it("within displays, arrays, and values of promises too", async () => {
    const { displays } = await cell("await display({ then() {} }); display([{ then() {} }]);");
    expect(displays).toHaveLength(2);
    expect((await cell("Promise.resolve(7)")).text).toBe("7");
    expect((await cell("class Sub extends Promise<number> {}\nnew Sub((done) => done(8))")).text).toBe("8");
  });
});

const display = (body: string) => `({ [Symbol.for("Jupyter.display")]: ${body} })`;
const inspected = (body: string) => `({ [Symbol.for("nodejs.util.inspect.custom")]() { ${body} } })`;

describe("an interrupt ends", () => {
  it.each([
    ["a display whose promise never settles", display("() => new Promise(() => {})")],
    ["a display that only looks like a promise", display("() => ({ then() {} })")],
    ["a display without end", display("() => { for (;;) Math.sqrt(2); }")],
    ["a display without end after an await", display("async () => { await null; for (;;) Math.sqrt(2); }")],
    ["a display called by the cell", `await display(${display("() => new Promise(() => {})")})`],
    ["a display that nobody awaits", `void display(${display("() => new Promise(() => {})")}); null`],
    ["a display's getter", display("() => ({ get 'text/plain'() { for (;;) Math.sqrt(2); } })")],
    [
      "a display's toJSON",
      display("() => ({ 'application/json': { toJSON() { for (;;) Math.sqrt(2); } } })"),
    ],
    ["a getter that is looked at", "({ get [Symbol.for('Jupyter.display')]() { for (;;) Math.sqrt(2); } })"],
    ["a way of being inspected", inspected("for (;;) Math.sqrt(2);")],
    ["a proxy", "new Proxy({}, { get() { for (;;) Math.sqrt(2); } })"],
    ["an iterator", "for (const x of progress({ *[Symbol.iterator]() { for (;;) yield 1; } })) void x;"],
    [
      "an iterator that never answers",
      "for await (const x of progress({ async *[Symbol.asyncIterator]() { await new Promise(() => {}); yield 1; } })) void x;",
    ],
    [
      "an error's message",
      "throw Object.defineProperty(new Error('x'), 'message', { get() { for (;;) Math.sqrt(2); } })",
    ],
    [
      "an error's code",
      "throw Object.defineProperty(new Error('x'), 'code', { get() { for (;;) Math.sqrt(2); } })",
    ],
    [
      "a thrown proxy",
      "throw new Proxy({}, { get() { for (;;) Math.sqrt(2); }, getPrototypeOf() { for (;;) Math.sqrt(2); } })",
    ],
    ["a thrown thing's inspection", `throw ${inspected("for (;;) Math.sqrt(2);")}`],
    [
      "a promise of an own class",
      "class Never<T> extends Promise<T> { then(): any { for (;;) Math.sqrt(2); } }\nnew Never(() => {})",
    ],
    [
      "a promise's constructor",
      "Object.defineProperty(Promise.resolve(1), 'constructor', { get() { for (;;) Math.sqrt(2); } })",
    ],
    ["a dimension of a table", "[{ get a() { for (;;) Math.sqrt(2); } }]"],
  ])("%s", async (_what, code) => {
    const { status, error } = await runInterrupted(kernel.client, code, 500);
    // What is only looked at may be given up and the rest shown.
    if (status === "error") expect(error?.ename).not.toBe("");
    expect((await cell("await new Promise((done) => setTimeout(done, 20)); 1 + 1")).text).toBe("2");
  });

  it("a callback that blocks the thread after its cell's end", async () => {
    let blocks = false;
    const stopListening = kernel.client.onMessage(({ content }) => {
      blocks ||= content.text === "blocks\n";
    });
    await cell(
      "setTimeout(() => { console.log('blocks'); const spin = new Function('for (;;) Math.sqrt(2);'); spin(); }, 50); null",
    );
    await until(() => blocks, 30_000, "the callback");
    stopListening();
    let ended = false;
    const waiting = cell("1 + 1").finally(() => {
      ended = true;
    });
    // An interrupt that arrives before the cell does stops the callback alone.
    for (await sleep(200); !ended; await sleep(5000)) await kernel.client.interrupt();
    expect(["ok", "error"]).toContain((await waiting).status);
    expect((await cell("1 + 1")).text).toBe("2");
  });

  it("user expressions", async () => {
    const running = kernel.client.execute("1", undefined, {
      user_expressions: { endless: display("() => new Promise(() => {})"), fine: "2" },
    });
    await sleep(500);
    await kernel.client.interrupt();
    const { user_expressions } = (await running) as { user_expressions: Record<string, { status: string }> };
    expect(user_expressions.endless?.status).toBe("error");
    expect((await cell("1 + 1")).text).toBe("2");
  });
});
