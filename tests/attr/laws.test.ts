import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnyMethod,
  Attribution,
  idgi,
  mask,
  type NdArray,
  noiseTunnel,
  sliceRows,
  takeRows,
  tap,
} from "../../src";
import { random } from "../../src/author";
import { claiming, normals, registry, relativeDifference, smallCnn, smallMlp, sooner } from "../models";

const RUNS = { numRuns: Number(process.env.GRADLENS_FUZZ ?? 6) };
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const quick = (method: AnyMethod): AnyMethod => sooner(method, [4, 4, 2]);
/** As many samples as it takes by default. */
const onImage = (method: AnyMethod): AnyMethod =>
  method.meta.name === "shapleyValues" ? quick(method) : method;
const onList = (method: AnyMethod): AnyMethod => sooner(method, [4]);
const values = (map: Attribution): Float32Array => map.values.data;

/** Checks a property for random seeds; models are disposed of. */
async function property(check: (seed: number) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(seeds, check), RUNS);
}

async function using(model: tf.LayersModel, check: (model: tf.LayersModel) => Promise<void>): Promise<void> {
  try {
    await check(model);
  } finally {
    model.dispose();
  }
}

it("finds the methods in the registry", () => {
  expect(registry.length).toBeGreaterThanOrEqual(9);
  for (const [name, method] of registry) expect(method.meta.name).toBe(name);
});

describe.each(registry)("%s", (_, method) => {
  it("gives the same bits for the same call", () =>
    property((seed) =>
      using(smallCnn(seed), async (model) => {
        const x = normals(seed, [2, 4, 4, 2]);
        const [a, b] = [await quick(method)(model, x), await quick(method)(model, x)];
        expect(values(a)).toEqual(values(b));
      }),
    ));

  it("explains a batch as it explains each example, in any order", () =>
    property((seed) =>
      using(smallCnn(seed), async (model) => {
        const x = normals(seed, [3, 4, 4, 2]);
        const whole = (await quick(method)(model, x)).values;
        const turned = (await quick(method)(model, takeRows(x, [2, 0, 1]))).values;
        for (let row = 0; row < 3; row++) {
          const one = await quick(method)(model, sliceRows(x, row, row + 1));
          expect(relativeDifference(sliceRows(whole, row, row + 1).data, values(one))).toBeLessThanOrEqual(
            1e-5,
          );
          const place = [1, 2, 0][row] as number;
          expect(
            relativeDifference(sliceRows(turned, place, place + 1).data, values(one)),
          ).toBeLessThanOrEqual(1e-5);
        }
      }),
    ));

  it("equals its noise tunnel of one sample without noise", () =>
    property((seed) =>
      using(smallCnn(seed), async (model) => {
        const x = normals(seed, [2, 4, 4, 2]);
        const tunnel = noiseTunnel(quick(method), { samples: 1, noiseLevel: 0 });
        const plain = await quick(method)(model, x);
        expect(relativeDifference(values(await tunnel(model, x)), values(plain))).toBeLessThanOrEqual(1e-6);
      }),
    ));

  it("gives the same map under a tenth of the memory", () =>
    property((seed) =>
      using(smallCnn(seed), async (model) => {
        const x = normals(seed, [16, 4, 4, 2]);
        const free = await quick(method)(model, x);
        const tight = await quick(method)(model, x, { maxBytes: 12_000 });
        expect(relativeDifference(values(tight), values(free))).toBeLessThanOrEqual(1e-5);
      }),
    ));

  it("keeps the shape given and is restored from JSON", () =>
    using(smallCnn(5), async (model) => {
      const x = normals(5, [4, 4, 2]);
      const map = await quick(method)(model, x);
      const shape = method.meta.defaultLayer ? [3, 3, 1] : [4, 4, 2];
      expect(map.values.shape).toEqual(shape);
      const back = Attribution.fromJSON(JSON.stringify(map));
      expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(map)));
      expect(back.values).toEqual(map.values);
      expect(structuredClone({ ...map }).parts).toEqual(map.parts);
    }));

  it("is repeated by again(), also on another model, input or target", () =>
    using(smallCnn(6), async (model) => {
      const x = normals(6, [4, 4, 2]);
      const map = await quick(method)(model, x, { seed: 3 });
      expect(values(await map.again())).toEqual(values(map));
      const target = (Number(map.target[0]) + 1) % 3;
      const other = await map.again({ target });
      expect(other.target).toEqual([target]);
      expect(values(other)).toEqual(values(await quick(method)(model, x, { seed: 3, target })));
      const moved = normals(7, [4, 4, 2]);
      expect(values(await map.again({ input: moved }))).toEqual(
        values(await quick(method)(model, moved, { seed: 3 })),
      );
    }));

  it("counts passes and reports progress up to its end", () =>
    using(smallCnn(8), async (model) => {
      const seen: { done: number; total: number }[] = [];
      const map = await quick(method)(model, normals(8, [2, 4, 4, 2]), { onProgress: (p) => seen.push(p) });
      expect(map.passes[method.meta.gradient ? "backward" : "forward"]).toBeGreaterThanOrEqual(2);
      if (!method.meta.gradient) expect(map.passes.backward).toBe(0);
      expect(seen.length).toBeGreaterThan(0);
      expect(
        seen.every(
          (p, i) => p.done <= p.total && (i === 0 || p.done >= (seen[i - 1] as { done: number }).done),
        ),
      ).toBe(true);
    }));
});

describe("completeness", () => {
  it.each(claiming("completeness"))("%s", (_, method) =>
    property((seed) =>
      using(smallCnn(seed, "tanh"), async (model) => {
        const map = await onImage(method)(model, normals(seed, [2, 4, 4, 2]), {
          baseline: normals(seed + 1, [4, 4, 2]),
          target: [0, 2],
        });
        map.score.forEach((score, row) => {
          const difference = score - (map.baselineScore?.[row] as number);
          const total = sliceRows(map.values, row, row + 1).data.reduce((a, b) => a + b, 0);
          expect(Math.abs(total - difference)).toBeLessThanOrEqual(
            1e-4 * Math.max(Math.abs(difference), 0.01 * Math.abs(score)),
          );
        });
      }),
    ),
  );
});

describe("sensitivity: a feature that alone changes the score has a share", () => {
  it.each(claiming("sensitivity"))("%s", (_, method) =>
    property((seed) =>
      using(smallMlp(seed), async (model) => {
        const x = normals(seed, [4]);
        const baseline: NdArray = { data: x.data.slice(), shape: [4] };
        baseline.data[2] = (baseline.data[2] as number) + 1.5;
        const map = await method(model, x, { baseline, target: 0 });
        const changed = Math.abs((map.score[0] as number) - (map.baselineScore?.[0] as number));
        if (changed > 1e-4) expect(Math.abs(values(map)[2] as number)).toBeGreaterThan(0);
      }),
    ),
  );
});

describe("missingness: a feature that equals its baseline has none", () => {
  it.each(claiming("missingness"))("%s", (_, method) =>
    property((seed) =>
      using(smallMlp(seed), async (model) => {
        const x = normals(seed, [4]);
        const baseline: NdArray = { data: x.data.slice(), shape: [4] };
        baseline.data[2] = (baseline.data[2] as number) + 1.5;
        const map = await method(model, x, { baseline, target: 0 });
        expect([0, 1, 3].map((i) => values(map)[i])).toEqual([0, 0, 0].map(() => expect.closeTo(0, 12)));
      }),
    ),
  );

  it("is not claimed by IDGI, which fails it", () =>
    using(smallMlp(1), async (model) => {
      const x = normals(1, [4]);
      const map = await idgi(model, x, {
        baseline: { data: x.data.map((v, i) => (i === 2 ? v + 1.5 : v)), shape: [4] },
      });
      expect(idgi.meta.axioms).not.toContain("missingness");
      expect(Math.max(...[0, 1, 3].map((i) => Math.abs(values(map)[i] as number)))).toBeGreaterThan(1e-3);
    }));
});

describe("dummy: a feature that the score does not depend on has none", () => {
  it.each(claiming("dummy"))("%s", (_, method) =>
    property((seed) =>
      using(smallMlp(seed), async (model) => {
        const [kernel, ...others] = model.getWeights() as [tf.Tensor, ...tf.Tensor[]];
        const blind = tf.tensor2d([[1], [0], [1], [1]]);
        model.setWeights([kernel.mul(blind), ...others]);
        const map = await onList(method)(model, normals(seed, [2, 4]));
        expect([values(map)[1], values(map)[5]].map(Math.abs as (v: unknown) => number)).toEqual([0, 0]);
      }),
    ),
  );
});

describe("implementation invariance: equal functions have equal maps", () => {
  it.each(claiming("implementation invariance"))("%s", (_, method) =>
    property((seed) =>
      using(smallMlp(seed), async (model) => {
        const [w1, b1, w2, b2] = model.getWeights() as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor1D];
        const order = tf.tensor1d([3, 1, 4, 0, 2], "int32");
        // The hidden units in another order, the bias as a product, ReLU by a maximum: another program, the same function.
        const written = (x: tf.Tensor2D): tf.Tensor => {
          const hidden = tf
            .matMul(x, w1.gather(order, 1))
            .add(tf.ones([1, 1]).matMul(b1.gather(order).expandDims(0)));
          return tf.maximum(hidden, 0).matMul(w2.gather(order)).add(b2);
        };
        const x = normals(seed, [2, 4]);
        const [a, b] = [
          await onList(method)(model, x, { target: 1 }),
          await onList(method)(written, x, { target: 1 }),
        ];
        expect(relativeDifference(values(a), values(b))).toBeLessThanOrEqual(1e-5);
      }),
    ),
  );
});

describe("linearity: the map of a sum of scores is the sum of their maps", () => {
  it.each(claiming("linearity"))("%s", (_, method) =>
    property((seed) =>
      using(smallCnn(seed), async (model) => {
        const x = normals(seed, [2, 4, 4, 2]);
        const [a, b] = [random(seed).normal(), random(seed, 1).normal()];
        const both = await quick(method)(model, x, { target: mask([a, 0, b]) });
        const [first, last] = [
          await quick(method)(model, x, { target: 0 }),
          await quick(method)(model, x, { target: 2 }),
        ];
        const sum = values(first).map((v, i) => a * v + b * (values(last)[i] as number));
        expect(relativeDifference(values(both), sum)).toBeLessThanOrEqual(1e-4);
      }),
    ),
  );
});

describe("symmetry: features that play the same part have the same share", () => {
  it.each(claiming("symmetry"))("%s", (_, method) =>
    property(async (seed) => {
      const w = normals(seed, [3, 4]);
      const kernel = tf.tensor2d(w.data, [3, 4]).gather(tf.tensor1d([0, 1, 1, 2], "int32"));
      const twin = (x: tf.Tensor2D): tf.Tensor =>
        tap("h", x.matMul(kernel as tf.Tensor2D).tanh())
          .square()
          .sum(1, true);
      const x = normals(seed, [1, 4]);
      x.data[2] = x.data[1] as number;
      const map = await method(twin, x);
      expect(values(map)[1]).toBeCloseTo(values(map)[2] as number, 5);
    }),
  );
});
