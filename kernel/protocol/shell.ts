/** Commands of cells, run by the system's shell beside the main thread. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { StringDecoder } from "node:string_decoder";
import type { ShellCommand } from "../execution/shell-lines";

const KILL_PATIENCE_MS = 1000;

const ownGroup: boolean = process.platform !== "win32";

/** Runs commands; all that they write is output, in the order in which it comes. */
export class Shell {
  readonly #running: Set<ChildProcess> = new Set();

  readonly #ended: (id: number, how: string) => void;

  constructor(ended: (id: number, how: string) => void) {
    this.#ended = ended;
  }

  run(shellCommand: ShellCommand, write: (text: string) => void): void {
    try {
      this.#start(shellCommand, write);
    } catch (error) {
      // A command with a null byte, say.
      this.#ended(shellCommand.id, String(error));
    }
  }

  #start({ id, command, folder, env }: ShellCommand, write: (text: string) => void): void {
    const options = { cwd: folder, env, shell: true, detached: ownGroup } as const;
    const child = spawn(command, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder("utf8");
      stream.on("data", (chunk: Buffer) => write(decoder.write(chunk)));
    }
    const end = (how: string) => {
      if (this.#running.delete(child)) this.#ended(id, how);
    };
    child.once("error", (error) => end(error.message));
    child.once("close", (code, signal) => end(endOf(code, signal)));
  }

  interrupt(): void {
    for (const child of this.#running) {
      kill(child, "SIGINT");
      setTimeout(() => kill(child, "SIGKILL"), KILL_PATIENCE_MS).unref();
    }
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `ended by ${signal} (${constants.signals[signal]})`;
  return code === 0 ? "" : `ended with exit code ${code}`;
}

/** With all that the shell has started, which may live longer than the shell. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (ownGroup) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended meanwhile.
  }
}
