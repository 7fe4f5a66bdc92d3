import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Notebook, Output } from "../../kernel/notebook/notebook";
import { mainFile, type TemporaryFolder, temporaryFolder } from "./kernel";

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

function notebook(name: string, cells: (string | { code: string; tags: string[] })[]): string {
  const file = path.join(folder.path, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const content = {
    nbformat: 4,
    nbformat_minor: 4,
    metadata: { custom: "kept" },
    cells: [
      { cell_type: "markdown", metadata: {}, source: "# Title" },
      ...cells.map((cell) => ({
        cell_type: "code",
        metadata: typeof cell === "string" ? {} : { tags: cell.tags },
        execution_count: null,
        outputs: [],
        source: typeof cell === "string" ? cell : cell.code,
      })),
    ],
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, "run", ...args], {
    encoding: "utf8",
    cwd: path.parse(folder.path).root,
  });
  return { status, stdout, stderr };
}

const read = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Notebook;
const outputsOf = (file: string): Output[][] =>
  read(file)
    .cells.filter((cell) => cell.cell_type === "code")
    .map((cell) => cell.outputs!);

describe("gradlens run", () => {
  it("writes a notebook of format 4.5 with outputs and counts, and leaves the source as it is", () => {
    const source = notebook("with space/ok.ipynb", [
      "import { readdirSync } from 'node:fs';\nconst files: string[] = readdirSync('.');\nfiles.includes('ok.ipynb')",
      "console.log('a'); console.log('b'); console.error('c');",
      "",
      "display('one', { id: 'd' });",
      "display('two', { id: 'd', update: true }); display.html('<b>x</b>\\n<i>y</i>');",
    ]);
    const before = readFileSync(source, "utf8");
    const target = path.join(folder.path, "executed.ipynb");
    expect(run(source, "--output", target)).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(source, "utf8")).toBe(before);
    const written = read(target);
    expect([written.nbformat, written.nbformat_minor]).toEqual([4, 5]);
    expect(written.metadata).toMatchObject({
      custom: "kept",
      kernelspec: { name: "gradlens" },
      language_info: { name: "typescript" },
    });
    expect(new Set(written.cells.map(({ id }) => id)).size).toBe(written.cells.length);
    expect(written.cells.map((cell) => cell.execution_count)).toEqual([undefined, 1, 2, null, 3, 4]);
    const [first, second, empty, third, fourth] = outputsOf(target);
    expect(first).toEqual([
      { output_type: "execute_result", data: { "text/plain": ["true"] }, metadata: {}, execution_count: 1 },
    ]);
    expect(second).toEqual([
      { output_type: "stream", name: "stdout", text: ["a\n", "b\n"] },
      { output_type: "stream", name: "stderr", text: ["c\n"] },
    ]);
    expect(empty).toEqual([]);
    expect(third).toEqual([{ output_type: "display_data", data: { "text/plain": ["'two'"] }, metadata: {} }]);
    const lines = ["<b>x</b>\n", "<i>y</i>"];
    expect(fourth).toEqual([
      { output_type: "display_data", data: { "text/html": lines, "text/plain": lines }, metadata: {} },
    ]);
  });

  it("stops at a cell that throws, shows the error and ends with 1", () => {
    const source = notebook("throws.ipynb", [
      "1",
      "const x = 1;\nthrow new RangeError('too far')",
      "'after'",
    ]);
    const target = path.join(folder.path, "throws-out.ipynb");
    const { status, stderr } = run(source, "--output", target);
    expect(status).toBe(1);
    expect(stderr).toMatch(/code cell 2 of [\s\S]*RangeError: too far[\s\S]*cell \[2\]:2:/);
    const [, thrown, after] = outputsOf(target);
    expect(thrown![0]).toMatchObject({ output_type: "error", ename: "RangeError", evalue: "too far" });
    expect(after).toEqual([]);
  });

  it("goes on with --allow-errors, and past cells that raise on purpose", () => {
    const source = notebook("goes-on.ipynb", ["throw new Error('first')", "'after'"]);
    const target = path.join(folder.path, "goes-on-out.ipynb");
    expect(run(source, "--allow-errors", "--output", target).status).toBe(0);
    expect(outputsOf(target)[1]![0]).toMatchObject({ output_type: "execute_result" });
    const tagged = notebook("tagged.ipynb", [
      { code: "throw new Error('expected')", tags: ["raises-exception"] },
      "2",
    ]);
    expect(run(tagged)).toMatchObject({ status: 0, stderr: "" });
  });

  it("leaves cells that are tagged to be skipped as they are, with what they showed before", () => {
    const source = notebook("skips.ipynb", [
      "const a = 1;",
      { code: "throw new Error('not for machines')", tags: ["skip-execution"] },
      { code: "const b = 2;", tags: ["skip-execution", "raises-exception"] },
      "[a, typeof (globalThis as any).b]",
    ]);
    const content = JSON.parse(readFileSync(source, "utf8")) as Notebook;
    const shown: Output = { output_type: "stream", name: "stdout", text: ["shown before\n"] };
    Object.assign(content.cells[2]!, { outputs: [shown], execution_count: 7 });
    writeFileSync(source, JSON.stringify(content));
    const target = path.join(folder.path, "skips-out.ipynb");
    expect(run(source, "--output", target)).toMatchObject({ status: 0, stderr: "" });
    const [, skipped, , last] = outputsOf(target);
    expect(skipped).toEqual([shown]);
    expect(last![0]!.data!["text/plain"]).toEqual(["[ 1, 'undefined' ]"]);
    expect(read(target).cells.map((cell) => cell.execution_count)).toEqual([undefined, 1, 7, null, 2]);
  });

  it("tells cells the notebook's file", () => {
    const source = notebook("deep/named.ipynb", ["[__filename, __dirname, import.meta.filename]"]);
    const target = path.join(folder.path, "named-out.ipynb");
    expect(run(source, "--output", target)).toMatchObject({ status: 0, stderr: "" });
    const place = realpathSync(source);
    const shown = [outputsOf(target)[0]![0]!.data!["text/plain"]].flat().join("");
    expect(JSON.parse(shown.replaceAll("'", '"'))).toEqual([place, path.dirname(place), place]);
  });

  it("keeps what a cell shows after its end, in that cell", () => {
    const source = notebook("late.ipynb", [
      "Promise.reject(new Error('unheard')); 0",
      "setImmediate(() => console.log('immediate')); process.nextTick(() => console.log('tick')); 1",
      "setTimeout(() => console.log('timer'), 0); 2",
    ]);
    const target = path.join(folder.path, "late-out.ipynb");
    expect(run(source, "--output", target).status).toBe(0);
    const texts = outputsOf(target).map((outputs) =>
      outputs.flatMap(({ text }) => (text === undefined ? [] : [[text].flat().join("")])),
    );
    expect(texts[0]![0]).toMatch(/unhandled rejection: .*Error: unheard/);
    expect(texts.slice(1)).toEqual([["tick\nimmediate\n"], ["timer\n"]]);
  });

  it("stops a cell that takes too long", () => {
    const source = notebook("slow.ipynb", ["await new Promise((done) => setTimeout(done, 60000));"]);
    const { status, stderr } = run(source, "--timeout", "1");
    expect(status).toBe(1);
    expect(stderr).toContain("TimeoutError: the cell took longer than 1 s");
  });

  it("reports a kernel that ends in a cell", () => {
    const source = notebook("exits.ipynb", ["process.kill(process.pid, 'SIGKILL')", "1"]);
    const { status, stderr } = run(source, "--allow-errors");
    expect(stderr).toContain("the kernel ended while the cell ran");
    expect(status).toBe(1);
  });

  it("writes a page that needs nothing else", () => {
    const source = notebook("page.ipynb", ["'</script><b>'", "display.html('<b>bold</b>')"]);
    const target = path.join(folder.path, "page.html");
    expect(run(source, "--html", target).status).toBe(0);
    const page = readFileSync(target, "utf8");
    expect(page).toContain("<title>Title</title>");
    expect(page).toContain("&lt;/script&gt;&lt;b&gt;");
    expect(page).not.toMatch(/https?:\/\//);
    expect(page.length).toBeLessThan(20_000);
    expect(existsSync(path.join(folder.path, "page.ipynb"))).toBe(true);
  });

  it("writes colours of larger palettes, and money beside code, as what they are", () => {
    const source = notebook("marks.ipynb", [
      "console.log('\\x1b[38;5;1mred\\x1b[0m \\x1b[38;2;31;0;1mtrue\\x1b[0m \\x1b[48;5;2mback\\x1b[0m \\x1b[1mbold\\x1b[0m')",
    ]);
    const content = JSON.parse(readFileSync(source, "utf8"));
    content.cells[0].source = "It costs $10, see `$PATH` or `$HOME`; $x^2$ is a formula.";
    writeFileSync(source, JSON.stringify(content));
    const target = path.join(folder.path, "marks.html");
    expect(run(source, "--html", target).status).toBe(0);
    const page = readFileSync(target, "utf8");
    expect(page).toContain('<span class="ansi-red">red</span> true back <span class="ansi-bold">bold</span>');
    expect(page).toContain(
      'It costs $10, see <code>$PATH</code> or <code>$HOME</code>; <span class="katex">',
    );
  });

  it("refuses what it cannot run or write before it runs anything", () => {
    const source = notebook("ran.ipynb", ["import { writeFileSync } from 'fs'; writeFileSync('ran', '')"]);
    const nowhere = run(source, "--output", path.join(folder.path, "missing", "out.ipynb"));
    expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringContaining("an existing folder")]);
    expect(existsSync(path.join(folder.path, "ran"))).toBe(false);
    const other = (name: string, content: unknown) => {
      writeFileSync(path.join(folder.path, name), JSON.stringify(content));
      return run(path.join(folder.path, name));
    };
    expect(other("null.ipynb", null).stderr).toContain("expected nbformat 4, got another file");
    expect(other("no-type.ipynb", { nbformat: 4, nbformat_minor: 5, cells: [{}] }).stderr).toContain(
      "expected a cell with cell_type at 0",
    );
    const kernelspec = { name: "python3", language: "python" };
    const python = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [] };
    expect(other("python.ipynb", python).stderr).toContain("got one of python; --kernel python3");
    const bare = { nbformat: 4, nbformat_minor: 5, cells: [{ cell_type: "code", source: "1" }] };
    expect(other("bare.ipynb", bare)).toMatchObject({ status: 0, stderr: "" });
  });
});
