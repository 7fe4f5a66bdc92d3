/** Real small results for every figure: one map per kind of input, and a comparison. */
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import * as digits from "../../notebooks/data/digits";
import {
  asModel,
  type Comparison,
  compare,
  type display,
  gradCam,
  integratedGradients,
  io,
  type LayersModelLike,
  type Model,
  random,
  saliency,
  smoothGrad,
} from "../../src";

/** One engine, for the same numbers everywhere. */
const engine = "eager" as const;
const options = { engine, keepPath: true } as const;

async function digitsNet(): Promise<Model> {
  const net = await io.loadModel(join(__dirname, "../../notebooks/data/models/digits-cnn"));
  return asModel(net as LayersModelLike, { classes: [..."0123456789"] });
}

/** A three in handwriting. */
async function picture(): Promise<display.MapView> {
  return (await integratedGradients(await digitsNet(), digits.take(digits.test, [3]).x, options)).toView();
}

/** The price of a flat, with two interactions. */
async function table(): Promise<display.MapView> {
  const flat: [name: string, value: number, perUnit: number][] = [
    ["area", 74, 3.1],
    ["rooms", 3, 6],
    ["floor", 4, 2.5],
    ["age", 38, -0.9],
    ["balcony", 6, 1.8],
    ["minutes to centre", 22, -1.4],
    ["minutes to park", 5, -0.8],
    ["noise", 61, -0.35],
    ["heating cost", 90, -0.2],
    ["last repair", 12, -0.5],
    ["school rank", 3, -1.1],
    ["bicycle rooms", 1, 1.5],
    ["neighbours", 14, -0.1],
    ["steps", 9, -0.4],
  ];
  const perUnit = tf.tensor1d(flat.map(([, , slope]) => slope));
  const price = (x: tf.Tensor): tf.Tensor => {
    const [area, , floor, age] = tf.split(x, flat.length, 1);
    const together = area!.mul(floor!).mul(0.04).sub(age!.square().mul(0.006));
    return x.mul(perUnit).sum(1, true).add(together).add(40);
  };
  const net = asModel(price, { features: flat.map(([name]) => name) });
  return (
    await integratedGradients(net, [flat.map(([, value]) => value)], { ...options, target: 0 })
  ).toView();
}

/** The prices of eighty flats, by the same rule. */
async function manyFlats(): Promise<display.MapView> {
  const names = ["area", "rooms", "floor", "age", "noise", "minutes to centre"];
  const most = [120, 6, 8, 90, 80, 60];
  const dice = random(3);
  const flats = Array.from({ length: 80 }, () => most.map((top) => Math.round(top * dice.uniform())));
  const perUnit = tf.tensor1d([3.1, 6, 2.5, -0.9, -0.35, -1.4]);
  const price = (x: tf.Tensor): tf.Tensor => {
    const [area, , floor, age] = tf.split(x, names.length, 1);
    return x.mul(perUnit).sum(1, true).add(area!.mul(floor!).mul(0.04)).sub(age!.square().mul(0.006));
  };
  const net = asModel(price, { features: names });
  const baseline = most.map((top) => top / 2);
  return (await integratedGradients(net, flats, { engine, target: 0, baseline: [baseline] })).toView();
}

/** A review, by the mood of each word and whether the word before turns it round. */
async function text(): Promise<display.MapView> {
  const words = "the film is not bad at all and warm".split(" ");
  const [mood, turns] = [0, 1];
  const vectors = [
    [0, 0],
    [0.1, 0],
    [0, 0],
    [-0.2, 1],
    [-1.2, 0],
    [0, 0],
    [0.2, 0],
    [0, 0],
    [1.1, 0],
  ];
  // Filters over a word and the one before: good, bad, bad turned round.
  const filter = tf.buffer([2, 2, 3]);
  for (const [i, sign] of [1, -1, -1].entries()) filter.set(sign, 1, mood, i);
  for (const [i, weight] of [-3, -3, 3].entries()) filter.set(weight, 0, turns, i);
  const net = tf.sequential({
    layers: [
      tf.layers.embedding({
        inputDim: words.length,
        outputDim: 2,
        inputLength: words.length,
        weights: [tf.tensor2d(vectors)],
      }),
      tf.layers.conv1d({
        filters: 3,
        kernelSize: 2,
        activation: "relu",
        weights: [filter.toTensor(), tf.tensor1d([0, 0, -2.5])],
      }),
      tf.layers.globalAveragePooling1d(),
      tf.layers.dense({
        units: 1,
        activation: "sigmoid",
        weights: [tf.tensor2d([[12], [-12], [12]]), tf.tensor1d([-0.5])],
      }),
    ],
  });
  const model = asModel(net, { classes: ["bad review", "good review"] });
  const view = (await integratedGradients(model, [words.map((_, i) => i)], options)).toView();
  return { ...view, parts: view.parts.map((part) => ({ ...part, labels: words })) };
}

/** A pulse between two waves. */
async function sequence(): Promise<display.MapView> {
  const steps = 48;
  const signal = Array.from({ length: steps }, (_, t) => [
    Math.sin(t / 3) + 2 * Math.exp(-(((t - 30) / 3) ** 2)),
    0.5 * Math.cos(t / 5),
  ]);
  const pulse = Float32Array.from({ length: 9 * 2 }, (_, i) =>
    i % 2 === 0 ? Math.exp(-(((i / 2 - 4) / 2) ** 2)) : 0.1,
  );
  const net = (x: tf.Tensor): tf.Tensor => {
    const filter = tf.tensor3d(pulse, [9, 2, 1]);
    return tf
      .conv1d(x as tf.Tensor3D, filter, 1, "same")
      .relu()
      .square()
      .mean(1);
  };
  const model = asModel(net, { axes: ["time", "channel"] });
  return (await integratedGradients(model, [signal], { ...options, target: 0 })).toView();
}

/** A bright ball beside a dim one, in a box of noise. */
async function volume(): Promise<display.MapView> {
  const [depth, rows, columns] = [10, 14, 14];
  const dice = random(5);
  const ball = (d: number, r: number, c: number, radius: number) => (at: number[]) =>
    Math.exp(-((at[0]! - d) ** 2 + (at[1]! - r) ** 2 + (at[2]! - c) ** 2) / radius);
  const [bright, dim] = [ball(6, 5, 9, 5), ball(3, 9, 4, 4)];
  const scan = Array.from({ length: depth }, (_, d) =>
    Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) => [
        bright([d, r, c]) + 0.5 * dim([d, r, c]) + 0.1 * dice.uniform(),
      ]),
    ),
  );
  const net = (x: tf.Tensor): tf.Tensor => {
    const filter = tf.fill([3, 3, 3, 1, 1], 1 / 27) as tf.Tensor5D;
    return tf
      .conv3d(x as tf.Tensor5D, filter, 1, "same")
      .sub(0.3)
      .relu()
      .sub(x.sub(0.45).relu().mul(0.2))
      .mean([1, 2, 3])
      .mul(100);
  };
  const model = asModel(net, { axes: ["depth", "height", "width", "channel"] });
  return (await integratedGradients(model, [scan], { ...options, target: 0 })).toView();
}

/** What of a three and of an eight speaks for a three, an eight and a one. */
async function classes(): Promise<display.MapView> {
  const { x } = digits.take(digits.test, [3, 8, 3, 8, 3, 8]);
  return (await integratedGradients(await digitsNet(), x, { engine, target: [3, 3, 8, 8, 1, 1] })).toView();
}

/** The digits net at its second convolution. */
async function layer(): Promise<display.MapView> {
  const net = await digitsNet();
  const [, second] = net.layers.filter(({ kind }) => kind === "Conv2D");
  const { x } = digits.take(digits.test, [3]);
  return (await integratedGradients(net, x, { engine, layer: second!.name })).toView();
}

/** Four methods on a three in handwriting. */
async function comparison(): Promise<Comparison> {
  const methods = [saliency, integratedGradients, smoothGrad, gradCam];
  return compare(await digitsNet(), digits.take(digits.test, [3]).x, methods, { engine });
}

/** For each source of figures its results, by modality: the compiler names what is missing. */
export const RESULTS: {
  readonly map: Readonly<Record<display.Modality, () => Promise<display.MapView>>>;
  readonly comparison: Readonly<Partial<Record<display.Modality, () => Promise<Comparison>>>>;
} = {
  map: {
    volume: once(volume),
    picture: once(picture),
    table: once(table),
    text: once(text),
    sequence: once(sequence),
  },
  comparison: { picture: once(comparison) },
};

/** The result of figures that show all examples of a map. */
const DATA_SET = once(manyFlats);

/** Results of figures of which the usual one would show little, by name. */
const OWN_RESULTS: Readonly<Partial<Record<string, () => Promise<unknown>>>> = {
  channels: once(layer),
  classGrid: once(classes),
};

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** What a figure can be drawn of: each result that has the parts that it shows, in its own order. */
export function resultsFor({ meta }: display.AnyFigure): [modality: string, make: () => Promise<never>][] {
  const own = OWN_RESULTS[meta.name];
  if (own) return [["picture", own as () => Promise<never>]];
  if (meta.examples === Number.POSITIVE_INFINITY) return [["table", DATA_SET as () => Promise<never>]];
  const results: Partial<Record<display.Modality, () => Promise<unknown>>> = RESULTS[meta.of];
  // A volume is the least usual of them, and comes last.
  const inOrder = [...meta.modalities].sort((a, b) => Number(a === "volume") - Number(b === "volume"));
  return inOrder.flatMap((modality): [string, () => Promise<never>][] => {
    const make = results[modality];
    return make ? [[modality, make as () => Promise<never>]] : [];
  });
}
