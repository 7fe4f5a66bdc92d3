/** Grey pictures whose values are ink, as the model was told, in every figure that shows the input. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Attribution, asModel, compare, gradCam, integratedGradients, saliency } from "../../src";
import type { FigureDescription } from "../../src/display";

const net = tf.sequential({
  layers: [
    tf.layers.conv2d({
      inputShape: [6, 6, 1],
      filters: 2,
      kernelSize: 3,
      activation: "relu",
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      name: "conv",
    }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
  ],
});
const x = { data: Float32Array.from({ length: 36 }, (_, i) => i / 35), shape: [6, 6, 1] };

/** The colours of the least and the most of the input, in whichever scales of a figure are grey. */
const ends = ({ colours }: FigureDescription): string[][] =>
  Object.values(colours)
    .filter(({ kind }) => kind === "grey")
    .map(({ stops }) => [stops[0]!, stops.at(-1)!]);

const saved = (map: Attribution | undefined) => JSON.parse(JSON.stringify(map));

describe("the fact ink", () => {
  let [dark, light]: Attribution[] = [];
  const inked = asModel(net, { ink: "dark" });
  beforeAll(async () => {
    dark = await integratedGradients(inked, x, { keepPath: true });
    light = await integratedGradients(asModel(net, { ink: "light" }), x, { keepPath: true });
  });

  it.each(["heatmap", "overlay", "accumulation"] as const)("draws more as darker in %s", (name) => {
    for (const [low, high] of ends(dark!.figure(name).description)) {
      expect(low).toBe("#ffffff");
      expect(high).toMatch(/^#([0-4]\d){3}$/);
    }
    expect(ends(dark!.figure(name).description)).not.toEqual([]);
    for (const [, high] of ends(light!.figure(name).description)) expect(high).toBe("#ffffff");
  });

  it("holds in a comparison, and under the map of a layer", async () => {
    const compared = (await compare(inked, x, [saliency, integratedGradients])).figure().description;
    expect(ends(compared)).toEqual([["#ffffff", "#000000"]]);
    const region = await gradCam(inked, x, { layer: "conv" });
    for (const [low] of ends(region.figure("overlay").description)) expect(low).toBe("#ffffff");
    const layer = await saliency(inked, x, { layer: "conv" });
    // What a layer puts out is no ink.
    expect(layer.parts[0].ink).toBeUndefined();
  });

  it("is kept in what is saved, changes no number, and is one of two words", () => {
    expect(saved(dark).parts[0].ink).toBe("dark");
    expect(saved(light).parts[0].ink).toBeUndefined();
    expect(dark!.values.data).toEqual(light!.values.data);
    expect(() => asModel(net, { ink: "black" as never })).toThrow(
      'asModel(): expected ink to be a known name, got "black"',
    );
  });
});
