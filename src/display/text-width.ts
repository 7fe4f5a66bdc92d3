/** Text measured in pixels, and cut between characters. */

/** Widths of the printable ASCII characters in DejaVu Sans, in hundredths of the font size. */
const ASCII = (
  "32 40 46 84 64 95 78 28 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 53 " +
  "100 68 69 70 77 63 57 78 75 30 30 66 56 86 75 79 60 79 70 64 61 73 68 99 69 61 69 39 34 39 84 50 " +
  "50 61 64 55 64 62 35 64 63 28 28 58 28 97 63 61 64 64 41 52 39 63 59 82 59 59 53 64 34 64 84"
)
  .split(" ")
  .map((hundredths) => Number(hundredths) / 100);

const OTHER = 0.68;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\p{Extended_Pictographic}\u3000-\u303f\uff01-\uff60]/u;
const BESIDE_ASCII = /[^\x20-\x7e]/;

let segmenter: Intl.Segmenter | undefined;

/** Characters as a reader counts them: an emoji may be made of many code points. */
export function characters(text: string): string[] {
  if (!BESIDE_ASCII.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** True of a character that takes a full square, as those of Chinese, Japanese and Korean, and emoji do. */
export function isWide(character: string): boolean {
  return BESIDE_ASCII.test(character) && WIDE.test(character);
}

/**
 * Pixels of a text in DejaVu Sans, the font of static pictures.
 *
 * The fonts of browsers are hardly wider, and figures are laid out before one is known.
 */
export function textWidth(text: string, fontSize: number): number {
  return fontSize * characters(text).reduce((sum, character) => sum + ems(character), 0);
}

/** As much of a text as fits into `width` pixels, and an ellipsis for the rest. */
export function fitted(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const all = characters(text);
  let room = width - fontSize;
  const kept = all.findIndex((character) => {
    room -= fontSize * ems(character);
    return room < 0;
  });
  return kept <= 0 ? "…" : `${all.slice(0, kept).join("")}…`;
}

function ems(character: string): number {
  return ASCII[character.charCodeAt(0) - 32] ?? (isWide(character) ? 1 : OTHER);
}
