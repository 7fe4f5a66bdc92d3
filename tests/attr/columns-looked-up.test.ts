import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { integratedGradients, saliency, smoothGrad } from "../../src";
import { type GraphNode, graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

const [CATEGORIES, WIDTH] = [5, 3];
const table = normals(1, [CATEGORIES, WIDTH]);
/** Of the entries of a row of the table, and of the columns themselves. */
const W = normals(2, [WIDTH + 3, 2]);
const x = { data: Float32Array.from([4, 0.3, -0.4]), shape: [1, 3] };

/** The first column of a row. */
class Category extends tf.layers.Layer {
  override computeOutputShape([rows]: number[]): number[] {
    return [rows as number, 1];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return ([inputs].flat()[0] as tf.Tensor).slice([0, 0], [-1, 1]);
  }
  static get className(): string {
    return "Category";
  }
}

const layersModel = (embedding: tf.layers.Layer): tf.LayersModel => {
  const columns = tf.input({ shape: [3] });
  const looked = tf.layers.flatten().apply(embedding.apply(new Category({}).apply(columns)));
  const all = tf.layers.concatenate().apply([looked as tf.SymbolicTensor, columns]);
  const scores = tf.layers.dense({
    units: 2,
    useBias: false,
    weights: [tf.tensor2d(W.data, [WIDTH + 3, 2])],
  });
  return tf.model({ inputs: columns, outputs: scores.apply(all) as tf.SymbolicTensor });
};
const embedding = (name: string): tf.layers.Layer =>
  tf.layers.embedding({
    inputDim: CATEGORIES,
    outputDim: WIDTH,
    name,
    weights: [tf.tensor2d(table.data, [CATEGORIES, WIDTH])],
  });

const float = { T: { type: "DT_FLOAT" } };
const nodes: GraphNode[] = [
  placeholder("x", [-1, 3]),
  { name: "column", op: "Slice", input: ["x", "begin", "size"], attr: float },
  {
    name: "ids",
    op: "Cast",
    input: ["column"],
    attr: { SrcT: { type: "DT_FLOAT" }, DstT: { type: "DT_INT32" } },
  },
  { name: "row", op: "GatherV2", input: ["table", "ids", "zero"] },
  { name: "flat", op: "Reshape", input: ["row", "shape"], attr: float },
  { name: "all", op: "ConcatV2", input: ["flat", "x", "one"], attr: { ...float, N: { i: "2" } } },
  { name: "scores", op: "MatMul", input: ["all", "W"], attr: float },
];
const graph = (): Promise<tf.GraphModel> =>
  graphModel(nodes, {
    table: tf.tensor2d(table.data, [CATEGORIES, WIDTH]),
    W: tf.tensor2d(W.data, [WIDTH + 3, 2]),
    begin: tf.tensor1d([0, 0], "int32"),
    size: tf.tensor1d([-1, 1], "int32"),
    zero: tf.scalar(0, "int32"),
    one: tf.scalar(1, "int32"),
    shape: tf.tensor1d([-1, WIDTH], "int32"),
  });

const nets: Readonly<Record<string, readonly [string, () => Promise<tf.LayersModel | tf.GraphModel>]>> = {
  "an embedding": ["looked", async () => layersModel(embedding("looked"))],
  "an embedding in a model inside": [
    "inner/deep",
    async () => layersModel(tf.sequential({ name: "inner", layers: [category(embedding("deep"))] })),
  ],
  "a node of a GraphModel": ["row", graph],
};

function category(layer: tf.layers.Layer): tf.layers.Layer {
  layer.batchInputShape = [null, 1];
  return layer;
}

describe.each(["eager", "compiled"] as const)(
  "a path below the first row of a table, on the %s engine",
  (engine) => {
    it.each(Object.entries(nets))(
      "names the table, and takes no row from its end: %s",
      async (_, [layer, make]) => {
        const net = await make();
        const first = { data: Float32Array.from([0, 0.3, -0.4]), shape: [1, 3] };
        const asked = integratedGradients(net, first, {
          target: 1,
          engine,
          baseline: [[-3.5, 0, 0]],
          steps: 8,
        });
        await expect(asked).rejects.toThrow(`layer "${layer}"`);
      },
    );

    it.each(Object.entries(nets))("names it for a second example as well: %s", async (_, [layer, make]) => {
      const net = await make();
      const two = { data: Float32Array.from([2, 0.3, -0.4, -1, 0.3, -0.4]), shape: [2, 3] };
      await expect(saliency(net, two, { target: 1, engine })).rejects.toThrow(`layer "${layer}"`);
    });

    it("a function that gathers by several positions refuses them, too", async () => {
      const params = tf.tensor2d(table.data, [CATEGORIES, WIDTH]);
      const net = (t: tf.Tensor): tf.Tensor => {
        const ids = tf.concat([t.slice([0, 0], [-1, 1]), tf.zerosLike(t.slice([0, 0], [-1, 1]))], 1).toInt();
        return tf
          .gatherND(params, ids)
          .reshape([-1, 1])
          .add(t.slice([0, 1], [-1, 2]));
      };
      const inside = await saliency(net, [[2, 0.3, -0.4]], { target: 0, engine });
      expect(Array.from(inside.values.data)).toEqual([0, 1, 0]);
      await expect(saliency(net, [[-1, 0.3, -0.4]], { target: 0, engine })).rejects.toThrow();
      params.dispose();
    });
  },
);

describe.each(["eager", "compiled"] as const)(
  "noise on a column that is looked up, on the %s engine",
  (engine) => {
    it.each(Object.entries(nets))(
      "moves its vector alone, which the layer explains as well: %s",
      async (_, [layer, make]) => {
        const net = await make();
        const options = { target: 1, engine };
        const noisy = await smoothGrad(net, x, { ...options, noiseLevel: 1, samples: 20 });
        // The net is linear: noise changes nothing of its slopes.
        const slopes = await saliency(net, x, options);
        expect(relativeDifference(noisy.values.data, slopes.values.data)).toBeLessThan(1e-5);
        const map = await saliency(net, x, { ...options, layer });
        expect(map.engine).toBe(engine);
        const right = Array.from({ length: WIDTH }, (_, i) => W.data[2 * i + 1] as number);
        expect(relativeDifference(map.values.data, right)).toBeLessThan(1e-5);
      },
    );
  },
);
