/** Rows of a batch that influence each other: found wherever they do, and nowhere else. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  asModel,
  inputXGradient,
  integratedGradients,
  type NdArray,
  saliency,
  smoothGrad,
  tap,
} from "../../src";
import { type Random, random } from "../../src/author";
import { normals, relativeDifference } from "../models";

/** Random nets of each kind; GRADLENS_ROWS=200 is the long run. */
const COUNT = Number(process.env["GRADLENS_ROWS"] ?? 8);
const WIDTH = 6;
const ROWS = 3;

type Operation = (x: tf.Tensor, rows: number) => tf.Tensor;

/** Operations on [rows, 6] that keep rows apart, in ways that are not easily seen. */
const APART: Readonly<Record<string, Operation>> = {
  tanh: (x) => x.tanh(),
  "a product with weights": (x) => x.matMul(weights(1)).add(0.1),
  "statistics of the example": (x) => x.sub(x.mean(1, true)).div(x.square().mean(1, true).add(0.1).sqrt()),
  "softmax within the example": (x) => x.softmax(1).mul(3),
  "sums along the example": (x) => x.cumsum(1).mul(0.3),
  "the example in another order": (x) => x.reverse(1).mul(1.1),
  "attention within the example": (x, rows) => {
    const parts = x.reshape([rows, 3, 2]);
    return parts.matMul(parts, false, true).softmax().matMul(parts).reshape([rows, WIDTH]);
  },
  "steps in front of the rows": (x, rows) => {
    const steps = x
      .reshape([rows, 3, 2])
      .transpose([1, 0, 2])
      .reshape([3 * rows, 2]);
    const moved = steps.matMul(weights(2).slice([0, 0], [2, 2])).tanh();
    return moved.reshape([3, rows, 2]).transpose([1, 0, 2]).reshape([rows, WIDTH]);
  },
  "views that are folded into the batch": (x, rows) => {
    const views = x
      .reshape([2 * rows, 3])
      .matMul(weights(3).slice([0, 0], [3, 3]))
      .softplus();
    return views.reshape([rows, 2, 3]).add(0.1).reshape([rows, WIDTH]);
  },
  "a product of indices": (x, rows) =>
    tf
      .einsum("bij,jk->bik", x.reshape([rows, 3, 2]), weights(4).slice([0, 0], [2, 2]))
      .reshape([rows, WIDTH]),
};

/** Operations on [rows, 6] that bring rows together. */
const TOGETHER: Readonly<Record<string, Operation>> = {
  "statistics of the batch": (x) =>
    x.sub(x.mean(0, true)).add(0.3).div(x.square().mean(0, true).add(0.5).sqrt()),
  "a norm over the batch": (x) => x.div(x.square().sum(0, true).add(0.2).sqrt()),
  "attention over the batch": (x) => x.matMul(x, false, true).softmax().matMul(x).add(x),
  "the largest of the batch": (x) => x.mul(x.max(0, true).add(2)),
  "sums along the batch": (x) => x.cumsum(0),
  "its neighbour": (x, rows) => x.mul(tf.concat([x.slice([rows - 1]), x.slice([0], [rows - 1])], 0)).add(x),
  "the last one first": (x) => x.add(x.reverse(0).mul(0.5)),
  "the first example": (x) => x.add(x.slice([0], [1]).sin()),
  // Not the same for all entries, which what comes behind may subtract again.
  "likeness to all": (x) =>
    x.add(
      x
        .matMul(x, false, true)
        .mean(1, true)
        .mul(tf.linspace(0.1, 1, WIDTH)),
    ),
  "a reshape across examples": (x, rows) => x.add(x.reshape([WIDTH, rows]).transpose().mul(0.5)),
  "a count of the batch": (x) => x.mul(x.greater(0).cast("float32").sum(0, true).add(1)),
};

function weights(seed: number): tf.Tensor2D {
  return tf.tensor2d(normals(seed, [WIDTH, WIDTH], 0.6).data, [WIDTH, WIDTH]);
}

interface RandomNet {
  readonly words: string;
  readonly net: (x: tf.Tensor) => tf.Tensor;
}

/** Some operations in a row, one of which may be given. */
function chain(stream: Random, given?: string): RandomNet {
  const names = Object.keys(APART);
  const length = 1 + stream.integer(3);
  const chosen = Array.from({ length }, () => names[stream.integer(names.length)] as string);
  if (given !== undefined) chosen.splice(stream.integer(length + 1), 0, given);
  const operations = chosen.map((name) => (APART[name] ?? TOGETHER[name]) as Operation);
  return {
    words: chosen.join(", "),
    net: (x) =>
      tf.tidy(() => operations.reduce((value, operation) => operation(value, x.shape[0] as number), x)),
  };
}

/** ∂F_2/∂x of each example by itself. */
function alone(net: RandomNet["net"], { data, shape }: NdArray): Float32Array {
  return tf.tidy(() => {
    const score = (row: tf.Tensor): tf.Scalar => net(row).slice([0, 2], [1, 1]).sum() as tf.Scalar;
    const rows = tf.tensor(data, [...shape]).split(shape[0] as number, 0);
    return tf.concat(rows.map((row) => tf.grad(score)(row))).dataSync() as Float32Array;
  });
}

const ENGINES = ["eager", "compiled"] as const;

describe.each(ENGINES)("rows that do not influence each other, on the %s engine", (engine) => {
  it.each(Object.keys(APART))("%s", async (name) => {
    const x = normals(21, [ROWS, WIDTH]);
    const operation = APART[name] as Operation;
    const net = (t: tf.Tensor): tf.Tensor => operation(t, t.shape[0] as number);
    const map = await saliency(asModel(net, { engine }), x, { target: 2 });
    expect(map.warnings).toEqual([]);
    expect(relativeDifference(map.values.data, alone(net, x))).toBeLessThan(1e-4);
  });

  it(`random chains (${COUNT})`, async () => {
    for (let seed = 0; seed < COUNT; seed++) {
      const { words, net } = chain(random(seed, 31));
      const x = normals(seed, [ROWS, WIDTH]);
      const map = await saliency(asModel(net, { engine }), x, { target: 2 });
      expect(map.warnings, words).toEqual([]);
      expect(relativeDifference(map.values.data, alone(net, x)), words).toBeLessThan(1e-4);
    }
  });
});

describe("rows that influence each other are explained each by itself, with a word about it", () => {
  const cases = [
    ...Object.keys(TOGETHER).map((name, i) => ({ name, seed: i, others: false })),
    ...Array.from({ length: COUNT }, (_, i) => ({
      name: Object.keys(TOGETHER)[i % Object.keys(TOGETHER).length] as string,
      seed: 100 + i,
      others: true,
    })),
  ];

  it.each(cases)("$name ($seed)", async ({ name, seed, others }) => {
    const { words, net } = others
      ? chain(random(seed, 41), name)
      : { words: name, net: (t: tf.Tensor) => (TOGETHER[name] as Operation)(t, t.shape[0] as number) };
    const x = normals(seed + 3, [ROWS, WIDTH]);
    const truth = alone(net, x);
    const map = await saliency(net, x, { target: 2 });
    expect(map.warnings[0], words).toMatch(/rows of a batch influence each other in this net/);
    expect(relativeDifference(map.values.data, truth), words).toBeLessThan(1e-4);
    // One example is all there is: nothing is to be said, and samples of it keep out of each other's way.
    const one = { data: x.data.slice(0, WIDTH), shape: [1, WIDTH] };
    const smooth = await smoothGrad(net, one, { target: 2, stdev: 1e-7, samples: 5 });
    expect(smooth.warnings.filter((text) => /influence/.test(text))).toEqual([]);
    const own = truth.slice(0, WIDTH);
    expect(relativeDifference(smooth.values.data, own), words).toBeLessThan(1e-3);
    await expect(saliency(asModel(net, { engine: "compiled" }), x, { target: 2 })).rejects.toThrow(
      /compiled engine: expected rows of a batch that do not influence each other|treats each example alike/,
    );
  });
});

it("a batch of pairs has one score for each pair, however many samples are taken", async () => {
  const x = [normals(1, [1, 4]), normals(2, [1, 4])];
  const net = asModel((a: tf.Tensor, b: tf.Tensor) => a.tanh().matMul(b, false, true), {
    inputs: ["a", "b"],
  });
  const [a, b] = x as [NdArray, NdArray];
  const truth = a.data.map((value, i) => (1 - Math.tanh(value) ** 2) * (b.data[i] as number));
  for (const method of [saliency, smoothGrad.with({ stdev: 1e-7 })]) {
    const map = await method(net, x);
    expect(relativeDifference(map.parts[0]?.values.data as Float32Array, truth)).toBeLessThan(1e-4);
  }
  const map = await integratedGradients(net, x);
  expect(Math.abs(map.convergenceDelta[0] as number)).toBeLessThan(1e-4);
});

describe('rows: "together"', () => {
  const edges = tf.tensor2d(
    [
      [0.5, 0.5, 0, 0],
      [0.5, 0, 0.5, 0],
      [0, 0.5, 0, 0.5],
      [0, 0, 0.5, 0.5],
    ],
    [4, 4],
  );
  const spread = (x: tf.Tensor, seed: number): tf.Tensor => edges.matMul(x.matMul(weights(seed)));
  const graphNet = (x: tf.Tensor): tf.Tensor => spread(tap("hidden", spread(x, 11).tanh()), 12);
  const nodes = normals(13, [4, WIDTH]);
  const truth = (node: number): Float32Array =>
    tf.tidy(() =>
      tf
        .grad((t: tf.Tensor) => spread(spread(t, 11).tanh(), 12).slice([node, 2], [1, 1]).sum())(
          tf.tensor2d(nodes.data, [4, WIDTH]),
        )
        .dataSync(),
    ) as Float32Array;

  it("explains one node of a graph by all of them", async () => {
    const net = asModel(graphNet, { rows: "together" });
    for (const node of [0, 3])
      for (const method of [saliency, smoothGrad.with({ stdev: 1e-7, samples: 3 })]) {
        const map = await method(net, nodes, { target: [node, 2] });
        expect(map.values.shape).toEqual([4, WIDTH]);
        expect(map.warnings).toEqual([]);
        expect(relativeDifference(map.values.data, truth(node))).toBeLessThan(1e-3);
      }
  });

  it("goes along paths, and to layers", async () => {
    const net = asModel(graphNet, { rows: "together" });
    const map = await integratedGradients(net, nodes, { target: [1, 0] });
    expect(Math.abs(map.convergenceDelta[0] as number)).toBeLessThan(1e-5);
    const hidden = await inputXGradient(net, nodes, { target: [1, 0], layer: "hidden" });
    const total = hidden.values.data.reduce((sum, value) => sum + value, 0);
    expect(total).toBeCloseTo(hidden.score[0] as number, 4);
  });

  it("takes what a net gives for a whole set, and every kind of net", async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [WIDTH], activation: "tanh" })],
    });
    const set = (x: tf.Tensor): tf.Tensor => (model.apply(x) as tf.Tensor).mean(0);
    const mean = await saliency(asModel(set, { rows: "together" }), nodes, { target: 1 });
    const each = await saliency(asModel(model, { rows: "together" }), nodes, { target: [2, 1] });
    const own = await saliency(model, nodes, { target: 1 });
    expect(
      relativeDifference(
        mean.values.data,
        own.values.data.map((value) => value / 4),
      ),
    ).toBeLessThan(1e-5);
    const row = own.values.data.map((value, i) => (Math.floor(i / WIDTH) === 2 ? value : 0));
    expect(relativeDifference(each.values.data, row)).toBeLessThan(1e-5);
    model.dispose();
  });

  it("is told of the net itself, and is one word", () => {
    expect(() => asModel(graphNet, { rows: "apart" as never })).toThrow(
      /expected rows to be a known name, got "apart"/,
    );
    expect(() => asModel(asModel(graphNet), { rows: "together" })).toThrow(
      /expected rows to be told of the net itself/,
    );
  });
});

describe("layers with several rows for an example", () => {
  const filter = tf.tensor2d(normals(5, [3, 2]).data, [3, 2]);
  it("are explained view by view, for any number of examples", async () => {
    const rest = (t: tf.Tensor, rows: number): tf.Tensor =>
      t
        .reshape([rows, 4, 2])
        .max(1)
        .mul(tf.tensor1d([1, 2]));
    const net = (t: tf.Tensor): tf.Tensor => {
      const [rows] = t.shape as [number];
      return rest(
        tap(
          "views",
          t
            .reshape([4 * rows, 3])
            .matMul(filter)
            .tanh(),
        ),
        rows,
      );
    };
    const x = normals(6, [ROWS, 4, 3]);
    const truth = tf.tidy(() => {
      const at = tf
        .tensor(x.data, [4 * ROWS, 3])
        .matMul(filter)
        .tanh();
      const slope = tf.grad((t) => rest(t, ROWS).slice([0, 1], [-1, 1]).sum())(at);
      return at.mul(slope).dataSync();
    });
    for (const engine of ["eager", "auto"] as const) {
      const map = await inputXGradient(net, x, { layer: "views", target: 1, engine });
      expect(map.values.shape).toEqual([ROWS, 4, 2]);
      expect(relativeDifference(map.values.data, truth)).toBeLessThan(1e-5);
    }
  });
});

describe("a function that closes over one label per example", () => {
  const make = (): tf.Sequential =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, activation: "tanh", inputShape: [3] }),
        tf.layers.dense({ units: 2 }),
      ],
    });
  const labels = tf.tensor2d([
    [1, 0],
    [0, 1],
    [0.5, 2],
  ]);
  const target = (output: tf.Tensor): tf.Tensor => output.mul(labels).sum(1);
  const x = normals(7, [3, 3]);

  it.each([
    ["saliency", saliency, 1e-5],
    ["smoothGrad", smoothGrad.with({ stdev: 1e-7, samples: 4 }), 1e-3],
  ] as const)("has its label beside it: %s", async (_, method, tolerance) => {
    const model = make();
    const truth = tf.tidy(() =>
      tf
        .grad((t) => target(model.apply(t) as tf.Tensor).sum())(tf.tensor(x.data, [3, 3]))
        .dataSync(),
    );
    for (let call = 0; call < 2; call++) {
      const map = await method(model, x, { target });
      expect(relativeDifference(map.values.data, truth)).toBeLessThan(tolerance);
    }
    model.dispose();
  });

  it("has its label beside it along a path", async () => {
    const model = make();
    const map = await integratedGradients(model, x, { target });
    const own = labels.arraySync();
    for (const [row, [first, second]] of own.entries()) {
      const one = { data: x.data.slice(3 * row, 3 * row + 3), shape: [1, 3] };
      const each = await integratedGradients(model, one, {
        target: (output: tf.Tensor) => output.mul(tf.tensor1d([first as number, second as number])).sum(1),
      });
      const values = map.values.data.slice(3 * row, 3 * row + 3);
      expect(relativeDifference(values, each.values.data)).toBeLessThan(1e-5);
    }
    model.dispose();
  });
});

describe("outputs that lose the axis of one example", () => {
  class Squeeze extends tf.layers.Layer {
    static readonly className = "SqueezeAll";
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return [shape[0] as null];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return ([inputs].flat() as [tf.Tensor])[0].squeeze();
    }
  }

  it.each(ENGINES)("have it back, on the %s engine", async (engine) => {
    const input = tf.input({ shape: [4] });
    const hidden = tf.layers.dense({ units: 1, activation: "tanh" }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: new Squeeze({}).apply(hidden) as tf.SymbolicTensor });
    for (const rows of [1, 3]) {
      const x = normals(8, [rows, 4]);
      const truth = tf.tidy(() =>
        tf
          .grad((t) => (model.apply(t) as tf.Tensor).sum())(tf.tensor(x.data, [rows, 4]))
          .dataSync(),
      );
      for (const net of [model, (t: tf.Tensor) => model.apply(t) as tf.Tensor]) {
        const map = await saliency(asModel(net, { engine }), x);
        expect(relativeDifference(map.values.data, truth)).toBeLessThan(1e-5);
      }
    }
    model.dispose();
  });
});
