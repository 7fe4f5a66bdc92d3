import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mainFile, root, type TemporaryFolder, temporaryFolder } from "./kernel";

const { userDataFolder } = createRequire(mainFile)(
  "./user-data-folder.js",
) as typeof import("../../kernel/user-data-folder");

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function gradlens(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, ...args], {
    encoding: "utf8",
    cwd: folder.path,
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe("install and uninstall", () => {
  it("write one folder under a prefix, and remove it again", () => {
    const prefix = path.join(folder.path, "Préfixe avec espace");
    expect(gradlens(["install", "--prefix", prefix])).toMatchObject({ status: 0, stderr: "" });
    const kernels = path.join(prefix, "share", "jupyter", "kernels");
    const files = readdirSync(path.join(kernels, "gradlens")).sort();
    expect(files).toEqual(["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
    const spec = JSON.parse(readFileSync(path.join(kernels, "gradlens", "kernel.json"), "utf8"));
    expect(spec).toMatchObject({
      language: "typescript",
      display_name: "TypeScript (gradlens)",
      interrupt_mode: "message",
    });
    expect(spec.argv).toEqual([
      process.execPath,
      "--no-force-async-hooks-checks",
      "--max-semi-space-size=8",
      mainFile,
      "kernel",
      "{connection_file}",
    ]);
    expect(gradlens(["install", "--prefix", prefix]).status).toBe(0);
    expect(gradlens(["uninstall", "--prefix", prefix])).toMatchObject({ status: 0 });
    expect(readdirSync(kernels)).toEqual([]);
    expect(gradlens(["uninstall", "--prefix", prefix])).toMatchObject({ status: 2 });
  });

  it("write a kernel under another name whose type errors stop no cell", () => {
    const args = [
      "install",
      "--prefix",
      folder.path,
      "--name",
      "ts-loose",
      "--display-name",
      "TypeScript, loose",
    ];
    expect(gradlens([...args, "--types", "off"])).toMatchObject({ status: 0, stderr: "" });
    const file = path.join(folder.path, "share", "jupyter", "kernels", "ts-loose", "kernel.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      display_name: "TypeScript, loose",
      env: { GRADLENS_TYPES: "off" },
    });
    expect(gradlens([...args, "--types", "maybe"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--types: expected on or off, got "maybe"'),
    });
  });

  it("touch no kernel of others, unless forced", () => {
    const other = path.join(folder.path, "share", "jupyter", "kernels", "python3");
    mkdirSync(other, { recursive: true });
    writeFileSync(path.join(other, "kernel.json"), '{ "argv": ["python3"] }');
    const refused = gradlens(["install", "--prefix", folder.path, "--name", "python3"]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("--force");
    expect(gradlens(["uninstall", "--prefix", folder.path, "--name", "python3"]).status).toBe(2);
    expect(readFileSync(path.join(other, "kernel.json"), "utf8")).toContain("python3");
    expect(gradlens(["install", "--prefix", folder.path, "--name", "python3", "--force"]).status).toBe(0);
    expect(readFileSync(path.join(other, "kernel.json"), "utf8")).toContain("gradlens");
  });

  it("go to the active environment with --sys-prefix, and to the user's folder otherwise", () => {
    const env = {
      VIRTUAL_ENV: path.join(folder.path, "venv"),
      JUPYTER_DATA_DIR: path.join(folder.path, "data"),
    };
    expect(gradlens(["install", "--sys-prefix"], env).status).toBe(0);
    expect(
      existsSync(path.join(folder.path, "venv", "share", "jupyter", "kernels", "gradlens", "kernel.json")),
    ).toBe(true);
    expect(gradlens(["install", "--name", "ts-2"], env).status).toBe(0);
    expect(existsSync(path.join(folder.path, "data", "kernels", "ts-2", "kernel.json"))).toBe(true);
  });

  it("know the user's folder of each system", () => {
    expect(userDataFolder("linux", {}, "/h/u")).toBe("/h/u/.local/share/jupyter");
    expect(userDataFolder("linux", { XDG_DATA_HOME: "/x" }, "/h/u")).toBe("/x/jupyter");
    expect(userDataFolder("darwin", {}, "/h/u")).toBe("/h/u/Library/Jupyter");
    expect(userDataFolder("win32", { APPDATA: "C:\\R" }, "C:\\U")).toBe("C:\\R\\jupyter");
    expect(userDataFolder("linux", { JUPYTER_DATA_DIR: "/j" }, "/h/u")).toBe("/j");
  });
});

describe("the command line", () => {
  it("tells version and help", () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    expect(gradlens(["version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
    for (const args of [[], ["--help"], ["help"]])
      expect(gradlens(args).stdout).toContain("gradlens install");
    for (const command of ["install", "uninstall", "run", "doctor", "version", "kernel"])
      expect(gradlens([command, "--help"])).toMatchObject({
        status: 0,
        stderr: "",
        stdout: expect.stringContaining(`gradlens ${command}`),
      });
  });

  it.each([
    [["instal"], 'expected a command, got "instal"'],
    [["install", "--frce"], "--frce"],
    [["install", "--user", "--prefix", "x"], "one of --user, --sys-prefix and --prefix"],
    [["install", "--name", "Upper Case"], "lower-case"],
    [["install", "extra"], "expected no argument"],
    [["run"], "expected one notebook"],
    [["run", "a.ipynb", "--timeout", "soon"], "--timeout"],
    [["kernel"], "expected a connection file"],
  ])("ends with 2 and says what is wrong: %j", (args, message) => {
    const { status, stdout, stderr } = gradlens(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  it("ends with 1 and the reason when a kernel cannot start", () => {
    expect(gradlens(["kernel", "absent.json"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("absent.json"),
    });
  });

  it("ends with 1 for a notebook that is not there", () => {
    expect(gradlens(["run", "absent.ipynb"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("absent.ipynb"),
    });
  });
});
