/** Anything of a net that is changed, in whichever way, gives the map of the net as it is: on both engines, at once. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { asModel, type NdArray, saliency } from "../../../src";
import { type Random, random } from "../../../src/author";
import { graphModel, placeholder } from "../../graph-models";
import { normals, relativeDifference, smallMlp } from "../../models";

/** Changes of one net, one after the other; GRADLENS_CHANGES=400 is the long run. */
const COUNT = Number(process.env["GRADLENS_CHANGES"] ?? 12);
const ENGINES = ["compiled", "eager", "auto"] as const;

/** Settings of a layer that a user wrote, of every kind; its variable is not its own but one that it has captured. */
class Settings extends tf.layers.Layer {
  static readonly className = "Settings";
  factor = 1;
  readonly list: [number, { bend: number }] = [1, { bend: 0.5 }];
  offset: tf.Tensor = tf.scalar(0.25);
  readonly table = Float32Array.of(1, 1, 1, 1);
  readonly byName: Map<string, number> = new Map([["gain", 1]]);
  bend: (x: tf.Tensor) => tf.Tensor = (x) => x.tanh();
  readonly #captured: tf.Variable;
  /** What the layer saw last: a trace of its runs, which is no change of it. */
  seen: tf.Tensor | undefined;
  runs = 0;

  constructor(captured: tf.Variable) {
    super({ name: `settings_${captured.name}` });
    this.#captured = captured;
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat() as [tf.Tensor];
    this.runs++;
    this.seen = x;
    const gain = (this.byName.get("gain") as number) * this.list[0] * this.factor;
    const bent = this.bend(x.mul(gain)).add(x.mul(this.list[1].bend));
    return bent.mul(this.#captured).mul(tf.tensor1d(this.table)).add(this.offset).square();
  }
}

interface Changing {
  readonly model: tf.LayersModel;
  readonly settings: Settings;
  readonly captured: tf.Variable;
}

const made: { dispose(): unknown }[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.dispose();
});

function changing(seed: number): Changing {
  const captured = tf.variable(tf.scalar(1.5), true, `captured_${seed}`);
  const settings = new Settings(captured);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [3], units: 4, activation: "tanh", name: "first" }),
      settings,
      tf.layers.leakyReLU({ alpha: 0.2, name: "leaky" }),
      tf.layers.dense({ units: 2, name: "last" }),
    ],
  });
  model.setWeights(
    model.getWeights().map(({ shape }, i) => tf.tensor(normals(seed * 7 + i, shape).data, shape)),
  );
  made.push(model, captured, settings.offset);
  return { model, settings, captured };
}

/** Ways in which a net can change. */
const CHANGES: Readonly<Record<string, (net: Changing, stream: Random) => void>> = {
  "an activation": ({ model }, stream) => {
    const name = (["linear", "sigmoid", "softplus", "relu"] as const)[stream.integer(4)];
    const other = tf.layers.activation({ activation: name });
    Object.assign(model.getLayer("first"), { activation: Reflect.get(other, "activation") });
  },
  "a number of a layer of tfjs": ({ model }, stream) => {
    Object.assign(model.getLayer("leaky"), { alpha: 0.1 + stream.uniform() });
  },
  "a number of a user's layer": ({ settings }, stream) => {
    settings.factor = 0.5 + stream.uniform();
  },
  "an entry of a list": ({ settings }, stream) => {
    settings.list[0] = 0.5 + stream.uniform();
  },
  "a number deep inside": ({ settings }, stream) => {
    settings.list[1].bend = stream.uniform();
  },
  "an entry of a typed array": ({ settings }, stream) => {
    settings.table[stream.integer(4)] = 0.5 + stream.uniform();
  },
  "an entry of a map": ({ settings }, stream) => {
    settings.byName.set("gain", 0.5 + stream.uniform());
  },
  "a function": ({ settings }, stream) => {
    settings.bend = stream.uniform() < 0.5 ? (x) => x.sigmoid() : (x) => x.sin();
  },
  "a tensor": ({ settings }, stream) => {
    settings.offset = tf.scalar(stream.uniform());
    made.push(settings.offset);
  },
  "a variable that was captured": ({ captured }, stream) => {
    tf.tidy(() => captured.assign(tf.scalar(0.5 + stream.uniform())));
  },
  "a weight": ({ model }, stream) => {
    tf.tidy(() => model.getLayer("last").setWeights([tf.fill([4, 2], stream.uniform()), tf.ones([2])]));
  },
  "the code of a layer": ({ settings }, stream) => {
    const by = 0.5 + stream.uniform();
    const { call } = Object.getPrototypeOf(settings) as Settings;
    settings.call = function (this: Settings, inputs) {
      return call.call(this, inputs).mul(by);
    };
  },
  "the slope that a trainable flag leaves alone": ({ model }) => {
    model.getLayer("first").trainable = !model.getLayer("first").trainable;
  },
};

/** ∂F_1/∂x by tfjs alone, of the net as it is. */
function truth(model: tf.LayersModel, x: NdArray): Float32Array {
  return tf.tidy(() => {
    const score = (t: tf.Tensor): tf.Scalar =>
      (model.apply(t) as tf.Tensor).slice([0, 1], [-1, 1]).sum() as tf.Scalar;
    return tf
      .grad(score)(tf.tensor(x.data, [...x.shape]))
      .dataSync() as Float32Array;
  });
}

describe.each(ENGINES)("a net that was changed, on the %s engine", (engine) => {
  it.each(Object.keys(CHANGES))("%s", async (name) => {
    const net = changing(1);
    const model = asModel(net.model, { engine });
    const x = normals(3, [2, 3]);
    await saliency(model, x, { target: 1 });
    (CHANGES[name] as (typeof CHANGES)[string])(net, random(5));
    const map = await saliency(model, x, { target: 1 });
    expect(relativeDifference(map.values.data, truth(net.model, x))).toBeLessThan(1e-5);
  });

  it(`random changes, one after the other (${COUNT})`, async () => {
    const net = changing(2);
    const model = asModel(net.model, { engine });
    const x = normals(4, [2, 3]);
    const stream = random(11, ENGINES.indexOf(engine));
    const names = Object.keys(CHANGES);
    for (let step = 0; step < COUNT; step++) {
      const name = names[stream.integer(names.length)] as string;
      (CHANGES[name] as (typeof CHANGES)[string])(net, stream);
      const map = await saliency(model, x, { target: 1 });
      expect(relativeDifference(map.values.data, truth(net.model, x)), `${step}: ${name}`).toBeLessThan(1e-5);
    }
  });
});

it("a function's variable is read anew, also by the engine that takes the function as pure", async () => {
  const w = tf.variable(tf.tensor1d([1, 2, 3]));
  made.push(w);
  const x = normals(6, [2, 3]);
  for (const engine of ENGINES) {
    const model = asModel((t: tf.Tensor) => t.mul(w).sum(1), { engine });
    for (const by of [1, -2, 0.5]) {
      tf.tidy(() => w.assign(tf.tensor1d([by, 2 * by, 3 * by])));
      const map = await saliency(model, x);
      expect(Array.from(map.values.data)).toEqual([by, 2 * by, 3 * by, by, 2 * by, 3 * by]);
    }
  }
});

it("a GraphModel's node is read anew", async () => {
  const model = await graphModel(
    [
      placeholder("x", [-1, 3]),
      { name: "leaky", op: "LeakyRelu", input: ["x"], attr: { alpha: { f: 0.5 } } },
      { name: "y", op: "Mul", input: ["leaky", "w"] },
    ],
    { w: tf.tensor1d([1, 2, 3]) },
  );
  made.push(model);
  const x = { data: Float32Array.of(-1, 1, -2), shape: [1, 3] };
  const target = 2;
  const slopes: number[] = [];
  const nodes = Reflect.get(Reflect.get(model, "executor") as object, "graph") as {
    nodes: Record<string, { attrParams: Record<string, { value: number }> }>;
  };
  for (const alpha of [0.5, 0.25]) {
    (nodes.nodes["leaky"]?.attrParams["alpha"] as { value: number }).value = alpha;
    const map = await saliency(asModel(model, { engine: "compiled" }), x, { target });
    slopes.push(map.values.data[2] as number);
  }
  expect(slopes).toEqual([1.5, 0.75]);
});

it("layers that are added after a first call belong to the net", async () => {
  const model = smallMlp(3);
  made.push(model);
  const x = normals(7, [2, 4]);
  const nets = ENGINES.map((engine) => asModel(model, { engine }));
  for (const net of nets) await saliency(net, x, { target: 1 });
  (model as tf.Sequential).add(tf.layers.dense({ units: 2, activation: "tanh", name: "added" }));
  for (const net of nets) {
    const map = await saliency(net, x, { target: 1 });
    expect(net.layers.map(({ name }) => name)).toContain("added");
    expect(relativeDifference(map.values.data, truth(model, x))).toBeLessThan(1e-5);
  }
});

it("keeps the graphs of a net that leaves traces of its runs in its layers", async () => {
  const { model } = changing(8);
  const net = asModel(model, { engine: "compiled" });
  const x = normals(8, [2, 3]);
  await saliency(net, x, { target: 1 });
  const { epoch } = net;
  for (let call = 0; call < 3; call++) await saliency(net, x, { target: 1 });
  expect(net.epoch).toBe(epoch);
});

describe("a net that is changed during a call is an error in words", () => {
  const words =
    "expected a net that stays as it is during a call, got one whose weights or settings were changed";
  const wait = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it.each(ENGINES)("its weights, on the %s engine", async (engine) => {
    const model = smallMlp(4);
    made.push(model);
    const x = normals(9, [2, 4]);
    await saliency(model, x, { target: 1, engine });
    const asked = saliency(model, x, { target: 1, engine });
    const settled = asked.then(
      () => "answered",
      (error: Error) => error.message,
    );
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => weight.mul(2))));
    expect(await settled).toContain(words);
    expect((await saliency(model, x, { target: 1, engine })).warnings).toEqual([]);
  });

  it.each(ENGINES)(
    "and a call that begins behind the change is of the net as it is, on the %s engine",
    async (engine) => {
      const { model, settings } = changing(10);
      const x = normals(10, [2, 3]);
      await saliency(model, x, { target: 1, engine });
      const first = saliency(model, x, { target: 1, engine }).then(
        () => "answered",
        (error: Error) => error.message,
      );
      settings.factor = 1.75;
      const second = await saliency(model, x, { target: 1, engine });
      expect(await first).toContain(words);
      expect(relativeDifference(second.values.data, truth(model, x))).toBeLessThan(1e-5);
    },
  );

  it.each(ENGINES)("also behind a call that failed, on the %s engine", async (engine) => {
    const { model, settings } = changing(11);
    const net = asModel(model, { engine });
    const x = normals(11, [2, 3]);
    const failing = saliency(net, x, { target: () => tf.scalar(0).add(tf.tensor(["a"]) as never) });
    await expect(failing).rejects.toThrow();
    await expect(saliency(net, normals(11, [2, 4]), { target: 1 })).rejects.toThrow("expected");
    const { epoch } = net;
    settings.factor = 2.5;
    expect(net.epoch).toBeGreaterThan(epoch as number);
  });

  it("a variable of a function, between two chunks", async () => {
    const w = tf.variable(tf.scalar(1));
    made.push(w);
    let runs = 0;
    const net = asModel((t: tf.Tensor) => {
      runs++;
      return t.mul(w).square().sum(1);
    });
    const asked = saliency(net, normals(9, [40, 4]), { maxBytes: 4000 }).then(
      () => "answered",
      (error: Error) => error.message,
    );
    while (runs < 2) await wait();
    tf.tidy(() => w.assign(tf.scalar(3)));
    expect(await asked).toContain(words);
  });
});
