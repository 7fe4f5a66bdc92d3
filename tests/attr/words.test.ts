/** Words: a vocabulary, a function or a tokenizer, on results and figures, and texts as inputs. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  Attribution,
  asModel,
  compare,
  featureAblation,
  integratedGradients,
  type Net,
  saliency,
  shapleyValues,
  type Tokenizer,
} from "../../src";
import { normals } from "../models";

const VOCABULARY = [
  "[PAD]",
  "[UNK]",
  "the",
  "film",
  "was",
  "not",
  "good",
  "##ish",
  "</script>",
  "مرحبا",
  "🙂",
  "日本",
];
const PAD = 0;

/** Words at blanks; "goodish" becomes two tokens, as a sub-word tokenizer has it. */
const tokenizer: Tokenizer & { encode(text: string): number[] } = {
  encode: (text) =>
    text
      .split(" ")
      .flatMap((word) => (word === "goodish" ? ["good", "##ish"] : [word]))
      .map((word) => Math.max(VOCABULARY.indexOf(word), 1)),
  decode: (ids) => ids.map((id) => VOCABULARY[id]).join(" "),
};

function classifier(length: number | null): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputShape: [length], inputDim: VOCABULARY.length, outputDim: 4, name: "table" }),
      tf.layers.globalAveragePooling1d({}),
      tf.layers.dense({ units: 2, name: "last" }),
    ],
  });
  model.setWeights(model.getWeights().map(({ shape }, i) => tf.tensor(normals(i + 3, shape).data, shape)));
  return model;
}

const models = { five: classifier(5), free: classifier(null) };
afterAll(() => {
  for (const model of Object.values(models)) model.dispose();
});

const ids = [
  [2, 3, 4, 5, 6],
  [6, 7, 8, 9, 10],
];
const words = ids.map((row) => row.map((id) => VOCABULARY[id]));

describe.each([
  ["a vocabulary", VOCABULARY],
  ["a function of an id", (id: number) => VOCABULARY[id]],
  ["a tokenizer", tokenizer],
  ["a tokenizer that is a function itself", Object.assign(() => ids, tokenizer)],
  ["a record by input", { [models.five.inputNames[0]]: VOCABULARY }],
])("words told by %s", (_, tokens) => {
  it("stand on the result, one list for each example, and on a saved one", async () => {
    const map = await saliency(asModel(models.five, { tokens }), ids, { target: 0 });
    expect(map.parts[0].words).toEqual(words);
    expect(Attribution.fromJSON(JSON.stringify(map)).parts[0].words).toEqual(words);
  });

  it("stand in the figure of each example, in all its forms", async () => {
    const map = await integratedGradients(asModel(models.five, { tokens }), ids, { target: 0 });
    for (const [example, mine] of words.entries()) {
      const figure = map.figure({ example });
      const vega = JSON.stringify(figure.toVegaLite());
      const plotly = JSON.stringify(figure.toPlotly());
      // Plotly reads a little HTML: a hostile word is shown there, and not read.
      const escaped = (word: string): string => word.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      for (const word of mine) {
        expect(vega).toContain(JSON.stringify(word));
        expect(plotly).toContain(JSON.stringify(escaped(word)));
      }
      expect(figure.toAltText()).toContain(mine[0]);
    }
  });
});

it("an id without a word has its number", async () => {
  const map = await saliency(asModel(models.five, { tokens: VOCABULARY.slice(0, 5) }), ids[0], { target: 0 });
  expect(map.parts[0].words).toEqual([["the", "film", "was", "#5", "#6"]]);
});

it("words stand beside methods that ask for scores alone, and in a comparison", async () => {
  const net = asModel(models.five, { tokens: VOCABULARY });
  expect((await featureAblation(net, ids, { target: 0 })).parts[0].words).toEqual(words);
  const compared = await compare(net, ids[0], [saliency, integratedGradients], { target: 0 });
  const drawn = JSON.stringify(compared.figure().toPlotly());
  for (const word of words[0]) expect(drawn).toContain(word);
});

it("a black box over ids has words, too", async () => {
  const counting = (x: { data: ArrayLike<number>; shape: readonly number[] }): number[] =>
    Array.from({ length: x.shape[0] }, (_, row) => Number(x.data[row * x.shape[1]] === 6));
  const net = asModel(counting as unknown as Net, {
    outputs: 1,
    inputs: [{ name: "ids", dtype: "int32" }],
    axes: ["token"],
    tokens: VOCABULARY,
  });
  const map = await featureAblation(net, [[6, 3, 4]], { baseline: [[0, 0, 0]] });
  expect(map.parts[0].words).toEqual([["good", "film", "was"]]);
  expect(Array.from(map.values.data)).toEqual([1, 0, 0]);
  const exact = await shapleyValues(net, [[6, 3, 4]], { baseline: [[0, 0, 0]] });
  expect(Array.from(exact.values.data)).toEqual([1, 0, 0]);
});

describe("texts as inputs", () => {
  const net = asModel(models.five, { tokens: tokenizer, padId: PAD });

  it("are what their ids are, padded to the input's length", async () => {
    const map = await saliency(net, "the film was", { target: 0 });
    expect(Array.from(map.input.data)).toEqual([2, 3, 4, PAD, PAD]);
    expect(map.input.shape).toEqual([5]);
    expect(map.parts[0].words).toEqual([["the", "film", "was", "[PAD]", "[PAD]"]]);
    const byIds = await saliency(net, [2, 3, 4, PAD, PAD], { target: 0 });
    expect(map.values.data).toEqual(byIds.values.data);
  });

  it("may be several, of which the longest gives the length where the input has none", async () => {
    const free = asModel(models.free, { tokens: tokenizer, padId: PAD });
    const map = await saliency(free, ["not goodish", "the film was never good"], { target: [0, 1] });
    expect(map.input.shape).toEqual([2, 5]);
    expect(map.parts[0].words).toEqual([
      ["not", "good", "##ish", "[PAD]", "[PAD]"],
      ["the", "film", "was", "[UNK]", "good"],
    ]);
  });

  it("are repeated by `again`, with others", async () => {
    const map = await saliency(net, "the film was", { target: 0 });
    const other = await map.again({ input: "not good" });
    expect(other.parts[0].words?.[0].slice(0, 2)).toEqual(["not", "good"]);
  });

  it.each([
    ["no tokens", asModel(models.five), "good", /expected input to be a tensor, nested arrays of numbers/],
    [
      "a vocabulary alone",
      asModel(models.five, { tokens: VOCABULARY }),
      "good",
      /got tokens that cannot encode/,
    ],
    [
      "no padding",
      asModel(models.five, { tokens: tokenizer }),
      "good",
      /expected asModel\(net, \{ padId \}\)/,
    ],
    ["too many tokens", net, "the film was not good good", /texts of at most 5 tokens .*got 6 of/],
    [
      "an encoder of something else",
      asModel(models.five, { tokens: { ...tokenizer, encode: () => [0.5] } }),
      "good",
      /to give token ids/,
    ],
  ])("with %s are refused", async (_, model, text, message) => {
    await expect(saliency(model, text, { target: 0 })).rejects.toThrow(message);
  });
});

it.each([[5], [[1, 2]], [{}], [{ ids: 5 }], ["good"]])("tokens: %j is no such fact", (tokens) => {
  expect(() => asModel(models.five, { tokens: tokens as never })).toThrow(
    /asModel\(\): expected tokens to be an array of words, a function of an id, or a tokenizer/,
  );
});
