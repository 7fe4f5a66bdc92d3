/** Self-attention of a problem's examples, and what it says of each input token. */
import type { OptionRule, Solution } from "../attribution";
import type { Problem } from "../attribution/problem";
import { checkInteger, outOfRange, shown, UnsupportedOperationError, wrongType } from "../check";
import type { AttentionFound } from "../model/model";
import { type NdArray, rowSize } from "../tensor";

/** Options of attributions that are made of attention. */
export interface AttentionOptions {
  /**
   * The token that asks in the last layer: its number from 0, as that of a class token, or "mean" over all of them. Default:
   * the first where there is one token more than the input has, since that is a class token, else "mean".
   */
  readonly query: number | "mean" | undefined;
  /** Names of the layers that count. Default: all in which the input's tokens look at each other. */
  readonly layers: readonly string[] | undefined;
}

/** Their rules. */
export const attentionOptions: {
  readonly [Name in keyof AttentionOptions]: OptionRule<AttentionOptions[Name]>;
} = {
  query: {
    default: undefined,
    check: (fn, given) =>
      given === undefined || given === "mean" ? given : checkInteger(fn, "query", given, 0),
  },
  layers: {
    default: undefined,
    check: (fn, given) => {
      if (given === undefined) return undefined;
      if (Array.isArray(given) && given.length > 0 && given.every((name) => typeof name === "string"))
        return given;
      throw wrongType(fn, "layers to be names of layers", shown(given));
    },
  },
};

/** One layer's attention of one example: heads, each a square of numbers. */
export interface SelfAttention {
  readonly heads: number;
  readonly tokens: number;
  /** [head, query, key] */
  readonly weights: Float32Array;
  /** In the same order; where it was asked for. */
  readonly gradient: Float32Array | undefined;
  /** [head, key] */
  readonly valueNorms: Float32Array | undefined;
}

/** What an equation makes of an example's layers: a number for each token that asks and each that is asked, row by row. */
export type TokenMatrix = (layers: readonly SelfAttention[]) => Float64Array;

/**
 * The tokens of the only explained input with the row of a matrix that its query names; `summed`, those of all rows that are
 * not told apart by one.
 * @throws UnsupportedOperationError where the input has no tokens that look at each other.
 */
export async function ofTokens(
  fn: string,
  p: Problem<AttentionOptions>,
  { gradient = false, summed = false }: { readonly gradient?: boolean; readonly summed?: boolean },
  matrix: TokenMatrix,
): Promise<Solution> {
  const [place] = p.places;
  if (p.places.length !== 1 || ("layer" in place && !p.isLookUp(place)))
    throw new UnsupportedOperationError(
      `${fn}(): expected one explained input of tokens, got ${p.places.length === 1 ? "a layer" : `${p.places.length} inputs and look-ups`}`,
    );
  const [x] = p.x;
  const positions = x.shape[1];
  const examples = await p.attention(gradient);
  const data = new Float64Array(p.examples * positions);
  for (const [row, found] of examples.entries()) {
    const layers = selfAttention(fn, found, positions, p.options.layers);
    const { tokens } = layers[0];
    const { query = tokens > positions && !summed ? 0 : "mean" } = p.options;
    if (query !== "mean" && query >= tokens)
      throw outOfRange(fn, `query from 0 to ${tokens - 1}`, String(query));
    const numbers = matrix(layers);
    const asking = query === "mean" ? Array.from({ length: tokens }, (_, i) => i) : [query];
    // A class token comes first, and is none of the input's.
    const first = tokens - positions;
    for (let key = 0; key < positions; key++)
      data[row * positions + key] =
        asking.reduce((sum, i) => sum + numbers[i * tokens + first + key], 0) / (summed ? 1 : asking.length);
  }
  return onTokens(x, data, p.isLookUp(place));
}

/** A number for each token; at a look-up an equal part on each entry of its vector. */
function onTokens(x: NdArray, data: Float64Array, isLookUp: boolean): Solution {
  const [examples, positions] = x.shape;
  if (!isLookUp)
    return { values: [{ data: Float32Array.from(data), shape: [examples, positions] }], axes: [["token"]] };
  const width = rowSize(x) / positions;
  const shares = Float32Array.from(
    { length: data.length * width },
    (_, i) => data[Math.floor(i / width)] / width,
  );
  return { values: [{ data: shares, shape: x.shape }] };
}

/** The layers in which the input's tokens, and perhaps a class token, look at each other. */
function selfAttention(
  fn: string,
  found: readonly AttentionFound[],
  positions: number,
  names: readonly string[] | undefined,
): SelfAttention[] {
  const missing = names?.find((name) => !found.some(({ layer }) => layer === name));
  if (missing !== undefined)
    throw outOfRange(
      fn,
      `layers with attention (${[...new Set(found.map(({ layer }) => JSON.stringify(layer)))].join(", ") || "none"})`,
      JSON.stringify(missing),
    );
  const named = found.filter(({ layer }) => names === undefined || names.includes(layer));
  const squares = named.filter(({ weights: { shape } }) => shape[2] === shape[3]);
  const tokens = [positions, positions + 1].find((count) =>
    squares.some(({ weights }) => weights.shape[2] === count),
  );
  if (tokens === undefined)
    throw new UnsupportedOperationError(
      `${fn}(): expected attention in which the ${positions} tokens of the input look at each other, got ` +
        (named.map(({ layer, weights: { shape } }) => `${shape[2]} × ${shape[3]} in "${layer}"`).join(", ") ||
          "none"),
    );
  return squares
    .filter(({ weights }) => weights.shape[2] === tokens)
    .map(({ weights, gradient, valueNorms }) => ({
      heads: weights.shape[1],
      tokens,
      weights: weights.data,
      gradient: gradient?.data,
      valueNorms: valueNorms?.data,
    }));
}

/** Σ over heads, or its mean, of a number for each query and key: [query, key]. */
export function overHeads(
  { heads, tokens }: SelfAttention,
  of: (index: number, head: number, key: number) => number,
  fuse: "mean" | "max" | "min" | "sum" = "mean",
): Float64Array {
  const size = tokens * tokens;
  return Float64Array.from({ length: size }, (_, i) => {
    const each = Array.from({ length: heads }, (__, head) => of(head * size + i, head, i % tokens));
    if (fuse === "max") return Math.max(...each);
    if (fuse === "min") return Math.min(...each);
    const sum = each.reduce((a, b) => a + b, 0);
    return fuse === "sum" ? sum : sum / heads;
  });
}

/** The product of two squares of numbers. */
export function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k];
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) result[i * size + j] += factor * b[k * size + j];
    }
  return result;
}

/** The square that leaves every token as it is. */
export function identity(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
}

/** (A + I) / 2 with rows that add up to 1: attention, and what goes around it. */
export function withResidual(weights: Float64Array, tokens: number): Float64Array {
  const mixed = weights.map((weight, i) => (weight + Number(i % (tokens + 1) === 0)) / 2);
  for (let row = 0; row < tokens; row++) {
    const entries = mixed.subarray(row * tokens, (row + 1) * tokens);
    const sum = entries.reduce((a, b) => a + b, 0);
    for (let i = 0; i < tokens; i++) entries[i] /= sum;
  }
  return mixed;
}
