/** Tagged templates that make markup and escape what is put into them. */
import { DISPLAY, INSPECT, type MimeBundle } from "./bundle";

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** Text of one MIME type that shows itself. */
export interface Markup {
  toString(): string;
}

class MarkupText implements Markup {
  readonly #mime: string;
  readonly #text: string;

  constructor(mime: string, text: string) {
    this.#mime = mime;
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  [DISPLAY](): MimeBundle {
    return { [this.#mime]: this.#text, "text/plain": this.#text };
  }

  [INSPECT](): string {
    return this.#text;
  }
}

export type Tag = (strings: TemplateStringsArray, ...values: unknown[]) => Markup;

/** Arrays are joined, so that `${items.map((item) => html`<li>${item}</li>`)}` works. */
function escaped(value: unknown): string {
  if (Array.isArray(value)) return value.map(escaped).join("");
  return value instanceof MarkupText ? String(value) : escapeMarkup(String(value));
}

/** Without the indentation that all lines share: Markdown would take it for code. */
function dedent(text: string): string {
  const lines = text.replace(/^\n/, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)![0].length);
  const common = Math.min(...indents, Number.POSITIVE_INFINITY);
  return Number.isFinite(common) ? lines.map((line) => line.slice(common)).join("\n") : text;
}

export const html: Tag = (strings, ...values) =>
  new MarkupText("text/html", String.raw({ raw: strings }, ...values.map(escaped)));

export const svg: Tag = (strings, ...values) =>
  new MarkupText("image/svg+xml", String.raw({ raw: strings }, ...values.map(escaped)));

export const md: Tag = (strings, ...values) =>
  new MarkupText("text/markdown", dedent(String.raw({ raw: strings }, ...values)));
