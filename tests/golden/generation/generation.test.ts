/** Generated text: equal to Captum's attributions of language models, by definition, and in the words of the planted rule. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { notes } from "../../../notebooks/data/texts";
import "../../../notebooks/examples/transformer";
import {
  type AnyMethod,
  asModel,
  attributeGeneration,
  featureAblation,
  inputXGradient,
  integratedGradients,
  io,
  type Net,
  type Study,
} from "../../../src";
import { relativeDifference } from "../../models";

// Eager all the way, and many tokens: a busy machine needs a while.
vi.setConfig({ testTimeout: 240_000 });
const read = (file: string): any => JSON.parse(readFileSync(join(__dirname, file), "utf8"));
const { text, continuation, prompt, emitted } = read("case.json");
const captum: Record<string, number[][]> = read("captum-llm.json");
let net: Net & tf.LayersModel;
beforeAll(async () => {
  const folder = resolve(__dirname, "../../../notebooks/data/models/notes-transformer");
  net = (await io.loadModel(folder)) as tf.LayersModel;
});
afterAll(() => net.dispose());

const rows = (study: Study): number[][] => {
  const [{ values, columnNames }] = study.matrices as [Study["matrices"][number]];
  return emitted.map((_: number, t: number) =>
    values.slice(t * columnNames.length, (t + 1) * columnNames.length),
  );
};
/** The part of the matrix that Captum has: what was read of the prompt. */
const ofPrompt = (study: Study): number[] => rows(study).flatMap((values) => values.slice(0, prompt.length));
const row = (study: Study, t: number): readonly number[] => rows(study)[t]!;

describe("as Captum", () => {
  const methods: Record<string, readonly [AnyMethod, object]> = {
    integratedGradients: [integratedGradients, { held: true }],
    inputXGradient: [inputXGradient, {}],
    featureAblation: [featureAblation.with({ groups: "position", spread: "share" }), { baseline: "pad" }],
  };
  it.each(["integratedGradients", "inputXGradient"])("%s", async (name) => {
    const [method, options] = methods[name]!;
    const study = await attributeGeneration(asTold(), text, { method, continuation, ...options });
    expect(relativeDifference(ofPrompt(study), captum[name]!.flat())).toBeLessThan(1e-5);
  });

  it("leaving tokens of the prompt out for [PAD]", async () => {
    const [method, options] = methods["featureAblation"]!;
    const study = await attributeGeneration(asTold(), prompt, { method, continuation: emitted, ...options });
    expect(relativeDifference(ofPrompt(study), captum["featureAblation"]!.flat())).toBeLessThan(1e-5);
  });
});

/** The net with its words, and the id of padding. */
function asTold(): Net {
  return asModel(net, { tokens: notes, padId: 0 });
}

it("emits greedily what the net gives, up to a word or a length, and names what decided between two words", async () => {
  const { reads, answer } = notes.test[0]!;
  const other = answer.startsWith("he") ? "she" : "he";
  const rather = { 0: other, 3: reads.tool === "miner" ? "pan" : "pick", 6: reads.clothes === "winter" ? "cap" : "scarf" };
  const study = await attributeGeneration(asTold(), text, { stop: ".", method: inputXGradient, rather });
  const emitted = study.table("emitted").columns;
  expect(study.findings[0]).toBe(`Emitted: "${answer}".`);
  expect(emitted[0]!.values[0]).toBe(`${answer.split(" ")[0]} rather than ${other}`);
  // Which of the prompt's own words: the token that asks has its part in every answer.
  const said = text.split(" ").map((word: string, i: number) => ({ word, at: i + 1 }));
  const own = said.filter(({ word }: { word: string }) => !["the", "left", "from", "on", "in", "."].includes(word));
  const { columnNames, values } = study.matrices[0]!;
  const decided = (t: number): string =>
    own.reduce((best: { word: string; at: number }, one: { word: string; at: number }) =>
      Math.abs(values[t * columnNames.length + one.at]!) > Math.abs(values[t * columnNames.length + best.at]!) ? one : best,
    ).word;
  expect([decided(0), decided(3), decided(6)]).toEqual([reads.pronoun, reads.tool, reads.clothes]);
  // What was not there yet was not read.
  expect(row(study, 0).slice(prompt.length).every((value) => value === 0)).toBe(true);
  const short = await attributeGeneration(asTold(), text, { length: 2, method: inputXGradient });
  expect(short.findings[0]).toBe(`Emitted: "${answer.split(" ").slice(0, 2).join(" ")}".`);
});

it("a row adds up to the difference of scores, with the other word and without", async () => {
  const score = (ids: readonly number[], word: number, rather?: number): number =>
    tf.tidy(() => {
      const logits = (net.predict(tf.tensor2d([ids as number[]], undefined, "int32")) as tf.Tensor3D)
        .slice([0, ids.length - 1, 0], [1, 1, -1])
        .reshape([-1]);
      const of = (id: number): number => logits.dataSync()[id]!;
      return rather === undefined ? of(word) - (logits.logSumExp().dataSync()[0] ?? 0) : of(word) - of(rather);
    });
  const rather = notes.vocabulary.indexOf("needle");
  const study = await attributeGeneration(asTold(), text, { continuation, rather: { 3: "needle" }, baseline: "pad" });
  const values = study.table("emitted").columns[1]!.values;
  const before = (t: number): number[] => [...prompt, ...emitted.slice(0, t)];
  expect(values[2]).toBeCloseTo(score(before(2), emitted[2]), 4);
  expect(values[3]).toBeCloseTo(score(before(3), emitted[3], rather), 4);
  expect(study.table("emitted").columns[0]!.values[3]).toBe(`${notes.vocabulary[emitted[3]]} rather than needle`);
  const sums = rows(study).map((list) => list.reduce((a, b) => a + b, 0));
  const sequence = study.table("sequence").columns[1]!.values.reduce<number>((sum, value) => sum + Number(value), 0);
  expect(sequence).toBeCloseTo(sums.reduce((a, b) => a + b, 0), 3);
});

describe("refuses", () => {
  it.each([
    ["several texts", [text, text], {}, /a text or its ids/],
    ["no words", text, { stop: "kangaroo" }, /stop to be an id or the word of one, got "kangaroo"/],
    ["a continuation of another text", text, { continuation: "" }, /a continuation that the tokenizer adds/],
    ["text behind ids", prompt, { continuation: " he" }, /a continuation of ids where the prompt is ids/],
    ["the same token", text, { continuation, rather: { 0: emitted[0] } }, /rather to name another token/],
    ["a place that is not emitted", text, { continuation, rather: { 40: "he" } }, /a place of rather/],
    ["held tokens without padding", text, { held: true, baseline: "zeros" }, /the baseline "pad"/],
    ["unknown options", text, { targets: 1 }, /target/],
  ])("%s", async (_, given, options, message) => {
    await expect(attributeGeneration(asTold(), given as string, options as object)).rejects.toThrow(message);
  });

  it("a net that does not score words", async () => {
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    await expect(attributeGeneration(plain, [1, 2, 3])).rejects.toThrow(/an output \[examples, tokens, words\]/);
    plain.dispose();
  });
});
