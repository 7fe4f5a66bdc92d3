import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { Attribution, counterfactual, integratedGradients, io, ndarray, records, saliency } from "../../src";
import { normals, smallCnn } from "../models";

/** Files that Captum 0.9.0 and SHAP 0.51.0 wrote (fixtures/make_fixtures.py), read as attributions, and written again. */

const { fromCaptum, fromShap, toCaptum, toShap, sealRecord, verify } = records;
const fixture = (name: string): string => join(__dirname, "fixtures", name);
const folder = mkdtempSync(join(tmpdir(), "gradlens-exchange-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("files of Captum", () => {
  it("become attributions whose numbers add up, and the same arrays again", async () => {
    const arrays = await io.readArrays(fixture("captum.npz"));
    const map = fromCaptum(arrays, { method: "captum IntegratedGradients", features: ["a", "b", "c", "d"] });
    expect(map.target).toEqual([2, 0, 1]);
    expect(map.parts[0].labels).toEqual(["a", "b", "c", "d"]);
    map.score.forEach((score, row) => {
      const sum = map.values.data.slice(row * 4, row * 4 + 4).reduce((a, b) => a + b, 0);
      expect(sum - (score - map.baselineScore![row])).toBeCloseTo(map.convergenceDelta![row], 5);
    });
    // Such a record is kept and verified like one's own, numbers included.
    expect((await verify(JSON.stringify(await sealRecord(map)))).problems).toEqual([]);
    expect(toCaptum(map)).toEqual(arrays);
    const path = join(folder, "again.npz");
    await io.saveArrays(toCaptum(map), path);
    expect(toCaptum(fromCaptum(await io.readArrays(path)))).toEqual(arrays);
    expect(String(map)).toContain("captum IntegratedGradients");
    expect(map.figure().toJSON()).toBeTypeOf("object");
  });

  it("say of several inputs which is which, and of scores that nobody told that they are not known", () => {
    const [a, b] = [normals(1, [2, 3]), normals(2, [2, 2])];
    const map = fromCaptum({ attributions_0: a, attributions_1: b, inputs_0: a, inputs_1: b });
    expect(map.parts.map(({ name }) => name)).toEqual(["input_0", "input_1"]);
    expect(map.score).toEqual([Number.NaN, Number.NaN]);
    expect(map.warnings[0]).toContain("did not check it");
    expect(Attribution.fromJSON(JSON.stringify(map)).parts[1].values).toEqual(b);
    expect(() => fromCaptum({ attributions: a })).toThrow('fromCaptum(): expected an array "inputs"');
    expect(() => fromCaptum({ attributions: a, inputs: b })).toThrow("as what went in");
    expect(() => fromCaptum({ attributions: a, inputs: a, delta: b })).toThrow("delta with 2 entries");
  });
});

describe("files of SHAP", () => {
  const json = JSON.parse(readFileSync(fixture("shap.json"), "utf8")) as Record<
    string,
    number[] | number[][]
  > & {
    feature_names: string[];
  };
  const array = (name: string): ReturnType<typeof ndarray> => {
    const rows = json[name];
    const flat = rows.flat();
    return ndarray(
      flat,
      flat.length > rows.length ? [rows.length, flat.length / rows.length] : [rows.length],
    );
  };

  it("become attributions of each class, whose scores are the net's own", async () => {
    const arrays = await io.readArrays(fixture("shap.npz"));
    const map = fromShap(arrays, { target: 1, features: json.feature_names });
    map.score.forEach((score, row) => {
      expect(score).toBeCloseTo(array("expected_scores").data[row], 5);
    });
    const [values, base_values, data] = ["values", "base_values", "data"].map(array);
    const fromJson = fromShap({ values, base_values, data }, { target: 1, features: json.feature_names });
    expect(fromJson.values).toEqual(map.values);
    expect(fromJson.baselineScore).toEqual(map.baselineScore);
    expect(toShap(fromJson)).toEqual({ values, base_values, data });
    expect((await verify(JSON.stringify(await sealRecord(map)))).ok).toBe(true);
    expect(() => fromShap(arrays)).toThrow("fromShap(): expected option target, from 0 to 2");
    expect(() => fromShap(arrays, { target: 3 })).toThrow("target");
  });

  it("are written of maps with a baseline, and of those alone", async () => {
    const cnn = smallCnn(1);
    const map = await integratedGradients(cnn, normals(1, [2, 4, 4, 2]));
    const { values, base_values, data } = toShap(map);
    expect(values).toEqual(map.values);
    expect(data).toEqual(map.input);
    expect(Array.from(base_values.data)).toEqual(map.baselineScore!.map(Math.fround));
    const gradients = await saliency(cnn, normals(1, [2, 4, 4, 2]));
    expect(() => toShap(gradients)).toThrow("a map with a baseline");
    cnn.dispose();
  });
});

it("an imported map can be asked what it predicts, of the net that it is of", async () => {
  const net = (x: tf.Tensor2D): tf.Tensor => x.mul([1, -2]).sum(1, true);
  const x = ndarray([1, 2], [1, 2]);
  const values = ndarray([1, -4], [1, 2]);
  const map = fromCaptum({
    attributions: values,
    inputs: x,
    target: ndarray([0], [1]),
    scores: ndarray([-3], [1]),
  });
  expect((await counterfactual(net, map)).findings).toEqual([]);
});

it("an NPZ file that is none, or was cut off, is refused", async () => {
  const bytes = new Uint8Array(readFileSync(fixture("shap.npz")));
  await expect(io.readArrays(bytes.slice(0, 200))).rejects.toThrow(
    "readArrays(): expected an NPZ file, whole",
  );
  await expect(io.readArrays(new Uint8Array([1, 2, 3]))).rejects.toThrow("an NPZ file, whole");
  await expect(io.saveArrays({}, join(folder, "none.npz"))).rejects.toThrow("at least one array");
});
