import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type CellResult, run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

let folder: TemporaryFolder;
let kernel: RunningKernel;
const cell = (code: string): Promise<CellResult> => run(kernel.client, code);
const write = (name: string, text: string) => {
  const file = path.join(folder.path, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const configure = (compilerOptions: unknown) => write("tsconfig.json", JSON.stringify({ compilerOptions }));

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

describe("// @gradlens types: off", () => {
  it("runs a cell whose types are wrong, and only that cell", async () => {
    expect((await cell("const n: number = 'seven'; n")).error?.evalue).toContain("TS2322");
    expect((await cell("// @gradlens types: off\nconst n: number = 'seven'; n")).text).toBe("'seven'");
    expect((await cell("n.toFixed(1)")).error?.ename).toBe("TypeError");
    expect((await cell("n.toFixt(1)")).error?.ename).toBe("TypeScriptError");
  });

  it("leaves errors of syntax, awaits at top level, and errors of names at run time", async () => {
    expect((await cell("// @gradlens types: off\nconst = 3;")).error?.ename).toBe("TypeScriptError");
    expect((await cell("// @gradlens types: off\nconst late = await Promise.resolve(5); late")).text).toBe(
      "5",
    );
    expect((await cell("// @gradlens types: off\nnobody + 1")).error?.ename).toBe("ReferenceError");
  });

  it("can be the kernel's setting, which a cell may overrule", async () => {
    process.env.GRADLENS_TYPES = "off";
    const lax = await startKernel(folder.path);
    delete process.env.GRADLENS_TYPES;
    expect((await run(lax.client, "const n: number = 'seven'; n")).text).toBe("'seven'");
    const { error } = await run(lax.client, "// @gradlens types: on\nconst m: number = 'seven'; m");
    expect(error?.ename).toBe("TypeScriptError");
    await lax.stop();
  });
});

describe("tsconfig.json beside the notebook", () => {
  it("sets strictness, from the next cell on", async () => {
    const code = "function twice(x) { return 2 * x; }\ntwice(4)";
    expect((await cell(code)).text).toBe("8");
    configure({ strict: true });
    expect((await cell(code)).error?.evalue).toContain("TS7006");
    rmSync(path.join(folder.path, "tsconfig.json"));
    expect((await cell(code)).text).toBe("8");
  });

  it("sets lib and target", async () => {
    const code = "let page: HTMLElement | undefined; page";
    expect((await cell(code)).error?.evalue).toContain("TS2304");
    configure({ lib: ["es2022", "dom"], target: "es2018" });
    expect((await cell(code)).status).toBe("ok");
    expect((await cell("const maybe = { deep: { n: 1 } } as any; maybe?.deep?.n ?? 0")).text).toBe("1");
    expect((await cell("await Promise.resolve('awaited')")).text).toBe("'awaited'");
  });

  it("sets paths, for types and when cells run, and jsx for files beside it", async () => {
    write("lib/shapes.ts", "export const area = (w: number, h: number): number => w * h;\n");
    write("lib/plain.js", "exports.half = (x) => x / 2;\n");
    write("lib/plain.d.ts", "export function half(x: number): number;\n");
    write(
      "view.js",
      "const h = (tag, _props, ...inside) => `<${tag}>${inside.join('')}</${tag}>`;\nexport const view = <b>bold</b>;\n",
    );
    configure({ paths: { "@lib/*": ["./lib/*"] }, jsx: "react", jsxFactory: "h" });
    expect((await cell("import { area } from '@lib/shapes'; area(3, 4)")).text).toBe("12");
    expect((await cell("area('3', 4)")).error?.evalue).toContain("TS2345");
    expect((await cell("import { half } from '@lib/plain'; half(5)")).text).toBe("2.5");
    expect((await cell("import { view } from './view.js'; view")).text).toBe("'<b>bold</b>'");
  });

  it("lets cells and .tsx files hold JSX", async () => {
    write(
      "badge.tsx",
      "export const h = (tag: string, props: object | null, ...inside: unknown[]): string => `<${tag}${Object.entries(props ?? {}).map(([k, v]) => ` ${k}=${v}`).join('')}>${inside.join('')}</${tag}>`;\n" +
        "export const badge = (text: string): string => <i>{text}</i>;\n" +
        "declare global { namespace JSX { type Element = string; interface IntrinsicElements { [tag: string]: object } } }\n",
    );
    configure({ jsx: "react", jsxFactory: "h" });
    expect((await cell("import { h, badge } from './badge'; badge('x')")).text).toBe("'<i>x</i>'");
    const code = 'const rows = [1, 2];\nconst list = <ul id="a">{rows.map((n) => <li>{n}</li>)}</ul>;\nlist';
    expect((await cell(code)).text).toBe("'<ul id=a><li>1</li>,<li>2</li></ul>'");
    expect((await cell("list.length + (<b>{list}</b>).length")).status).toBe("ok");
    write("twice.tsx", "import { h } from './badge';\nexport const twice = <u>1</u>;\n");
    expect((await cell("import { twice } from './twice'; twice")).text).toBe("'<u>1</u>'");
    const { error } = await cell("const wrong = <b>\n{rows.missing}</b>;");
    expect([error?.evalue, error?.traceback]).toEqual([
      expect.stringContaining("TS2339"),
      expect.stringContaining("> 2 | {rows.missing}"),
    ]);
    const asked = await kernel.client.request("shell", "is_complete_request", {
      code: "const a = <b>x</b>;",
    });
    expect(asked.status).toBe("complete");
    expect((await cell("const generic = <T,>(value: T): T => value; generic(3)")).text).toBe("3");
  });

  it("is told to be wrong as long as it is", async () => {
    write("tsconfig.json", '{ "compilerOptions": { "strict": "yes" } }');
    const { error } = await cell("1 + 1");
    expect(error?.ename).toBe("NotebookConfigError");
    expect(error?.evalue).toMatch(/tsconfig\.json: .*'strict'/);
    configure({ strict: false });
    expect((await cell("1 + 1")).text).toBe("2");
  });
});

describe("where a cell is", () => {
  it("knows its folder and file, also as import.meta", async () => {
    expect((await cell("__dirname")).text).toBe(`'${folder.path}'`);
    const file = path.join(folder.path, "notebook.ts");
    expect(
      (await cell("[__filename, import.meta.url, import.meta.filename]")).result?.["text/plain"],
    ).toContain(pathToFileURL(file).href);
    expect((await cell("new URL('./data.csv', import.meta.url).pathname")).text).toBe(
      `'${path.join(folder.path, "data.csv")}'`,
    );
  });

  it("lets a cell declare the same names", async () => {
    const code =
      "import path from 'node:path'; import { fileURLToPath } from 'node:url';\nconst __dirname = path.dirname(fileURLToPath(import.meta.url)); __dirname";
    expect((await cell(code)).text).toBe(`'${folder.path}'`);
  });

  it("gives a file beside the notebook its own", async () => {
    write("inner/place.ts", "export const place = import.meta.url; export const folder = __dirname;\n");
    expect((await cell("import { place, folder } from './inner/place'; [place, folder]")).text).toContain(
      pathToFileURL(path.join(folder.path, "inner", "place.ts")).href.replace(/\.ts$/, ""),
    );
  });
});

it("shows an error of the library at the cell's line, without frames of the library", async () => {
  const { error } = await cell(
    "import { integratedGradients } from 'gradlens';\n\nawait integratedGradients(undefined as any, undefined as any);",
  );
  expect(error?.ename).toBe("TypeError");
  expect(error?.traceback).toMatch(/cell \[\d+\]:3:\d+/);
  expect(error?.traceback).not.toMatch(/dist\/(src|kernel)|node:internal/);
});
