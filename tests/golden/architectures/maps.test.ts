import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  conductance,
  dataset,
  deconvolution,
  deepLift,
  guidedBackprop,
  guidedGradCam,
  internalInfluence,
  type LrpOptions,
  lrp,
  type Net,
  neuron,
  saliency,
  scoreCam,
} from "../../../src";
import { rowRanges } from "../../../src/tensor";
import { relativeDifference } from "../../models";
import { type Golden, NETS } from "./nets";

/** Maps of Captum and zennit, made by maps.py: for each net and method one list per input. */
const golden: Record<string, Record<string, number[][]>> = JSON.parse(
  readFileSync(join(__dirname, "maps.json"), "utf8"),
);

afterAll(() => {
  for (const { net } of Object.values(NETS)) if (net instanceof tf.LayersModel) net.dispose();
});

const asked = { target: [0, 2] };
const path = { steps: 20, differences: "captum" } as const;
const input = ({ inputs }: Golden) => (inputs.length === 1 ? inputs[0]! : [...inputs]);
type Make = (net: Net, golden: Golden) => Promise<Attribution>;

const METHODS: Record<string, Make> = {
  guidedBackprop: (net, g) => guidedBackprop(net, input(g), asked),
  deconvolution: (net, g) => deconvolution(net, input(g), asked),
  conductance: (net, g) => conductance(net, input(g), { ...asked, ...path, layer: g.layer }),
  internalInfluence: (net, g) => internalInfluence(net, input(g), { ...asked, steps: 20, layer: g.layer }),
  neuronConductance: (net, g) =>
    conductance(net, input(g), { ...asked, steps: 20, through: neuron(g.layer, [...g.unit]) }),
  deepLiftShap: (net, g) => {
    const [first] = g.data;
    const data = g.data.length === 1 ? first! : { a: g.data[0]!, b: g.data[1]! };
    return deepLift(net, input(g), { ...asked, baseline: dataset(data) });
  },
  // The reference cuts its map off at zero, and scales it to [0, 1].
  scoreCam: async (net, g) => {
    const map = await scoreCam(net, input(g), { ...asked, layer: g.layer, relu: true });
    const { data, shape } = map.values;
    const ranges = rowRanges({ data, shape });
    const width = data.length / shape[0]!;
    data.forEach((value, i) => {
      const { min, max } = ranges[Math.floor(i / width)]!;
      data[i] = (value - min) / (max - min);
    });
    return map;
  },
  guidedGradCam: (net, g) =>
    guidedGradCam(net, input(g), { ...asked, camLayer: g.layer, interpolation: "nearest" }),
  ...Object.fromEntries(
    [
      "epsilon",
      "epsilon-plus",
      "epsilon-plus-flat",
      "epsilon-gamma-box",
      "epsilon-alpha2-beta1",
      "epsilon-alpha2-beta1-flat",
      "deep-taylor",
      "excitation-backprop",
    ].map((preset): [string, Make] => [
      `lrp ${preset}`,
      (net, g) => lrp(net, input(g), { ...asked, ...relevanceOf(preset as LrpOptions["preset"]) }),
    ]),
  ),
  "lrp deep-taylor, boxed": (net, g) =>
    lrp(net, input(g), { ...asked, epsilon: 1e-3, preset: "deep-taylor", low: -1, high: 1 }),
  "lrp gamma": (net, g) =>
    lrp(net, input(g), { ...asked, epsilon: 1e-3, rules: [[{}, { rule: "gamma", gamma: 0.4 }]] }),
};

function relevanceOf(preset: LrpOptions["preset"]): Partial<LrpOptions> {
  const box = preset === "epsilon-gamma-box" ? { low: -1, high: 1 } : {};
  return { preset, epsilon: 1e-3, ...box };
}

describe.each(Object.keys(golden))("%s", (name) => {
  const { scores, ...maps } = golden[name]!;
  it("has the reference's scores", async () => {
    const map = await saliency(NETS[name]!.net as Net, input(NETS[name]!), asked);
    expect(relativeDifference(map.score, scores![0]!)).toBeLessThan(1e-5);
  });
  it.each(Object.keys(maps))("%s", async (method) => {
    for (const engine of ["eager", "compiled"] as const) {
      const map = await METHODS[method]!(asModel(NETS[name]!.net as Net, { engine }), NETS[name]!);
      const found = map.parts.map(({ values }) => [...values.data]);
      expect(found.map((part) => part.length)).toEqual(maps[method]!.map((part) => part.length));
      expect(relativeDifference(found.flat(), maps[method]!.flat())).toBeLessThan(1e-5);
    }
  });
});

it("asks for every map that the reference made", () => {
  const all = new Set(Object.values(golden).flatMap((maps) => Object.keys(maps)));
  all.delete("scores");
  expect([...all].sort()).toEqual(Object.keys(METHODS).sort());
});
