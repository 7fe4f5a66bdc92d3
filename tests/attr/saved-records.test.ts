/** Records that were saved: read as they were, refused when anything of them is another. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { Attribution, asModel, integratedGradients, saliency } from "../../src";
import { random } from "../../src/author";
import { normals, smallMlp } from "../models";

/** Changes of a record, drawn at random; GRADLENS_RECORDS=500 is the long run. */
const COUNT = Number(process.env["GRADLENS_RECORDS"] ?? 60);

const model = smallMlp(3);
afterAll(() => {
  model.dispose();
});
const saved = async (): Promise<Record<string, unknown>> => {
  const map = await integratedGradients(model, normals(4, [2, 4]), { target: 1, keepPath: 4, steps: 8 });
  return JSON.parse(JSON.stringify(map)) as Record<string, unknown>;
};

it("a record is read as it was, in whatever order its fields are", async () => {
  const json = await saved();
  const turned = Object.fromEntries(Object.entries(json).reverse());
  for (const text of [JSON.stringify(json), JSON.stringify(turned, undefined, 2)])
    expect(JSON.parse(JSON.stringify(Attribution.fromJSON(text)))).toEqual(json);
});

describe("a record that is another is refused in words", () => {
  type Change = (json: Record<string, unknown>) => unknown;
  const values = (json: Record<string, unknown>): { float32: string; shape: number[] } =>
    (json["parts"] as [{ values: { float32: string; shape: number[] } }])[0].values;
  const changes: Readonly<Record<string, readonly [Change, RegExp]>> = {
    "a changed score": [(json) => ({ ...json, score: [9, 9] }), /got one that was changed$/],
    "a changed warning": [(json) => ({ ...json, warnings: ["all is well"] }), /got one that was changed$/],
    "no checksum": [({ checksum: _, ...json }) => json, /got one without its checksum$/],
    "an unknown field": [
      (json) => ({ ...json, scores: [] }),
      /expected known fields alone, got "scores" \(nearest: "score"/,
    ],
    "a missing field": [
      ({ engine: _, ...json }) => json,
      /expected engine to be "eager" or .*, got undefined/,
    ],
    "a field of another kind": [(json) => ({ ...json, seed: "0" }), /expected seed to be a number, got "0"/],
    "fewer scores": [(json) => ({ ...json, score: [1] }), /expected target with 1 entries, got 2/],
    "an array that is cut off": [
      (json) => {
        values(json).float32 = values(json).float32.slice(0, 12);
        return json;
      },
      /expected parts\[0\]\.values to be an array \{ shape, float32 \} with all of its entries/,
    ],
    "an array of another shape": [
      (json) => {
        values(json).shape = [4, 2];
        return json;
      },
      /expected the first axis of parts\[0\]\.values with 2 entries, got 4/,
    ],
    "no parts": [(json) => ({ ...json, parts: [] }), /expected at least one part/],
    "another thing": [() => ({ kind: "study" }), /expected what an attribution's toJSON\(\) gave/],
  };

  it.each(Object.keys(changes))("%s", async (name) => {
    const [change, words] = changes[name] as (typeof changes)[string];
    const other = change(await saved()) as object;
    expect(() => Attribution.fromJSON(other)).toThrow(words);
    expect(() => Attribution.fromJSON(JSON.stringify(other))).toThrow(
      /^Attribution\.fromJSON\(\): expected /,
    );
  });

  it(`any character of it (${COUNT})`, async () => {
    const json = await saved();
    const text = JSON.stringify(json);
    const stream = random(7);
    let refused = 0;
    for (let i = 0; i < COUNT; i++) {
      const at = stream.integer(text.length);
      const other = text.slice(0, at) + (text[at] === "7" ? "3" : "7") + text.slice(at + 1);
      const read = (): string => JSON.stringify(Attribution.fromJSON(other));
      // Another last digit may write the same entry of a map, which changes nothing; anything else is refused.
      const same = isSame(text, other) && JSON.stringify(accepted(other)) === text;
      if (!same) expect(read, other.slice(at - 20, at + 20)).toThrow(/^Attribution\.fromJSON\(\): expected /);
      refused += Number(!same);
      expect(() => Attribution.fromJSON(text.slice(0, at))).toThrow(
        /^Attribution\.fromJSON\(\): expected JSON text/,
      );
    }
    expect(refused).toBeGreaterThan(COUNT / 2);
  });
});

/** The record that a text is read as; none where it is refused. */
function accepted(text: string): Attribution | undefined {
  try {
    return Attribution.fromJSON(text);
  } catch {
    return undefined;
  }
}

/** Whether two texts are JSON of the same numbers in single precision, as maps hold them. */
function isSame(text: string, other: string): boolean {
  const single = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Math.fround(value) : value;
  try {
    return JSON.stringify(JSON.parse(text, single)) === JSON.stringify(JSON.parse(other, single));
  } catch {
    return false;
  }
}

describe("the fingerprint of the model is in the record", () => {
  it("the same on either engine, and another for other weights", async () => {
    const twin = model;
    const other = smallMlp(4);
    const x = normals(4, [1, 4]);
    const of = async (net: tf.LayersModel, engine: "eager" | "compiled"): Promise<string | undefined> =>
      (await saliency(asModel(net, { engine }), x, { target: 0 })).fingerprint;
    const own = await of(model, "eager");
    expect(own).toMatch(/^[0-9a-f]{16}$/);
    expect(await of(model, "compiled")).toBe(own);
    expect(await of(other, "eager")).not.toBe(own);
    tf.tidy(() => twin.setWeights(twin.getWeights().map((weight) => weight.mul(1.001))));
    expect(await of(twin, "eager")).not.toBe(own);
    other.dispose();
  });
});
