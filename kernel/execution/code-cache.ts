/**
 * V8's compiled form of a large module, kept on disk: reading the TypeScript compiler anew takes a fifth of the time to
 * the first result.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import vm from "node:vm";
import { keptAt } from "../environment";
import { userDataFolder } from "../user-data-folder";

const ENDING = ".v8cache";

/** Where compiled forms are kept: GRADLENS_CACHE names another folder, or is `off`. */
export function codeCacheFolder(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  home: string,
): string | undefined {
  return keptAt(env.GRADLENS_CACHE, () => path.join(userDataFolder(platform, env, home), "gradlens"));
}

/** Removes what was kept, and the folder when nothing else is in it. */
export function removeCodeCache(folder: string): void {
  for (const file of keptIn(folder)) rmSync(path.join(folder, file), { force: true });
  try {
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  } catch {}
}

function keptIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith(ENDING));
  } catch {
    return [];
  }
}

export interface CachedModule {
  exports: unknown;
  /** Keeps what V8 has compiled by now, unless that is kept already; undefined when there is nothing to keep. */
  keep: (() => void) | undefined;
}

/** `require` of a CommonJS file by its full name, from the kept form where there is one for this Node. */
export function requireCached(
  require: NodeJS.Require,
  file: string,
  folder: string | undefined,
): CachedModule {
  if (folder === undefined || require.cache[file]) return { exports: require(file), keep: undefined };
  const { version, arch, versions } = process;
  const kept = path.join(folder, `${path.basename(file, ".js")}-${version}-${versions.v8}-${arch}${ENDING}`);
  const prototype = Module.prototype as unknown as { _compile(content: string, name: string): unknown };
  const compile = prototype._compile;
  let fresh: vm.Script | undefined;
  prototype._compile = function (this: NodeJS.Module, content, name) {
    if (name !== file) return compile.call(this, content, name);
    const cachedData = readKept(kept);
    const script = new vm.Script(Module.wrap(content), { filename: name, ...(cachedData && { cachedData }) });
    if (script.cachedDataRejected !== false) fresh = script;
    const run = script.runInThisContext() as (...args: unknown[]) => unknown;
    const ownRequire = Module.createRequire(name);
    return run.call(this.exports, this.exports, ownRequire, this, name, path.dirname(name));
  };
  try {
    const exports: unknown = require(file);
    const script = fresh;
    return { exports, keep: script && (() => write(kept, script.createCachedData())) };
  } finally {
    prototype._compile = compile;
  }
}

function readKept(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Kernels may start and end meanwhile: the file is there whole or not at all, and it is the only one. */
function write(file: string, data: Buffer): void {
  const folder = path.dirname(file);
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, data, { mode: 0o600 });
    renameSync(unfinished, file);
    for (const other of keptIn(folder))
      if (other !== path.basename(file)) rmSync(path.join(folder, other), { force: true });
  } catch {
    // A folder that cannot be written to, or is full: the next kernel starts as slowly as this one.
    try {
      rmSync(unfinished, { force: true });
    } catch {}
  }
}
