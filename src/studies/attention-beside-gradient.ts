/** Attention beside a gradient attribution of the same tokens, and what leaving each of them out does. */
import { type AttentionOptions, attentionRollout } from "../attention";
import { featureAblation } from "../attr/feature-ablation";
import { integratedGradients } from "../attr/integrated-gradients";
import type { AnyMethod, Attribution } from "../attribution";
import { checkInteger, checkOptions, outOfRange, shown, wrongType } from "../check";
import { rankCorrelation } from "../display/rank-correlation";
import type { Net } from "../engine";
import type { Baseline } from "../model/baseline";
import type { Input } from "../model/input";
import type { EngineChoice } from "../model/model";
import type { Explain } from "../model/score";
import type { Target } from "../model/target";
import { Study } from "./study";
import { numbered, perToken } from "./token-values";

/** Options of `attentionBesideGradient`. */
export interface AttentionBesideGradientOptions {
  /** An attribution that is made of attention. Default: `attentionRollout`. */
  readonly attention?: AnyMethod;
  /** A gradient attribution of the tokens. Default: `integratedGradients`. */
  readonly method?: AnyMethod;
  /** Tokens of the largest values that are compared as a set. Default: a fifth of all. */
  readonly k?: number;
  readonly query?: AttentionOptions["query"];
  readonly layers?: AttentionOptions["layers"];
  readonly target?: Target;
  readonly output?: number | string;
  readonly explain?: Explain;
  /** What a token is left out for, and what the method compares with. Default "zeros": the zero vector. */
  readonly baseline?: Baseline;
  readonly engine?: EngineChoice;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const NAMES: readonly (keyof AttentionBesideGradientOptions)[] = [
  "attention",
  "method",
  "k",
  "query",
  "layers",
  "target",
  "output",
  "explain",
  "baseline",
  "engine",
  "seed",
  "signal",
];

/** Tokens that are listed where the two disagree most. */
const LISTED = 5;

/**
 * Attention and a gradient attribution of one example's tokens, side by side, with the measured effect of leaving each token out:
 * F(x) − F(x without it). Attention says how far a token is looked at, and not what the score depends on; the effect says which of
 * the two was right, for tokens one by one. What two tokens say alike is missed by leaving out one.
 *
 * @returns a study whose tables are "tokens" (word, attention, gradient, effect) and "agreement" (Spearman's ρ of each two, by size, and
 *   the share that their k largest tokens have in common), and whose findings say it in words.
 * @throws RangeError for several examples or fewer than three tokens; UnsupportedOperationError where tokens do not look at each other.
 */
export async function attentionBesideGradient(
  net: Net,
  x: Input,
  options: AttentionBesideGradientOptions = {},
): Promise<Study> {
  const fn = "attentionBesideGradient";
  checkOptions(fn, options, NAMES);
  const {
    attention = attentionRollout,
    method = integratedGradients,
    k: most,
    query,
    layers,
    baseline,
    ...common
  } = options;
  for (const [name, given] of Object.entries({ attention, method }))
    if (typeof given !== "function" || !("meta" in given))
      throw wrongType(fn, `${name} to be a method`, shown(given));
  if (most !== undefined) checkInteger(fn, "k", most, 1);
  const compared = baseline === undefined ? {} : { baseline };
  const looked = await attention(net, x, {
    ...common,
    ...(query === undefined ? {} : { query }),
    ...(layers === undefined ? {} : { layers }),
  });
  if (looked.score.length !== 1) throw outOfRange(fn, "one example", String(looked.score.length));
  const target = { ...common, target: options.target ?? looked.target[0] };
  const gradient = await method(net, x, { ...target, ...(method.meta.needsBaseline ? compared : {}) });
  const left = await featureAblation(net, x, { ...target, ...compared, groups: "position", spread: "share" });
  const [attentions, gradients, effects] = [looked, gradient, left].map(perToken);
  const count = attentions.length;
  if (count < 3) throw outOfRange(fn, "at least three tokens", String(count));
  if (gradients.length !== count) throw outOfRange(fn, `a map of ${count} tokens`, `${gradients.length}`);
  const words = wordsOf(looked, count);
  const k = Math.min(count, most ?? Math.ceil(count / 5));
  const pairs = [
    { name: `${looked.method} and ${gradient.method}`, a: attentions, b: gradients },
    { name: `${looked.method} and leaving out`, a: attentions, b: effects },
    { name: `${gradient.method} and leaving out`, a: gradients, b: effects },
  ].map(({ name, a, b }) => {
    const sizes = [a, b].map((values) => values.map(Math.abs));
    const rank = rankCorrelation(sizes[0], sizes[1]);
    return { name, rank: Number.isNaN(rank) ? undefined : rank, common: inCommon(sizes[0], sizes[1], k) };
  });
  return new Study({
    kind: "attention beside gradient",
    tables: [
      {
        name: "tokens",
        columns: [
          { name: "token", values: words },
          { name: looked.method, values: attentions },
          { name: gradient.method, unit: "score", values: gradients },
          { name: "left out", unit: "score", values: effects },
        ],
      },
      {
        name: "agreement",
        columns: [
          { name: "of", values: pairs.map(({ name }) => name) },
          { name: "rank correlation", values: pairs.map(({ rank }) => rank) },
          { name: `top ${k} in common`, unit: "share", values: pairs.map(({ common: share }) => share) },
        ],
      },
    ],
    matrices: [
      matrixOf(words, [looked.method, gradient.method, "left out"], [attentions, gradients, effects]),
    ],
    findings: findings({
      looked,
      gradient,
      words,
      attentions,
      gradients,
      effects,
      ranks: pairs.map(({ rank }) => rank),
    }),
  });
}

/** The words of the tokens, numbered where one occurs twice; their places where there are none. */
function wordsOf(map: Attribution, count: number): string[] {
  const [example] = map.parts[0].words ?? [];
  return numbered(Array.from({ length: count }, (_, i) => example?.[i] ?? `#${i}`));
}

/** All three as shares of their largest magnitude, since their units differ. */
function matrixOf(words: readonly string[], names: readonly string[], rows: readonly (readonly number[])[]) {
  const share = (values: readonly number[]): number[] => {
    const largest = Math.max(...values.map(Math.abs));
    return values.map((value) => (largest > 0 ? value / largest : 0));
  };
  return {
    title: "Attention is not attribution: the same tokens, looked at and left out",
    rowNames: names,
    columnNames: words,
    values: rows.flatMap(share),
    rowTitle: "",
    columnTitle: "token",
    unit: "share of the row's largest magnitude",
  };
}

interface Found {
  readonly looked: Attribution;
  readonly gradient: Attribution;
  readonly words: readonly string[];
  readonly attentions: readonly number[];
  readonly gradients: readonly number[];
  readonly effects: readonly number[];
  /** Of attention and gradient, attention and effect, gradient and effect. */
  readonly ranks: readonly (number | undefined)[];
}

function findings({ looked, gradient, words, attentions, gradients, effects, ranks }: Found): string[] {
  const [both, byAttention, byGradient] = ranks;
  const said = (rank: number | undefined): string =>
    rank === undefined ? "no ranking" : `ρ = ${rank.toFixed(2).replace("-", "−")}`;
  const share = [attentions, gradients, effects].map((values) => {
    const largest = Math.max(...values.map(Math.abs));
    return values.map((value) => (largest > 0 ? Math.abs(value) / largest : 0));
  });
  const apart = words
    .map((word, i) => ({ word, i, gap: Math.abs(share[0][i] - share[1][i]) }))
    .sort((a, b) => b.gap - a.gap || a.i - b.i)
    .slice(0, LISTED)
    .filter(({ gap }) => gap > 0.1);
  const closer =
    byAttention === undefined || byGradient === undefined || byAttention === byGradient
      ? []
      : [
          `Leaving tokens out ranks them more like ${byGradient > byAttention ? gradient.method : looked.method} does ` +
            `(${said(Math.max(byGradient, byAttention))}) than like ${byGradient > byAttention ? looked.method : gradient.method} (${said(Math.min(byGradient, byAttention))}).`,
        ];
  const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
  return [
    "Attention is not attribution: a weight says how far a token is looked at, not what the score depends on.",
    `${looked.method} and ${gradient.method} order the tokens with ${said(both)} between them.`,
    ...closer,
    ...apart.map(
      ({ word, i }) =>
        `"${word}": ${percent(share[0][i])} of the most attention, ${percent(share[1][i])} of the largest ${gradient.method}; ` +
        `left out, the score ${effects[i] < 0 ? "rises" : "falls"} by ${Math.abs(effects[i]).toPrecision(3)} (${percent(share[2][i])} of the largest effect).`,
    ),
  ];
}

/** The share that the k largest entries of two lists have in common. */
function inCommon(a: readonly number[], b: readonly number[], k: number): number {
  const largest = (values: readonly number[]): Set<number> =>
    new Set(
      values
        .map((_, i) => i)
        .sort((i, j) => values[j] - values[i] || i - j)
        .slice(0, k),
    );
  const other = largest(b);
  return [...largest(a)].filter((i) => other.has(i)).length / k;
}
