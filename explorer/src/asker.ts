/** Asker: puts the questions of the newest state, those of the open tab first, and tells each answer as it comes. */
import { type Answers, QUESTIONS, type Subject } from "./questions";
import type { TabName } from "./state";

type Name = keyof Answers;

/** Questions of each tab, in the order in which a reader looks at their answers. */
const ORDER: Readonly<Record<TabName, readonly Name[]>> = {
  saliency: ["saliency", "prediction", "path", "quality", "diagnosis", "advice"],
  path: ["path", "prediction", "saliency", "quality", "diagnosis", "advice"],
  compare: ["saliency", "prediction", "path", "compared", "quality", "diagnosis", "advice"],
  trust: [
    "prediction",
    "path",
    "trusted",
    "quality",
    "removal",
    "baselines",
    "randomised",
    "stability",
    "diagnosis",
    "advice",
  ],
};

/** Called with an answer, or with why there is none. */
export type Tell = (answers: Partial<Answers>, failure?: unknown) => void;

/**
 * Asks one question at a time, so that a brush stays smooth, and starts anew with the newest state after each: the first map
 * follows the brush, and the rest comes when it rests.
 */
export class Asker {
  readonly #tell: Tell;
  readonly #keys: Map<Name, string> = new Map();
  #next: Subject | undefined;
  /** Ends the question that is being asked, unless it is the first: that one the brush waits for. */
  #current: AbortController | undefined;
  #running = false;
  #generation = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Asks for this state instead of any before it. */
  ask(subject: Subject): void {
    this.#next = subject;
    this.#current?.abort();
    if (!this.#running) void this.#run();
  }

  /** Forgets all answers, as when another net is asked. */
  forget(): void {
    this.#keys.clear();
    this.#generation++;
  }

  /** Whether answers are still to come. */
  get busy(): boolean {
    return this.#running;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#next) {
      const subject = this.#next;
      this.#next = undefined;
      for (const [i, name] of ORDER[subject.state.tab].entries()) {
        // A net of the reader's own need not answer everything: one that has no gradients has no path.
        const quiet = i > 0 && subject.net.own === true;
        this.#current = i === 0 ? undefined : new AbortController();
        const signal = this.#current && { signal: this.#current.signal };
        await this.#answer(name, { ...subject, ...signal }, quiet);
        // A turn of the event loop, in which the page draws and the brush moves.
        await new Promise((resolve) => setTimeout(resolve));
        if (this.#next) break;
      }
    }
    this.#running = false;
    this.#current = undefined;
    this.#tell({});
  }

  async #answer(name: Name, subject: Subject, quiet: boolean): Promise<void> {
    const { depends, ask } = QUESTIONS[name];
    const key = JSON.stringify(depends.map((field) => subject.state[field]));
    if (this.#keys.get(name) === key) return;
    const generation = this.#generation;
    try {
      const answer = await ask(subject);
      if (generation !== this.#generation) return;
      this.#keys.set(name, key);
      this.#tell({ [name]: answer });
    } catch (error) {
      this.#keys.delete(name);
      if (!subject.signal?.aborted && !quiet) this.#tell({}, error);
    }
  }
}
