/**
 * Output that does not go through `process.stdout`: programs that inherit the kernel's output would write where no cell shows
 * it, and so would `fs.writeSync(1, …)`. A cell's program gets a pipe instead, and what comes out of it is shown.
 */
import childProcess, { ChildProcess } from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type StreamName = "stdout" | "stderr";
type Shown = Map<number, StreamName | "nowhere">;

interface Piped {
  stdio: unknown[];
  /** Places in `stdio` whose output is to be shown, and as what. */
  shown: Shown;
}

function streamOf(entry: unknown, place: number): StreamName | undefined {
  if (entry === 1 || entry === process.stdout || (entry === "inherit" && place === 1)) return "stdout";
  if (entry === 2 || entry === process.stderr || (entry === "inherit" && place === 2)) return "stderr";
  return undefined;
}

/** With pipes where the kernel's output would be inherited; undefined when it nowhere is. */
function piped(stdio: unknown): Piped | undefined {
  const entries = stdio === "inherit" ? ["inherit", "inherit", "inherit"] : stdio;
  if (!Array.isArray(entries)) return undefined;
  const shown: Shown = new Map();
  for (const [place, entry] of entries.entries()) {
    const name = streamOf(entry, place);
    if (name !== undefined) shown.set(place, name);
  }
  if (shown.size === 0) return undefined;
  return { stdio: entries.map((entry, place) => (shown.has(place) ? "pipe" : entry)), shown };
}

/** Shows what a program that has ended wrote, and hides it from the caller, who inherited it. */
function showOutputs(outputs: unknown, shown: Shown): void {
  if (!Array.isArray(outputs)) return;
  for (const [place, name] of shown) {
    const output: unknown = outputs[place];
    if (output !== null && output !== undefined && name !== "nowhere")
      process[name].write(output as string | Uint8Array);
    outputs[place] = null;
  }
}

type Sync = (...args: unknown[]) => unknown;

function withOptions(args: unknown[], change: (options: Record<string, unknown>) => object): unknown[] {
  const at = args.findIndex((each, place) => place > 0 && typeof each === "object" && !Array.isArray(each));
  const options = args[at];
  return args.map((each, place) =>
    place === at && options ? change(options as Record<string, unknown>) : each,
  );
}

/** `tellsErrors`: whether the function itself writes stderr to `process.stderr` when it is given no `stdio`. */
function showing(run: Sync, tellsErrors: boolean): Sync {
  return (...args) => {
    let found: Piped | undefined;
    const changed = withOptions(args, (options) => {
      found = piped(options.stdio);
      if (!found) return options;
      const { shown, stdio } = found;
      const byItself = tellsErrors && shown.get(2) === "stderr";
      if (byItself) shown.delete(2);
      if (byItself && stdio[1] === "ignore") shown.set(1, "nowhere");
      // A program that inherits may write as much as it likes.
      return { maxBuffer: Infinity, ...options, stdio: byItself ? undefined : stdio };
    });
    const { shown } = found ?? {};
    if (!shown) return run(...args);
    try {
      return hidden(run(...changed), shown);
    } catch (error) {
      hidden(error, shown);
      throw error;
    }
  };
}

/** `result`: of `spawnSync`, the error of the others, or what they return: the text on stdout. */
function hidden(result: unknown, shown: Shown): unknown {
  if (typeof result !== "object" || result === null || Buffer.isBuffer(result) || !("output" in result)) {
    if (!shown.has(1)) return result;
    showOutputs([null, result], new Map([[1, shown.get(1)!]]));
    return null;
  }
  showOutputs(result.output, shown);
  if (shown.has(1)) Object.assign(result, { stdout: null });
  if (shown.has(2)) Object.assign(result, { stderr: null });
  return result;
}

/** A program for which the thread waits. */
export interface Waiting {
  /** `others`: the process ids of those that run beside it. Throws when the cell was interrupted before. */
  begin(others: number[]): void;
  /** Throws when the wait was interrupted. */
  end(): void;
}

/** Programs that run beside the cell. */
const running = new Set<number>();

function waiting(run: Sync, { begin, end }: Waiting): Sync {
  return (...args) => {
    begin([...running]);
    try {
      return run(...args);
    } finally {
      end();
    }
  };
}

function noteRunning(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  running.add(pid);
  child.once("exit", () => running.delete(pid));
}

function showSpawned(): void {
  const prototype = ChildProcess.prototype as unknown as {
    spawn(this: ChildProcess, options: { stdio?: unknown }): unknown;
  };
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const found = piped(options.stdio);
    const status = spawn.call(this, found ? { ...options, stdio: found.stdio } : options);
    noteRunning(this);
    if (!found) return status;
    for (const [place, name] of found.shown) {
      const stream = this.stdio?.[place] as NodeJS.ReadableStream | null | undefined;
      if (name !== "nowhere") stream?.on("data", (chunk: Buffer) => process[name].write(chunk));
      if (place === 1 || place === 2) this[place === 1 ? "stdout" : "stderr"] = null;
      if (this.stdio) (this.stdio as unknown[])[place] = null;
    }
    return status;
  };
}

function showWritten(): void {
  const { writeSync } = fs;
  const write = (descriptor: number, data: string | NodeJS.ArrayBufferView, ...rest: unknown[]): number => {
    const name = streamOf(descriptor, 0);
    if (name === undefined) return (writeSync as Sync)(descriptor, data, ...rest) as number;
    const [from, length] = typeof rest[0] === "object" && rest[0] !== null ? positionsOf(rest[0]) : rest;
    const bytes =
      typeof data === "string"
        ? Buffer.from(data, typeof rest[1] === "string" ? (rest[1] as BufferEncoding) : "utf8")
        : viewOf(data, Number(from ?? 0), length);
    process[name].write(bytes);
    return bytes.length;
  };
  fs.writeSync = write as typeof fs.writeSync;
}

function positionsOf(options: object): unknown[] {
  const { offset, length } = options as { offset?: number; length?: number };
  return [offset, length];
}

function viewOf({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView, from: number, length: unknown) {
  const most = byteLength - from;
  return Buffer.from(buffer as ArrayBuffer, byteOffset + from, Math.min(most, Number(length ?? most)));
}

/** From now on; `process.stdout` and `process.stderr` are the cells' already. */
export function showDirectOutput(wait: Waiting): void {
  const functions = childProcess as unknown as Record<string, Sync>;
  functions.spawnSync = waiting(showing(functions.spawnSync!, false), wait);
  functions.execSync = waiting(showing(functions.execSync!, true), wait);
  functions.execFileSync = waiting(showing(functions.execFileSync!, true), wait);
  showSpawned();
  showWritten();
  syncBuiltinESMExports();
}
