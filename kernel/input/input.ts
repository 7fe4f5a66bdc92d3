/** `input` and `prompt` of cells. */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { InterruptError } from "../execution/interrupt";
import { Flag } from "../protocol/flags";
import type { InputAnswer, InputQuestion } from "./link";

export interface InputOptions {
  /** The front-end hides what is typed. */
  password?: boolean;
}

/** The cell that runs, as a questioner. */
export interface Asker {
  request: number;
  allowed: boolean;
}

/** Declarations, for the type checker, of the functions by which a cell asks, and clears its output. */
export const INPUT_DECLARATIONS: string = `
/** Asks the user for a line of text: const name = await input("Name? "); */
declare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;
/** Asks the user for a line of text and waits for it; an empty answer gives the default value. */
declare function prompt(message?: string, defaultValue?: string): string | null;
/** Asks the user a question that "y" or "yes" affirms, and waits for the answer. */
declare function confirm(message?: string): boolean;
/** Empties the cell's output; with wait, only when something new is shown. */
declare function clearOutput(options?: { wait?: boolean }): void;
`;

/** The main thread's side of the stdin channel: `input` and `prompt`, as cells call them. */
export class Inputs {
  #lastId = 0;
  readonly #waiting: Map<number, (answer: InputAnswer) => void> = new Map();

  readonly #flags: Int32Array;
  readonly #port: MessagePort;
  readonly #tell: (question: InputQuestion) => void;
  readonly #asker: () => Asker | undefined;

  constructor(
    flags: Int32Array,
    port: MessagePort,
    tell: (question: InputQuestion) => void,
    asker: () => Asker | undefined,
  ) {
    this.#flags = flags;
    this.#port = port;
    this.#tell = tell;
    this.#asker = asker;

    port.on("message", (answer: InputAnswer) => this.#deliver(answer));
    port.unref();
  }

  /** A promise of the answer: other code of the cell goes on meanwhile. */
  readonly input = async (prompt = "", options: InputOptions = {}): Promise<string> => {
    let resolve: (answer: InputAnswer) => void = () => {};
    const answered = new Promise<InputAnswer>((settle) => {
      resolve = settle;
    });
    this.#ask("input", prompt, options.password === true, resolve);
    return textOf(await answered, "input");
  };

  /** A line for code that reads the standard input, which has written its question itself. */
  readonly line = async (): Promise<string> => {
    const answer = await new Promise<InputAnswer>((settle) => {
      this.#ask("process.stdin", "", false, settle);
    });
    return textOf(answer, "process.stdin");
  };

  /** Blocks the thread until the answer is there, as in a browser. */
  readonly prompt = (message = "", defaultValue?: string): string | null => {
    const text = this.#waitFor("prompt", message);
    return text === "" && defaultValue !== undefined ? String(defaultValue) : text;
  };

  /** Blocks the thread, too. */
  readonly confirm = (message = ""): boolean =>
    /^\s*y(?:es)?\s*$/i.test(this.#waitFor("confirm", `${message} [y/N] `.trimStart()));

  #waitFor(name: string, message: string): string {
    let answer: InputAnswer | undefined;
    this.#ask(name, message, false, (given) => {
      answer = given;
    });
    while (!answer) {
      const seen = Atomics.load(this.#flags, Flag.ANSWERS);
      const received = receiveMessageOnPort(this.#port) as { message: InputAnswer } | undefined;
      if (received) this.#deliver(received.message);
      else Atomics.wait(this.#flags, Flag.ANSWERS, seen);
    }
    return textOf(answer, name);
  }

  #ask(name: string, prompt: unknown, password: boolean, answered: (answer: InputAnswer) => void): void {
    const asker = this.#asker();
    if (!asker) throw new Error(`${name}(): expected a running cell, got a call after its end`);
    if (!asker.allowed)
      throw new Error(`${name}(): expected a front-end that takes input, got one that allows none`);
    const id = ++this.#lastId;
    this.#waiting.set(id, answered);
    this.#tell({ op: "input", id, request: asker.request, prompt: String(prompt), password });
  }

  #deliver(answer: InputAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}

function textOf(answer: InputAnswer, name: string): string {
  if (answer.kind === "value") return answer.value;
  if (answer.kind === "interrupted") throw new InterruptError();
  throw new Error(`${name}(): expected a front-end on the stdin channel, got none`);
}
