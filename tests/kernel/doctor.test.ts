import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mainFile, type TemporaryFolder, temporaryFolder } from "./kernel";

const built = createRequire(mainFile);
const {
  checkEndlessArrays,
  checkExtension,
  checkKernels,
  checkMemory,
  checkNode,
  checkNodeLimits,
  findingText,
} = built("./install/doctor.js") as typeof import("../../kernel/install/doctor");
const { findKernels, jupyterDataFolders, namedKernel } = built(
  "./install/find-kernels.js",
) as typeof import("../../kernel/install/find-kernels");
const { RunLine } = built("./notebook/run-line.js") as typeof import("../../kernel/notebook/run-line");
const { gradlensVersion } = built("./package-root.js") as typeof import("../../kernel/package-root");

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

function kernel(data: string, name: string, spec: object): string {
  const place = path.join(folder.path, data, "kernels", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "kernel.json"), JSON.stringify(spec));
  return path.join(folder.path, data);
}

const ours = (argv: string[], version: string = gradlensVersion) => ({
  argv,
  display_name: "TypeScript",
  language: "typescript",
  interrupt_mode: "message",
  metadata: { gradlens: { version } },
});

describe("Jupyter's folders", () => {
  it("are searched in Jupyter's order on each system", () => {
    const env = { JUPYTER_PATH: "/a:/b", VIRTUAL_ENV: "/venv" };
    expect(jupyterDataFolders("linux", env, "/home/é u")).toEqual([
      "/a",
      "/b",
      "/venv/share/jupyter",
      "/home/é u/.local/share/jupyter",
      "/usr/local/share/jupyter",
      "/usr/share/jupyter",
    ]);
    expect(jupyterDataFolders("darwin", {}, "/Users/u")[0]).toBe("/Users/u/Library/Jupyter");
    expect(
      jupyterDataFolders(
        "win32",
        {
          JUPYTER_PATH: "D:\\My Data;E:\\x",
          CONDA_PREFIX: "C:\\conda",
          APPDATA: "C:\\Users\\Zoë\\AppData\\Roaming",
          PROGRAMDATA: "C:\\ProgramData",
        },
        "C:\\Users\\Zoë",
      ),
    ).toEqual([
      "D:\\My Data",
      "E:\\x",
      "C:\\conda\\share\\jupyter",
      "C:\\Users\\Zoë\\AppData\\Roaming\\jupyter",
      "C:\\ProgramData\\jupyter",
    ]);
    expect(jupyterDataFolders("win32", {}, "C:\\U")[0]).toBe("C:\\U\\AppData\\Roaming\\jupyter");
  });

  it("hold kernels, of which broken ones are passed over", () => {
    const data = kernel("first data", "One", { argv: ["python"], env: { A: "1" }, language: "python" });
    kernel("first data", "broken", { argv: "python" });
    const later = kernel("second", "one", { argv: ["other"] });
    expect(findKernels([data, later, path.join(folder.path, "absent")])).toMatchObject([
      { name: "one", argv: ["python"], env: { A: "1" }, interruptsByMessage: false, gradlens: undefined },
      { name: "one", argv: ["other"] },
    ]);
    expect(namedKernel("ONE", [data, later]).argv).toEqual(["python"]);
    expect(() => namedKernel("two", [data])).toThrow('--kernel: expected one of one, got "two"');
    expect(() => namedKernel("two", [])).toThrow("such as gradlens");
  });
});

describe("findings", () => {
  it("say what is too old, gone, missing or short, and how to mend it", () => {
    expect(checkNode("20.19.0").state).toBe("ok");
    expect(checkNode("22.1.0").state).toBe("ok");
    expect(checkNode("20.18.3")).toMatchObject({ state: "broken", mend: expect.stringContaining("20.19") });
    expect(checkNodeLimits("26.0.0")).toEqual([]);
    expect(checkNodeLimits("22.13.1")).toMatchObject([
      {
        state: "note",
        what: "Node.js 22.13.1 does not have",
        found: expect.stringMatching(/^Promise\.try, .*\(24\)$/),
        mend: expect.stringContaining("Node.js 24"),
      },
    ]);
    expect(checkNodeLimits("20.19.0")[0]!.found).toMatch(
      /Object\.groupBy.*\(21\); .*node:sqlite \(22\.13\); /,
    );
    expect(checkEndlessArrays("20.20.2")).toMatchObject({
      state: "note",
      mend: expect.stringContaining("22"),
    });
    expect(checkEndlessArrays("22.0.0").state).toBe("ok");
    for (const version of ["24.0.0", "26.1.0"])
      expect(checkEndlessArrays(version)).toMatchObject({
        state: "note",
        found: expect.stringContaining(
          `Node.js ${version} does not let a cell be stopped whose spread doubles`,
        ),
        mend: expect.stringContaining("Node.js 22,"),
      });
    expect(checkKernels([])).toMatchObject([{ state: "broken", mend: "gradlens install" }]);
    const alive = kernel("alive", "gradlens", ours([process.execPath, mainFile]));
    expect(checkKernels([alive])).toMatchObject([{ state: "ok" }]);
    const gone = path.join(folder.path, "gone", "main.js");
    expect(checkKernels([kernel("dead", "gradlens", ours([process.execPath, gone]))])).toMatchObject([
      { state: "broken", found: expect.stringContaining(gone) },
    ]);
    expect(checkKernels([kernel("old", "ts", ours([process.execPath], "0.0.1"))])).toMatchObject([
      { state: "note", found: expect.stringContaining("0.0.1") },
    ]);
    expect(checkExtension([alive]).state).toBe("note");
    mkdirSync(path.join(alive, "labextensions", "gradlens"), { recursive: true });
    writeFileSync(path.join(alive, "labextensions", "gradlens", "package.json"), "{}");
    expect(checkExtension([alive]).state).toBe("ok");
    expect(checkMemory(2e8)).toMatchObject({ state: "note", found: "0.2 GB free" });
  });

  it("are coloured only where that is wanted", () => {
    const finding = { state: "broken", what: "tfjs", found: "not found", mend: "npm install" } as const;
    expect(findingText(finding, false)).toBe("✗ tfjs: not found\n    → npm install");
    expect(findingText(finding, true)).toContain("\x1b[31m✗\x1b[39m");
  });
});

describe("gradlens doctor", () => {
  const doctor = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [mainFile, "doctor"], {
      encoding: "utf8",
      cwd: folder.path,
      env: { ...process.env, ...env },
    });

  it("runs a cell and a gradient, and ends with 0 when the kernel is installed", () => {
    const JUPYTER_DATA_DIR = path.join(folder.path, "données ici");
    const env = { JUPYTER_DATA_DIR, VIRTUAL_ENV: "", CONDA_PREFIX: "", JUPYTER_PATH: "" };
    const install = spawnSync(process.execPath, [mainFile, "install"], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    expect(install).toMatchObject({ status: 0, stderr: "" });
    const { status, stdout, stderr } = doctor(env);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/✓ kernel: gradlens in .*données ici/);
    expect(stdout).toMatch(/✓ kernel answers: a cell in/);
    expect(stdout).toMatch(/✓ tfjs: .* backend cpu, engine eager: gradient/);
    expect(stdout).not.toContain("\x1b[");
    expect([status, stdout.trim().split("\n").at(-1)]).toEqual([0, "nothing is broken"]);
  });
});

describe("gradlens run --kernel", () => {
  it("uses the installed kernel of that name, and lists those there are", () => {
    const data = kernel("run data", "mine", {
      ...ours([process.execPath, "--no-force-async-hooks-checks", mainFile, "kernel", "{connection_file}"]),
      env: { FROM_SPEC: "yes" },
    });
    const file = path.join(folder.path, "été.ipynb");
    const source = "if (process.env.FROM_SPEC !== 'yes') throw new Error('another kernel')";
    const cell = { cell_type: "code", metadata: {}, source, outputs: [], execution_count: null };
    writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
    const run = (name: string) =>
      spawnSync(process.execPath, [mainFile, "run", file, "--kernel", name], {
        encoding: "utf8",
        env: { ...process.env, JUPYTER_PATH: data },
      });
    expect(run("mine")).toMatchObject({ status: 0, stderr: "" });
    expect(run("yours")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/expected one of .*mine/),
    });
  });

  it("draws one line on a terminal: the cell, its progress, and nothing at the end", () => {
    const written: string[] = [];
    const line = new RunLine(
      (text) => written.push(text),
      () => 40,
    );
    line.cell(2, 9);
    const data = { "text/plain": "saliency  42 % · 21/50 · 12.0/s · 2.4 s left" };
    line.receive({ content: { transient: { display_id: "gradlens-progress-1" }, data } });
    line.receive({ content: { transient: { display_id: "other" }, data: { "text/plain": "x" } } });
    line.receive({ content: { transient: { display_id: "gradlens-progress-1" }, data: {} } });
    line.clear();
    expect(written).toEqual([
      "\r\x1b[Kcell 2/9",
      "\r\x1b[Kcell 2/9 · saliency  42 % · 21/50 · 12.",
      "\r\x1b[Kcell 2/9",
      "\r\x1b[K",
    ]);
  });
});
