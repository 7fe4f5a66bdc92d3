/** Jupyter counts a cursor in code points, TypeScript in UTF-16 units. */

export function toUtf16(text: string, codePoints: number): number {
  let units = 0;
  let seen = 0;
  for (const character of text) {
    if (seen++ >= codePoints) break;
    units += character.length;
  }
  return units;
}

export function toCodePoints(text: string, utf16: number): number {
  let points = 0;
  for (let at = 0; at < Math.min(utf16, text.length); points++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return points;
}
