import type { Header } from "./message";

const DELAY_MS = 20;
const MAX_CHARACTERS = 1 << 18;

interface Piece {
  name: string;
  parent: Header | undefined;
  texts: string[];
  length: number;
}

/** Joins successive writes into few stream messages; keeps the order of stdout and stderr. */
export class StreamBuffer {
  private piece: Piece | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publish: (name: string, text: string, parent: Header | undefined) => void) {}

  write(name: string, text: string, parent: Header | undefined): void {
    if (this.piece && (this.piece.name !== name || this.piece.parent?.msg_id !== parent?.msg_id))
      this.flush();
    this.piece ??= { name, parent, texts: [], length: 0 };
    this.piece.texts.push(text);
    this.piece.length += text.length;
    if (this.piece.length >= MAX_CHARACTERS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const piece = this.piece;
    this.piece = undefined;
    if (piece) this.publish(piece.name, piece.texts.join(""), piece.parent);
  }
}
