import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type Attribution, asModel, type Explain, type NdArray, saliency } from "../../src";
import { random } from "../../src/author";
import { normals, relativeDifference } from "../models";

const engines = ["eager", "compiled"] as const;
const [WIDTH, CLASSES] = [5, 3];
const x = normals(3, [2, WIDTH]);

type Step = (p: tf.Tensor) => tf.Tensor;
const dense = (seed: number, units: number, scale = 1): ((t: tf.Tensor) => tf.Tensor) => {
  const matrix = tf.tensor2d(normals(seed, [WIDTH, units], scale).data, [WIDTH, units]);
  return (t) => t.matMul(matrix);
};
const [one, two, three] = [dense(1, CLASSES), dense(2, CLASSES), dense(3, CLASSES)];
const squash = { softmax: (z: tf.Tensor) => tf.softmax(z), sigmoid: (z: tf.Tensor) => tf.sigmoid(z) };

/** Steps behind probabilities that leave them as they are. */
const keeping: Readonly<Record<string, Step>> = {
  cast: (p) => tf.cast(p, "float32"),
  "times one": (p) => p.mul(1),
  "one divided away": (p) => p.div(1),
  "plus zero": (p) => p.add(0),
  clip: (p) => tf.clipByValue(p, 1e-7, 1 - 1e-7),
  bounds: (p) => tf.minimum(tf.maximum(p, 1e-7), 1 - 1e-7),
  "moved there and back": (p) =>
    tf.transpose(tf.transpose(p.expandDims(2), [0, 2, 1]), [0, 2, 1]).squeeze([2]),
  "taken apart and joined": (p) => tf.concat(tf.split(p, CLASSES, 1), 1),
  "unstacked and stacked": (p) => tf.stack(tf.unstack(p, 1), 1),
  "looked up in the same order": (p) => tf.gather(p, tf.tensor1d([0, 1, 2], "int32"), 1),
  "reversed twice": (p) => tf.reverse(tf.reverse(p, 1), 1),
  "a strided slice of all": (p) => tf.stridedSlice(p, [0, 0], [2 ** 30, CLASSES], [1, 1]),
  "half of it twice": (p) => p.mul(0.5).add(p.mul(0.5)),
};

const maps = async (
  net: (t: tf.Tensor) => tf.Tensor,
  point: NdArray,
  engine: (typeof engines)[number],
  target: number,
): Promise<Record<Explain, Attribution>> => {
  const model = asModel(net, { engine });
  const of = (explain: Explain): Promise<Attribution> => saliency(model, point, { target, explain });
  return {
    logit: await of("logit"),
    probability: await of("probability"),
    logProbability: await of("logProbability"),
  };
};

/** Entries of a map as shares of one factor per example. */
const over = ({ values }: Attribution, factors: readonly number[]): Float32Array =>
  values.data.map((v, i) => v / (factors[Math.floor(i / WIDTH)] as number)) as Float32Array;

describe.each(engines)("a head further back, on the %s engine", (engine) => {
  /** A map that is made once, when it is first asked for. */
  const asked = (net: (t: tf.Tensor) => tf.Tensor, explain: Explain): (() => Promise<Attribution>) => {
    let map: Promise<Attribution> | undefined;
    return () => {
      map ??= saliency(asModel(net, { engine }), x, { target: 1, explain });
      return map;
    };
  };

  describe.each(["softmax", "sigmoid"] as const)("behind %s", (kind) => {
    const bare = (t: tf.Tensor): tf.Tensor => squash[kind](one(t));
    const known = { logit: asked(bare, "logit"), logProbability: asked(bare, "logProbability") };

    it.each(Object.entries(keeping))("%s", async (_, step) => {
      for (const explain of ["logit", "logProbability"] as const) {
        // What is added up has logits of its own; those of a softmax are known but for a number of all classes.
        if (step === keeping["half of it twice"] && kind === "softmax" && explain === "logit") continue;
        const right = await known[explain]();
        const found = await saliency(
          asModel((t: tf.Tensor) => step(bare(t)), { engine }),
          x,
          { target: 1, explain },
        );
        expect(relativeDifference(found.values.data, right.values.data)).toBeLessThan(1e-5);
        expect(relativeDifference(found.score, right.score)).toBeLessThan(1e-5);
        expect(found.explain).toBe(explain);
      }
    });

    /** Averages, whose logit is the one that would make the same probability. */
    const averages: Readonly<Record<string, (t: tf.Tensor) => tf.Tensor>> = {
      "of two": (t) =>
        squash[kind](one(t))
          .add(squash[kind](two(t)))
          .div(2),
      "of three, added at once": (t) =>
        tf.addN([one, two, three].map((z) => squash[kind](z(t)))).mul(tf.scalar(1 / 3)),
      "with weights": (t) =>
        squash[kind](one(t))
          .mul(0.3)
          .add(squash[kind](two(t)).mul(0.7)),
      "over an axis": (t) => tf.mean(squash[kind](tf.stack([one(t), two(t), three(t)], 1)), 1),
      "of a sum over an axis, moved behind": (t) =>
        tf
          .transpose(squash[kind](tf.stack([one(t), two(t)], 1)), [0, 2, 1])
          .sum(2)
          .div(2),
    };
    it.each(Object.entries(averages))("an average %s", async (_, net) => {
      const [first, second] = [await maps(net, x, engine, 0), await maps(net, x, engine, 2)];
      const p = [...first.probability.score];
      expect(relativeDifference(first.logProbability.score, p.map(Math.log))).toBeLessThan(1e-5);
      const log = over(first.probability, p);
      expect(relativeDifference(first.logProbability.values.data, log)).toBeLessThan(1e-4);
      if (kind === "sigmoid") {
        expect(
          relativeDifference(
            first.logit.score,
            p.map((v) => Math.log(v / (1 - v))),
          ),
        ).toBeLessThan(1e-4);
        const right = over(
          first.probability,
          p.map((v) => v * (1 - v)),
        );
        expect(relativeDifference(first.logit.values.data, right)).toBeLessThan(1e-4);
      } else {
        // Logits of a softmax are known but for a number of all classes.
        const q = [...second.probability.score];
        const others = over(second.probability, q);
        const difference = first.logit.values.data.map((v, i) => v - (second.logit.values.data[i] as number));
        expect(
          relativeDifference(
            difference,
            log.map((v, i) => v - (others[i] as number)),
          ),
        ).toBeLessThan(1e-4);
      }
      for (const { warnings } of Object.values(first)) expect(warnings.join()).not.toMatch(/changes nothing/);
    });
  });

  it("classes permuted, reversed or picked, by where they went", async () => {
    const z = one(tf.tensor2d(x.data, [2, WIDTH])).dataSync();
    const places: readonly [Step, readonly number[]][] = [
      [(p) => tf.gather(p, tf.tensor1d([2, 0, 1], "int32"), 1), [2, 0, 1]],
      [(p) => tf.reverse(p, 1), [2, 1, 0]],
      [(p) => tf.slice(p, [0, 1], [-1, 2]), [1, 2]],
      [(p) => tf.concat([tf.slice(p, [0, 2], [-1, 1]), tf.slice(p, [0, 0], [-1, 2])], 1), [2, 0, 1]],
      [(p) => tf.transpose(p.reshape([-1, 3, 1]), [0, 2, 1]).reshape([-1, 3]), [0, 1, 2]],
    ];
    for (const [step, from] of places)
      for (const [target, k] of from.entries()) {
        const { score } = await saliency(
          asModel((t: tf.Tensor) => step(tf.softmax(one(t))), { engine }),
          x,
          {
            target,
          },
        );
        expect(relativeDifference(score, [z[k] as number, z[CLASSES + k] as number])).toBeLessThan(1e-5);
      }
  });

  it("one unit and what is missing to one are two classes", async () => {
    const unit = dense(8, 1);
    const p = (t: tf.Tensor): tf.Tensor => tf.sigmoid(unit(t));
    const known = await maps(p, x, engine, 1);
    const both = (t: tf.Tensor): tf.Tensor => tf.concat([tf.sub(1, p(t)), p(t)], 1);
    const [not, is] = [await maps(both, x, engine, 0), await maps(both, x, engine, 1)];
    for (const explain of ["logit", "probability", "logProbability"] as const)
      expect(relativeDifference(is[explain].values.data, known[explain].values.data)).toBeLessThan(1e-5);
    expect(
      relativeDifference(
        not.logit.values.data,
        known.logit.values.data.map((v) => -v),
      ),
    ).toBeLessThan(1e-5);
    expect(
      relativeDifference(
        not.logProbability.score,
        [...known.probability.score].map((v) => Math.log(1 - v)),
      ),
    ).toBeLessThan(1e-5);
  });

  it("the logit of an average of what rounds to one", async () => {
    // 1 − σ(40) is no number of single precision beside 1.
    const net = (t: tf.Tensor): tf.Tensor =>
      tf
        .sigmoid(t.add(40))
        .add(tf.sigmoid(t.add(41)))
        .div(2);
    const map = await saliency(asModel(net, { engine }), [[0]], { target: 1 });
    // Both have the slope 1, and so has log p − log (1 − p).
    expect(map.values.data[0]).toBeCloseTo(1, 5);
    expect(map.score[0]).toBeCloseTo(-Math.log((Math.exp(-40) + Math.exp(-41)) / 2), 3);
  });

  it("chains of such steps at random", async () => {
    const steps = Object.values(keeping);
    for (let seed = 0; seed < 6; seed++) {
      const { integer } = random(seed, 11);
      const chain = Array.from({ length: 1 + integer(4) }, () => steps[integer(steps.length)] as Step);
      const kind = integer(2) === 0 ? "softmax" : "sigmoid";
      const net = (t: tf.Tensor): tf.Tensor => chain.reduce((p, step) => step(p), squash[kind](two(t)));
      const known = await maps((t) => squash[kind](two(t)), x, engine, 2);
      const found = await maps(net, x, engine, 2);
      expect(
        relativeDifference(found.logProbability.values.data, known.logProbability.values.data),
      ).toBeLessThan(1e-5);
      expect(relativeDifference(found.probability.values.data, known.probability.values.data)).toBeLessThan(
        1e-5,
      );
      expect(found.logit.warnings).toEqual([]);
    }
  });

  it.each<[string, Step]>([
    ["of other size", (p) => p.mul(255)],
    ["clipped to their middle", (p) => tf.clipByValue(p, 0.3, 0.7)],
    ["weighed by the input", (p) => p.mul(p)],
    ["beside what is none", (p) => tf.concat([p, p.add(1)], 1)],
  ])("numbers %s are no probabilities", async (_, step) => {
    const net = (t: tf.Tensor): tf.Tensor => step(tf.softmax(one(t)));
    const map = await saliency(asModel(net, { engine }), x, { target: 1, explain: "probability" });
    expect(map.warnings.join()).toMatch(/changes nothing: the output ends in neither softmax nor sigmoid/);
  });
});

it("layers behind the head of a LayersModel: an ensemble, a permutation, a scale of one", async () => {
  const input = tf.input({ shape: [WIDTH] });
  const member = (seed: number): tf.SymbolicTensor =>
    tf.layers
      .dense({ units: CLASSES, activation: "softmax", weights: [matrix(seed), tf.zeros([CLASSES])] })
      .apply(input) as tf.SymbolicTensor;
  const matrix = (seed: number): tf.Tensor =>
    tf.tensor2d(normals(seed, [WIDTH, CLASSES]).data, [WIDTH, CLASSES]);
  const after = (...layers: tf.layers.Layer[]): tf.LayersModel =>
    tf.model({
      inputs: input,
      outputs: layers.reduce(
        (value, layer) => layer.apply(value) as tf.SymbolicTensor,
        tf.layers.average().apply([member(1), member(2)]) as tf.SymbolicTensor,
      ),
    });
  for (const net of [
    after(),
    after(tf.layers.rescaling({ scale: 1, offset: 0 })),
    after(
      tf.layers.reshape({ targetShape: [CLASSES, 1] }),
      tf.layers.permute({ dims: [2, 1] }),
      tf.layers.flatten(),
    ),
  ]) {
    const { score, explain } = await saliency(net, x, { target: 1, explain: "logProbability" });
    expect(explain).toBe("logProbability");
    const p = (net.predict(tf.tensor2d(x.data, [2, WIDTH])) as tf.Tensor).dataSync();
    expect(
      relativeDifference(
        score,
        [p[1], p[CLASSES + 1]].map((v) => Math.log(v as number)),
      ),
    ).toBeLessThan(1e-5);
    net.dispose();
  }
});
