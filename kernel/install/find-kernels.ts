/** Kernels as Jupyter finds them: https://docs.jupyter.org/en/stable/use/jupyter-directories.html */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { userDataFolder } from "../user-data-folder";
import { DEFAULT_KERNEL_NAME } from "./kernelspec";

export interface FoundKernel {
  name: string;
  folder: string;
  argv: string[];
  displayName: string;
  language: string;
  env: Record<string, string>;
  interruptsByMessage: boolean;
  /** Version of the gradlens that wrote it; undefined for kernels of others. */
  gradlens: string | undefined;
}

/** Jupyter's data folders in the order of search. */
export function jupyterDataFolders(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  home: string,
): string[] {
  const { join, delimiter } = platform === "win32" ? path.win32 : path.posix;
  const listed = (env.JUPYTER_PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const user = userDataFolder(platform, env, home);
  const active = [env.VIRTUAL_ENV, env.CONDA_PREFIX]
    .filter((prefix) => prefix !== undefined && prefix !== "")
    .map((prefix) => join(prefix!, "share", "jupyter"));
  const system =
    platform === "win32"
      ? [join(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...new Set([...listed, ...active, user, ...system])];
}

function readKernel(folder: string, name: string): FoundKernel | undefined {
  let spec: Record<string, unknown>;
  try {
    spec = JSON.parse(readFileSync(path.join(folder, "kernel.json"), "utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (!Array.isArray(spec.argv) || !spec.argv.every((part) => typeof part === "string")) return undefined;
  const metadata = (spec.metadata ?? {}) as { gradlens?: { version?: string } };
  return {
    name,
    folder,
    argv: spec.argv,
    displayName: String(spec.display_name ?? name),
    language: String(spec.language ?? ""),
    env: (spec.env ?? {}) as Record<string, string>,
    interruptsByMessage: spec.interrupt_mode === "message",
    gradlens: metadata.gradlens && String(metadata.gradlens.version ?? ""),
  };
}

/** All kernels below these data folders; of several with one name, the first is the one Jupyter starts. */
export function findKernels(dataFolders: readonly string[]): FoundKernel[] {
  return dataFolders
    .map((folder) => path.join(folder, "kernels"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder).flatMap((name) => readKernel(path.join(folder, name), name.toLowerCase()) ?? []),
    );
}

/** The kernel of that name, or an error that lists what there is. */
export function namedKernel(name: string, dataFolders: readonly string[]): FoundKernel {
  const kernels = findKernels(dataFolders);
  const found = kernels.find((kernel) => kernel.name === name.toLowerCase());
  if (found) return found;
  const names = [...new Set(kernels.map((kernel) => kernel.name))].sort();
  const known =
    names.length > 0 ? `one of ${names.join(", ")}` : `an installed kernel such as ${DEFAULT_KERNEL_NAME}`;
  throw new RangeError(`--kernel: expected ${known}, got "${name}"`);
}
