/** Generated text: what each emitted token read of the prompt and of what was written so far. */
import { integratedGradients } from "../attr/integrated-gradients";
import type { AnyMethod, Attribution, BaselineOptions, CommonOptions } from "../attribution";
import {
  checkBoolean,
  checkInteger,
  checkName,
  checkOptions,
  outOfRange,
  shown,
  throwIfAborted,
  wrongType,
} from "../check";
import { asModel, type Net } from "../engine";
import { readInput } from "../model/input";
import type { Model } from "../model/model";
import type { Target } from "../model/target";
import type { Tokens } from "../model/tokenizer";
import { wordsOf } from "../model/words";
import { host } from "../platform/host";
import type { NdArray } from "../tensor";
import { Study } from "./study";
import { numbered, perToken } from "./token-values";

/** Options of `attributeGeneration`. */
export interface AttributeGenerationOptions
  extends BaselineOptions,
    Pick<CommonOptions, "seed" | "engine" | "signal" | "maxBytes"> {
  /** What ids mean, where the model was not told: a vocabulary, a function of an id, or a tokenizer. */
  readonly tokens?: Tokens;
  /** Method that makes the map of each emitted token. Default `integratedGradients`. */
  readonly method?: AnyMethod;
  /** What is emitted: ids, or text that goes on where the prompt ends. Default: greedily the likeliest token, one after the other. */
  readonly continuation?: string | readonly number[];
  /** Tokens that are emitted at most where no continuation is given. Default 20. */
  readonly length?: number;
  /** A token, by id or by word, behind which nothing more is emitted; it is the last of what is. Default: none. */
  readonly stop?: number | string;
  /**
   * Why this token, and not that one: for each emitted token, or by its place among them, the id or word of another. Those with one
   * explain the difference of the two scores, which is the logarithm of the odds between them.
   */
  readonly rather?: Readonly<Record<number, number | string>>;
  /**
   * Whether tokens that were emitted before stay as they are, so that rows share what the prompt alone did. Methods with a baseline
   * then compare the prompt with the id `padId`, which the model must have been told. Default false: they are read as the prompt is.
   */
  readonly held?: boolean;
  /** The logarithm of the token's probability (default; the sum over tokens is that of the whole continuation), or its logit. */
  readonly explain?: "logProbability" | "logit";
}

const NAMES: readonly (keyof AttributeGenerationOptions)[] = [
  "tokens",
  "method",
  "continuation",
  "length",
  "stop",
  "rather",
  "held",
  "explain",
  "baseline",
  "seed",
  "engine",
  "signal",
  "maxBytes",
];

/** A tensor of TensorFlow.js, as far as scores of the next token use it. */
interface Logits {
  readonly shape: readonly number[];
  slice(begin: readonly number[], size: readonly number[]): Logits;
  reshape(shape: readonly number[]): Logits;
  sub(other: Logits): Logits;
  logSumExp(axis: number): Logits;
}

/**
 * What each emitted token of a language model read: one attribution per token, of the prompt and of what was emitted before it.
 *
 * M_tj = the method's value at token j for the score of emitted token t, given the tokens before it; vectors are summed, or as the
 * method's `reduce` says. A row of a complete method adds up to F(tokens before t) − F(baseline), Σ over rows to that of the
 * continuation.
 *
 * @param net from ids [examples, tokens] to a logit (or probability) per token and word [examples, tokens, words], each of the
 *   token that comes next; causal, or what is emitted would be seen before it is there.
 * @param prompt one text, or its ids.
 * @returns a study: the matrix emitted × (prompt, so far), table "emitted" (token, score, what it read most, share that the prompt
 *   has) and table "sequence" (what each token did for the continuation as a whole). Tokens that were not there yet have 0.
 * @throws RangeError for several prompts, a continuation that does not go on from the prompt, and words without an id.
 *
 * Miglani et al.: Using Captum to Explain Generative Language Models (2023), arXiv 2312.05491; Yin, Neubig: Interpreting Language
 * Models with Contrastive Explanations (2022), arXiv 2202.10419.
 */
export async function attributeGeneration(
  net: Net,
  prompt: string | readonly number[],
  options: AttributeGenerationOptions = {},
): Promise<Study> {
  const fn = "attributeGeneration";
  checkOptions(fn, options, NAMES);
  const { method = integratedGradients, continuation, length = 20, stop, rather = {}, tokens } = options;
  const { explain = "logProbability", held = false, baseline, signal = host().signal, ...others } = options;
  if (typeof method !== "function" || !("meta" in method))
    throw wrongType(fn, "method to be a method", shown(method));
  checkInteger(fn, "length", length, 1);
  checkName(fn, "explain", explain, ["logProbability", "logit"]);
  checkBoolean(fn, "held", held);
  const model = tokens === undefined ? asModel(net) : asModel(net, { tokens });
  model.checkAlive(fn);
  if (model.inputs.length !== 1) throw outOfRange(fn, "a net with one input", `${model.inputs.length}`);
  const { padId } = model.facts;
  if (held && (padId === undefined || (baseline !== undefined && baseline !== "pad")))
    throw outOfRange(
      fn,
      'the baseline "pad" and asModel(net, { padId }) where emitted tokens are held',
      shown(baseline),
    );
  const given = idsOf(fn, model, prompt);
  const vocabulary = await wordCount(fn, model, given);
  const idOf = (name: string, word: number | string): number => found(fn, model, vocabulary, name, word);
  const end = stop === undefined ? undefined : idOf("stop", stop);
  const emitted =
    continuation === undefined
      ? await greedy(model, given, length, end, signal)
      : continued(fn, model, prompt, given, continuation);
  const places = Object.entries(rather).map(([place, word]): [number, number] => [
    checkInteger(fn, "a place of rather", Number(place), 0, emitted.length - 1),
    idOf("rather", word),
  ]);
  const instead = new Map(places);
  for (const [place, id] of instead)
    if (emitted[place] === id)
      throw outOfRange(fn, "rather to name another token", `emitted ${place} itself`);
  const call = {
    ...(others.seed === undefined ? {} : { seed: others.seed }),
    ...(others.engine === undefined ? {} : { engine: others.engine }),
    ...(others.maxBytes === undefined ? {} : { maxBytes: others.maxBytes }),
    ...(signal === undefined ? {} : { signal }),
    ...(baseline === undefined || !method.meta.needsBaseline ? {} : { baseline }),
  };
  const maps: Attribution[] = [];
  for (const [t, id] of emitted.entries()) {
    const before = [...given, ...emitted.slice(0, t)];
    const score = scoreOf(before.length - 1, id, instead.get(t), explain);
    const compared = given.map(() => padId ?? 0).concat(emitted.slice(0, t));
    const own = held && method.meta.needsBaseline ? { baseline: [compared] } : {};
    maps.push(await method(model, [before], { ...call, ...own, target: score }));
  }
  return studyOf(model, { given, emitted, instead, maps, explain });
}

/** Ids of one prompt. */
function idsOf(fn: string, model: Model, text: string | readonly number[]): number[] {
  if (typeof text !== "string" && !(Array.isArray(text) && text.every(Number.isInteger)))
    throw wrongType(fn, "a text or its ids", shown(text));
  return Array.from(readInput(fn, model, typeof text === "string" ? text : [[...text]]).batch[0].data);
}

/** The number of words that a net scores; refuses what is no language model. */
async function wordCount(fn: string, model: Model, ids: readonly number[]): Promise<number> {
  const [{ shape }] = (await model.forward([row(ids)], { explain: "logit" })).outputs;
  if (shape.length !== 3 || shape[1] !== ids.length)
    throw outOfRange(
      fn,
      "a net with an output [examples, tokens, words] for the token that follows each",
      `an output [${shape.join(", ")}] of ${ids.length} tokens`,
    );
  return shape[2];
}

function row(ids: readonly number[]): NdArray {
  return { data: Float32Array.from(ids), shape: [1, ids.length] };
}

/** The likeliest token after the prompt, and so on. */
async function greedy(
  model: Model,
  given: readonly number[],
  length: number,
  stop: number | undefined,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const emitted: number[] = [];
  while (emitted.length < length && (stop === undefined || emitted.at(-1) !== stop)) {
    throwIfAborted(signal);
    const ids = [...given, ...emitted];
    const [{ data, shape }] = (await model.forward([row(ids)], { explain: "logit" })).outputs;
    const last = data.subarray((ids.length - 1) * shape[2]);
    emitted.push(last.reduce((best, value, i) => (value > last[best] ? i : best), 0));
  }
  return emitted;
}

/** Ids of a continuation that was given. */
function continued(
  fn: string,
  model: Model,
  prompt: string | readonly number[],
  given: readonly number[],
  continuation: string | readonly number[],
): number[] {
  if (typeof continuation !== "string") {
    if (continuation.length === 0) throw outOfRange(fn, "a continuation with tokens", "none");
    return idsOf(fn, model, continuation);
  }
  if (typeof prompt !== "string")
    throw wrongType(fn, "a continuation of ids where the prompt is ids", "text");
  const whole = idsOf(fn, model, `${prompt}${continuation}`);
  // Tokens at the seam may join; what was asked for is then another text.
  if (whole.length <= given.length || given.some((id, i) => whole[i] !== id))
    throw outOfRange(
      fn,
      `a continuation that the tokenizer adds to the prompt's ${given.length} tokens (give ids where words join)`,
      shown(continuation),
    );
  return whole.slice(given.length);
}

/** An id by itself or by its word. */
function found(fn: string, model: Model, vocabulary: number, name: string, word: number | string): number {
  if (typeof word === "number") return checkInteger(fn, name, word, 0, vocabulary - 1);
  const ids = Array.from({ length: vocabulary }, (_, id) => id);
  const [words = []] = wordsOf(model.facts, model.inputs, 0, row(ids)) ?? [];
  const id = words.indexOf(word);
  if (id < 0) throw outOfRange(fn, `${name} to be an id or the word of one`, shown(word));
  return id;
}

/** The score of a token behind a position, or what it is ahead of another. */
function scoreOf(
  position: number,
  id: number,
  rather: number | undefined,
  explain: "logProbability" | "logit",
): Target {
  return (logits: Logits): Logits => {
    const [, , words] = logits.shape;
    const next = logits.slice([0, position, 0], [-1, 1, -1]).reshape([-1, words]);
    const of = (word: number): Logits => next.slice([0, word], [-1, 1]).reshape([-1]);
    // The sum over all words is the same for both.
    if (rather !== undefined) return of(id).sub(of(rather));
    return explain === "logit" ? of(id) : of(id).sub(next.logSumExp(-1));
  };
}

interface Generated {
  readonly given: readonly number[];
  readonly emitted: readonly number[];
  readonly instead: ReadonlyMap<number, number>;
  readonly maps: readonly Attribution[];
  readonly explain: "logProbability" | "logit";
}

function studyOf(model: Model, { given, emitted, instead, maps, explain }: Generated): Study {
  const read = [...given, ...emitted.slice(0, -1)];
  const wordOf = (ids: readonly number[]): string[] =>
    wordsOf(model.facts, model.inputs, 0, row(ids))?.[0] ?? ids.map((id) => `#${id}`);
  const columns = numbered(wordOf(read));
  const names = wordOf(emitted).map((word, t) => {
    const other = instead.get(t);
    return other === undefined ? word : `${word} rather than ${wordOf([other])[0]}`;
  });
  const rows = maps.map((map) => {
    const values = perToken(map);
    return [...values, ...new Array<number>(read.length - values.length).fill(0)];
  });
  const most = rows.map((values) =>
    values.reduce((best, value, j) => (Math.abs(value) > Math.abs(values[best]) ? j : best), 0),
  );
  const ofPrompt = rows.map((values) => {
    const size = (list: readonly number[]): number => list.reduce((sum, value) => sum + Math.abs(value), 0);
    const whole = size(values);
    return whole > 0 ? size(values.slice(0, given.length)) / whole : undefined;
  });
  const sequence = columns.map((_, j) => rows.reduce((sum, values) => sum + values[j], 0));
  const unit = explain === "logit" && instead.size === 0 ? "logit" : "logarithm of a probability";
  const { method } = maps[0];
  return new Study({
    kind: "generation",
    tables: [
      {
        name: "emitted",
        columns: [
          { name: "token", values: names },
          { name: "score", unit, values: maps.map(({ score }) => score[0]) },
          { name: "read most", values: most.map((j) => columns[j]) },
          { name: "by", unit, values: rows.map((values, t) => values[most[t]]) },
          { name: "of the prompt", unit: "share of the magnitude", values: ofPrompt },
        ],
      },
      {
        name: "sequence",
        columns: [
          { name: "token", values: columns },
          { name: "all emitted", unit, values: sequence },
        ],
      },
    ],
    matrices: [
      {
        title: `What each emitted token read (${method})`,
        rowNames: numbered(names),
        columnNames: columns,
        values: rows.flat(),
        rowTitle: "emitted",
        columnTitle: "read",
        unit,
      },
    ],
    findings: [
      `Emitted: "${wordOf(emitted).join(" ")}".`,
      ...names.map((name, t) => {
        const value = rows[t][most[t]];
        return `"${name}" read "${columns[most[t]]}" most (${value < 0 ? "−" : "+"}${Math.abs(value).toPrecision(3)}).`;
      }),
    ],
  });
}
