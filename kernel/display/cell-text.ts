/** Values as one short line. */
import { inspect } from "node:util";

const LONGEST = 60;

/** A number with at most six significant digits; whole numbers as they are. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(6)));
}

/** Without what would move a terminal's cursor or change its colours. */
function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === "\n" ? "↵" : character === "\t" ? " " : "·",
  );
}

/** A value in one short line, as an entry of a table. */
export function entryText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "number") return numberText(value);
  const text =
    typeof value === "string"
      ? value
      : inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 8 });
  const line = withoutControls(text);
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
