import { describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  integratedGradients,
  type Model,
  type NdArray,
  saliency,
} from "../../../src";
import { sliceRows } from "../../../src/tensor";
import { type BuiltArchitecture, build, sampled } from "./random-architectures/architecture";
import { blocks } from "./random-architectures/blocks";
import { differences, largestOf } from "./random-architectures/differences";
import { inputsOf, moved } from "./random-architectures/inputs";

/** Each architecture has a seed of its own: that of a failure, alone, makes it again. */
const COUNT = Number(process.env["GRADLENS_ARCHITECTURES"] ?? 40);
const FROM = Number(process.env["GRADLENS_ARCHITECTURES_FROM"] ?? 0);
const TOLERANCE = 1e-5;
let examples = 0;
let kinks = 0;

type Method = typeof saliency | typeof integratedGradients;

function rowOf(x: readonly NdArray[], row: number): NdArray[] {
  return x.map((array) => sliceRows(array, row, row + 1));
}

async function compare(
  { output, target, tokens, description }: BuiltArchitecture,
  [compiled, eager]: readonly [Model, Model],
  method: Method,
  x: readonly NdArray[],
  seed: number,
): Promise<void> {
  const answer = async (model: Model, arrays: readonly NdArray[], layer?: string): Promise<Attribution> => {
    const rows = (arrays[0] as NdArray).shape[0] as number;
    return method(model, (arrays.length === 1 ? arrays[0] : arrays) as NdArray, {
      output,
      target: new Array(rows).fill(target.length === 1 ? target[0] : target),
      ...(method === integratedGradients ? { steps: 3 } : {}),
      ...(layer ? { layer } : {}),
    });
  };
  const valuesOf = ({ parts }: Attribution): NdArray[] => parts.map((part) => part.values);
  /** Tokens are given the sum over their vector, which may cancel out: what counts is the gradient at the vectors. */
  const lookUps = tokens.flatMap((token, i) => (token ? eager.lookups(i).map(({ layer }) => layer) : []));
  const ask = async (arrays: readonly NdArray[]): Promise<number[]> => {
    const [a, b] = [await answer(compiled, arrays), await answer(eager, arrays)];
    expect([a.engine, b.engine]).toEqual(["compiled", "eager"]);
    b.score.forEach((score, i) => {
      const difference = Math.abs((a.score[i] as number) - score);
      expect(difference, `seed ${seed}: ${description}: score`).toBeLessThan(
        TOLERANCE * Math.max(1, Math.abs(score)),
      );
    });
    const vectors: NdArray[] = [];
    for (const layer of lookUps) vectors.push(...valuesOf(await answer(eager, arrays, layer)));
    const scale = largestOf([...valuesOf(b), ...vectors]);
    return differences(valuesOf(a), valuesOf(b), b.score.length, scale);
  };
  const worst = await ask(x);
  examples += worst.length;
  for (const [row, difference] of worst.entries()) {
    if (difference <= TOLERANCE) continue;
    const [off = Number.POSITIVE_INFINITY] = await ask(moved(rowOf(x, row), tokens));
    const name = method === saliency ? "gradient" : "path";
    expect(
      off,
      `seed ${seed}: ${description}: ${name} of row ${row} of ${worst.length} differs by ${difference}`,
    ).toBeLessThanOrEqual(TOLERANCE);
    kinks++;
  }
}

describe(`${COUNT} random architectures from seed ${FROM}: compiled = eager`, () => {
  it.each(Array.from({ length: COUNT }, (_, i) => FROM + i))("seed %i", async (seed) => {
    const built = build(sampled(seed));
    try {
      const engines = [
        asModel(built.model, { engine: "compiled" }),
        asModel(built.model, { engine: "eager" }),
      ] as const;
      for (const rows of [1, 2, 7]) {
        const x = inputsOf(built, seed, rows);
        await compare(built, engines, saliency, x, seed);
        if (rows === 2) await compare(built, engines, integratedGradients, x, seed);
      }
    } catch (error) {
      if (!(error instanceof Error) || error.message.includes(`seed ${seed}:`)) throw error;
      throw new Error(`seed ${seed}: ${built.description}: ${error.message}`, { cause: error });
    } finally {
      built.model.dispose();
    }
  });

  it("differences at kinks are few", () => {
    console.info(`${kinks} of ${examples} examples differ at a kink`);
    expect(kinks).toBeLessThanOrEqual(0.005 * examples);
  });

  it("everything that architectures are made of occurs among the first 500", () => {
    const used = new Set<string>();
    for (let seed = 0; seed < 500; seed++) {
      const built = build(sampled(seed));
      for (const name of built.used) used.add(name);
      built.model.dispose();
    }
    expect(Object.keys(blocks).filter((name) => !used.has(name))).toEqual([]);
  });
});
