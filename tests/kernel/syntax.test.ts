import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** What a cell is read as: TypeScript of today, an object, an error in the user's own words. */

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("a cell is TypeScript, not TSX", () => {
  it.each([
    ["const identity = <T>(x: T): T => x; identity(3)", "3"],
    ['const fetcher = async <T>(x: T) => x; await fetcher("a")', "'a'"],
    ["const n = <number>(5 as any); n", "5"],
    ['const curry = (a: number) => <T>(b: T) => ({ a, b }); curry(1)("x")', "{ a: 1, b: 'x' }"],
    ["// @gradlens types: off\nconst loose = <T>(x: T): T => x; loose(3)", "3"],
    [
      "class Box<T> { map = <U>(f: (t: T) => U) => f(this.value); constructor(public value: T) {} } new Box(2).map((v) => v + 1)",
      "3",
    ],
    ["const pair = <const T extends readonly unknown[]>(...xs: T): T => xs; pair(1, 'b')", "[ 1, 'b' ]"],
    ["(<string>JSON.parse('\"text\"')).length", "4"],
    ["[<any>1, <T,>(x: T) => x].length", "2"],
  ])("%s", async (code, expected) => {
    const { error, text } = await cell(code);
    expect(error?.evalue).toBeUndefined();
    expect(text).toBe(expected);
  });

  it("unless the tsconfig beside the notebook sets jsx; an imported .tsx file has it anyway", async () => {
    const own = temporaryFolder();
    writeFileSync(
      path.join(own.path, "view.tsx"),
      "const React = { createElement: (tag: string, _props: unknown, ...inside: string[]) => `<${tag}>${inside.join('')}` };\n" +
        "declare global { namespace JSX { interface IntrinsicElements { b: object } } }\n" +
        "export const view: string = (<b>bold</b>) as any;\n",
    );
    const other = await startKernel(own.path);
    try {
      const { error, text } = await run(
        other.client,
        'import { view } from "./view"; (<T>(x: T) => x)(view)',
      );
      expect(error?.evalue).toBeUndefined();
      expect(text).toBe("'<b>bold'");
    } finally {
      await other.stop();
      own.remove();
    }
  });
});

describe("a cell that is an object", () => {
  it.each([
    ["{ a: 1, b: 2 }", "{ a: 1, b: 2 }"],
    ["{ a: 1 }", "{ a: 1 }"],
    ["{\n  a: [1, 2],\n  // a remark\n  'b-c': { d: 3 },\n}", "{ a: [ 1, 2 ], 'b-c': { d: 3 } }"],
    ["// what follows is an object\n{ ...{ x: 1 }, y() { return 2 } }.y()", undefined],
    ["/* config */ { ...{ x: 1 }, y: 2 }", "{ x: 1, y: 2 }"],
    ["{ const inside = 4; inside }", undefined],
    ["{}", "{}"],
    ["{ a: 1 }\n5", "5"],
  ])("%s", async (code, expected) => {
    expect((await cell(code)).text).toBe(expected);
  });

  it("has its errors where they stand", async () => {
    const { error } = await cell("{ a: 1,\n  b: missing }");
    expect(error?.evalue).toBe("TS2304: Cannot find name 'missing'. (line 2)");
    expect(error?.traceback).toContain("> 2 |   b: missing }");
    const thrown = await cell("{ a: 1,\n  b: JSON.parse('{') }");
    expect(thrown.error?.traceback).toMatch(/cell \[\d+\]:2:11/);
  });
});

describe("unfinished and wrong code", () => {
  it.each([
    ["let a = Math.", "TS1003: Identifier expected. (line 1)"],
    ["let b =", "TS1109: Expression expected. (line 1)"],
    ["const c = 1 +", "TS1109: Expression expected. (line 1)"],
    ["if (true)", "TS1109: Expression expected. (line 1)"],
    ["const e = { a: 1,", "TS1005: '}' expected. (line 1)"],
    ["for (let i = 0; i < 3; i++)", "TS1109: Expression expected. (line 1)"],
    ["class H", "TS1005: '{' expected. (line 1)"],
    ["cosnt z = 5", "TS1435: Unknown keyword or identifier. Did you mean 'const'? (line 1)"],
    ["return 5", "TS1108: A 'return' statement can only be used within a function body. (line 1)"],
    ["type T =", "TS1110: Type expected. (line 1)"],
    ["let count: number = 'text';\nconst half = (1 +", "TS1109: Expression expected. (line 2)"],
    ["const n = 5; n.", "TS1003: Identifier expected. (line 1)"],
    ["const t = `abc ${1`", "TS1160: Unterminated template literal. (line 1)"],
    ["let first = 1;\nlet second = first.", "TS1003: Identifier expected. (line 2)"],
    [
      "break;",
      "TS1105: A 'break' statement can only be used within an enclosing iteration or switch statement. (line 1)",
    ],
    ["const x: number = 'no'; continue", undefined],
  ])("%s: errors of syntax alone, in the user's words", async (code, expected) => {
    const { error } = await cell(code);
    if (expected !== undefined) expect(error?.evalue).toBe(expected);
    expect(error?.traceback).not.toMatch(/TS2322|\bexport\b|tsLastExpr/);
  });
});

describe("the compiler of cells", () => {
  it.each([
    ["[1, 2, 3].findLast((v) => v < 3)", "2"],
    ["[3, 1, 2].toSorted()", "[ 1, 2, 3 ]"],
    ['"a\\ud800".isWellFormed()', "false"],
    ["typeof WebAssembly.instantiate", "'function'"],
    [
      "const buffer: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1 }); buffer.buffer.byteLength",
      "65536",
    ],
    ["const key: CryptoKey | undefined = undefined; [crypto instanceof Crypto, key]", "[ true, undefined ]"],
    ["performance instanceof Performance", "true"],
  ])("knows what the running Node has: %s", async (code, expected) => {
    const { error, text } = await cell(code);
    expect(error?.evalue).toBeUndefined();
    expect(text).toBe(expected);
  });

  it("knows every global of the running Node", async () => {
    const { error } = await cell(
      "const names = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Za-z]\\w*$/.test(name)); 0",
    );
    expect(error).toBeUndefined();
    const { text } = await cell("JSON.stringify(names)");
    const names = JSON.parse(String(text).slice(1, -1)) as string[];
    expect(names.length).toBeGreaterThan(100);
    expect((await cell(`[${names.map((name) => `typeof ${name}`).join(", ")}].length`)).text).toBe(
      String(names.length),
    );
  });

  it.each([
    [
      "disposes of what `using` declares",
      "const log: string[] = []; { using file = { [Symbol.dispose]() { log.push('closed'); } }; log.push('open'); } log",
      "[ 'open', 'closed' ]",
    ],
    [
      "calls standard decorators with their context",
      "function named(value: unknown, context: ClassMethodDecoratorContext) { seen.push(String(context.name)); }\nconst seen: string[] = []; class Decorated { @named method() {} } seen",
      "[ 'method' ]",
    ],
    [
      "has accessors that decorators may replace",
      "class Auto { accessor size = 3 } const auto = new Auto(); auto.size++; auto.size",
      "4",
    ],
    [
      "infers predicates of filters",
      "const some = [1, undefined, 2].filter((x) => x !== undefined); some.map((x) => x.toFixed(0))",
      "[ '1', '2' ]",
    ],
    [
      "knows NoInfer",
      "const pick = <T,>(xs: T[], x: NoInfer<T>) => xs.indexOf(x); pick(['a', 'b'], 'b')",
      "1",
    ],
  ])("%s", async (_what, code, expected) => {
    const { error, text } = await cell(code);
    expect(error?.evalue).toBeUndefined();
    expect(text).toBe(expected);
  });

  it("calls TypeScript's older decorators where the tsconfig beside the notebook asks for them", async () => {
    const own = temporaryFolder();
    writeFileSync(
      path.join(own.path, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { experimentalDecorators: true } }),
    );
    const other = await startKernel(own.path);
    try {
      const { error, text } = await run(
        other.client,
        "const seen: string[] = []; function older(target: object, key: string) { seen.push(key); } class Decorated { @older field = 1 } seen",
      );
      expect(error?.evalue).toBeUndefined();
      expect(text).toBe("[ 'field' ]");
    } finally {
      await other.stop();
      own.remove();
    }
  });
});
