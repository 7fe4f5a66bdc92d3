/** `process.stdin` of cells: what code reads from it, the user is asked for, a line at a time. */
import { Readable } from "node:stream";
import { withBuiltIns } from "../isolation/built-ins";

/** Asks the user for a line; undefined when nobody is there to answer, for the cell has ended. */
export type AskLine = () => Promise<string> | undefined;

/** The standard input of one cell. */
class CellStdin extends Readable {
  readonly fd: number = 0;
  readonly #ask: AskLine;
  readonly #failed: (error: unknown) => void;
  /** The stream has asked for data. */
  #wanted = false;
  #asking = false;

  constructor(ask: AskLine, failed: (error: unknown) => void) {
    super();
    this.#ask = ask;
    this.#failed = failed;
    const look = () => setImmediate(() => this.#look());
    this.on("resume", look);
    this.on("newListener", look);
  }

  override _read(): void {
    this.#wanted = true;
    setImmediate(() => this.#look());
  }

  /** As a socket's, which the real one is. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** A stream reads ahead: it is asked only for what somebody waits for. */
  #look(): void {
    const isRead = this.readableFlowing === true || this.listenerCount("readable") > 0;
    if (!this.#wanted || this.#asking || !isRead || this.destroyed) return;
    const answer = this.#ask();
    if (!answer) return;
    this.#asking = true;
    const answered = (line: string) => {
      this.#asking = false;
      this.#wanted = false;
      this.push(`${line}\n`);
    };
    const failed = (error: unknown) => {
      this.destroy();
      this.#failed(error);
    };
    withBuiltIns("kernel", () => answer.then(answered, failed));
  }
}

/**
 * Puts it in the place of the process's own. Each cell gets a new one, which nothing that an earlier cell has left behind
 * reads from. `cell`: what stands for the running cell; `failed`: told when a cell waits for what nobody can give.
 */
export function installStdin(
  cell: () => object | undefined,
  ask: AskLine,
  failed: (error: unknown) => void,
): void {
  let reader: object | undefined;
  let stream: CellStdin | undefined;
  Object.defineProperty(process, "stdin", {
    configurable: true,
    enumerable: true,
    get: () => {
      const running = cell() ?? reader;
      if (!stream || running !== reader)
        stream = new CellStdin(() => (cell() === running ? ask() : undefined), failed);
      reader = running;
      return stream;
    },
  });
}
