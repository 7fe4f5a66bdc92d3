/** Writes to stdout and stderr, joined into few messages. */
import type { Header } from "./message";

const DELAY_MS = 20;
const MAX_CHARACTERS = 1 << 18;

interface Piece {
  name: string;
  parent: Header | undefined;
  texts: string[];
  length: number;
}

/** The first half of a surrogate pair at the end of a text. */
const HALF = /[\ud800-\udbff]$/;

/**
 * Joins successive writes into few stream messages; keeps the order of stdout and stderr, and waits with the first half
 * of a character for the other one.
 */
export class StreamBuffer {
  #piece: Piece | undefined;
  #timer: NodeJS.Timeout | undefined;

  readonly #publish: (name: string, text: string, parent: Header | undefined) => void;

  constructor(publish: (name: string, text: string, parent: Header | undefined) => void) {
    this.#publish = publish;
  }

  write(name: string, text: string, parent: Header | undefined): void {
    if (this.#piece && (this.#piece.name !== name || this.#piece.parent?.msg_id !== parent?.msg_id))
      this.flush();
    this.#piece ??= { name, parent, texts: [], length: 0 };
    this.#piece.texts.push(text);
    this.#piece.length += text.length;
    if (this.#piece.length >= MAX_CHARACTERS) this.#flushWhole();
    else this.#timer ??= setTimeout(() => this.#flushWhole(), DELAY_MS);
  }

  /** Nothing follows the text: something else is published, or the cell ends. */
  flush(): void {
    const piece = this.#take();
    if (piece) this.#publish(piece.name, piece.texts.join(""), piece.parent);
  }

  #flushWhole(): void {
    const piece = this.#take();
    if (!piece) return;
    const text = piece.texts.join("");
    const half = HALF.test(text) ? text.slice(-1) : "";
    if (half !== "") this.#piece = { ...piece, texts: [half], length: 1 };
    if (text !== half) this.#publish(piece.name, text.slice(0, text.length - half.length), piece.parent);
  }

  #take(): Piece | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const piece = this.#piece;
    this.#piece = undefined;
    return piece;
  }
}
