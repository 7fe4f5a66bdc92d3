/** Tokenizers and vocabularies, in the forms in which a model may be told them. */
import { shown, wrongType } from "../check";

/** A tokenizer, by structure: that of another package, such as `AutoTokenizer` of @huggingface/transformers, or one's own. */
export interface Tokenizer {
  /** Ids of a text. */
  encode?(text: string): ArrayLike<number>;
  /** The text of ids; called with one at a time, so that each token has its own. */
  decode(ids: number[], options?: object): string;
}

/** Words of ids: a vocabulary in the order of its ids, a function of an id, or a tokenizer. */
export type TokenWords = readonly string[] | ((id: number) => string) | Tokenizer;

/** The words of the only input of tokens, or of each by its name. */
export type Tokens = TokenWords | Readonly<Record<string, TokenWords>>;

/** One text, or one for each example, where the model was told a tokenizer. */
export type TextInput = string | readonly string[];

/** Whether a value is a tokenizer. */
export function isTokenizer(value: unknown): value is Tokenizer {
  // That of @huggingface/transformers is a function with methods.
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as Partial<Tokenizer>).decode === "function"
  );
}

function isVocabulary(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

/** Whether a value says what ids mean. */
export function isTokenWords(value: unknown): value is TokenWords {
  return isVocabulary(value) || isTokenizer(value) || typeof value === "function";
}

/** Throws where the fact has no form that it may have. */
export function checkTokens(tokens: unknown): void {
  if (tokens === undefined || isTokenWords(tokens)) return;
  const byName = typeof tokens === "object" && tokens !== null && !Array.isArray(tokens);
  const forms = "an array of words, a function of an id, or a tokenizer { encode, decode }";
  if (byName && Object.keys(tokens).length > 0 && Object.values(tokens).every(isTokenWords)) return;
  throw wrongType("asModel", `tokens to be ${forms}, or a record of those by input`, shown(tokens));
}
