/** Words to ids and back. */
export interface WordTokenizer {
  /** [PAD] 0, [CLS] 1, [MASK] 2, [UNK] 3, and then the words. */
  readonly vocabulary: readonly string[];
  /** Ids of a text whose words stand between blanks, with [CLS] in front. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
}

/** Texts with what they say. */
export interface Reviews {
  readonly texts: readonly string[];
  /** 1 for a positive review, 0 for a negative one. */
  readonly labels: readonly number[];
}

/** A prompt about who left when, and how it goes on. */
export interface Note {
  /** "ada the baker left in winter on monday from oslo ." */
  readonly prompt: string;
  /** "she took a whisk and a scarf ." */
  readonly answer: string;
  /** The planted rule: the only word of the prompt that each of these follows from. */
  readonly reads: { readonly pronoun: string; readonly tool: string; readonly clothes: string };
}

/** Made film reviews. */
export declare const reviews: WordTokenizer & {
  readonly classes: readonly string[];
  readonly train: Reviews;
  /** 400 reviews that the shipped models have never seen, but for chance. */
  readonly test: Reviews;
  /** The planted rule: a review is positive where this is above zero. */
  opinionOf(text: string): number;
  /** Whether the rule reads a word: opinions, "not" and "very". */
  counts(word: string): boolean;
};

/** Made notes about who left with what. */
export declare const notes: WordTokenizer & {
  readonly train: readonly Note[];
  readonly test: readonly Note[];
};

/** Ids of texts [text, token], padded with 0 to the longest. */
export declare function batch(
  tokenizer: WordTokenizer,
  texts: readonly string[],
): { readonly data: Float32Array; readonly shape: readonly [number, number] };
