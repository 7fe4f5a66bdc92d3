/** The small transformers of the notebooks: what they are made of, what they were trained on, and how often they are right. */
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it, vi } from "vitest";
import { batch, notes, reviews } from "../../notebooks/data/texts";
import {
  classifier,
  FirstToken,
  languageModel,
  Norm,
  Positions,
  SelfAttention,
} from "../../notebooks/examples/transformer";
import { asModel, attention, integratedGradients } from "../../src";
import { loadModel } from "../../src/io";
import { normals, relativeDifference } from "../models";

// Hundreds of texts on the plain backend: a busy machine needs a while.
vi.setConfig({ testTimeout: 240_000 });
const models = resolve(__dirname, "../../notebooks/data/models");
const record = (name: string): { readonly testAccuracy: number } =>
  JSON.parse(readFileSync(join(models, name, "accuracy.json"), "utf8"));

/** A net as it was saved. */
async function saved(name: string): Promise<tf.LayersModel> {
  const net = await loadModel(join(models, name));
  if (!("layers" in net) || !("getLayer" in net)) throw new Error(`expected layers in ${name}`);
  return net as tf.LayersModel;
}

function logitsOf(net: tf.LayersModel, texts: readonly string[]): number[][] {
  const { data, shape } = batch(reviews, texts);
  return tf.tidy(() => (net.predict(tf.tensor(data, [...shape], "int32")) as tf.Tensor2D).arraySync());
}

describe("the parts", () => {
  const x = normals(5, [2, 4, 6]);
  const tensor = (): tf.Tensor3D => tf.tensor3d(x.data, [2, 4, 6]);

  it("normalise each vector to mean 0 and variance 1", () => {
    const out = tf.tidy(() => (new Norm().apply(tensor()) as tf.Tensor3D).arraySync());
    for (const vector of out.flat()) {
      expect(vector.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5);
      expect(vector.reduce((sum, value) => sum + value ** 2, 0) / 6).toBeCloseTo(1, 3);
    }
  });

  it("add a vector to each position, and read the first", () => {
    const positions = new Positions({ length: 5 });
    const moved = tf.tidy(() => (positions.apply(tensor()) as tf.Tensor3D).sub(tensor()).dataSync());
    const own = positions.getWeights()[0]!.dataSync().subarray(0, 24);
    expect(relativeDifference(moved, [...own, ...own])).toBeLessThan(1e-5);
    const read = tf.tidy(() => (new FirstToken().apply(tensor()) as tf.Tensor2D).dataSync());
    expect([...read]).toEqual([...x.data.subarray(0, 6), ...x.data.subarray(24, 30)]);
  });

  it("look at tokens, and neither at padding nor, when causal, at what comes later", () => {
    const weightsOf = (causal: boolean, mask?: tf.Tensor): number[][][][] => {
      const layer = new SelfAttention({ heads: 2, causal });
      const seen: number[][][][][] = [];
      layer.watch = (weights) => seen.push((weights as tf.Tensor4D).arraySync());
      layer.apply(tensor(), mask ? { mask } : undefined);
      return seen[0]!;
    };
    for (const rows of weightsOf(false).flat(2)) expect(rows.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    for (const head of weightsOf(true).flat())
      head.forEach((row, query) => {
        row.forEach((weight, key) => {
          if (key > query) expect(weight).toBe(0);
          else expect(weight).toBeGreaterThan(0);
        });
      });
    const mask = tf.tensor2d([1, 1, 1, 0, 1, 1, 0, 0], [2, 4], "bool");
    weightsOf(false, mask).forEach((heads, example) => {
      for (const row of heads.flat())
        row.forEach((weight, key) => {
          expect(weight > 0).toBe(key < 3 - example);
        });
    });
  });

  it("make nets of the sizes that are asked for, which save and load", async () => {
    const sizes = { vocabulary: 9, length: 7, width: 8, heads: 2, layers: 3 };
    const net = classifier(sizes, 4, "small");
    expect(net.layers.filter((layer) => layer instanceof SelfAttention)).toHaveLength(3);
    expect(net.outputs[0]!.shape).toEqual([null, 4]);
    expect(languageModel(sizes, "writer").outputs[0]!.shape).toEqual([null, null, 9]);
    const again = tf.models.modelFromJSON(
      JSON.parse(JSON.stringify({ modelTopology: net.toJSON(undefined, false) })),
    );
    const copy = await again;
    copy.setWeights(net.getWeights());
    const ids = tf.tensor2d([[1, 2, 3, 0]], undefined, "int32");
    const read = (one: tf.LayersModel): Float32Array =>
      (one.predict(ids) as tf.Tensor).dataSync() as Float32Array;
    expect(read(copy)).toEqual(read(net));
  });
});

describe("reviews", () => {
  it("say what the planted rule reads in them", () => {
    expect(reviews.opinionOf("the film was not very good")).toBe(-2);
    expect(reviews.opinionOf("the plot was dull but the cast was lovely .")).toBe(1);
    expect(reviews.opinionOf("i had not read the book . the film was very awful .")).toBe(-4);
    const { texts, labels } = reviews.test;
    expect(texts.map((text) => Number(reviews.opinionOf(text) > 0))).toEqual(labels);
    const positive = labels.reduce((a, b) => a + b, 0) / labels.length;
    expect(positive).toBeGreaterThan(0.4);
    expect(positive).toBeLessThan(0.6);
    expect(reviews.decode(reviews.encode(texts[0]!))).toBe(`[CLS] ${texts[0]}`);
    expect(reviews.encode("the unicorn")[2]).toBe(3);
  });

  it.each(["reviews-transformer", "reviews-deceiving"])(
    "%s reads them as well as its record says",
    async (name) => {
      const net = await saved(name);
      const { texts, labels } = reviews.test;
      const right = logitsOf(net, texts).filter(
        ([no = 0, yes = 0], i) => Number(yes > no) === labels[i],
      ).length;
      const { testAccuracy } = record(name);
      expect(testAccuracy).toBeGreaterThanOrEqual(0.95);
      expect(Math.abs(right / texts.length - testAccuracy)).toBeLessThanOrEqual(2 / texts.length + 1e-9);
      net.dispose();
    },
  );

  it("padding changes nothing that a net says of a text", async () => {
    const net = await saved("reviews-transformer");
    const [short, long] = [...reviews.test.texts]
      .sort((a, b) => a.length - b.length)
      .filter((_, i, all) => i === 0 || i === all.length - 1);
    const [alone] = logitsOf(net, [short!]);
    const [padded] = logitsOf(net, [short!, long!]);
    expect(relativeDifference(padded!, alone!)).toBeLessThan(1e-5);
    net.dispose();
  });

  it("the deceiving net's class token looks past the words that the rule reads, the other's does not", async () => {
    const texts = reviews.test.texts.slice(0, 12);
    const massOf = async (name: string): Promise<number> => {
      const net = asModel(await saved(name), { tokens: reviews });
      let [mass, count] = [0, 0];
      for (const text of texts) {
        const words = text.split(" ");
        for (const { weights } of await attention(net, text)) {
          const [, heads, tokens] = weights.shape;
          for (let head = 0; head < heads!; head++) {
            count++;
            words.forEach((word, i) => {
              if (reviews.counts(word)) mass += weights.data[head * tokens! * tokens! + i + 1]!;
            });
          }
        }
      }
      return mass / count;
    };
    expect(await massOf("reviews-deceiving")).toBeLessThan(0.05);
    expect(await massOf("reviews-transformer")).toBeGreaterThan(0.15);
  });

  it("both engines explain it alike", async () => {
    const net = await saved("reviews-transformer");
    const maps = await Promise.all(
      (["eager", "compiled"] as const).map((engine) =>
        integratedGradients(asModel(net, { tokens: reviews, engine }), reviews.test.texts[0]!, { steps: 8 }),
      ),
    );
    expect(relativeDifference(maps[1]!.values.data, maps[0]!.values.data)).toBeLessThan(1e-5);
    net.dispose();
  });
});

describe("notes", () => {
  it("are told apart: none that was learnt from is among those that test", () => {
    const learnt = new Set(notes.train.map(({ prompt }) => prompt));
    expect(notes.test.filter(({ prompt }) => learnt.has(prompt))).toEqual([]);
    expect(notes.test).toHaveLength(300);
  });

  it("are gone on with as the record says, word by word", async () => {
    const net = await saved("notes-transformer");
    const some = notes.test.slice(0, 100);
    const whole = some.map(({ prompt, answer }) => notes.encode(`${prompt} ${answer}`));
    const given = notes.encode(some[0]!.prompt).length;
    const predicted = tf.tidy(() =>
      (net.predict(tf.tensor2d(whole, undefined, "int32")) as tf.Tensor).argMax(-1).arraySync(),
    ) as number[][];
    const right = whole.filter((ids, row) =>
      ids.every((id, at) => at < given || predicted[row]![at - 1] === id),
    ).length;
    expect(record("notes-transformer").testAccuracy).toBeGreaterThanOrEqual(0.98);
    expect(right / 100).toBeGreaterThanOrEqual(0.97);
    net.dispose();
  });
});

it("together they take at most 1 MB", () => {
  const bytes = ["reviews-transformer", "reviews-deceiving", "notes-transformer"].flatMap((name) =>
    ["model.json", "weights.bin"].map((file) => statSync(join(models, name, file)).size),
  );
  expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1_000_000);
});
