/** Text: numbers for reading, names made safe, lines broken, and escapes for each place. */

import { characters, isWide } from "./text-width";

/** Text as it is shown: control characters become visible, so that a name cannot steer a terminal. */
export function shown(text: string): string {
  return String(text).replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** Shortens to `length` characters. */
export function shorten(text: string, length: number): string {
  const all = characters(shown(text));
  return all.length <= length ? all.join("") : `${all.slice(0, length - 1).join("")}…`;
}

/** Shortens the name of an entry to `length` characters, its index kept: `"a long na…[3]"`. */
export function shortenEntry(name: string, length: number): string {
  const index = /\[[\d, ]+\]$/.exec(name)?.[0] ?? "";
  return index.length < length / 2
    ? shorten(name.slice(0, name.length - index.length), length - index.length) + index
    : shorten(name, length);
}

/** A number for reading: three significant digits more or less, true minus sign. */
export function readable(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const magnitude = Math.abs(value);
  if (magnitude === 0) return "0";
  const text =
    magnitude >= 1e6 || magnitude < 1e-4
      ? value
          .toExponential(Math.max(0, digits - 2))
          .replace(/\.?0+e/, "e")
          .replace("e+", "e")
      : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", "−");
}

/** The same with a plus sign on positive numbers. */
export function signed(value: number, digits = 3): string {
  const text = readable(value, digits);
  return value > 0 && Number.isFinite(value) ? `+${text}` : text;
}

/** Breaks into lines of at most `width` pixels at this font size; a word longer than a line is cut. */
export function wrap(text: string, width: number, fontSize = 11): string[] {
  const perLine = Math.max(8, Math.floor(width / (fontSize * 0.56)));
  const lines: string[] = [];
  let line = "";
  for (const word of shown(text).trim().split(" ")) {
    const candidate = line ? `${line} ${word}` : word;
    if (columns(candidate) <= perLine) {
      line = candidate;
      continue;
    }
    if (line) lines.push(line);
    line = "";
    for (const character of characters(word)) {
      if (line && columns(line + character) > perLine) {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  if (line) lines.push(line);
  return lines;
}

/** Length in letters of average width; a wide character takes almost two. */
function columns(text: string): number {
  return characters(text).reduce((sum, character) => sum + (isWide(character) ? 1.8 : 1), 0);
}

/** For Plotly, whose texts are a small HTML, and which hands text between dollar signs to MathJax. */
export function plotlyText(text: string): string {
  return shown(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("$", "&#36;");
}

/** For the text of an HTML element or attribute. */
export function htmlText(text: string): string {
  return shown(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** JSON that is safe inside a script element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** Rounds to significant digits, which is what a picture needs and a notebook should store. */
export function rounded(value: number, digits = 5): number {
  return value === 0 || !Number.isFinite(value) ? value : Number(value.toPrecision(digits));
}

/** Rounds to a power of ten, the largest that changes the value by no more than `most`. */
export function roundedWithin(value: number, most: number): number {
  if (!(most > 0)) return rounded(value);
  const step = 10 ** Math.floor(Math.log10(2 * most));
  return rounded(Math.round(value / step) * step, 8);
}
