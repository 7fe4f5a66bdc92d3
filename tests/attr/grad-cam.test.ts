import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, gradCam, type NdArray, noiseTunnel, saliency } from "../../src";
import { convolution, graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

/** The same pictures with channels first. */
function channelsFirst(array: NdArray): NdArray {
  const turned = tf.tidy(() => tf.transpose(tf.tensor(array.data, [...array.shape]), [0, 3, 1, 2]));
  const answer = { data: Float32Array.from(turned.dataSync()), shape: turned.shape };
  turned.dispose();
  return answer;
}

/** Convolution, batch norm, rectifier, mean over positions: the same net in both data formats. */
function net(dataFormat: "channelsFirst" | "channelsLast"): tf.LayersModel {
  const first = dataFormat === "channelsFirst";
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: first ? [2, 6, 5] : [6, 5, 2],
        filters: 3,
        kernelSize: 3,
        dataFormat,
        name: "conv",
      }),
      tf.layers.batchNormalization({ axis: first ? 1 : 3, name: "norm" }),
      tf.layers.reLU({ name: "relu" }),
      tf.layers.permute({ dims: first ? [2, 3, 1] : [1, 2, 3], name: "last" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, name: "head" }),
    ],
  });
  const shapes = model.getWeights().map((weight) => weight.shape);
  model.setWeights(shapes.map((shape, i) => tf.abs(tf.tensor(normals(70 + i, shape).data, shape))));
  return model;
}

describe("gradCam of a net with channels first", () => {
  const [first, last] = [net("channelsFirst"), net("channelsLast")];
  const x = normals(8, [2, 6, 5, 2]);

  it.each(["eager", "compiled"] as const)(
    "is that of the same net with channels last, %s",
    async (engine) => {
      for (const layer of ["conv", "norm", "relu", "last"]) {
        const expected = await gradCam(last, x, { layer, engine, target: 1 });
        const map = await gradCam(first, channelsFirst(x), { layer, engine, target: 1 });
        expect(map.values.shape).toEqual([2, 4, 3, 1]);
        expect(map.parts[0]?.axes).toEqual(expected.parts[0]?.axes);
        expect(relativeDifference(map.values.data, expected.values.data)).toBeLessThan(1e-5);
        // Where the layer has channels last, nothing tells that the input has not, but for the facts.
        if (layer !== "last") expect(map.input).toEqual(x);
      }
      const told = asModel(first, { axes: ["channel", "height", "width"] });
      expect((await gradCam(told, channelsFirst(x), { layer: "last", engine })).input).toEqual(x);
      expect((await noiseTunnel(gradCam, { samples: 2 })(first, channelsFirst(x), { engine })).input).toEqual(
        x,
      );
    },
  );

  it("names the axes of other maps at such a layer", async () => {
    const map = await saliency(first, channelsFirst(x), { layer: "conv" });
    expect(map.values.shape).toEqual([2, 3, 4, 3]);
    expect(map.parts[0]?.axes).toEqual(["channel", "height", "width"]);
  });

  it("knows where channels are: each step of a sequence, a nested net, three dimensions, one", () => {
    const conv = tf.layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: "channelsFirst" });
    const steps = tf.sequential({
      layers: [tf.layers.timeDistributed({ layer: conv, inputShape: [3, 2, 6, 6], name: "steps" })],
    });
    const outer = tf.sequential({ layers: [net("channelsFirst").layers[0] as tf.layers.Layer] });
    outer.name = "body";
    const nested = tf.sequential({
      layers: [outer, tf.layers.activation({ activation: "tanh", name: "tanh" })],
    });
    const volume = tf.sequential({
      layers: [
        tf.layers.conv3d({
          inputShape: [1, 4, 4, 4],
          filters: 2,
          kernelSize: 2,
          dataFormat: "channelsFirst",
        }),
      ],
    });
    const signal = tf.sequential({
      layers: [
        tf.layers.conv1d({ inputShape: [2, 8], filters: 2, kernelSize: 2, dataFormat: "channelsFirst" }),
      ],
    });
    const axes = (model: tf.LayersModel) => asModel(model).layers.map(({ channelAxis }) => channelAxis);
    expect(axes(steps)).toEqual([2]);
    expect(axes(nested)).toEqual([1, 1, 1]);
    expect(axes(volume)).toEqual([1]);
    expect(axes(signal)).toEqual([undefined]);
    expect(axes(last)).toEqual(new Array(6).fill(undefined));
  });
});

it("gradCam of a GraphModel with channels first is that of the same net with channels last", async () => {
  const filters = tf.tensor4d(normals(9, [3, 3, 2, 3]).data, [3, 3, 2, 3]);
  const make = (format: "NCHW" | "NHWC") => {
    const first = format === "NCHW";
    const conv = convolution("conv", "x", "filters");
    return graphModel(
      [
        placeholder("x", first ? [-1, 2, 5, 4] : [-1, 5, 4, 2]),
        { ...conv, attr: { ...conv.attr, data_format: { s: Buffer.from(format).toString("base64") } } },
        { name: "relu", op: "Relu", input: ["conv"], attr: { T: { type: "DT_FLOAT" } } },
        { name: "square", op: "Square", input: ["relu"], attr: { T: { type: "DT_FLOAT" } } },
        {
          name: "out",
          op: "Mean",
          input: ["square", "positions"],
          attr: { keep_dims: { b: false } },
        },
      ],
      { filters, positions: tf.tensor1d(first ? [2, 3] : [1, 2], "int32") },
    );
  };
  const x = normals(10, [2, 5, 4, 2]);
  const [last, first] = [await make("NHWC"), await make("NCHW")];
  for (const layer of ["conv", "relu"]) {
    const expected = await gradCam(last, x, { layer, target: 1 });
    const map = await gradCam(first, channelsFirst(x), { layer, target: 1 });
    expect(map.values.shape).toEqual([2, 5, 4, 1]);
    expect(relativeDifference(map.values.data, expected.values.data)).toBeLessThan(1e-5);
    expect(map.input).toEqual(x);
  }
});
