/**
 * Programs for which the main thread waits (`execSync` and its kin), blocked in Node's own code where no interrupt
 * reaches it: they get the signal, as a terminal would give it to them, and what they have started with them.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** From an interrupt on; a program may catch the first. */
const SIGNALS: readonly [NodeJS.Signals, number][] = [
  ["SIGINT", 0],
  ["SIGTERM", 300],
  ["SIGKILL", 600],
];

/** Children by parent, of all processes. */
function processTable(): Map<number, number[]> {
  const table = new Map<number, number[]>();
  for (const [pid, parent] of process.platform === "linux" ? fromProc() : fromPs())
    table.set(parent, [...(table.get(parent) ?? []), pid]);
  return table;
}

function fromProc(): [number, number][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        // The name of the program, in parentheses, may hold anything.
        const [, parent] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, "latin1")) ?? [];
        return [[Number(name), Number(parent)]];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function fromPs(): [number, number][] {
  const listed = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return [...listed.matchAll(/(\d+)\s+(\d+)/g)].map(([, pid, parent]) => [Number(pid), Number(parent)]);
}

export class Programs {
  /** Those that run on beside the main thread; undefined while it waits for none. */
  #others: ReadonlySet<number> | undefined;
  #timers: NodeJS.Timeout[] = [];
  /** Kept: what a program that has ended leaves behind is nobody's child, and may hold its output open. */
  readonly #targets: Set<number> = new Set();

  /** The main thread is going to wait for a program. */
  begin(others: readonly number[]): void {
    this.#others = new Set(others);
  }

  /** It has ended. */
  end(): void {
    this.#others = undefined;
    this.#targets.clear();
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }

  interrupt(): void {
    if (!this.#others || process.platform === "win32" || this.#timers.length > 0) return;
    this.#timers = SIGNALS.map(([signal, after]) => setTimeout(() => this.#signal(signal), after));
  }

  #signal(signal: NodeJS.Signals): void {
    const others = this.#others;
    if (!others) return;
    const table = processTable();
    const programs = (table.get(process.pid) ?? []).filter((pid) => !others.has(pid));
    // Shells first, which would go on with their next command.
    const all = (pid: number): number[] => [pid, ...(table.get(pid) ?? []).flatMap(all)];
    for (const pid of programs.flatMap(all)) this.#targets.add(pid);
    for (const pid of this.#targets) {
      try {
        process.kill(pid, signal);
      } catch {
        this.#targets.delete(pid);
      }
    }
  }
}
