import { describe, expect, it } from "vitest";
import { asModel, defineMethod, integratedGradients, mask, type NdArray, saliency } from "../../src";

/** Functions of arrays that know nothing of tfjs: they answer scores, and methods without gradients explain them. */

/** Two numbers per row, after a while: x₀ + 2 x₁, and their product. */
const calls: number[] = [];
const slow = async ({ data, shape }: NdArray): Promise<number[][]> => {
  calls.push(shape[0]!);
  await new Promise((done) => setTimeout(done, 1));
  return Array.from({ length: shape[0]! }, (_, row) => {
    const [a, b] = [data[2 * row]!, data[2 * row + 1]!];
    return [a + 2 * b, a * b];
  });
};
const net = asModel(slow, { outputs: ["sum", "product"], features: ["a", "b"] });

/** What is lost when a feature becomes zero. */
const ablation = defineMethod({ name: "ablation", gradient: false, axioms: ["dummy"] }, async (p) => {
  const [x] = p.x;
  const whole = await p.score();
  const without = await Promise.all(
    [0, 1].map((feature) =>
      p.score({ points: [{ ...x!, data: x!.data.map((v, i) => (i % 2 === feature ? 0 : v)) }] }),
    ),
  );
  const values = x!.data.map((_, i) => whole[i >> 1]! - without[i % 2]![i >> 1]!);
  return [{ data: values, shape: x!.shape }];
});

describe("a black box", () => {
  it("is explained by a probe that asks for scores alone", async () => {
    const map = await ablation(net, [
      [1, 3],
      [5, 2],
    ]);
    expect(map.targetLabels).toEqual(["sum", "product"]);
    expect(Array.from(map.values.data)).toEqual([1, 6, 10, 10]);
    expect(map.score).toEqual([7, 10]);
    expect(map.engine).toBe("black box");
    expect(map.passes).toEqual({ forward: 8, backward: 0 });
    const product = await ablation(net, [[1, 3]], { target: 1 });
    expect(Array.from(product.values.data)).toEqual([3, 3]);
    const both = await ablation(net, [[1, 3]], { target: mask([1, 1]) });
    expect(Array.from(both.values.data)).toEqual([4, 9]);
  });

  it("is asked in chunks within the memory cap, and counted", async () => {
    calls.length = 0;
    const rows = Array.from({ length: 600 }, (_, i) => [i, 1]);
    const map = await ablation(net, rows, { target: 0 });
    expect(Math.max(...calls)).toBe(256);
    expect(map.values.data[2 * 599]).toBe(599);
    // Rows of two numbers of four bytes, each eight times over.
    expect(map.peakBytes).toBe(256 * 2 * 4 * 8);
    calls.length = 0;
    const capped = await ablation(net, rows.slice(0, 20), { target: 0, maxBytes: 256 });
    expect(Math.max(...calls)).toBe(4);
    expect(capped.peakBytes).toBe(256);
  });

  it("is aborted between two chunks", async () => {
    const aborter = new AbortController();
    let asked = 0;
    const box = asModel(
      async ({ data, shape }: NdArray) => {
        if (++asked === 3) aborter.abort(new Error("enough"));
        return data.slice(0, shape[0]);
      },
      { outputs: 1 },
    );
    const many = Array.from({ length: 2000 }, () => [1, 1]);
    await expect(ablation(box, many, { signal: aborter.signal })).rejects.toThrow("enough");
    expect(asked).toBe(3);
  });

  it("may return a typed array, or an array with its shape", async () => {
    const one = asModel(({ data }: NdArray) => data.map((value) => value * 3), { outputs: 1 });
    const probe = defineMethod({ name: "probe", gradient: false }, async (p) => {
      return [{ data: Float32Array.from(await p.score()), shape: [p.examples, 1] }];
    });
    expect(Array.from((await probe(one, [[1], [2]])).values.data)).toEqual([3, 6]);
    const shaped = asModel((x: NdArray) => ({ data: x.data, shape: [x.shape[0]!, 1] }), { outputs: 1 });
    expect((await probe(shaped, [[4]])).score).toEqual([4]);
  });

  it("has no gradients, and says which methods need none", async () => {
    for (const method of [saliency, integratedGradients]) {
      await expect(method(net, [[1, 2]])).rejects.toThrow(
        new RegExp(
          `^${method.meta.name}\\(\\): expected a net with gradients, got a black box \\(methods that need none: .*"ablation"`,
        ),
      );
    }
  });

  it.each([
    ["an answer for fewer rows", () => [[1, 2]], {}, /2 numbers for each of 2 rows/],
    ["an answer of other width", () => [[1], [2]], {}, /2 numbers for each of 2 rows/],
    ["no answer", () => undefined, {}, /what the function returns/],
    [
      "a layer",
      () => [
        [1, 2],
        [3, 4],
      ],
      { layer: "hidden" },
      /expected a net with layers for layer "hidden", got a black box/,
    ],
    [
      "a function as target",
      () => [
        [1, 2],
        [3, 4],
      ],
      { target: (x: unknown) => x },
      /a class, an index, a mask or a loss/,
    ],
  ])("refuses %s", async (_, answer, options, message) => {
    const box = asModel(answer as never, { outputs: 2 });
    await expect(
      ablation(
        box,
        [
          [1, 2],
          [3, 4],
        ],
        options as never,
      ),
    ).rejects.toThrow(message);
  });

  it.each([
    ["a count of zero", () => asModel(slow, { outputs: 0 }), /outputs/],
    ["no names", () => asModel(slow, { outputs: [] }), /names, or how many numbers per row/],
    ["preprocess", () => asModel(slow, { outputs: 2, preprocess: (x: unknown) => x }), /no preprocess/],
    ["an engine", () => asModel(slow, { outputs: 2, engine: "compiled" }), /no engine for a black box/],
  ])("refuses %s among its facts", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
