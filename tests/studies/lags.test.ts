import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { asModel, inputXGradient, lags, type Study, saliency } from "../../src";
import { normals, smallMlp } from "../models";

/** Lags of nets that copy what came k steps before. */

const column = (study: Study, name: string): number[] =>
  study
    .table("lags")
    .columns.find((one) => one.name === name)!
    .values.map(Number);

const nets: tf.LayersModel[] = [];
afterAll(() => {
  for (const net of nets) net.dispose();
});

/** A recurrent net of k + 1 units that hand a value on, each to the next: what leaves is what entered k steps before. */
function delayed(k: number, returnSequences = false): tf.LayersModel {
  const units = k + 1;
  const layer = tf.layers.simpleRNN({
    inputShape: [null, 1],
    units,
    activation: "linear",
    useBias: false,
    recurrentInitializer: "zeros",
    returnSequences,
  });
  const net = tf.sequential({ layers: [layer] });
  const enters = tf.tensor2d(
    Float32Array.from({ length: units }, (_, i) => Number(i === 0)),
    [1, units],
  );
  const shifts = tf.tensor2d(
    Float32Array.from({ length: units * units }, (_, i) => Number((i % units) - Math.floor(i / units) === 1)),
    [units, units],
  );
  net.setWeights([enters, shifts]);
  nets.push(net);
  return net;
}

describe("lags", () => {
  it.each([5, 20, 50])("peak at %i of a net that copies with that delay", async (k) => {
    const study = await lags(delayed(k), normals(k, [2, 60, 1]), { target: k });
    const shares = column(study, "share");
    expect(shares).toHaveLength(60);
    expect(shares.indexOf(Math.max(...shares))).toBe(k);
    expect(shares[k]).toBeCloseTo(1, 5);
    expect(study.findings[0]).toBe(`Most of what counts lies ${k} steps back (100 %).`);
  });

  it("count from every step that is asked for, of a net with an output for each", async () => {
    const net = delayed(3, true);
    const study = await lags(net, normals(1, [1, 12, 1]), {
      method: saliency,
      steps: [5, 8, 11],
      target: (t: number) => [t, 3],
    });
    const shares = column(study, "share");
    expect(shares[3]).toBeCloseTo(1, 6);
    expect(column(study, "signed")[3]).toBeCloseTo(1, 6);
  });

  it("weigh several delays by what each is worth, up to a largest lag", async () => {
    // F = 3 x(T − 1) − x(T − 5): shares of the gradient's magnitude.
    const net = (x: tf.Tensor3D): tf.Tensor =>
      x
        .slice([0, 9, 0], [-1, 1, 1])
        .mul(3)
        .sub(x.slice([0, 5, 0], [-1, 1, 1]))
        .reshape([-1, 1]);
    const study = await lags(net, normals(2, [3, 10, 1]), { method: saliency, target: 0, most: 6 });
    expect(column(study, "share")).toEqual([0.75, 0, 0, 0, 0.25, 0, 0].map((v) => expect.closeTo(v, 5)));
    expect(column(study, "signed")[4]).toBeCloseTo(-1, 5);
    expect(study.figure().description.rows[0][0]).toMatchObject({ kind: "curve" });
    const future = await lags(net, normals(2, [1, 10, 1]), { method: saliency, target: 0, steps: [7] });
    expect(future.table("after").columns[0].values[0]).toBeCloseTo(0.75, 5);
  });

  it("refuse what has no time, and steps that it does not have", async () => {
    const net = smallMlp(1);
    nets.push(net);
    await expect(lags(net, normals(1, [1, 4]))).rejects.toThrow(
      "lags(): expected one input with the axis time, or tokens, first (fact axes; option fixed), got [feature]",
    );
    await expect(lags(delayed(2), normals(1, [1, 4, 1]), { steps: [4], target: 0 })).rejects.toThrow(
      "steps from 0 to 3",
    );
    await expect(lags(delayed(2), normals(1, [1, 4, 1]), { method: "saliency" as never })).rejects.toThrow(
      "method to be a method",
    );
    const wave = asModel((x: tf.Tensor2D) => x.sum(1, true), { axes: ["time"] });
    const study = await lags(wave, [[1, 2, 1]], { method: inputXGradient, target: 0 });
    expect(column(study, "share")).toEqual([0.25, 0.5, 0.25].map((v) => expect.closeTo(v, 6)));
  });
});
