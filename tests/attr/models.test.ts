import { inspect } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  activations,
  asModel,
  dataset,
  gradCam,
  inputXGradient,
  integratedGradients,
  mask,
  type NdArray,
  neuron,
  noiseTunnel,
  saliency,
  smoothGrad,
  tap,
} from "../../src";
import { convolution, type GraphNode, graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

const tensorOf = (array: NdArray): tf.Tensor => tf.tensor(array.data, [...array.shape]);
/** The gradient as tfjs gives it, for models where it is right. */
const stock = (f: (x: tf.Tensor) => tf.Tensor, x: NdArray): Float32Array =>
  tf.tidy(() =>
    Float32Array.from(
      tf
        .grad((t) => f(t).sum())(tensorOf(x))
        .dataSync(),
    ),
  );
const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void =>
  expect(relativeDifference(a, b)).toBeLessThanOrEqual(tolerance);

describe("kinds of models", () => {
  it("several inputs and outputs: parts by name, arrays or a record", async () => {
    const a = tf.input({ shape: [3], name: "first" });
    const b = tf.input({ shape: [2], name: "second" });
    const joined = tf.layers.concatenate({ name: "joined" }).apply([a, b]) as tf.SymbolicTensor;
    const out = tf.layers.dense({ units: 2, name: "out", useBias: false }).apply(joined) as tf.SymbolicTensor;
    const only = tf.layers.dense({ units: 1, name: "only", useBias: false }).apply(a) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: [out, only] });
    const [w, v] = model.getWeights().map((t) => Array.from(t.dataSync())) as [number[], number[]];
    const given = { first: [1, 2, 3], second: [4, 5] };
    const map = await saliency(model, given, { target: 1 });
    expect(map.parts.map((part) => part.name)).toEqual(["first", "second"]);
    near(
      [...map.parts.flatMap((part) => [...part.values.data])],
      w.filter((_, i) => i % 2 === 1),
    );
    const byArray = await integratedGradients(
      model,
      [
        [1, 2, 3],
        [4, 5],
      ],
      { output: "only" },
    );
    near(
      byArray.parts[0]?.values.data as Float32Array,
      v.map((weight, i) => weight * (i + 1)),
    );
    expect(Array.from(byArray.parts[1]?.values.data as Float32Array)).toEqual([0, 0]);
    expect(byArray.warnings.join()).toContain('does not depend on input "second"');
  });

  it("shared layers: the nth call by name#n, the bare name an error that lists them", async () => {
    const shared = tf.layers.dense({ units: 3, activation: "tanh", name: "shared" });
    const input = tf.input({ shape: [3] });
    const once = shared.apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: shared.apply(once) as tf.SymbolicTensor });
    const x = normals(3, [2, 3]);
    const [first, second] = [
      await activations(model, x, "shared#1"),
      await activations(model, x, "shared#2"),
    ];
    near(
      second.data,
      tf.tidy(() => Float32Array.from((model.predict(tensorOf(x)) as tf.Tensor).dataSync())),
    );
    near(
      second.data,
      tf.tidy(() => Float32Array.from((shared.apply(tensorOf(first)) as tf.Tensor).dataSync())),
    );
    await expect(activations(model, x, "shared")).rejects.toThrow("shared#1, shared#2");
    const map = await saliency(model, x, { layer: "shared#1", target: 0 });
    near(
      map.values.data,
      stock((t) => (shared.apply(t) as tf.Tensor).slice([0, 0], [-1, 1]), first),
    );
  });

  it("several values into one layer: their layers are known, and where one is wanted there must be one", async () => {
    const shared = tf.layers.dense({ units: 3, name: "shared" });
    const inner = tf.input({ shape: [3] });
    const once = shared.apply(inner) as tf.SymbolicTensor;
    const again = shared.apply(once) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: "sum" }).apply([again, once]) as tf.SymbolicTensor;
    const body = tf.model({ inputs: inner, outputs: sum, name: "body" });
    const input = tf.input({ shape: [3], name: "x" });
    const product = tf.layers
      .multiply({ name: "product" })
      .apply([body.apply(input) as tf.SymbolicTensor, input]);
    const model = tf.model({ inputs: input, outputs: product as tf.SymbolicTensor });
    expect(asModel(model).layers.map(({ name, entering }) => [name, entering])).toEqual([
      ["body", undefined],
      ["body/shared#1", undefined],
      ["body/shared#2", undefined],
      ["body/sum", ["body/shared#2", "body/shared#1"]],
      ["product", ["body", "x"]],
    ]);
    const x = [1, 2, 3];
    await expect(activations(model, x, { layer: "body/sum", side: "input" })).rejects.toThrow(
      'expected side "input" only of a layer with one input (ask at what goes in: layer "body/shared#2", ' +
        'layer "body/shared#1"), got "body/sum", Add of 2 inputs',
    );
    // What goes into a layer with one input is served as before.
    near((await activations(model, x, { layer: "body", side: "input" })).data, x);
    model.dispose();
  });

  it("nested models: outer/inner", async () => {
    const inner = smallMlp(5, 3, "tanh");
    inner.name = "encoder";
    const input = tf.input({ shape: [3] });
    const body = inner.apply(input) as tf.SymbolicTensor;
    const model = tf.model({
      inputs: input,
      outputs: tf.layers
        .dense({ units: 2, name: "top", activation: "softmax" })
        .apply(body) as tf.SymbolicTensor,
    });
    expect(asModel(model).layers.map((layer) => layer.name)).toEqual([
      "encoder",
      "encoder/hidden",
      "encoder/head",
      "top",
    ]);
    const x = normals(4, [2, 3]);
    const hidden = await activations(model, x, "encoder/hidden");
    expect(hidden.shape).toEqual([2, 5]);
    const map = await integratedGradients(model, x, { layer: "encoder/hidden", target: 1 });
    expect(Math.max(...(map.convergenceDelta as number[]).map(Math.abs))).toBeLessThan(1e-5);
    near(
      (await activations(model, x, { layer: "top", side: "input" })).data,
      (await activations(model, x, "encoder")).data,
    );
  });

  it("tokens are explained at their look-up; other integers are refused", async () => {
    const input = tf.input({ shape: [4], name: "ids", dtype: "int32" });
    const embedded = tf.layers
      .embedding({ inputDim: 9, outputDim: 3, name: "embed" })
      .apply(input) as tf.SymbolicTensor;
    const pooled = tf.layers.globalAveragePooling1d({ name: "pool" }).apply(embedded) as tf.SymbolicTensor;
    const model = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 2, name: "out" }).apply(pooled) as tf.SymbolicTensor,
    });
    const ids = [3, 1, 0, 7];
    const map = await integratedGradients(model, ids, { target: 1 });
    expect(map.values.shape).toEqual([4]);
    expect(map.parts[0]?.axes).toEqual(["token"]);
    const [table, w] = model.getWeights().map((t) => t.arraySync()) as [number[][], number[][]];
    near(
      map.values.data,
      ids.map((id) =>
        (table[id] as number[]).reduce((sum, e, k) => sum + (e * (w[k]?.[1] as number)) / 4, 0),
      ),
    );
    const padded = await integratedGradients(asModel(model, { padId: 0 }), ids, {
      target: 1,
      baseline: "pad",
    });
    expect(padded.values.data[2]).toBeCloseTo(0, 7);
    expect(Math.abs(padded.convergenceDelta?.[0] as number)).toBeLessThan(1e-6);
    expect((await smoothGrad(model, ids, { samples: 2 })).values.shape).toEqual([4]);
    expect((await integratedGradients(model, ids, { layer: "pool" })).values.shape).toEqual([3]);

    const counted = asModel((ids: tf.Tensor2D) => ids.toFloat().mul(2), {
      inputs: [{ name: "count", dtype: "int32" }],
    });
    await expect(saliency(counted, [[1, 2]])).rejects.toThrow(/input "count".*look-ups/);
  });

  it.each(["eager", "compiled"] as const)("tokens of inputs that share a look-up, %s", async (engine) => {
    const first = tf.input({ shape: [4], name: "question", dtype: "int32" });
    const second = tf.input({ shape: [3], name: "answer", dtype: "int32" });
    const embed = tf.layers.embedding({ inputDim: 9, outputDim: 3 });
    const pool = tf.layers.globalAveragePooling1d();
    const pooled = [first, second].map((ids) => pool.apply(embed.apply(ids)) as tf.SymbolicTensor);
    const joined = tf.layers.concatenate().apply(pooled);
    const model = tf.model({
      inputs: [first, second],
      outputs: tf.layers.dense({ units: 2 }).apply(joined) as tf.SymbolicTensor,
    });
    const [table, w] = model.getWeights().map((t) => t.arraySync()) as [number[][], number[][]];
    const ids = [
      [3, 1, 0, 7],
      [8, 1, 2],
    ];
    const map = await integratedGradients(model, ids, { target: 1, engine });
    expect(map.parts.map(({ name }) => name)).toEqual(["question", "answer"]);
    map.parts.forEach((part, i) => {
      const row = ids[i] as number[];
      near(
        part.values.data,
        row.map((id) =>
          (table[id] as number[]).reduce(
            (sum, e, k) => sum + (e * (w[3 * i + k]?.[1] as number)) / row.length,
            0,
          ),
        ),
      );
    });
  });

  it.each(["eager", "compiled"] as const)(
    "tokens of an input that is looked up twice, %s",
    async (engine) => {
      const input = tf.input({ shape: [4], dtype: "int32" });
      const embed = tf.layers.embedding({ inputDim: 9, outputDim: 3 });
      const pool = tf.layers.globalAveragePooling1d();
      const [once, twice] = [0, 1].map(() => pool.apply(embed.apply(input)) as tf.SymbolicTensor);
      const product = tf.layers.multiply().apply([once, twice] as tf.SymbolicTensor[]) as tf.SymbolicTensor;
      const model = tf.model({ inputs: input, outputs: product });
      const [table] = model.getWeights().map((t) => t.arraySync()) as [number[][]];
      const ids = [3, 1, 0, 7];
      const mean = ids.reduce((sum, id) => sum + (table[id]?.[2] as number), 0) / 4;
      const map = await inputXGradient(model, ids, { target: 2, engine });
      near(
        map.values.data,
        ids.map((id) => (2 * mean * (table[id]?.[2] as number)) / 4),
      );
    },
  );

  it.each(["eager", "compiled"] as const)(
    "a GraphModel with a fused leaky ReLU of its own slope, %s",
    async (engine) => {
      const fused = (op: string): GraphNode => ({
        ...convolution("y", "x", "filter"),
        op,
        input: ["x", "filter", "bias"],
        attr: {
          ...convolution("y", "x", "filter").attr,
          fused_ops: {
            list: { s: ["BiasAdd", "LeakyRelu"].map((text) => Buffer.from(text).toString("base64")) },
          },
          num_args: { i: "1" },
          leakyrelu_alpha: { f: 0.5 },
        },
      });
      const filter = tf.tensor4d([2], [1, 1, 1, 1]);
      for (const op of ["_FusedConv2D", "FusedDepthwiseConv2dNative"]) {
        const nodes = [placeholder("x", [-1, 1, 2, 1]), fused(op)];
        const model = await graphModel(nodes, { filter, bias: tf.tensor1d([0]) });
        const target = mask({ data: Float32Array.of(1, 1), shape: [1, 2, 1] });
        const map = await saliency(
          model,
          { data: Float32Array.of(-3, 3), shape: [1, 1, 2, 1] },
          { target, engine },
        );
        expect([...map.values.data]).toEqual([1, 2]);
        expect(map.score).toEqual([3]);
        expect((model.predict(tf.tensor4d([-3, 3], [1, 1, 2, 1])) as tf.Tensor).dataSync()).toEqual(
          Float32Array.of(-3, 6),
        );
      }
    },
  );

  it("tokens of a GraphModel that make a mask, too, are explained at their look-up when that is asked for", async () => {
    const type = { type: "DT_FLOAT" };
    const model = await graphModel(
      [
        placeholder("ids", [-1, 3], "int32"),
        { name: "embed", op: "GatherV2", input: ["table", "ids", "zero"] },
        { name: "real", op: "NotEqual", input: ["ids", "zero"] },
        { name: "mask", op: "Cast", input: ["real"], attr: { SrcT: { type: "DT_BOOL" }, DstT: type } },
        { name: "column", op: "ExpandDims", input: ["mask", "two"] },
        { name: "kept", op: "Mul", input: ["embed", "column"], attr: { T: type } },
        { name: "y", op: "Sum", input: ["kept", "one"], attr: { T: type, keep_dims: { b: false } } },
      ],
      {
        table: tf.tensor2d([5, 6, 1, 2, 3, 4], [3, 2]),
        zero: tf.scalar(0, "int32"),
        one: tf.tensor1d([1], "int32"),
        two: tf.scalar(2, "int32"),
      },
    );
    const ids = { data: Int32Array.of(2, 0, 1), shape: [1, 3] };
    await expect(saliency(model, ids, { target: 1 })).rejects.toThrow(/the option "layer"/);
    const map = await inputXGradient(model, ids, { target: 1, layer: "embed" });
    expect([...map.values.data]).toEqual([0, 4, 0, 0, 0, 2]);
  });

  it("a GraphModel, at inputs, nodes and neurons", async () => {
    const filter = tf.tensor4d(normals(1, [3, 3, 1, 2], 0.4).data, [3, 3, 1, 2]);
    const w = tf.tensor2d(normals(2, [32, 3], 0.4).data, [32, 3]);
    const model = await graphModel(
      [
        placeholder("image", [-1, 4, 4, 1]),
        convolution("conv", "image", "filter"),
        { name: "relu", op: "Relu", input: ["conv"], attr: { T: { type: "DT_FLOAT" } } },
        { name: "flat", op: "Reshape", input: ["relu", "shape"], attr: { T: { type: "DT_FLOAT" } } },
        {
          name: "logits",
          op: "MatMul",
          input: ["flat", "w"],
          attr: { T: { type: "DT_FLOAT" }, transpose_a: { b: false }, transpose_b: { b: false } },
        },
        { name: "probabilities", op: "Softmax", input: ["logits"], attr: { T: { type: "DT_FLOAT" } } },
      ],
      { filter, w, shape: tf.tensor1d([-1, 32], "int32") },
    );
    const x = normals(3, [2, 4, 4, 1]);
    const written = (t: tf.Tensor): tf.Tensor =>
      tf
        .relu(tf.conv2d(t as tf.Tensor4D, filter, 1, "same"))
        .reshape([-1, 32])
        .matMul(w)
        .slice([0, 1], [-1, 1]);
    near((await saliency(model, x, { target: 1 })).values.data, stock(written, x));
    expect((await activations(model, x, "relu")).shape).toEqual([2, 4, 4, 2]);
    const cam = await gradCam(model, x, { target: 1 });
    expect([cam.parts[0]?.name, cam.values.shape]).toEqual(["relu", [2, 4, 4, 1]]);
    const map = await integratedGradients(model, x, { layer: "relu", target: 1 });
    expect(Math.max(...(map.convergenceDelta as number[]).map(Math.abs))).toBeLessThan(1e-5);
    const unit = await saliency(model, x, { target: neuron("conv", [1, 1, 0]) });
    const picked = (t: tf.Tensor): tf.Tensor =>
      tf.conv2d(t as tf.Tensor4D, filter, 1, "same").slice([0, 1, 1, 0], [-1, 1, 1, 1]);
    near(unit.values.data, stock(picked, x));
    const entering = await activations(model, x, { layer: "relu", side: "input" });
    near(entering.data, (await activations(model, x, "conv")).data);
  });

  it("several values into one node of a GraphModel: its input side is refused; shapes and weights are no values", async () => {
    const float = { T: { type: "DT_FLOAT" } };
    const model = await graphModel(
      [
        placeholder("x", [-1, 3]),
        { name: "alias", op: "Identity", input: ["w"], attr: float },
        { name: "relu", op: "Relu", input: ["x"], attr: float },
        { name: "weighted", op: "Mul", input: ["alias", "relu"], attr: float },
        { name: "extents", op: "Shape", input: ["x"], attr: { ...float, out_type: { type: "DT_INT32" } } },
        { name: "shaped", op: "Reshape", input: ["weighted", "extents"], attr: float },
        { name: "sum", op: "AddV2", input: ["shaped", "relu"], attr: float },
      ],
      { w: tf.tensor1d([1, 2, 3]) },
    );
    const x = [[1, -2, 3]];
    const at = (layer: string) => activations(model, x, { layer, side: "input" });
    expect(Array.from((await at("weighted")).data)).toEqual([1, 0, 3]);
    expect(Array.from((await at("shaped")).data)).toEqual([1, 0, 9]);
    await expect(at("sum")).rejects.toThrow(
      '(ask at what goes in: layer "shaped", layer "relu"), got "sum", AddV2 of 2 inputs',
    );
  });

  it("a GraphModel of whole numbers that are cast: at the numbers themselves", async () => {
    const w = tf.tensor2d(normals(2, [6, 3], 0.01).data, [6, 3]);
    const float = { T: { type: "DT_FLOAT" } };
    const product = {
      name: "logits",
      op: "MatMul",
      attr: { ...float, transpose_a: { b: false }, transpose_b: { b: false } },
    };
    const cast = {
      name: "cast",
      op: "Cast",
      input: ["pixels"],
      attr: { SrcT: { type: "DT_INT32" }, DstT: { type: "DT_FLOAT" } },
    };
    const squared = { name: "squared", op: "Square", input: ["cast"], attr: float };
    const model = await graphModel(
      [placeholder("pixels", [-1, 6], "int32"), cast, squared, { ...product, input: ["squared", "w"] }],
      { w },
    );
    const x = { data: Float32Array.from([3, 250, 0, 17, 99, 128]), shape: [1, 6] };
    const slope = Array.from(x.data, (v, i) => 2 * v * (w.dataSync()[3 * i + 1] as number));
    for (const engine of ["eager", "compiled"] as const) {
      const net = asModel(model, { engine, range: [0, 255] });
      expect(net.inputs[0]?.dtype).toBe("float32");
      near((await saliency(net, x, { target: 1 })).values.data, slope);
      near((await saliency(net, x, { layer: "cast", target: 1 })).values.data, slope);
      const map = await integratedGradients(net, x, { baseline: "min", target: 1 });
      near(
        map.values.data,
        slope.map((v, i) => (v * (x.data[i] as number)) / 2),
      );
    }
    const counted = { name: "shape", op: "Shape", input: ["pixels"], attr: float };
    const both = await graphModel([placeholder("pixels", [-1, 6], "int32"), cast, counted], {});
    await expect(saliency(both, x)).rejects.toThrow(/input "pixels" to be of float numbers/);
  });

  it("a plain function with marked layers", async () => {
    const kernel = tf.tensor2d(normals(7, [3, 4]).data, [3, 4]);
    const net = (x: tf.Tensor2D): tf.Tensor => tap("hidden", tf.relu(x.matMul(kernel))).sum(1, true);
    const x = normals(8, [2, 3]);
    expect((await activations(net, x, "hidden")).shape).toEqual([2, 4]);
    const map = await integratedGradients(net, x, { layer: "hidden" });
    near(map.values.data, (await activations(net, x, "hidden")).data);
    await expect(saliency(net, x, { layer: "hiden" })).rejects.toThrow(/nearest: "hidden"/);
  });
});

describe("layers", () => {
  const model = smallCnn(21, "tanh");
  const x = normals(21, [2, 4, 4, 2]);

  it("saliency and input × gradient at every layer, against tfjs on the tail of the model", async () => {
    for (const [i, name] of ["conv", "pool", "flat"].entries()) {
      const at = await activations(model, x, name);
      const tail = model.layers.slice(model.layers.findIndex((layer) => layer.name === name) + 1);
      const rest = (t: tf.Tensor): tf.Tensor => {
        const last = tail[tail.length - 1] as tf.layers.Layer;
        const before = tail.slice(0, -1).reduce((h, layer) => layer.apply(h) as tf.Tensor, t);
        const [w, b] = last.getWeights() as [tf.Tensor2D, tf.Tensor1D];
        return before.matMul(w).add(b).slice([0, 2], [-1, 1]);
      };
      const expected = stock(rest, at);
      const gradient = await saliency(model, x, { layer: name, target: 2 });
      near(gradient.values.data, expected);
      const product = await inputXGradient(model, x, { layer: name, target: 2 });
      near(
        product.values.data,
        expected.map((g, k) => g * (at.data[k] as number)),
      );
      expect(gradient.parts[0]).toMatchObject({ name, at: "layer" });
      expect(gradient.values.shape).toEqual(
        [
          [2, 3, 3, 3],
          [2, 2, 2, 3],
          [2, 12],
        ][i],
      );
    }
  });

  it("a batch-normalised, dropped-out model is explained as it predicts", async () => {
    const bn = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [3], units: 4 }),
        tf.layers.batchNormalization({ scale: false }),
        tf.layers.dropout({ rate: 0.9 }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const point = normals(2, [1, 3]);
    const map = await integratedGradients(bn, point, { target: 0 });
    const predicted = tf.tidy(() => (bn.predict(tensorOf(point)) as tf.Tensor).dataSync()[0] as number);
    expect(map.score[0]).toBeCloseTo(predicted, 5);
    expect(Math.abs(map.convergenceDelta?.[0] as number)).toBeLessThan(1e-5);
  });
});

describe("the path", () => {
  it("is kept for the picture: it ends at the map, and its last sum is the map's", async () => {
    const model = smallMlp(41, 4, "tanh");
    for (const options of [{}, { tolerance: 1e-3 }]) {
      const map = await integratedGradients(model, normals(41, [2, 4]), {
        keepPath: 5,
        target: 0,
        ...options,
      });
      const { alphas, frames, runningSum, accumulated, scores } = map.path as NonNullable<typeof map.path>;
      expect(frames).toHaveLength(5);
      expect([frames[0], frames[4]]).toEqual([0, alphas.length - 1]);
      expect(accumulated[0]?.shape).toEqual([2, 5, 4]);
      expect(scores.map((row) => row.length)).toEqual([alphas.length, alphas.length]);
      near(accumulated[0]?.data.subarray(16, 20) as Float32Array, map.values.data.subarray(0, 4));
      const total = map.values.data.subarray(4, 8).reduce((a, b) => a + b, 0);
      expect(runningSum[1]?.[alphas.length - 1]).toBeCloseTo(total, 5);
    }
  });

  it.each(["eager", "compiled"] as const)(
    "of several baselines is the mean of theirs, %s",
    async (engine) => {
      const model = smallMlp(42, 4, "tanh");
      const x = normals(42, [2, 4]);
      const rows = [
        [0, 0, 0, 0],
        [1, -1, 0.5, 2],
        [0.3, 0, 2, -1],
      ];
      const options = { keepPath: 4, steps: 20, target: 0, engine };
      const all = await integratedGradients(model, x, { ...options, baseline: dataset(rows) });
      const each = await Promise.all(
        rows.map((baseline) => integratedGradients(model, x, { ...options, baseline })),
      );
      const path = all.path as NonNullable<typeof all.path>;
      const paths = each.map((map) => map.path as typeof path);
      const meanOf = (arrays: readonly ArrayLike<number>[]): number[] =>
        Array.from(arrays[0] as ArrayLike<number>, (_, i) =>
          arrays.reduce((sum, array) => sum + (array[i] as number) / arrays.length, 0),
        );
      expect(path.alphas).toEqual(paths[0]?.alphas);
      expect(path.frames).toEqual(paths[0]?.frames);
      expect(path.accumulated[0]?.shape).toEqual([2, 4, 4]);
      near(
        path.accumulated[0]?.data as Float32Array,
        meanOf(paths.map(({ accumulated }) => accumulated[0]?.data as Float32Array)),
      );
      for (const row of [0, 1]) {
        near(path.scores[row] as number[], meanOf(paths.map(({ scores }) => scores[row] as number[])));
        near(path.runningSum[row] as number[], meanOf(paths.map((one) => one.runningSum[row] as number[])));
      }
      near(path.accumulated[0]?.data.subarray(12, 16) as Float32Array, all.values.data.subarray(0, 4));
      const plain = await integratedGradients(model, x, {
        ...options,
        keepPath: false,
        baseline: dataset(rows),
      });
      near(plain.values.data, all.values.data);
      expect(all.warnings).toEqual([]);
    },
  );

  it.each(["eager", "compiled"] as const)(
    "is not paid for where there is no one path, %s",
    async (engine) => {
      const model = smallMlp(43, 4, "tanh");
      const x = normals(43, [2, 4]);
      const tunnel = noiseTunnel(integratedGradients).with({ samples: 3, steps: 8, target: 0, engine });
      const adaptive = integratedGradients.with({
        tolerance: 1e-3,
        target: 0,
        engine,
        baseline: dataset(normals(44, [3, 4])),
      });
      for (const [method, reason] of [
        [tunnel, /the path is not kept: each noisy copy/],
        [adaptive, /the path is not kept: under a tolerance/],
      ] as const) {
        const [plain, asked] = [await method(model, x), await method(model, x, { keepPath: true })];
        expect(asked.path).toBeUndefined();
        expect(asked.values).toEqual(plain.values);
        expect(asked.passes).toEqual(plain.passes);
        expect(plain.warnings).toEqual([]);
        expect(asked.warnings.join()).toMatch(reason);
      }
    },
  );

  it("is printed in one line", () => {
    const model = asModel(smallMlp(1));
    expect(inspect(model)).toMatch(/^Model · \S+ \[batch, 4\] → head \[batch, 3\] · 2 layers · auto engine$/);
  });

  it("tells models apart by their fingerprint", () => {
    const [a, b, c] = [smallMlp(1), smallMlp(1), smallMlp(2)].map((model) => asModel(model));
    expect(a?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(a?.fingerprint).not.toBe(c?.fingerprint);
    expect(asModel(smallMlp(1)).layers).toEqual(b?.layers);
  });
});
