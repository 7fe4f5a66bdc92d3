import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { type Attribution, asModel, blurIg, guidedIg, type Net, softplusGradient } from "../../../src";
import { relativeDifference } from "../../models";
import { type Golden, NETS } from "./nets";

/** Maps of PAIR's saliency along other paths than the straight one, and of zennit with smooth rectifiers, made by paths.py. */
const golden: Record<string, Record<string, number[]>> = JSON.parse(
  readFileSync(join(__dirname, "paths.json"), "utf8"),
);

afterAll(() => {
  for (const { net } of Object.values(NETS)) if (net instanceof tf.LayersModel) net.dispose();
});

const asked = { target: [0, 2] };
const METHODS: Record<string, (net: Net, golden: Golden) => Promise<Attribution>> = {
  guidedIg: (net, { inputs: [x] }) =>
    guidedIg(net, x!, { ...asked, steps: 25, fraction: 0.25, maxDistance: 0.1 }),
  "guidedIg, unbounded": (net, { inputs: [x] }) =>
    guidedIg(net, x!, { ...asked, steps: 10, fraction: 0.5, maxDistance: 1 }),
  softplusGradient: (net, { inputs: [x] }) => softplusGradient(net, x!, { ...asked, beta: 3 }),
  blurIg: (net, { inputs: [x] }) => blurIg(net, x!, { ...asked, maxSigma: 3, steps: 15 }),
  "blurIg, sqrt": (net, { inputs: [x] }) =>
    blurIg(net, x!, { ...asked, maxSigma: 4, steps: 10, sigmaStep: 0.02, spacing: "sqrt" }),
};

describe.each(Object.keys(golden))("%s", (name) => {
  it.each(Object.keys(golden[name]!))("%s", async (method) => {
    for (const engine of ["eager", "compiled"] as const) {
      const map = await METHODS[method]!(asModel(NETS[name]!.net as Net, { engine }), NETS[name]!);
      expect(relativeDifference(map.values.data, golden[name]![method]!)).toBeLessThan(1e-5);
    }
  });
});

it("asks for every map that the reference made", () => {
  const all = new Set(Object.values(golden).flatMap((maps) => Object.keys(maps)));
  expect([...all].sort()).toEqual(Object.keys(METHODS).sort());
});
