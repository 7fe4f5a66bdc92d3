/** Lines `!command` at the beginning of a cell, which the system's shell runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { StringDecoder } from "node:string_decoder";
import { MagicError, magicOf } from "./magics";

/** Words of code that an exclamation mark may stand before. */
const WORDS_OF_CODE =
  /^(?:async|await|class|delete|false|function|import|new|null|super|this|true|typeof|undefined|void)\b/;
/** Text that follows the name of a command, and no name of a variable. */
const ARGUMENT = /^\s+(?!(?:in|of|instanceof|as|satisfies)\b)[\w./~"'$-]/;

/** Facts about the names in code. */
export interface KnownNames {
  /** True of a name that is declared, here or by Node.js. */
  isDeclared(name: string): boolean;
  isSyntax(code: string): boolean;
}

export interface SplitCell {
  commands: string[];
  /** The cell with blank lines for them. */
  code: string;
}

/** Parts a cell into commands and code; a magic among them is an error that says what to do instead. */
export function splitCell(source: string, names: KnownNames): SplitCell {
  const commands: string[] = [];
  if (!/^\s*(?:\/\/.*\s*)*[!%]/.test(source)) return { commands, code: source };
  const lines = source.split("\n");
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:\/\/.*)?$/.test(line)) continue;
    const magic = magicOf(line);
    if (magic !== undefined) throw new MagicError(magic);
    const command = /^\s*!(.*\S)\s*$/.exec(line)?.[1];
    if (command === undefined || isCode(command, names)) break;
    commands.push(command.trimStart());
    lines[index] = "";
  }
  return { commands, code: lines.join("\n") };
}

/** True where an expression follows the exclamation mark, which negates it. */
function isCode(text: string, names: KnownNames): boolean {
  const rest = text.trimStart();
  if (/^[.~]/.test(rest)) return false;
  if (rest.startsWith("/")) return !existsSync(/^\S+/.exec(rest)![0]);
  const name = /^[A-Za-z_$][\w$]*/.exec(rest)?.[0];
  if (name === undefined || WORDS_OF_CODE.test(rest)) return true;
  const behind = rest.slice(name.length);
  if (!names.isDeclared(name))
    return /^\s*(?:[([]|\?\.)/.test(behind) || (behind.startsWith(".") && names.isSyntax(`!${rest}`));
  return !ARGUMENT.test(behind) || names.isSyntax(`!${rest}`);
}

/** A command that a cell ran did not end well. */
class CommandFailedError extends Error {
  override readonly name: string = "CommandFailedError";

  constructor(command: string, how: string) {
    super(`${command}: ${how}`);
    this.stack = `${this.name}: ${this.message}`;
  }
}

const KILL_PATIENCE_MS = 1000;

/** Runs a command in the notebook's folder; all that it writes is output of the cell. */
export async function runCommand(command: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const ownGroup = process.platform !== "win32";
  const child = spawn(command, { shell: true, detached: ownGroup, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new StringDecoder("utf8");
    stream.on("data", (chunk: Buffer) => process.stdout.write(decoder.write(chunk)));
  }
  const stop = () => {
    kill(child, ownGroup, "SIGINT");
    setTimeout(() => kill(child, ownGroup, "SIGKILL"), KILL_PATIENCE_MS).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const how = await new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code, name) => resolve(endOf(code, name)));
    });
    if (how !== "") throw new CommandFailedError(command, how);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `ended by ${signal} (${constants.signals[signal]})`;
  return code === 0 ? "" : `ended with exit code ${code}`;
}

/** With all that the shell has started, which may live longer than the shell. */
function kill(child: ChildProcess, ownGroup: boolean, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (ownGroup) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended meanwhile.
  }
}
