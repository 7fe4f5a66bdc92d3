/** Text of a terminal as HTML. */
import { stripVTControlCharacters } from "node:util";
import { escapeMarkup } from "../display/tags";

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

interface Style {
  colour: string | undefined;
  bold: boolean;
  dim: boolean;
}

/** `38;5;n` and `38;2;r;g;b` set a colour of a larger palette, of which the first sixteen have names; 48 a background. */
const EXTENDED_LENGTHS: Readonly<Record<number, number>> = { 5: 3, 2: 5 };

function applyCodes(style: Style, codes: readonly number[]): void {
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code !== 38 && code !== 48) {
      applyCode(style, code);
      continue;
    }
    const [kind, entry] = codes.slice(at + 1);
    if (code === 38) style.colour = kind === 5 && entry! < 16 ? COLOURS[entry! % 8] : undefined;
    at += (EXTENDED_LENGTHS[kind ?? 0] ?? codes.length) - 1;
  }
}

function applyCode(style: Style, code: number): void {
  if (code === 0) Object.assign(style, { colour: undefined, bold: false, dim: false });
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 22) Object.assign(style, { bold: false, dim: false });
  else if (code >= 30 && code <= 37) style.colour = COLOURS[code - 30];
  else if (code >= 90 && code <= 97) style.colour = COLOURS[code - 90];
  else if (code === 39) style.colour = undefined;
}

const ESCAPE = "\u001b";
const STYLE_SEQUENCE = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`);

/** Terminal text as HTML: colours, bold and dim as spans of class `ansi-…`, every other control sequence dropped. */
export function ansiToHtml(text: string): string {
  const style: Style = { colour: undefined, bold: false, dim: false };
  return text
    .split(STYLE_SEQUENCE)
    .map((piece) => {
      if (STYLE_SEQUENCE.test(piece)) {
        applyCodes(style, piece.slice(2, -1).split(";").map(Number));
        return "";
      }
      const clean = escapeMarkup(stripVTControlCharacters(piece));
      const names = [style.colour, style.bold && "bold", style.dim && "dim"].filter(Boolean);
      if (clean === "" || names.length === 0) return clean;
      return `<span class="${names.map((name) => `ansi-${name}`).join(" ")}">${clean}</span>`;
    })
    .join("");
}
