import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mainFile, type TemporaryFolder, temporaryFolder } from "../kernel/kernel";

let prefix: TemporaryFolder;
let data: string;
let folder: string;

beforeEach(() => {
  prefix = temporaryFolder();
  data = path.join(prefix.path, "share", "jupyter");
  folder = path.join(data, "labextensions", "gradlens");
});
afterEach(() => prefix.remove());

function gradlens(command: string, name = "gradlens") {
  const args = [mainFile, command, "--prefix", prefix.path, "--name", name];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, stdout };
}

function json(name: string) {
  return JSON.parse(readFileSync(path.join(folder, name), "utf8"));
}

it("installs the extension with the kernel, replaces an older one, and removes it again", () => {
  expect(gradlens("install").stdout).toContain(folder);
  const { load, extension } = json("package.json").jupyterlab._build;
  expect(extension).toBe("./extension");
  expect(existsSync(path.join(folder, load))).toBe(true);
  expect(json("install.json")).toMatchObject({
    packageName: "gradlens",
    uninstallInstructions: expect.stringContaining("gradlens uninstall"),
  });
  const files = readdirSync(path.join(folder, "static"));
  writeFileSync(path.join(folder, "static", "remoteEntry.0123.js"), "of an older version");
  expect(gradlens("install").status).toBe(0);
  expect(readdirSync(path.join(folder, "static"))).toEqual(files);
  expect(gradlens("uninstall")).toMatchObject({ status: 0, stdout: expect.stringContaining(folder) });
  expect(readdirSync(path.join(data, "labextensions"))).toEqual([]);
});

it("stays as long as one of our kernels does", () => {
  gradlens("install");
  gradlens("install", "second");
  expect(gradlens("uninstall").stdout).not.toContain(folder);
  expect(existsSync(folder)).toBe(true);
  expect(gradlens("uninstall", "second").stdout).toContain(folder);
  expect(existsSync(folder)).toBe(false);
});

it("goes also when Jupyter has removed the kernel already", () => {
  gradlens("install", "second");
  gradlens("install");
  for (const name of ["gradlens", "second"]) {
    const kernel = path.join(data, "kernels", name, "kernel.json");
    writeFileSync(kernel, JSON.stringify({ argv: ["another"] }));
  }
  expect(gradlens("uninstall", "gone")).toMatchObject({ status: 0, stdout: expect.stringContaining(folder) });
  expect(existsSync(folder)).toBe(false);
});

it("leaves an extension alone that something else has put there", () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), "{}");
  writeFileSync(
    path.join(folder, "install.json"),
    '{ "packageManager": "python", "packageName": "gradlens" }',
  );
  expect(gradlens("install")).toMatchObject({ status: 0, stdout: expect.stringContaining(`left ${folder}`) });
  expect(gradlens("uninstall")).toMatchObject({ status: 0, stdout: expect.not.stringContaining(folder) });
  expect(readdirSync(folder).sort()).toEqual(["install.json", "package.json"]);
  expect(readFileSync(path.join(folder, "package.json"), "utf8")).toBe("{}");
});
