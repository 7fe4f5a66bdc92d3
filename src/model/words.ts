/** Words of token ids, and the ids of texts, as a model is told them by the fact `tokens`. */
import { outOfRange, shown, wrongType } from "../check";
import type { NdArray } from "../tensor";
import type { Facts, InputFact } from "./model";
import { numberNamed } from "./names";
import { isTokenizer, isTokenWords, type TextInput, type TokenWords } from "./tokenizer";

/** Each token as it is, and not as it would read in a sentence. */
const AS_IT_IS = { skip_special_tokens: false, clean_up_tokenization_spaces: false };

/** What an input's ids mean; undefined where nothing was told of it. */
function tokensOf({ tokens }: Facts, inputs: readonly InputFact[], input: number): TokenWords | undefined {
  if (tokens === undefined || isTokenWords(tokens)) return tokens;
  const name = Object.keys(tokens).find((key) => numberNamed(inputs, key) === input);
  return name === undefined ? undefined : tokens[name];
}

/**
 * Words of an input's ids, one list for each example; undefined where no words were told, or where the values are no ids.
 * An id without a word is `#id`.
 */
export function wordsOf(
  facts: Facts,
  inputs: readonly InputFact[],
  input: number,
  ids: NdArray,
): string[][] | undefined {
  const tokens = tokensOf(facts, inputs, input);
  if (tokens === undefined || ids.shape.length !== 2 || !ids.data.every(Number.isInteger)) return undefined;
  const known = new Map<number, string>();
  const wordOf = (id: number): string => {
    const word = known.get(id) ?? told(tokens, id) ?? `#${id}`;
    known.set(id, word);
    return word;
  };
  const [examples, count] = ids.shape;
  return Array.from({ length: examples }, (_, example) =>
    Array.from(ids.data.subarray(example * count, (example + 1) * count), wordOf),
  );
}

function told(tokens: TokenWords, id: number): string | undefined {
  if (isTokenizer(tokens)) return tokens.decode([id], AS_IT_IS);
  return typeof tokens === "function" ? tokens(id) : tokens[id];
}

/** Whether an input was given as text: one, or a list. */
export function isText(value: unknown): value is TextInput {
  return (
    typeof value === "string" ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string"))
  );
}

/**
 * Ids of a text or of several, padded with `padId` to the input's own length, or to that of the longest where it has none.
 * @throws TypeError where no tokenizer was told of the input, or none that encodes; RangeError where a text is longer than the input.
 */
export function idsOf(
  fn: string,
  facts: Facts,
  inputs: readonly InputFact[],
  input: number,
  text: TextInput,
): NdArray {
  const tokens = tokensOf(facts, inputs, input);
  const { name, shape } = inputs[input];
  if (tokens === undefined || !isTokenizer(tokens) || tokens.encode === undefined)
    throw wrongType(
      fn,
      `asModel(net, { tokens: { encode, decode } }) where input "${name}" is text`,
      tokens === undefined ? "tokens of another input" : "tokens that cannot encode",
    );
  const encode = tokens.encode.bind(tokens);
  const texts = typeof text === "string" ? [text] : text;
  const each = texts.map((one) => {
    const ids: unknown = encode(one);
    const numbers =
      Array.isArray(ids) || ArrayBuffer.isView(ids) ? Array.from(ids as ArrayLike<unknown>, Number) : [];
    if (numbers.length === 0 || !numbers.every(Number.isInteger))
      throw wrongType(fn, `tokens.encode(${shown(one)}) to give token ids`, shown(ids));
    return numbers;
  });
  const longest = Math.max(...each.map(({ length }) => length));
  const length = shape?.[1] ?? longest;
  const tooLong = each.findIndex((ids) => ids.length > length);
  if (tooLong >= 0)
    throw outOfRange(
      fn,
      `texts of at most ${length} tokens for input "${name}"`,
      `${each[tooLong].length} of ${shown(texts[tooLong])}`,
    );
  const { padId } = facts;
  if (padId === undefined && each.some((ids) => ids.length < length))
    throw wrongType(fn, `asModel(net, { padId }) where texts are shorter than ${length} tokens`, "no padId");
  const data = new Float32Array(texts.length * length).fill(padId ?? 0);
  for (const [i, ids] of each.entries()) data.set(ids, i * length);
  return { data, shape: typeof text === "string" ? [length] : [texts.length, length] };
}
