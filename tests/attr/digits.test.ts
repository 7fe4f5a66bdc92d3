import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { test as digits, take } from "../../notebooks/data/digits";
import { type Attribution, asModel, integratedGradients, io, type Model, type NdArray } from "../../src";
import { relativeDifference } from "../models";

/** Completeness on a trained network with kinks: 200 test images of the shipped CNN. */
const IMAGES = 200;
let net: Model;
let x: NdArray;
beforeAll(async () => {
  const model = (await io.loadModel(
    join(__dirname, "../../notebooks/data/models/digits-cnn"),
  )) as tf.LayersModel;
  net = asModel(model, { classes: [..."0123456789"], range: [0, 1] });
  x = take(
    digits,
    Array.from({ length: IMAGES }, (_, i) => i),
  ).x;
});

const relativeErrors = (map: Attribution): number[] =>
  (map.convergenceDelta as number[]).map(
    (delta, row) =>
      Math.abs(delta) / Math.abs((map.score[row] as number) - (map.baselineScore?.[row] as number)),
  );

describe("integrated gradients on the digits CNN", () => {
  it("Gauss–Legendre at 50 steps is within 1 % of F(x) − F(x′) for 90 % of the images", async () => {
    const errors = relativeErrors(await integratedGradients(net, x));
    const within = errors.filter((error) => error <= 0.01).length;
    console.log(
      `50 steps: ${within} of ${IMAGES} within 1 %, largest ${(100 * Math.max(...errors)).toFixed(2)} %`,
    );
    expect(within).toBeGreaterThanOrEqual(0.9 * IMAGES);
  }, 300_000);

  it("at 200 steps for all", async () => {
    const errors = relativeErrors(await integratedGradients(net, x, { steps: 200 }));
    console.log(`200 steps: largest ${(100 * Math.max(...errors)).toFixed(2)} %`);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.01);
  }, 600_000);

  it("adaptive refinement reaches a tolerance of 1e-3 or says that it did not, and reports its passes", async () => {
    const map = await integratedGradients(net, x, { tolerance: 1e-3 });
    const errors = relativeErrors(map);
    const missed = errors.filter((error) => error > 1e-3).length;
    console.log(
      `adaptive: ${missed} missed, ${map.passes.backward / IMAGES} passes per image, largest ${(100 * Math.max(...errors)).toFixed(3)} %`,
    );
    if (missed > 0) expect(map.warnings.join()).toContain("was not reached");
    else expect(map.warnings.join()).not.toContain("was not reached");
    expect(map.passes.backward).toBeGreaterThanOrEqual(4 * IMAGES);
    expect(map.passes.backward).toBeLessThanOrEqual(2000 * IMAGES);
  }, 600_000);

  it("50 steps of a batch of 64 under a tenth of the memory give the same map", async () => {
    const batch: NdArray = { data: x.data.subarray(0, 64 * 64), shape: [64, 8, 8, 1] };
    const free = await integratedGradients(net, batch);
    const tight = await integratedGradients(net, batch, { maxBytes: 2_000_000 });
    expect(relativeDifference(tight.values.data, free.values.data)).toBeLessThanOrEqual(1e-5);
  }, 300_000);

  it("adaptive refinement keeps no more gradients than the memory cap holds, and says so", async () => {
    const map = await integratedGradients(net, x, { tolerance: 1e-6, maxBytes: 2 ** 20 });
    expect(map.passes.backward).toBeLessThanOrEqual(2 ** 20 / (64 * 4));
    expect(map.warnings.join()).toMatch(/the tolerance of 0.000001 was not reached .* within 20 evaluations/);
  });

  it("a smaller tolerance of adaptive refinement gives a map that is nearer, entry by entry", async () => {
    const some = take(digits, [0, 1, 2, 3, 4, 5, 6, 7]).x;
    const exact = await integratedGradients(net, some, { steps: 2000 });
    const distance = async (tolerance: number): Promise<number> =>
      relativeDifference(
        (await integratedGradients(net, some, { tolerance })).values.data,
        exact.values.data,
      );
    expect(await distance(1e-4)).toBeLessThan(0.2 * (await distance(1e-2)));
  });
});
