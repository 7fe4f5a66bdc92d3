/** The line of a terminal that tells how far `gradlens run` is. */
import { PROGRESS_ID } from "../progress/progress-board";
import type { Received } from "./client";

/** The line of a terminal that tells how far `gradlens run` is; it is gone when the notebook has run. */
export class RunLine {
  #where = "";

  readonly #write: (text: string) => void;
  readonly #columns: () => number;

  constructor(
    write: (text: string) => void = (text) => process.stderr.write(text),
    columns: () => number = () => process.stderr.columns ?? 80,
  ) {
    this.#write = write;
    this.#columns = columns;
  }

  cell(number: number, count: number): void {
    this.#where = `cell ${number}/${count}`;
    this.#draw(this.#where);
  }

  /** A kernel's progress output, in the cell that runs. */
  receive({ content }: Pick<Received, "content">): void {
    const { transient, data } = content as {
      transient?: { display_id?: string };
      data?: Record<string, unknown>;
    };
    if (!transient?.display_id?.startsWith(PROGRESS_ID)) return;
    const [first] = String(data?.["text/plain"] ?? "").split("\n");
    this.#draw(first === "" ? this.#where : `${this.#where} · ${first}`);
  }

  clear(): void {
    this.#draw("");
  }

  #draw(text: string): void {
    this.#write(`\r\x1b[K${text.slice(0, this.#columns() - 1)}`);
  }
}
