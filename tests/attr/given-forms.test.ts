/** Forms in which inputs and labels are given, and what the axes of an input are. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { asModel, type Input, integratedGradients, loss, type NdArray, saliency } from "../../src";
import { graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference, smallMlp } from "../models";

const made: { dispose(): unknown }[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.dispose();
});
const kept = <T extends { dispose(): unknown }>(one: T): T => {
  made.push(one);
  return one;
};

describe("channels first", () => {
  const conv = (spatial: 2 | 3): tf.layers.Layer => {
    const args = { filters: 2, kernelSize: 2, dataFormat: "channelsFirst", activation: "tanh" } as const;
    return spatial === 2 ? tf.layers.conv2d(args) : tf.layers.conv3d(args);
  };
  const nets: Readonly<Record<string, () => [tf.LayersModel, readonly number[], readonly string[]]>> = {
    "a convolution": () => [
      tf.sequential({
        layers: [tf.layers.inputLayer({ inputShape: [3, 6, 5] }), conv(2), tf.layers.flatten()],
      }),
      [3, 6, 5],
      ["channel", "height", "width"],
    ],
    "behind an activation and noise": () => [
      tf.sequential({
        layers: [
          tf.layers.inputLayer({ inputShape: [3, 6, 5] }),
          tf.layers.activation({ activation: "tanh" }),
          tf.layers.gaussianNoise({ stddev: 1 }),
          conv(2),
          tf.layers.flatten(),
        ],
      }),
      [3, 6, 5],
      ["channel", "height", "width"],
    ],
    "inside a nested model": () => {
      const inner = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3, 6, 5] }), conv(2)] });
      const input = tf.input({ shape: [3, 6, 5] });
      const outputs = tf.layers.flatten().apply(inner.apply(input)) as tf.SymbolicTensor;
      return [tf.model({ inputs: input, outputs }), [3, 6, 5], ["channel", "height", "width"]];
    },
    "before a permutation to channels last": () => [
      tf.sequential({
        layers: [
          tf.layers.permute({ dims: [2, 3, 1], inputShape: [3, 6, 5] }),
          tf.layers.conv2d({ filters: 2, kernelSize: 2 }),
          tf.layers.flatten(),
        ],
      }),
      [3, 6, 5],
      ["channel", "height", "width"],
    ],
    "but not where they are last": () => [
      tf.sequential({
        layers: [tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [6, 5, 3] }), tf.layers.flatten()],
      }),
      [6, 5, 3],
      ["height", "width", "channel"],
    ],
  };

  it.each(Object.keys(nets))("%s", async (name) => {
    const [model, shape, axes] = (nets[name] as (typeof nets)[string])();
    kept(model);
    const x = normals(3, shape);
    const map = await integratedGradients(model, x, { target: 1, baseline: "blur", steps: 4 });
    expect(map.parts[0]?.axes).toEqual(axes);
    const told = asModel(model, { axes: axes as never });
    const own = await integratedGradients(told, x, { target: 1, baseline: "blur", steps: 4 });
    expect(map.baseline).toEqual(own.baseline);
  });

  it("a GraphModel that turns its input to channels last", async () => {
    const model = kept(
      await graphModel(
        [
          placeholder("x", [-1, 3, 4, 5]),
          { name: "turned", op: "Transpose", input: ["x", "order"], attr: { Tperm: { type: "DT_INT32" } } },
          {
            name: "pool",
            op: "AvgPool",
            input: ["turned"],
            attr: {
              ksize: { list: { i: ["1", "2", "2", "1"] } },
              strides: { list: { i: ["1", "2", "2", "1"] } },
              padding: { s: Buffer.from("VALID").toString("base64") },
              data_format: { s: Buffer.from("NHWC").toString("base64") },
            },
          },
        ],
        { order: tf.tensor1d([0, 2, 3, 1], "int32") },
      ),
    );
    expect(asModel(model).inputs[0]?.axes).toEqual(["channel", "height", "width"]);
  });
});

it("pictures of another size than the net takes, where the preparation resizes", async () => {
  const model = kept(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 3, activation: "tanh", inputShape: [6, 6, 3] }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 2 }),
      ],
    }),
  );
  const preprocess = (t: tf.Tensor): tf.Tensor => tf.image.resizeBilinear(t.div(255) as tf.Tensor4D, [6, 6]);
  for (const engine of ["eager", "compiled"] as const) {
    const net = asModel(model, { preprocess, range: [0, 255], engine });
    for (const shape of [
      [2, 12, 9, 3],
      [9, 12, 3],
      [2, 6, 6, 3],
    ]) {
      const x = normals(4, shape, 50);
      const map = await saliency(net, x, { target: 1 });
      expect(map.values.shape).toEqual(shape);
      const truth = tf.tidy(() => {
        const batch = tf.tensor(x.data, shape.length === 4 ? shape : [1, ...shape]);
        const score = (t: tf.Tensor): tf.Scalar =>
          (model.apply(preprocess(t)) as tf.Tensor).slice([0, 1], [-1, 1]).sum() as tf.Scalar;
        return tf.grad(score)(batch).dataSync();
      });
      expect(relativeDifference(map.values.data, truth)).toBeLessThan(1e-4);
    }
  }
});

describe("labels and targets as a program has them", () => {
  const x = normals(5, [2, 4]);

  it("typed arrays and tensors are what the same numbers are in a list", async () => {
    const model = kept(smallMlp(4));
    const tensor = kept(tf.tensor1d([2, 0], "int32"));
    const plain = await saliency(model, x, { target: [2, 0] });
    for (const target of [Int32Array.of(2, 0), Uint8Array.of(2, 0), tensor, { data: [2, 0], shape: [2] }]) {
      const map = await saliency(model, x, { target });
      expect(map.target).toEqual([2, 0]);
      expect(map.values).toEqual(plain.values);
    }
    const dense = kept(
      tf.sequential({ layers: [tf.layers.reshape({ targetShape: [2, 2], inputShape: [4] })] }),
    );
    const tuples = kept(
      tf.tensor2d([
        [1, 0],
        [0, 1],
      ]),
    );
    expect((await saliency(dense, x, { target: tuples })).target).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it("also those of a loss", async () => {
    const model = kept(
      tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [4] })] }),
    );
    const plain = await saliency(model, x, { target: loss([2, 0]) });
    const tensor = kept(tf.tensor1d([2, 0], "int32"));
    for (const label of [Int32Array.of(2, 0), tensor])
      expect((await saliency(model, x, { target: loss(label) })).values).toEqual(plain.values);
  });
});

describe("images", () => {
  const net = (): tf.LayersModel =>
    kept(
      tf.sequential({
        layers: [tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 2, 3] }), tf.layers.flatten()],
      }),
    );
  /** 2 wide, 3 high. */
  const pixels = Uint8ClampedArray.from({ length: 24 }, (_, i) => 7 * i + 1);
  const canvas = { data: pixels, width: 2, height: 3 };
  const rgb = Float32Array.from({ length: 18 }, (_, i) => pixels[4 * Math.floor(i / 3) + (i % 3)] as number);
  const plain: NdArray = { data: rgb, shape: [3, 2, 3] };

  it("the pixels of a canvas, without their alpha", async () => {
    const map = await saliency(net(), canvas, { target: 1 });
    expect(map.input).toEqual(plain);
    expect(map.values.shape).toEqual([3, 2, 3]);
  });

  it("a list of images is a batch, whatever they are given as", async () => {
    const model = net();
    const tensor = kept(tf.tensor(rgb, [3, 2, 3]));
    const lists: Input[] = [
      [canvas, canvas],
      [plain, plain],
      [tensor, tensor],
      [plain, canvas],
    ];
    for (const list of lists) {
      const map = await saliency(model, list, { target: 1 });
      expect(map.input.shape).toEqual([2, 3, 2, 3]);
      expect(Array.from(map.input.data)).toEqual([...rgb, ...rgb]);
    }
    await expect(saliency(model, [plain, { data: rgb, shape: [2, 3, 3] }])).rejects.toThrow(
      /expected input with examples of one shape, \[3, 2, 3\], got \[2, 3, 3\]/,
    );
  });
});

describe("a cap that was set", () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 64, activation: "tanh", inputShape: [64] }),
      tf.layers.dense({ units: 2 }),
    ],
  });
  const x = normals(6, [1, 64]);

  it.each(["eager", "compiled"] as const)("counts one row as well, on the %s engine", async (engine) => {
    for (const method of [saliency, integratedGradients])
      for (const net of [model, asModel(model, { maxBytes: 500 })]) {
        const asked = method(net, x, { target: 1, engine, ...(net === model ? { maxBytes: 500 } : {}) });
        await expect(asked).rejects.toThrow(
          /expected maxBytes of at least \d+ \(what one example needs\), got 500/,
        );
      }
    for (const method of [saliency, integratedGradients])
      expect((await method(model, x, { target: 1, engine, maxBytes: 500_000 })).warnings).toEqual([]);
  });
});
