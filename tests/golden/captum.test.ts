import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type Attribution,
  conductance,
  deconvolution,
  featureAblation,
  gradCam,
  guidedBackprop,
  inputXGradient,
  integratedGradients,
  internalInfluence,
  lrp,
  neuron,
  occlusion,
  saliency,
  shapleyValues,
} from "../../src";
import { type RuleName } from "../../src/author";
import { relativeDifference } from "../models";

/** Values of Captum 0.8.0, made by captum.py. */
const golden = JSON.parse(readFileSync(join(__dirname, "captum.json"), "utf8")) as Record<string, number[][] | number[]>;
const expected = (name: string): number[] => (golden[name] as number[][]).flat();

const net = tf.sequential({
  layers: [
    tf.layers.dense({ inputShape: [3], units: 4, name: "l1" }),
    tf.layers.activation({ activation: "relu", name: "relu" }),
    tf.layers.dense({ units: 2, name: "l2" }),
  ],
});
net.setWeights([
  tf.tensor2d([[1, -1, 0.5, 2], [-2, 1, 0.5, -0.5], [0.5, 1.5, -1, 0.25]]),
  tf.tensor1d([0.1, -0.2, 0.3, -0.4]),
  tf.tensor2d([[1, -0.5], [-1, 1.5], [0.5, 1], [2, -1]]),
  tf.tensor1d([0.05, -0.05]),
]);
const x = [1.2, -0.7, 0.9];

/** DESIGN's tolerances: 1e-5 of the largest entry, deltas 1e-5 of F(x) − F(x′). */
function agrees(map: Attribution, name: string): void {
  expect(relativeDifference(map.values.data, expected(name))).toBeLessThanOrEqual(1e-5);
  const delta = golden[`${name}_delta`] as number[] | undefined;
  if (delta === undefined || map.convergenceDelta === undefined) return;
  const difference = Math.abs((map.score[0] as number) - (map.baselineScore?.[0] as number));
  expect(Math.abs((map.convergenceDelta[0] as number) - (delta[0] as number))).toBeLessThanOrEqual(1e-5 * difference);
}

const RULES: [RuleName, string][] = [
  ["gauss-legendre", "gausslegendre"],
  ["captum-trapezoid", "riemann_trapezoid"],
  ["left", "riemann_left"],
  ["right", "riemann_right"],
  ["midpoint", "riemann_middle"],
];

describe.each([0, 1])("Captum's values, target %i", (target) => {
  it("saliency", async () => agrees(await saliency(net, x, { target }), `saliency_signed_t${target}`));
  it("saliency, absolute", async () => {
    const map = await saliency(net, x, { target, absolute: true });
    expect(relativeDifference(map.values.data, expected(`saliency_signed_t${target}`).map(Math.abs))).toBeLessThanOrEqual(1e-5);
  });
  it("inputXGradient", async () => agrees(await inputXGradient(net, x, { target }), `inputxgrad_t${target}`));
  it.each(RULES)("integratedGradients, rule %s", async (rule, name) =>
    agrees(await integratedGradients(net, x, { target, rule }), `ig50_${name}_t${target}`),
  );
  it("integratedGradients at a layer", async () =>
    agrees(await integratedGradients(net, x, { target, layer: "l1" }), `layerIG_l1_t${target}`));
  it("integratedGradients of what enters a layer", async () =>
    agrees(await integratedGradients(net, x, { target, layer: { layer: "relu", side: "input" } }), `layerIG_l1_t${target}`));
  it("inputXGradient at a layer", async () =>
    agrees(await inputXGradient(net, x, { target, layer: "l1" }), `layerGxA_l1_t${target}`));
  it("guidedBackprop", async () => agrees(await guidedBackprop(net, x, { target }), `guidedbp_t${target}`));
  it("deconvolution", async () => agrees(await deconvolution(net, x, { target }), `deconv_t${target}`));
  it("lrp, rule epsilon", async () =>
    agrees(await lrp(net, x, { target, epsilon: 1e-9 }), `lrp_eps_t${target}`));
  it("conductance of a layer, in Captum's differences", async () =>
    agrees(await conductance(net, x, { target, layer: "l1", differences: "captum" }), `layercond_l1_t${target}`));
  it("internalInfluence", async () =>
    agrees(await internalInfluence(net, x, { target, layer: "l1" }), `internalinfl_l1_t${target}`));
  it.each([["captum-trapezoid", "neuroncond"], ["gauss-legendre", "neuroncond_gl"]] as const)(
    "conductance through a neuron, rule %s",
    async (rule, name) =>
      agrees(await conductance(net, x, { target, rule, through: neuron("l1", 0) }), `${name}_l1_0_t${target}`),
  );
  it("featureAblation", async () => agrees(await featureAblation(net, x, { target }), `ablation_t${target}`));
  it("shapleyValues", async () => agrees(await shapleyValues(net, x, { target }), `shapley_exact_t${target}`));
  it("occlusion, window 2", async () =>
    agrees(await occlusion(net, x, { target, window: 2 }), `occlusion_w2_t${target}`));
  it("gradCam at a layer without positions, with a warning", async () => {
    const map = await gradCam(net, x, { target, layer: "l1" });
    agrees(map, `gradcam_l1_t${target}`);
    expect(map.warnings).toContain("the layer has one position: its map is one number per example");
  });
  it("integratedGradients, adaptive, is the exact integral (DeepLIFT on one hidden layer)", async () => {
    const map = await integratedGradients(net, x, { target, tolerance: 1e-5 });
    expect(relativeDifference(map.values.data, expected(`deeplift_t${target}`))).toBeLessThanOrEqual(2e-5);
  });
});

describe("where Captum errs, the right definition is the default", () => {
  it("trapezoid weights sum to 1", async () => {
    const linear = (t: tf.Tensor2D): tf.Tensor => t.matMul(tf.tensor2d([[2], [-1], [0.5]]));
    const map = await integratedGradients(linear, [x], { rule: "trapezoid", target: 0 });
    expect(relativeDifference(map.values.data, [2.4, 0.7, 0.45])).toBeLessThanOrEqual(1e-6);
    const theirs = await integratedGradients(linear, [x], { rule: "captum-trapezoid", target: 0 });
    expect(relativeDifference(theirs.values.data, [2.4, 0.7, 0.45].map((v) => 0.98 * v))).toBeLessThanOrEqual(1e-6);
  });
  it("the inclusive mean of the tutorials", async () => {
    const map = await integratedGradients(net, x, { target: 0, rule: "inclusive-mean" });
    expect(relativeDifference(map.values.data, [5.466, 1.9215, 0.63])).toBeLessThanOrEqual(1e-5);
    const other = await integratedGradients(net, x, { target: 1, rule: "inclusive-mean" });
    expect(relativeDifference(other.values.data, [-2.388, -1.162, -0.8325])).toBeLessThanOrEqual(1e-5);
  });
});

describe("neurons: the gradient of a hidden unit, known from the weights", () => {
  it.each([
    [0, [1, -2, 0.5]],
    [1, [0, 0, 0]],
    [2, [0, 0, 0]],
    [3, [2, -0.5, 0.25]],
  ])("unit %i of the ReLU", async (unit, gradient) => {
    const map = await saliency(net, x, { target: neuron("relu", unit) });
    expect(Array.from(map.values.data)).toEqual(gradient);
    const before = await saliency(net, x, { target: neuron({ layer: "relu", side: "input" }, unit) });
    expect(Array.from(before.values.data)).toEqual([[1, -2, 0.5], [-1, 1, 1.5], [0.5, 0.5, -1], [2, -0.5, 0.25]][unit]);
  });
});
