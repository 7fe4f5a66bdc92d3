/** A number per token of a map, and the names of tokens. */
import type { Attribution } from "../attribution";

/** What lies behind the token axis of the only example's first part, as the map shows it: summed where it is still a vector. */
export function perToken(map: Attribution): number[] {
  const { values } = map.parts[0];
  const { data, shape } = map.toView().parts[0]?.values ?? values;
  const tokens = shape[1];
  const width = data.length / tokens;
  return Array.from({ length: tokens }, (_, token) =>
    data.subarray(token * width, (token + 1) * width).reduce((sum, value) => sum + value, 0),
  );
}

/** Words, those that occur twice with their place. */
export function numbered(words: readonly string[]): string[] {
  return words.map((word, i) => (words.indexOf(word) === words.lastIndexOf(word) ? word : `${word} #${i}`));
}
