import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** Names across cells: one variable for each, whichever cell declares it. */

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

/** Runs cells in order; none may fail. The text of the last one's value. */
async function last(...cells: string[]): Promise<string | undefined> {
  let text: string | undefined;
  for (const code of cells) {
    const { error, text: shown } = await cell(code);
    expect(error?.evalue, code).toBeUndefined();
    text = shown;
  }
  return text;
}

describe("the newest definition", () => {
  it.each([
    [
      "a function of the same cell",
      ["function helper(x: number) { return x + 1; }\nfunction caller(x: number) { return helper(x); }"],
      "function helper(x: number) { return x + 100; }",
      "caller(1)",
      "101",
    ],
    ["a `let`", ["let lr = 0.1; function step() { return lr; }"], "let lr = 5;", "step()", "5"],
    [
      "a `const`",
      ["const scale = 2; const apply = (x: number) => x * scale;"],
      "const scale = 50;",
      "apply(1)",
      "50",
    ],
    [
      "a class",
      ["class Layer { w = 1; }\nfunction make() { return new Layer().w; }"],
      "class Layer { w = 99; }",
      "make()",
      "99",
    ],
    [
      "a function of a cell before",
      ["function far(x: number) { return x + 1; }", "function usesFar(x: number) { return far(x); }"],
      "function far(x: number) { return x + 100; }",
      "usesFar(1)",
      "101",
    ],
    [
      "a base class",
      ["class Base { n() { return 1; } }\nfunction base() { return new Base().n() }"],
      "class Base { n() { return 2; } }",
      "base()",
      "2",
    ],
    [
      "a class inside its own methods",
      [
        "class Self { copy() { return new Self().tag(); } tag() { return 'old'; } }\nconst self = new Self();",
      ],
      "class Self { copy() { return ''; } tag() { return 'new'; } }",
      "self.copy()",
      "'new'",
    ],
    [
      "an enum",
      ["enum Mode { Train = 1 }\nconst mode = () => Mode.Train;"],
      "enum Mode { Train = 7 }",
      "mode()",
      "7",
    ],
    [
      "a namespace",
      ["namespace Config { export const rate = 1; }\nconst rate = () => Config.rate;"],
      "namespace Config { export const rate = 3; }",
      "rate()",
      "3",
    ],
    [
      "what a pattern declares",
      [
        "const { left, at: [right = 2] } = { left: 1, at: [] as number[] };\nconst both = () => [left, right];",
      ],
      "const [left, right] = [5, 6];",
      "both()",
      "[ 5, 6 ]",
    ],
    [
      "an import",
      ["import { sep } from 'node:path';\nconst separator = () => sep;"],
      "const sep = '::';",
      "separator()",
      "'::'",
    ],
    [
      "a variable that an import takes over",
      ["let delimiter = 'none';\nconst now = () => delimiter;"],
      "import { delimiter } from 'node:path';",
      "now()",
      "':'",
    ],
    [
      "a `var` of a loop",
      ["for (var turn = 0; turn < 3; turn++);\nconst turns = () => turn;"],
      "for (var turn = 0; turn < 9; turn++);",
      "turns()",
      "9",
    ],
    [
      "a default of a parameter",
      ["let width = 1;\nconst padded = (w = width) => w;"],
      "let width = 8;",
      "padded()",
      "8",
    ],
    [
      "a method, a getter and a generator",
      ["let unit = 1;\nclass Meter { get g() { return unit; } *i() { yield unit; } static s = () => unit }"],
      "let unit = 4;",
      "[new Meter().g, [...new Meter().i()], Meter.s()]",
      "[ 4, [ 4 ], 4 ]",
    ],
    [
      "a timer's callback",
      ["let tick = 1;\nconst ticked = new Promise((done) => setTimeout(() => done(tick), 300));"],
      "let tick = 2;",
      "await ticked",
      "2",
    ],
    [
      "a shorthand property and a template",
      ["let label = 'a';\nconst told = () => [{ label }, `${label}`];"],
      "let label = 'b';",
      "told()",
      "[ { label: 'b' }, 'b' ]",
    ],
    [
      "a tag of a template",
      ["const tag = (s: TemplateStringsArray) => s.raw[0] + '1';\nconst tagged = () => tag`x`;"],
      "const tag = (s: TemplateStringsArray) => s.raw[0] + '2';",
      "tagged()",
      "'x2'",
    ],
  ])("is seen of %s", async (_what, before, redefinition, use, expected) => {
    expect(await last(...before, redefinition, use)).toBe(expected);
  });

  it("is what a later cell assigns, from functions of all cells", async () => {
    await last("let count = 0; const more = () => { count += 1; };", "const most = () => { count += 10; };");
    await last("let count = 100; const extra = () => { count++; };");
    expect(await last("more(); most(); extra(); count")).toBe("112");
  });

  it("does not reach names within functions and blocks", async () => {
    await last(
      "let inner = 1; const shadowed = (inner: number) => inner; const block = () => { let inner = 3; { const inner = 4; } return inner; };",
      "let inner = 50;",
    );
    expect(
      await last("[shadowed(2), block(), (() => { try { throw 5 } catch (inner) { return inner } })()]"),
    ).toBe("[ 2, 3, 5 ]");
  });

  it("keeps the platform's own until a cell declares the name", async () => {
    expect(await last("const ask = () => typeof structuredClone; ask()")).toBe("'function'");
    expect(await last("const structuredClone = 3; typeof structuredClone")).toBe("'number'");
  });
});

describe("a name that was there before", () => {
  it("is what `var total = total + 1` adds to", async () => {
    expect(await last("var total = 4;", "var total: number = total + 1; total", "total + 1")).toBe("6");
  });

  it("is found by eval", async () => {
    await last("let seen = 5; function local() { return eval('seen'); }");
    expect(await last("eval('seen + 1')")).toBe("6");
    expect(await last("eval('seen = 7'); seen")).toBe("7");
    expect(await last("let seen = 9;", "local()")).toBe("9");
    expect(await last("const within = (own: number) => eval('own + seen'); within(1)")).toBe("10");
  });

  it("stays when a cell fails before it gives the name another", async () => {
    await last("const kept = 1;");
    await cell("throw new Error(); const kept = 2;");
    expect(await last("kept")).toBe("1");
    await cell("const kept = 'text'; throw new Error();");
    expect(await last("kept.toUpperCase()")).toBe("'TEXT'");
  });
});

describe("a function of a cell that failed", () => {
  it("sees a name that comes later", async () => {
    const { error } = await cell(
      "function useLater() { return later + 1; }\nthrow new Error('half'); const later = 1;",
    );
    expect(error?.evalue).toBe("half");
    expect((await cell("useLater()")).error?.evalue).toBe("later is not defined");
    expect(await last("const later = 41;", "useLater()")).toBe("42");
  });

  it("sees the old name again, and a global where there was none", async () => {
    await cell("const asks = () => typeof atob; throw new Error(); const atob = 3;");
    expect(await last("[asks(), typeof atob]")).toBe("[ 'function', 'function' ]");
  });

  it("waits for names that are declared in the same cell", async () => {
    const { error } = await cell("const early = () => tooEarly; early(); let tooEarly = 1;");
    expect(error?.evalue).toBe("Cannot access 'tooEarly' before initialization");
  });

  it("knows names that no cell has yet where types are off", async () => {
    await last(
      "// @gradlens types: off\nfunction ahead() { return typeof coming === 'undefined' ? 'none' : coming }",
    );
    expect(await last("ahead()")).toBe("'none'");
    expect(await last("const coming = 6;", "ahead()")).toBe("6");
  });
});

describe("functions and classes that are declared", () => {
  it.each([
    ["const arrow = (x: number) => x; arrow.name", "'arrow'"],
    ["const nameless = class { static n = this.name }; nameless.n", "'nameless'"],
    ["let { given = () => 1 } = {} as { given?: () => number }; given.name", "'given'"],
    ["function told(this: unknown) { return this === undefined; } told()", "true"],
    ["const holder = { call: told }; [(told)(), told?.(), holder.call()]", "[ true, true, false ]"],
    [
      "class Chain { static all: Chain[] = []; static one = new Chain(); constructor() { Chain.all.push(this); } } Chain.all.length",
      "1",
    ],
    [
      "class Chain { static all: Chain[] = []; static one = new Chain(); constructor() { Chain.all.push(this); } } [Chain.all.length, Chain.one instanceof Chain]",
      "[ 1, true ]",
    ],
    ["hoistedBefore(); function hoistedBefore() { return 1 } hoistedBefore()", "1"],
    [
      "basename('/a/b') + sepOf(); import { basename } from 'node:path'; function sepOf() { return basename('c/d') } basename('/a/b')",
      "'b'",
    ],
    ["() => 3", "[Function (anonymous)]"],
    ["(function () {})", "[Function (anonymous)]"],
    ["namespace Shown { export const a = 1 } Shown", "{ a: 1 }"],
  ])("%s", async (code, expected) => {
    expect(await last(code)).toBe(expected);
  });

  it("are spoken of by their names in errors", async () => {
    await last("let plain: any = 3;");
    for (const code of ["plain()", "new plain()", "plain`x`"]) {
      const { error } = await cell(code);
      expect(error?.evalue).toMatch(/^plain is not /);
      expect(error?.traceback).not.toContain("$v_");
    }
    expect(
      await last(
        "let message = ''; try { plain() } catch (e: any) { message = e.message + e.stack.split('\\n')[0] } message",
      ),
    ).toBe("'plain is not a functionTypeError: plain is not a function'");
  });

  it("are constants where they are, types or not", async () => {
    await last("const fixed = 1; import { posix } from 'node:path';");
    expect((await cell("fixed = 2")).error?.evalue).toContain("TS2588");
    for (const code of [
      "fixed = 2",
      "fixed++",
      "[fixed] = [2]",
      "({ fixed } = { fixed: 3 })",
      "for (fixed of [1]);",
      "posix = 3",
    ]) {
      const { error } = await cell(`// @gradlens types: off\n${code}`);
      expect(error?.evalue, code).toBe("Assignment to constant variable.");
    }
    expect((await cell("// @gradlens types: off\nconst own = 1; own = 2;")).error?.evalue).toBe(
      "Assignment to constant variable.",
    );
    expect(await last("fixed", "let fixed = 2; fixed = 3; fixed")).toBe("3");
  });
});
