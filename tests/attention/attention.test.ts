/** Attributions made of attention: their published formulas by hand, the gradient at weights, and a net in which attention is wrong. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  attentionFlow,
  attentionRelevance,
  attentionRollout,
  attentionTimesGradient,
  type NdArray,
  saliency,
  studies,
  valueWeightedAttention,
} from "../../src";
import { maximumFlow } from "../../src/attention/maximum-flow";
import { random } from "../../src/author";
import { normals, relativeDifference } from "../models";

const [TOKENS, WIDTH, HEADS] = [5, 6, 2];
const DEPTH = WIDTH / HEADS;
const x = normals(9, [2, TOKENS, WIDTH]);
const weightsOf = (seed: number): tf.Tensor2D[] =>
  [0, 1, 2, 3].map((i) => tf.tensor2d(normals(seed + i, [WIDTH, WIDTH], 0.7).data, [WIDTH, WIDTH]));
const LAYERS = [weightsOf(20), weightsOf(30)];
const end = tf.tensor2d(normals(40, [WIDTH, 2]).data, [WIDTH, 2]);

const split = (t: tf.Tensor3D, w: tf.Tensor2D): tf.Tensor4D => {
  const [rows, tokens] = t.shape;
  const projected = t.reshape([rows * tokens, WIDTH]).matMul(w);
  return projected.reshape([rows, tokens, HEADS, DEPTH]).transpose([0, 2, 1, 3]) as tf.Tensor4D;
};

/** Two layers of attention with what goes around them; `shifts` are added to the weights. */
function encoded(t: tf.Tensor3D, shifts: readonly tf.Tensor[] = []): tf.Tensor3D {
  return LAYERS.reduce((value, [q, k, v, out], layer) => {
    const scores = split(value, q!)
      .matMul(split(value, k!), false, true)
      .mul(1 / Math.sqrt(DEPTH));
    const weights = tf.softmax(scores);
    const moved = shifts[layer] ? weights.add(shifts[layer]!) : weights;
    const mixed = moved.matMul(split(value, v!)).transpose([0, 2, 1, 3]);
    const back = mixed.reshape([-1, WIDTH]).matMul(out!).reshape(value.shape) as tf.Tensor3D;
    return value.add(back.tanh());
  }, t);
}
const net = (t: tf.Tensor3D): tf.Tensor => encoded(t).mean(1).matMul(end);
/** A class token in front of the others, whose vector alone is read. */
const classToken = tf.tensor3d(normals(50, [1, 1, WIDTH]).data, [1, 1, WIDTH]);
const withClass = (t: tf.Tensor3D): tf.Tensor => {
  const all = tf.concat([tf.tile(classToken, [t.shape[0], 1, 1]), t], 1);
  return encoded(all).slice([0, 0, 0], [-1, 1, -1]).reshape([-1, WIDTH]).matMul(end);
};

/** Weights [layer][head, query, key] of one example and ∂F/∂A, written out by tfjs itself. */
function byTape(example: number, of: (t: tf.Tensor3D, shifts: tf.Tensor[]) => tf.Tensor, tokens: number) {
  const one = tf.tensor3d(x.data.subarray(example * TOKENS * WIDTH, (example + 1) * TOKENS * WIDTH), [
    1,
    TOKENS,
    WIDTH,
  ]);
  const zeros = LAYERS.map(() => tf.zeros([1, HEADS, tokens, tokens]));
  const gradients = tf.grads((...shifts: tf.Tensor[]) => of(one, shifts).slice([0, 1], [1, 1]).sum())(zeros);
  return gradients.map((gradient) => gradient.dataSync());
}
const shiftedNet = (t: tf.Tensor3D, shifts: tf.Tensor[]): tf.Tensor => encoded(t, shifts).mean(1).matMul(end);

type Square = number[][];
const product = (a: Square, b: Square): Square =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const identity = (size: number): Square =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => Number(i === j)));
const squareOf = (size: number, of: (i: number, j: number) => number): Square =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => of(i, j)));

/** What the engine found, as [layer][head][query][key]. */
function found(example: number): number[][][][] {
  const size = TOKENS * WIDTH;
  const row: NdArray = {
    data: x.data.slice(example * size, (example + 1) * size),
    shape: [1, TOKENS, WIDTH],
  };
  const layers = asModel(net).attention!([row]);
  return layers.map(({ weights: { data } }) =>
    Array.from({ length: HEADS }, (_, head) =>
      squareOf(TOKENS, (i, j) => data[(head * TOKENS + i) * TOKENS + j]!),
    ),
  );
}
const meanOf = (heads: number[][][]): Square =>
  squareOf(TOKENS, (i, j) => heads.reduce((sum, head) => sum + head[i]![j]!, 0) / HEADS);
const row = (map: Attribution, example: number): number[] =>
  Array.from(map.values.data.subarray(example * TOKENS, (example + 1) * TOKENS));
const meanRow = (square: Square): number[] =>
  square[0]!.map((_, j) => square.reduce((sum, line) => sum + line[j]!, 0) / square.length);

describe("as their papers say", () => {
  it("rollout", async () => {
    const map = await attentionRollout(net, x, { target: 1 });
    const third = await attentionRollout(net, x, { target: 1, query: 3 });
    for (const example of [0, 1]) {
      const rolled = found(example).reduce((so, heads) => {
        const mean = meanOf(heads);
        return product(
          squareOf(TOKENS, (i, j) => (mean[i]![j]! + Number(i === j)) / 2),
          so,
        );
      }, identity(TOKENS));
      expect(relativeDifference(row(map, example), meanRow(rolled))).toBeLessThan(1e-5);
      expect(relativeDifference(row(third, example), rolled[3]!)).toBeLessThan(1e-5);
      expect(row(third, example).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });

  it("the gradient at the weights, and attention × gradient", async () => {
    const map = await attentionTimesGradient(net, x, { target: 1 });
    for (const example of [0, 1]) {
      const gradients = byTape(example, shiftedNet, TOKENS);
      const right = new Array<number>(TOKENS).fill(0);
      found(example).forEach((heads, layer) => {
        heads.forEach((head, h) => {
          head.forEach((line, i) => {
            line.forEach((weight, j) => {
              right[j]! += weight * gradients[layer]![(h * TOKENS + i) * TOKENS + j]!;
            });
          });
        });
      });
      expect(relativeDifference(row(map, example), right)).toBeLessThan(1e-4);
    }
  });

  it("gradient-weighted relevance", async () => {
    const map = await attentionRelevance(net, x, { target: 1, query: 2 });
    for (const example of [0, 1]) {
      const gradients = byTape(example, shiftedNet, TOKENS);
      const relevance = found(example).reduce((so, heads, layer) => {
        const raising = squareOf(
          TOKENS,
          (i, j) =>
            heads.reduce((sum, head, h) => {
              const slope = gradients[layer]![(h * TOKENS + i) * TOKENS + j]!;
              return sum + Math.max(0, head[i]![j]! * slope);
            }, 0) / HEADS,
        );
        const moved = product(raising, so);
        return squareOf(TOKENS, (i, j) => so[i]![j]! + moved[i]![j]!);
      }, identity(TOKENS));
      expect(relativeDifference(row(map, example), relevance[2]!)).toBeLessThan(1e-4);
    }
  });

  it("values weighed by their length", async () => {
    const map = await valueWeightedAttention(net, x, { target: 0, layers: ["function"] });
    const one = tf.tensor3d(x.data.subarray(0, TOKENS * WIDTH), [1, TOKENS, WIDTH]);
    // The second layer's values are those of what the first gives.
    const [[, , first, out], [, , second]] = LAYERS as [tf.Tensor2D[], tf.Tensor2D[]];
    const heads = found(0);
    const weights = tf.tensor(heads[0]!, [HEADS, TOKENS, TOKENS]).expandDims(0) as tf.Tensor4D;
    const mixed = weights.matMul(split(one, first!)).transpose([0, 2, 1, 3]).reshape([-1, WIDTH]);
    const between = one.add(mixed.matMul(out!).reshape(one.shape).tanh()) as tf.Tensor3D;
    const norms = [split(one, first!), split(between, second!)].map(
      (values) => values.norm("euclidean", 3).reshape([HEADS, TOKENS]).arraySync() as number[][],
    );
    const right = Array.from({ length: TOKENS }, (_, key) => {
      let sum = 0;
      heads.forEach((layer, l) => {
        layer.forEach((head, h) => {
          for (const line of head) sum += (line[key]! * norms[l]![h]![key]!) / (2 * HEADS * TOKENS);
        });
      });
      return sum;
    });
    expect(relativeDifference(row(map, 0), right)).toBeLessThan(1e-4);
  });

  it("flow: of one layer the pipe itself and what is bound by a cut", async () => {
    // Two layers of two tokens: 0 → 0 may go by 0 (0.2, then 0.9) and by 1 (0.8, then 0.1).
    const bottom = Float64Array.from([0.9, 0.1, 0.1, 0.9]);
    const top = Float64Array.from([0.2, 0.8, 0.5, 0.5]);
    expect(maximumFlow([top], 2, 0, 1)).toBeCloseTo(0.8, 12);
    expect(maximumFlow([bottom, top], 2, 0, 0)).toBeCloseTo(0.2 + 0.1, 12);
    expect(maximumFlow([bottom, top], 2, 0, 1)).toBeCloseTo(0.1 + 0.8, 12);
    const map = await attentionFlow(net, x, { target: 1, query: 1 });
    const pipes = found(0).map((heads) => {
      const mean = meanOf(heads);
      return squareOf(TOKENS, (i, j) => (mean[i]![j]! + Number(i === j)) / 2);
    });
    // In two layers every way has one token in the middle, and ways do not share pipes.
    const [first, second] = pipes as [Square, Square];
    const right = Array.from({ length: TOKENS }, (_, to) =>
      first.reduce((sum, line, middle) => sum + Math.min(second[1]![middle]!, line[to]!), 0),
    );
    expect(relativeDifference(row(map, 0), right)).toBeLessThan(1e-5);
  });
});

it("the largest flow equals the smallest cut, in random layers", () => {
  const stream = random(4, 0xf10);
  for (let round = 0; round < 20; round++) {
    const size = 2 + stream.integer(2);
    const layers = Array.from({ length: 3 }, () =>
      Float64Array.from({ length: size * size }, () => (stream.uniform() < 0.3 ? 0 : stream.uniform())),
    );
    const flow = maximumFlow(layers, size, 0, size - 1);
    // Every way to tell the tokens of the two levels in between apart.
    let smallest = Number.POSITIVE_INFINITY;
    for (let cut = 0; cut < 2 ** (2 * size); cut++) {
      const near = (level: number, token: number): boolean =>
        level === 0
          ? token === 0
          : level === 3
            ? token !== size - 1
            : ((cut >> ((level - 1) * size + token)) & 1) === 1;
      let across = 0;
      for (let level = 0; level < 3; level++)
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++)
            if (
              (level > 0 || i === 0) &&
              near(level, i) &&
              !near(level + 1, j) &&
              (level < 2 || j === size - 1)
            )
              across += layers[2 - level]![i * size + j]!;
      smallest = Math.min(smallest, across);
    }
    expect(flow).toBeCloseTo(smallest, 10);
  }
});

it("a class token asks, and is none of the input's", async () => {
  const map = await attentionRollout(withClass, x, { target: 1 });
  expect(map.values.shape).toEqual([2, TOKENS]);
  const size = TOKENS * WIDTH;
  const [first, second] = asModel(withClass).attention!([
    { data: x.data.slice(0, size), shape: [1, TOKENS, WIDTH] },
  ]).map(({ weights: { data } }) => {
    const count = TOKENS + 1;
    return squareOf(count, (i, j) => {
      const mean = (data[i * count + j]! + data[(count + i) * count + j]!) / 2;
      return (mean + Number(i === j)) / 2;
    });
  }) as [Square, Square];
  const right = product(second, first)[0]!.slice(1);
  expect(relativeDifference(row(map, 0), right)).toBeLessThan(1e-5);
});

/** Looks at tokens by the first number of their vectors; what it looks at moves nothing, the score is the second number. */
class Distracted extends tf.layers.Layer {
  static readonly className = "Distracted";
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const t = [inputs].flat()[0] as tf.Tensor3D;
      const keys = t.slice([0, 0, 0], [-1, -1, 1]) as tf.Tensor3D;
      const weights = tf.softmax(tf.onesLike(keys).matMul(keys, false, true).mul(4));
      const values = t.mul(tf.tensor1d([0, 0, 1]));
      return t.add(weights.matMul(values).mul(0.01));
    });
  }
}
const VOCABULARY = ["the", "film", "was", "so", "very", "bad", "good", "loud"];
const table = tf.tensor2d([
  [1, 0.05, 0.4],
  [0.2, 0.1, -0.3],
  [0.9, -0.02, 0.2],
  [0.7, 0.15, 0.1],
  [0.5, 0.3, -0.2],
  [-0.5, -2, 0.3],
  [-0.2, 1.5, 0.1],
  [0, -0.6, 0.2],
]);

function distracted(): tf.LayersModel {
  const ids = tf.input({ shape: [null], dtype: "int32", name: "text" });
  const apply = (layer: tf.layers.Layer, value: tf.SymbolicTensor): tf.SymbolicTensor =>
    layer.apply(value) as tf.SymbolicTensor;
  const vectors = apply(
    tf.layers.embedding({ inputDim: 8, outputDim: 3, name: "words", weights: [table] }),
    ids,
  );
  const looked = apply(new Distracted({ name: "looks" }), vectors);
  const read = tf.layers.dense({
    units: 1,
    name: "read",
    weights: [tf.tensor2d([[0], [1], [0.2]]), tf.zeros([1])],
  });
  return tf.model({ inputs: ids, outputs: apply(read, apply(tf.layers.globalAveragePooling1d({}), looked)) });
}

describe("beside a gradient", () => {
  const ids = [[0, 1, 2, 3, 4, 5, 7, 6]];
  it("a net that looks at one token and uses another: leaving out says which was right", async () => {
    const model = asModel(distracted(), { tokens: VOCABULARY });
    const study = await studies.attentionBesideGradient(model, ids, { target: 0 });
    const [both, byAttention, byGradient] = study.table("agreement").columns[1]!.values as number[];
    expect(byGradient).toBeGreaterThanOrEqual(0.95);
    expect(byAttention).toBeLessThanOrEqual(0.3);
    expect(both).toBeLessThanOrEqual(0.3);
    expect(study.table("tokens").columns[0]!.values).toEqual(ids[0]!.map((id) => VOCABULARY[id]));
    const said = study.findings.join("\n");
    expect(said).toContain("Attention is not attribution");
    expect(said).toMatch(/more like integratedGradients does \(ρ = [01]\.\d\d\) than like attentionRollout/);
    expect(said).toContain('"bad"');
    // Left out, a token says what the score loses, which is measured here by the net itself.
    const left = study.table("tokens").columns[3]!.values as number[];
    const net = distracted();
    const vectors = tf.gather(table, ids[0]!).expandDims(0) as tf.Tensor3D;
    const behind = tf.input({ shape: [null, 3] });
    const read = net.layers.slice(2).reduce<tf.SymbolicTensor>((value, layer) => {
      return layer.apply(value) as tf.SymbolicTensor;
    }, behind);
    const rest = tf.model({ inputs: behind, outputs: read });
    const score = (given: tf.Tensor): number => (rest.predict(given) as tf.Tensor).dataSync()[0]!;
    ids[0]!.forEach((_, token) => {
      const kept = tf.tensor(ids[0]!.map((__, i) => Number(i !== token))).reshape([1, 8, 1]);
      expect(left[token]).toBeCloseTo(score(vectors) - score(vectors.mul(kept)), 5);
    });
    expect(study.figure().toAltText()).toContain("Attention is not attribution");
  });

  it("other attributions of either kind, and words that occur twice", async () => {
    const model = asModel(distracted(), { tokens: VOCABULARY });
    const study = await studies.attentionBesideGradient(model, [[5, 5, 0, 6]], {
      attention: attentionRelevance,
      method: saliency,
      target: 0,
    });
    expect(study.table("tokens").columns[0]!.values).toEqual(["bad #0", "bad #1", "the", "good"]);
    expect(study.table("tokens").columns[2]!.name).toBe("saliency");
  });

  it("refuses what it cannot answer", async () => {
    const model = distracted();
    const asked = (input: number[][], options: object = {}): Promise<unknown> =>
      studies.attentionBesideGradient(model, input, options);
    await expect(asked([...ids, ...ids])).rejects.toThrow(
      "attentionBesideGradient(): expected one example, got 2",
    );
    await expect(asked([[1, 2]])).rejects.toThrow(/at least three tokens, got 2/);
    await expect(asked(ids, { method: "saliency" })).rejects.toThrow(/method to be a method/);
    await expect(attentionRollout(model, ids, { layers: ["nope"] })).rejects.toThrow(
      /layers with attention \("looks"\)/,
    );
    await expect(attentionRollout(model, ids, { query: 8 })).rejects.toThrow(/query from 0 to 7, got 8/);
    await expect(attentionFlow(model, ids, { layer: "looks" })).rejects.toThrow(
      /one explained input of tokens/,
    );
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] });
    await expect(attentionRollout(plain, [[1, 2, 3, 4]])).rejects.toThrow(
      /tokens of the input look at each other/,
    );
    await expect(
      attentionRollout(
        asModel(() => new Float32Array(2), { outputs: 2 }),
        [[1, 2, 3]],
      ),
    ).rejects.toThrow(/net with gradients, got a black box/);
  });
});
