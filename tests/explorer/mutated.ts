/** Mutations of texts and of plain data, seeded: what damage and malice make of links, files and models. */
import type { Random } from "../../src";

const HOSTILE = [
  "<img src=x onerror=hacked()>",
  "javascript:hacked()",
  "__proto__",
  "constructor",
  "%",
  "%00",
  "NaN",
  "1e999",
  "-1",
  "\u202e",
  "’)};hacked();//",
  "A".repeat(5000),
] as const;

const one = <T>(draw: Random, all: readonly T[]): T => all[draw.integer(all.length)] as T;

/** A text with one to four of its places cut, doubled, changed or filled with something hostile. */
export function mutatedText(draw: Random, text: string): string {
  let mutated = text;
  for (let i = 1 + draw.integer(4); i > 0; i--) {
    const at = draw.integer(mutated.length + 1);
    const length = draw.integer(12);
    const put = one(draw, [
      "",
      mutated.slice(at, at + length).repeat(2),
      String.fromCharCode(32 + draw.integer(95)),
      one(draw, HOSTILE),
      `&${one(draw, ["tab", "net", "steps", "pixels", "digit", "__proto__", "ink"])}=${one(draw, HOSTILE)}`,
    ]);
    mutated = mutated.slice(0, at) + put + mutated.slice(at + length);
  }
  return mutated;
}

/** Plain data with one of its values changed, taken away or replaced by something hostile. */
export function mutatedData(draw: Random, data: unknown): unknown {
  const copy: unknown = structuredClone(data);
  const places: (readonly [holder: Record<string, unknown>, key: string])[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, each] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      visit(each);
    }
  };
  visit(copy);
  const [holder, key] = one(draw, places);
  const before = holder[key];
  const put = one<unknown>(draw, [
    undefined,
    null,
    [],
    {},
    -1,
    3.5,
    "",
    true,
    ...HOSTILE,
    typeof before === "string" ? mutatedText(draw, before) : [before],
    typeof before === "number" ? before + 1 : { [key]: before },
  ]);
  if (put === undefined) delete holder[key];
  else holder[key] = put;
  return copy;
}
