/** Operations without a gradient on a part of the way: named with their layers, and nothing else is. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { asModel, inputXGradient, integratedGradients, saliency, tap } from "../../src";
import { type Random, random } from "../../src/author";
import { normals } from "../models";

/** Cuts put anywhere in random nets; GRADLENS_CUTS=200 is the long run. */
const COUNT = Number(process.env["GRADLENS_CUTS"] ?? 12);
const WIDTH = 6;

/** From [rows, 6] to [rows, 6], without a gradient. */
const CUTS: Readonly<
  Record<string, { readonly operation: string; readonly of: (x: tf.Tensor) => tf.Tensor }>
> = {
  "a cast to integers": { operation: "Cast", of: (x) => x.cast("int32").cast("float32") },
  rounding: { operation: "Round", of: (x) => x.mul(3).round() },
  "the floor": { operation: "Floor", of: (x) => x.mul(2).floor() },
  "the place of the largest": {
    operation: "ArgMax",
    of: (x) => tf.oneHot(x.argMax(1).cast("int32"), WIDTH).cast("float32"),
  },
  "a look-up": {
    operation: "Cast",
    of: (x) => tf.gather(tf.linspace(-1, 1, 5), x.abs().clipByValue(0, 4).cast("int32")),
  },
  "a comparison of other values": {
    operation: "Greater",
    of: (x) =>
      tf.where(x.slice([0, 0], [-1, 1]).tile([1, WIDTH]).greater(0), tf.ones(x.shape), tf.zeros(x.shape)),
  },
  "a count": { operation: "Greater", of: (x) => x.greater(0).cast("float32").sum(1, true).tile([1, WIDTH]) },
};

/** Like them, but what decides keeps its gradient beside it. */
const GATES: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  "a ReLU by hand": (x) => tf.where(x.greater(0), x, tf.zerosLike(x)),
  "a leak by hand": (x) => x.mul(x.greater(0).cast("float32").mul(0.9).add(0.1)),
  "a mask": (x) => x.mul(x.notEqual(0).any(1, true).cast("float32")),
  "a box": (x) => tf.where(tf.logicalAnd(x.greater(-1), x.less(1)), x, x.mul(0.1)),
  "the size": (x) => x.mul(x.sign()),
  "the largest entry": (x) => x.sub(x.max(1, true)),
  clipping: (x) => x.clipByValue(-1, 1),
};

const w = tf.tensor2d(normals(3, [WIDTH, WIDTH], 0.6).data, [WIDTH, WIDTH]);
const smooth = (x: tf.Tensor): tf.Tensor => x.matMul(w).tanh();

/** Steps with a gradient, and among them one that adds what has none to what has. */
function chain(stream: Random, between: (x: tf.Tensor) => tf.Tensor): (x: tf.Tensor) => tf.Tensor {
  const [before, after] = [stream.integer(3), stream.integer(3)];
  const gates = Object.values(GATES);
  const gate = gates[stream.integer(gates.length)] as (x: tf.Tensor) => tf.Tensor;
  return (x) => {
    let value = gate(x);
    for (let i = 0; i < before; i++) value = smooth(value);
    value = between(value);
    for (let i = 0; i < after; i++) value = smooth(value);
    return value;
  };
}

const said = (warnings: readonly string[]): string[] =>
  warnings.filter((text) => /^a part of the way from/.test(text));
const ENGINES = ["eager", "compiled"] as const;

describe.each(ENGINES)("on the %s engine", (engine) => {
  it.each(Object.keys(CUTS))("%s beside a way with a gradient is named", async (name) => {
    const { operation, of } = CUTS[name] as (typeof CUTS)[string];
    const net = asModel((x: tf.Tensor) => smooth(x).add(of(x)), { engine });
    for (const method of [saliency, inputXGradient, integratedGradients]) {
      const { warnings } = await method(net, normals(5, [2, WIDTH]), { target: 1 });
      expect(said(warnings)).toEqual([
        `a part of the way from input "input" to the score has no gradient, cut by ${operation}: the map holds nothing of what goes that way`,
      ]);
    }
  });

  it.each(Object.keys(GATES))("%s is no cut", async (name) => {
    const net = asModel((x: tf.Tensor) => smooth((GATES[name] as (x: tf.Tensor) => tf.Tensor)(x)), {
      engine,
    });
    expect(said((await saliency(net, normals(6, [2, WIDTH]), { target: 1 })).warnings)).toEqual([]);
  });

  it(`random ways, cut or not (${COUNT})`, async () => {
    const names = Object.keys(CUTS);
    for (let seed = 0; seed < COUNT; seed++) {
      const stream = random(seed, 91);
      const { operation, of } = CUTS[names[stream.integer(names.length)] as string] as (typeof CUTS)[string];
      const x = normals(seed, [2, WIDTH]);
      const cut = chain(stream, (value) => smooth(value).add(of(value)));
      const whole = chain(stream, (value) => smooth(value).add(value.square().mul(0.1)));
      const { warnings } = await saliency(asModel(cut, { engine }), x, { target: 1 });
      expect(said(warnings).join(), `seed ${seed}`).toMatch(new RegExp(`cut by ${operation}:`));
      expect(
        said((await saliency(asModel(whole, { engine }), x, { target: 1 })).warnings),
        `seed ${seed}`,
      ).toEqual([]);
    }
  });
});

describe("the layer that cuts is named", () => {
  class Columns extends tf.layers.Layer {
    static readonly className = "CutColumns";
    readonly #from: number;
    readonly #to: number;
    constructor(from: number, to: number, name: string) {
      super({ name });
      this.#from = from;
      this.#to = to;
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return [shape[0] as null, this.#to - this.#from];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return ([inputs].flat() as [tf.Tensor])[0].slice([0, this.#from], [-1, this.#to - this.#from]);
    }
  }
  /** The sum of the first two columns. */
  class Sum extends tf.layers.Layer {
    static readonly className = "CutSum";
    constructor(name: string) {
      super({ name });
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return [shape[0] as null, 1];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return ([inputs].flat() as [tf.Tensor])[0].slice([0, 0], [-1, 2]).sum(1, true);
    }
  }
  const made: tf.LayersModel[] = [];
  afterEach(() => {
    for (const model of made.splice(0)) model.dispose();
  });

  it.each(ENGINES)("an embedding of one column, on the %s engine", async (engine) => {
    const input = tf.input({ shape: [4], name: "row" });
    const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor =>
      layer.apply(x) as tf.SymbolicTensor;
    const looked = apply(
      tf.layers.embedding({ inputDim: 5, outputDim: 3, name: "category_table" }),
      apply(new Columns(0, 1, "category"), input),
    );
    const both = apply(tf.layers.concatenate(), [
      apply(tf.layers.flatten(), looked),
      apply(new Columns(1, 4, "numbers"), input),
    ]);
    const model = tf.model({ inputs: input, outputs: apply(tf.layers.dense({ units: 2 }), both) });
    made.push(model);
    // The column is explained at the look-up: nothing of the way is cut.
    const { warnings } = await saliency(model, [[2, 0.3, -0.4, 1]], { target: 1, engine });
    expect(said(warnings)).toEqual([]);
    expect(warnings.join()).toContain(
      'column 0 of input "row" is explained at the look-up of layer "category_table"',
    );
    // Two columns that make one position have no entry of their own.
    const mixed = apply(
      tf.layers.embedding({ inputDim: 9, outputDim: 3, name: "pairs" }),
      apply(new Sum("sum"), input),
    );
    const pairs = tf.model({
      inputs: input,
      outputs: apply(
        tf.layers.dense({ units: 2 }),
        apply(tf.layers.concatenate(), [
          apply(tf.layers.flatten(), mixed),
          apply(new Columns(1, 4, "rest"), input),
        ]),
      ),
    });
    made.push(pairs);
    const summed = await saliency(pairs, [[2, 1, -0.4, 1]], { target: 1, engine });
    expect(said(summed.warnings)).toEqual([
      'a part of the way from input "row" to the score has no gradient, cut by Cast of layer "pairs": the map holds nothing of what goes that way',
    ]);
    // From a layer behind the cut the whole way has a gradient.
    const behind = await saliency(model, [[2, 0.3, -0.4, 1]], { target: 1, engine, layer: "category_table" });
    expect(said(behind.warnings)).toEqual([]);
  });

  it("values that a function reads as numbers", async () => {
    const net = (x: tf.Tensor): tf.Tensor => {
      const hidden = tap("hidden", x.tanh());
      const [rows] = hidden.shape as [number];
      const read = tf.tensor(hidden.arraySync() as number[][]);
      return hidden.mul(2).add(read.square()).reshape([rows, -1]).sum(1);
    };
    const { warnings } = await saliency(net, normals(7, [2, 3]));
    expect(said(warnings)[0]).toMatch(/from input "input" to the score has no gradient, cut by dataSync/);
  });

  it("a wholly cut way is an error that names the layer", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3, name: "table" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    made.push(model);
    const net = (x: tf.Tensor): tf.Tensor => model.apply(x.mul(1)) as tf.Tensor;
    await expect(saliency(net, [[1, 2, 3]], { target: 1 })).rejects.toThrow(/got one that is cut by Cast/);
  });
});
