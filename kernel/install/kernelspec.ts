/** The kernelspec: the small folder by which Jupyter finds the kernel. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { gradlensVersion } from "../package-root";
import { userDataFolder } from "../user-data-folder";

export const DEFAULT_KERNEL_NAME = "gradlens";
export const DISPLAY_NAME = "TypeScript (gradlens)";

const RESOURCES = path.resolve(__dirname, "..", "resources");
const LOGOS = ["logo-svg.svg", "logo-32x32.png", "logo-64x64.png"];
const SPEC_FILE = "kernel.json";

/** Fault in the user's command; its message is for the terminal. */
export class CommandError extends Error {}

export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message";
  env: Record<string, string>;
  metadata: { gradlens: { version: string } };
}

export interface InstallTarget {
  user?: boolean | undefined;
  sysPrefix?: boolean | undefined;
  prefix?: string | undefined;
}

/** Settings that a kernel may be installed with. */
export interface KernelSettings {
  /** Its name in front-ends. */
  displayName?: string | undefined;
  /** Whether errors of types stop a cell. */
  types?: boolean | undefined;
}

const NODE_FLAGS = [
  // Without it Node aborts when code is stopped inside a timer's callback.
  "--no-force-async-hooks-checks",
  // The compiler fills the space for young objects once and never again: a smaller one saves 14 MB for good.
  "--max-semi-space-size=8",
];

/** The command that starts the kernel for a connection file. */
export function kernelArguments(connectionFile: string): string[] {
  const main = path.resolve(__dirname, "..", "main.js");
  return [process.execPath, ...NODE_FLAGS, main, "kernel", connectionFile];
}

function kernelSpec({ displayName = DISPLAY_NAME, types = true }: KernelSettings = {}): KernelSpec {
  return {
    argv: kernelArguments("{connection_file}"),
    display_name: displayName,
    language: "typescript",
    interrupt_mode: "message",
    env: types ? {} : { GRADLENS_TYPES: "off" },
    metadata: { gradlens: { version: gradlensVersion } },
  };
}

function pythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV || process.env.CONDA_PREFIX;
  if (active) return active;
  for (const python of ["python3", "python"]) {
    try {
      return execFileSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" }).trim();
    } catch {}
  }
  throw new CommandError("--sys-prefix: no Python found; name its folder with --prefix DIR");
}

/** The Jupyter data folder that an option names. */
export function dataFolder(target: InstallTarget): string {
  const chosen = [target.user, target.sysPrefix, target.prefix !== undefined].filter(Boolean).length;
  if (chosen > 1) throw new CommandError("expected one of --user, --sys-prefix and --prefix");
  if (target.prefix !== undefined) return path.join(path.resolve(target.prefix), "share", "jupyter");
  if (target.sysPrefix) return path.join(pythonPrefix(), "share", "jupyter");
  return userDataFolder(process.platform, process.env, homedir());
}

function specFolder(target: InstallTarget, name: string): string {
  // Jupyter's server lists kernels by lower-case names.
  if (!/^[a-z0-9._-]+$/.test(name))
    throw new CommandError(`--name: expected lower-case letters, digits, ".", "_" and "-", got "${name}"`);
  return path.join(dataFolder(target), "kernels", name);
}

function isOurs(folder: string): boolean {
  try {
    const spec = JSON.parse(readFileSync(path.join(folder, SPEC_FILE), "utf8")) as Partial<KernelSpec>;
    return spec.metadata?.gradlens !== undefined;
  } catch {
    return false;
  }
}

/** Names of our kernels in a place. */
export function installedKernels(target: InstallTarget): string[] {
  const kernels = path.join(dataFolder(target), "kernels");
  return existsSync(kernels) ? readdirSync(kernels).filter((name) => isOurs(path.join(kernels, name))) : [];
}

/** Writes the kernelspec and gives its folder. */
export function installKernel(
  target: InstallTarget,
  name: string,
  force: boolean,
  settings: KernelSettings = {},
): string {
  const folder = specFolder(target, name);
  if (existsSync(folder) && !isOurs(folder) && !force)
    throw new CommandError(`${folder} holds another kernel; choose a --name, or replace it with --force`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, SPEC_FILE), `${JSON.stringify(kernelSpec(settings), null, 2)}\n`);
  for (const logo of LOGOS) copyFileSync(path.join(RESOURCES, logo), path.join(folder, logo));
  return folder;
}

/** Removes the kernelspec and gives the folder it was in. */
export function uninstallKernel(target: InstallTarget, name: string): string {
  const folder = specFolder(target, name);
  if (!existsSync(folder)) throw new CommandError(`no kernel in ${folder}`);
  if (!isOurs(folder)) throw new CommandError(`${folder} holds another kernel; it is left as it is`);
  rmSync(folder, { recursive: true });
  return folder;
}
