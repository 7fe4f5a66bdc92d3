// What the commands share: where things are, how to run a program, what to install first.
// Only Node's own modules here, since these run before anything is installed.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Run a program in the repository and stop everything when it fails. */
export function run(program, args, options = {}) {
  const { status, error, signal } = spawnSync(program, args, { cwd: root, stdio: "inherit", ...options });
  if (error) fail(`cannot start ${program}: ${error.message}`);
  if (status !== 0)
    fail(`${program} ${args.join(" ")} ended with ${signal ?? `exit code ${status}`}`, status);
}

/** Say what is wrong and end the process. */
export function fail(message, code = 1) {
  console.error(message);
  process.exit(code || 1);
}

/** Install the npm packages when what is there is not what the lock file says. */
export function installPackages() {
  const installed = lockedVersions(join(root, "node_modules", ".package-lock.json"));
  const wanted = lockedVersions(join(root, "package-lock.json"));
  const complete = [...wanted].every(([path, { version, optional }]) => {
    return optional || installed.get(path)?.version === version;
  });
  if (complete) return;
  console.log("installing npm packages ...");
  run("npm", ["ci", "--loglevel=error", "--no-progress"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

function lockedVersions(file) {
  if (!existsSync(file)) return new Map();
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  return new Map(Object.entries(packages).filter(([path]) => path !== ""));
}

/**
 * Make `.venv` with the pinned Jupyter clients when it is missing or made from other requirements.
 *
 * @returns The folder of its programs.
 */
export function installPython() {
  const venv = join(root, ".venv");
  const programs = join(venv, process.platform === "win32" ? "Scripts" : "bin");
  const requirements = join(root, "tests", "requirements.txt");
  const stamp = join(venv, "installed.txt");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return programs;
  console.log("installing the Jupyter clients into .venv ...");
  rmSync(venv, { recursive: true, force: true });
  run(process.env["PYTHON"] ?? "python3", ["-m", "venv", venv]);
  const python = join(programs, "python");
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  writeFileSync(stamp, wanted);
  return programs;
}

/** The environment of a program that should find `.venv` first and keep its settings inside the repository. */
export function pythonEnvironment(programs) {
  const separator = process.platform === "win32" ? ";" : ":";
  const home = join(root, ".venv", "jupyter");
  mkdirSync(home, { recursive: true });
  return {
    ...process.env,
    VIRTUAL_ENV: join(root, ".venv"),
    PATH: `${programs}${separator}${process.env["PATH"] ?? ""}`,
    JUPYTER_CONFIG_DIR: join(home, "config"),
    JUPYTER_DATA_DIR: join(home, "data"),
    JUPYTER_RUNTIME_DIR: join(home, "runtime"),
  };
}

/** Put our kernel into `.venv`, so that the Jupyter programs there offer it. */
export function installKernel(env) {
  run(process.execPath, ["dist/kernel/main.js", "install", "--prefix", join(root, ".venv")], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
