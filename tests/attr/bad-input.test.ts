import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AnyMethod,
  Attribution,
  activations,
  asModel,
  compare,
  dataset,
  defineMethod,
  gradCam,
  integratedGradients,
  loss,
  neuron,
  noiseTunnel,
  saliency,
  smoothGrad,
  tap,
  UnsupportedOperationError,
} from "../../src";
import { minimumSteps, quadrature, random } from "../../src/author";
import { graphModel, placeholder } from "../graph-models";
import { normals, registry, smallCnn, smallMlp, sooner } from "../models";

let cnn: tf.LayersModel;
let mlp: tf.LayersModel;
let two: tf.LayersModel;
const x = normals(1, [2, 4, 4, 2]);
const row = [0.1, 0.2, 0.3, 0.4];

beforeAll(() => {
  cnn = smallCnn(1);
  mlp = smallMlp(1);
  const a = tf.input({ shape: [3], name: "age" });
  const b = tf.input({ shape: [2], name: "body" });
  const joined = tf.layers.concatenate({ name: "both" }).apply([a, b]) as tf.SymbolicTensor;
  two = tf.model({
    inputs: [a, b],
    outputs: tf.layers.dense({ units: 2, name: "out" }).apply(joined) as tf.SymbolicTensor,
  });
});
afterAll(() => {
  for (const model of [cnn, mlp, two]) model.dispose();
});

/** The error of a call that must fail before any gradient is computed, and leave the model usable. */
async function refusal(act: () => unknown): Promise<Error> {
  const before = tf.memory().numTensors;
  let failure: unknown;
  try {
    await act();
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(Error);
  expect(tf.memory().numTensors).toBe(before);
  const { message } = failure as Error;
  expect(message).toMatch(/^[\w.()]+\(\): expected .+, got .+/s);
  expect(message).not.toMatch(/please/i);
  return failure as Error;
}

describe.each(registry)("%s refuses", (name, registered: AnyMethod) => {
  const method = sooner(registered, [4, 4, 2]);
  const nan = { data: x.data.slice(), shape: x.shape };
  nan.data[37] = Number.NaN;
  const infinite = { data: x.data.slice(), shape: x.shape };
  infinite.data[3] = Number.POSITIVE_INFINITY;
  const at = method.meta.defaultLayer ? { layer: "hidden" } : {};
  const out = method.meta.defaultLayer ? { layer: "out" } : {};

  it.each<[string, () => unknown, RegExp]>([
    [
      "a wrong shape",
      () => method(cnn, normals(1, [2, 4, 5, 2])),
      /input of shape \[batch, 4, 4, 2\].*\[2, 4, 5, 2\]/,
    ],
    ["a wrong rank", () => method(cnn, normals(1, [4, 4])), /\[batch, 4, 4, 2\].*\[4, 4\]/],
    ["an empty batch", () => method(cnn, { data: [], shape: [0, 4, 4, 2] }), /at least one example/],
    ["NaN", () => method(cnn, nan), /input to be finite, got NaN at \[1, 0, 2, 1\]/],
    ["Infinity", () => method(cnn, infinite), /input to be finite, got Infinity at \[0, 0, 1, 1\]/],
    ["text", () => method(cnn, "a picture" as never), /tensor, nested arrays/],
    [
      "ragged arrays",
      () =>
        method(
          mlp,
          [
            [1, 2, 3, 4],
            [1, 2, 3],
          ] as never,
          at,
        ),
      /rows of equal length/,
    ],
    [
      "a data size that does not fit",
      () => method(mlp, { data: [1, 2, 3], shape: [4] }, at),
      /4 entries for shape \[4\], got 3/,
    ],
    ["an unknown layer", () => method(cnn, x, { layer: "convv" }), /layer.*"convv" \(nearest: "conv"\)/],
    [
      "an unknown side",
      () => method(cnn, x, { layer: { layer: "conv", side: "outptu" as never } }),
      /"output"/,
    ],
    [
      "a layer with an unknown key",
      () => method(cnn, x, { layer: { layer: "conv", sid: "input" } as never }),
      /option, got "sid" \(nearest: "side"\)/,
    ],
    ["a target out of range", () => method(cnn, x, { target: 3 }), /target from 0 to 2, got 3/],
    ["a negative target", () => method(cnn, x, { target: -1 }), /target from 0 to 2, got -1/],
    [
      "a target that is no whole number",
      () => method(cnn, x, { target: 1.5 }),
      /whole number from 0 to 2, got 1.5/,
    ],
    [
      "a target by a wrong name",
      () => method(cnn, x, { target: "predictd" as never }),
      /nearest: "predicted"/,
    ],
    ["too many targets", () => method(cnn, x, { target: [0, 1, 2] }), /one target per example \(2\), got 3/],
    [
      "a neuron that is not there",
      () => method(cnn, x, { target: neuron("conv", [3, 0, 0]) }),
      /shape \[3, 3, 3\], got \[3, 0, 0\]/,
    ],
    ["a loss label out of range", () => method(cnn, x, { target: loss(7) }), /from 0 to 2/],
    ["an output that is not there", () => method(cnn, x, { output: 1 }), /output from 0 to 0/],
    [
      "an output by a wrong name",
      () =>
        method(
          two,
          [
            [1, 2, 3],
            [4, 5],
          ],
          { output: "otu", ...(method.meta.defaultLayer ? { layer: "both" } : {}) },
        ),
      /output to name an output/,
    ],
    [
      "an unknown option",
      () => method(cnn, x, { targt: 1 } as never),
      /option, got "targt" \(nearest: "target"\)/,
    ],
    ["options that are no object", () => method(cnn, x, 3 as never), /options object, got 3/],
    [
      "an unknown form to explain",
      () => method(cnn, x, { explain: "logits" as never }),
      /"logits" \(nearest: "logit"/,
    ],
    ["a seed that is no whole number", () => method(cnn, x, { seed: 0.5 }), /seed/],
    ["no memory", () => method(cnn, x, { maxBytes: 0 }), /maxBytes/],
    [
      "less memory than one example needs",
      () => method(cnn, x, { maxBytes: 10 }),
      /maxBytes of at least \d+/,
    ],
    [
      "several inputs given as one",
      () => method(two, normals(1, [5]), out),
      /an array of 2 or a record \{age, body\}/,
    ],
    ["one input of two", () => method(two, { age: [1, 2, 3] }, out), /no "body"/],
    [
      "a misspelt input",
      () => method(two, { age: [1, 2, 3], bodi: [1, 2] }, out),
      /"bodi" \(nearest: "body"\)/,
    ],
    [
      "inputs of different numbers of examples",
      () => method(two, [normals(1, [2, 3]), normals(1, [3, 2])], out),
      /2 examples/,
    ],
    ["what is no model", () => method({} as never, x), /LayersModel, a GraphModel or a function/],
    ["nothing", () => method(undefined as never, x), /LayersModel, a GraphModel or a function/],
  ])("%s", async (_, act, message) => {
    expect((await refusal(act)).message).toMatch(message);
  });

  it("a disposed model", async () => {
    const gone = smallCnn(2);
    gone.dispose();
    expect((await refusal(() => method(gone, x))).message).toContain("model that was disposed");
  });

  it("a disposed tensor", async () => {
    const tensor = tf.zeros([2, 4, 4, 2]);
    tensor.dispose();
    expect((await refusal(() => method(cnn, tensor))).message).toContain("disposed tensor");
  });

  it("a model without a differentiable path to its input, naming the operation", async () => {
    // What asks for scores alone needs no path that a gradient could take.
    if (!method.meta.gradient) return;
    const rounded = (t: tf.Tensor4D): tf.Tensor => t.round().reshape([-1, 32]).sum(1, true);
    const error = await refusal(() => method(rounded, x, method.meta.defaultLayer ? { layer: "x" } : {}));
    if (!method.meta.defaultLayer) {
      expect(error).toBeInstanceOf(UnsupportedOperationError);
      expect(error.message).toContain("Round");
    }
  });

  it("and works after all that", async () => {
    expect((await method(cnn, x)).method).toBe(name);
  });
});

describe("methods with a baseline refuse", () => {
  it.each<[string, unknown, RegExp]>([
    ["another shape", normals(1, [3, 3]), /baseline of shape \[2, 4, 4, 2\] or \[4, 4, 2\]/],
    ["an unknown name", "zeroes", /"zeroes" \(nearest: "zeros"/],
    ["NaN", Number.NaN, /finite/],
    ["pad on an image", "pad", /padId/],
    ["mean without data", "mean", /data/],
  ])("%s", async (_, baseline, message) => {
    for (const [, method] of registry.filter(([, m]) => m.meta.needsBaseline)) {
      expect((await refusal(() => method(cnn, x, { baseline: baseline as never }))).message).toMatch(message);
    }
  });
});

describe("methods with a baseline refuse, for several inputs,", () => {
  const given = { age: [1, 2, 3], body: [4, 5] };
  it.each<[string, unknown, RegExp]>([
    ["nothing", null, /baseline to be an array of 2 or a record \{age, body\}.*, got null/],
    [
      "one typed array",
      new Float32Array(5),
      /baseline to be an array of 2 or a record.*, got a Float32Array/,
    ],
    ["null for one of them", { age: null, body: 0 }, /baseline to be a tensor.*, got null/],
  ])("%s", async (_, baseline, message) => {
    for (const [, method] of registry.filter(([, m]) => m.meta.needsBaseline)) {
      const act = (): unknown => method(two, given, { baseline: baseline as never, target: 0 });
      expect((await refusal(act)).message).toMatch(message);
    }
  });
});

describe("methods with a baseline refuse rows of another shape where extents are free,", () => {
  const free = (a: tf.Tensor): tf.Tensor => a.square();
  it("the mean of data", async () => {
    const net = asModel(free, {
      data: [
        [1, 2, 3],
        [3, 4, 5],
      ],
    });
    for (const engine of ["eager", "compiled"] as const) {
      const act = (): unknown => integratedGradients(net, [[1, 2]], { target: 0, baseline: "mean", engine });
      expect((await refusal(act)).message).toMatch(/data with rows of shape \[2\], got \[3\]/);
    }
  });

  it("a data set", async () => {
    const wide = tf.sequential({
      layers: [
        tf.layers.conv1d({ inputShape: [null as never, 2], filters: 3, kernelSize: 2 }),
        tf.layers.globalAveragePooling1d({}),
      ],
    });
    const baseline = dataset(normals(2, [2, 8, 2]));
    for (const engine of ["eager", "compiled"] as const) {
      const act = (): unknown =>
        integratedGradients(wide, normals(1, [1, 5, 2]), { target: 0, baseline, engine });
      expect((await refusal(act)).message).toMatch(/the data set with rows of shape \[5, 2\], got \[8, 2\]/);
    }
    const several = asModel((a: tf.Tensor, b: tf.Tensor) => a.sum(1, true).add(b.sum(1, true)), {
      inputs: ["a", "b"],
    });
    const act = (): unknown =>
      integratedGradients(several, [[[1, 2]], [[3]]], { baseline: dataset([[[1, 2]], [[3, 4]]]) });
    expect((await refusal(act)).message).toMatch(/rows of shape \[1\] for input "b", got \[2\]/);
    wide.dispose();
  });
});

describe("integratedGradients refuses", () => {
  it.each<[string, object, RegExp]>([
    ["0 steps", { steps: 0 }, /steps to be a whole number from 1 to 1048576, got 0/],
    ["negative steps", { steps: -5 }, /got -5/],
    ["fractional steps", { steps: 2.5 }, /got 2.5/],
    ["steps in words", { steps: "many" }, /got "many"/],
    ["one step of a rule with two ends", { steps: 1, rule: "trapezoid" }, /at least 2 steps/],
    ["an unknown rule", { rule: "gauss-legender" }, /nearest: "gauss-legendre"/],
    ["a tolerance of 0", { tolerance: 0 }, /tolerance/],
    ["one frame", { keepPath: 1 }, /keepPath/],
  ])("%s", async (_, options, message) => {
    expect((await refusal(() => integratedGradients(cnn, x, options as never))).message).toMatch(message);
    expect((await refusal(() => integratedGradients.with(options as never)(cnn, x))).message).toMatch(
      message,
    );
  });
});

describe("other functions refuse", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["with: an unknown option", () => saliency.with({ setps: 3 } as never), /known option/],
    ["noiseTunnel of nothing", () => noiseTunnel(undefined as never), /a method/],
    ["noiseTunnel of an unknown kind", () => noiseTunnel(saliency, { kind: "median" as never }), /kind/],
    ["no samples", () => noiseTunnel(saliency, { samples: 0 })(cnn, x), /samples/],
    ["gradCam without a convolution", () => gradCam(mlp, row), /candidates: "hidden", "head"/],
    ["compare without methods", () => compare(cnn, x, []), /at least one method/],
    ["compare with functions", () => compare(cnn, x, [(() => 1) as never]), /array of methods/],
    ["activations of an unknown layer", () => activations(cnn, x, "pol"), /nearest: "pool"/],
    [
      "activations at the input side of a layer with several",
      () => activations(two, { age: [1, 2, 3], body: [1, 2] }, { layer: "both", side: "input" }),
      /^activations\(\): .*one input \(ask at what goes in: "age", "body"\), got "both", Concatenate of 2 inputs/,
    ],
    [
      "activations of a layer with an unknown key",
      () => activations(cnn, x, { layer: "conv", sid: "input" } as never),
      /nearest: "side"/,
    ],
    [
      "a neuron at the input side of a layer with several inputs",
      () =>
        saliency(
          two,
          { age: [1, 2, 3], body: [1, 2] },
          { target: neuron({ layer: "both", side: "input" }, 0) },
        ),
      /got "both", Concatenate of 2 inputs/,
    ],
    ["asModel with an unknown fact", () => asModel(cnn, { clases: [] } as never), /nearest: "classes"/],
    ["asModel with a wrong range", () => asModel(cnn, { range: [1, 0] }), /range/],
    ["asModel with too few classes", () => saliency(asModel(cnn, { classes: ["a"] }), x), /3 class names/],
    ["neuron with a fraction", () => neuron("conv", [0.5]), /whole numbers/],
    [
      "features that are no names",
      () => asModel(cnn, { features: [1, 2] as never }),
      /features to be an array of names/,
    ],
    [
      "too few features",
      () => saliency(asModel(mlp, { features: ["a"] }), [1, 2, 3, 4]),
      /4 names of features.*got 1/,
    ],
    ["features of an image", () => saliency(asModel(cnn, { features: ["a"] }), x), /an input of features/],
    ["no inputs", () => asModel((t: tf.Tensor) => t, { inputs: [] }), /inputs to be an array of names/],
    [
      "two inputs of one name",
      () => asModel((t: tf.Tensor) => t, { inputs: ["a", "a"] }),
      /inputs of different names, got "a" twice/,
    ],
    [
      "inputs of an unknown type",
      () => asModel((t: tf.Tensor) => t, { inputs: [{ name: "a", dtype: "float64" }] } as never),
      /dtype to be a known name/,
    ],
    [
      "inputs told of a model instead of the function",
      () =>
        asModel(
          asModel((t: tf.Tensor) => t),
          { inputs: ["a", "b"] },
        ),
      /inputs to be told of the function itself/,
    ],
    [
      "an axis that is misspelt",
      () => asModel(cnn, { axes: ["hieght", "width", "channel"] as never }),
      /nearest: "height"/,
    ],
    ["too few axes", () => asModel(cnn, { axes: ["height", "width"] }), /axes to be 3 names/],
    ["axes of an unknown input", () => asModel(cnn, { axes: { other: ["unit"] } }), /axes to name an input/],
    ["axes as text", () => asModel(cnn, { axes: "height" as never }), /axes to be an array of names/],
    [
      "a range that is a number",
      () => asModel(cnn, { range: 5 as never }),
      /range to be \[smallest, largest\]/,
    ],
    ["no range", () => asModel(cnn, { range: null as never }), /range to be \[smallest, largest\]/],
    [
      "preprocessing that returns nothing",
      () => saliency(asModel(cnn, { preprocess: () => undefined }), x),
      /preprocess to return a tensor with one row per example, got undefined/,
    ],
    [
      "preprocessing that loses the rows",
      () => saliency(asModel(cnn, { preprocess: (t: tf.Tensor) => t.sum() }), x),
      /preprocess to return a tensor with one row per example/,
    ],
    [
      "big integers",
      () => saliency((t: tf.Tensor) => t, new BigInt64Array(3) as never),
      /got a BigInt64Array/,
    ],
    [
      "an array with missing entries",
      // biome-ignore lint/suspicious/noSparseArray: what is tested
      () => saliency((t: tf.Tensor) => t, [[1, , 3]] as never),
      /got an array with missing entries/,
    ],
    [
      "a neuron with an unknown key",
      () => neuron({ layer: "conv", sid: "input" } as never, 0),
      /^neuron\(\): .*got "sid" \(nearest: "side"\)/,
    ],
    [
      "a data set with an unknown option",
      () => dataset(x, { sample: 3 } as never),
      /^dataset\(\): .*got "sample" \(nearest: "samples"\)/,
    ],
    ["a data set with a number as options", () => dataset(x, 3 as never), /one options object, got 3/],
    [
      "an input with an unknown key",
      () => asModel((t: tf.Tensor) => t, { inputs: [{ name: "a", dtyp: "int32" }] as never }),
      /got "dtyp" \(nearest: "dtype"\)/,
    ],
    [
      "a method with an unknown key",
      () => defineMethod({ name: "mine", needBaseline: true } as never, async () => []),
      /^defineMethod\(\): .*got "needBaseline" \(nearest: "needsBaseline", "drawsBaselines"\)/,
    ],
    [
      "a record read with an unknown option",
      () => Attribution.fromJSON("{}", { method: saliency } as never),
      /^Attribution.fromJSON\(\): .*got "method" \(known: "repeat"\)/,
    ],
    [
      "a score of another shape, with no number of rows that the call has not",
      () => saliency(cnn, x, { target: (y: tf.Tensor) => y, engine: "compiled" }),
      /^target\(\): expected one score per example, shape \[batch\], got shape \[batch, 3\]/,
    ],
    [
      "an output without rows",
      () => saliency((t: tf.Tensor) => t.sum(), [[1, 2]], { engine: "compiled" }),
      /^asModel\(\): expected the function to return one row per example, got shape \[\]/,
    ],
    [
      "more steps than there is memory for",
      () => integratedGradients(cnn, x, { steps: 1e9 }),
      /steps to be a whole number from 1 to 1048576, got 1000000000/,
    ],
    [
      "a seed that is no number of its own",
      () => saliency(cnn, x, { seed: 2 ** 53 }),
      /seed to be a whole number, got/,
    ],
    [
      "random with a fraction",
      () => random(1.5),
      /^random\(\): expected seeds to be a whole number, got 1.5/,
    ],
    ["a path rule of no name", () => quadrature("simpson" as never, 3), /^quadrature\(\): .*rule.*"simpson"/],
    ["a path rule without steps", () => quadrature("midpoint", 0), /steps to be a whole number from 1/],
    ["a path rule with one end", () => quadrature("trapezoid", 1), /steps to be a whole number from 2/],
    ["the fewest steps of no rule", () => minimumSteps("simpson" as never), /^minimumSteps\(\): /],
    [
      "activations within no memory",
      () => activations(cnn, x, "conv", { maxBytes: 0 }),
      /^activations\(\): expected maxBytes to be a whole number of at least 1, got 0/,
    ],
    [
      "activations with a signal that is none",
      () => activations(cnn, x, "conv", { signal: {} as never }),
      /^activations\(\): expected signal to be an AbortSignal, got \{\}/,
    ],
    [
      "a tap of a number",
      () => saliency((t: tf.Tensor) => t.mul(tap("scale", 3)), [[1, 2]], { target: 0 }),
      /^tap\(\): expected a tensor to call "scale", got 3/,
    ],
    [
      "inputs told of a model",
      () => asModel(cnn, { inputs: ["picture"] }),
      /^asModel\(\): expected inputs to be told of a plain function, got a model/,
    ],
    [
      "a data set for one of several inputs",
      () =>
        integratedGradients(
          two,
          { age: [1, 2, 3], body: [1, 2] },
          { baseline: { age: dataset([[1, 2, 3]]), body: "zeros" } },
        ),
      /expected one data set with all inputs: dataset\(\{ … \}\), got a dataset\(…\) for one input/,
    ],
    ["loss of text", () => loss("seven" as never), /label/],
    ["defineMethod without a name", () => defineMethod({} as never, async () => []), /name/],
    [
      "an equation that returns nothing",
      () => defineMethod({ name: "mine" }, async () => undefined as never)(cnn, x),
      /equation to return 1 array/,
    ],
    [
      "an equation that returns no batch axis",
      () => {
        const equation = async () => [{ data: new Float32Array(32), shape: [4, 4, 2] }];
        return defineMethod({ name: "mine" }, equation)(cnn, x);
      },
      /^mine\(\): expected its equation to return one row per example \(2\), got shape \[4, 4, 2\]/,
    ],
    [
      "the same inside a noise tunnel",
      () => {
        const equation = async () => [{ data: new Float32Array(32), shape: [4, 4, 2] }];
        return noiseTunnel(defineMethod({ name: "mine" }, equation), { samples: 3 })(cnn, x);
      },
      /^mine\(\): expected its equation to return one row per example \(6\)/,
    ],
    [
      "an equation that returns too few entries",
      () => {
        const equation = async () => [{ data: new Float32Array(32), shape: [2, 4, 4, 2] }];
        return defineMethod({ name: "mine" }, equation)(cnn, x);
      },
      /64 entries for shape \[2, 4, 4, 2\], got 32/,
    ],
    [
      "an equation that sums over an embedding itself",
      async () => {
        const ids = tf.sequential({
          layers: [
            tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3 }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 2 }),
          ],
        });
        const equation = async () => [{ data: new Float32Array(3), shape: [1, 3] }];
        try {
          await defineMethod({ name: "mine" }, equation)(ids, [1, 2, 3]);
        } finally {
          ids.dispose();
        }
      },
      /its equation to return shape \[1, 3, 2\], got shape \[1, 3\]/,
    ],
    [
      "an equation that returns an array as input",
      () => {
        const equation = async () => ({ values: [x], input: [x] });
        return defineMethod({ name: "mine" }, equation as never)(cnn, x);
      },
      /input as a function of the inputs/,
    ],
    [
      "two parts read as one",
      async () =>
        (
          await saliency(two, [
            [1, 2, 3],
            [4, 5],
          ])
        ).values,
      /parts "age", "body"/,
    ],
  ])("%s", async (_, act, message) => {
    expect((await refusal(act)).message).toMatch(message);
  });

  const type = { type: "DT_FLOAT" };
  it.each([
    [
      "Enter (middle)",
      { op: "Enter", input: ["x"], attr: { T: type, frame_name: { s: "" }, is_constant: { b: false } } },
      { op: "Exit", input: ["middle"], attr: { T: type } },
    ],
    [
      "TensorListFromTensor (middle)",
      { op: "TensorListFromTensor", input: ["x", "three"], attr: { element_dtype: type } },
      { op: "TensorListStack", input: ["middle", "three"], attr: { element_dtype: type } },
    ],
    [
      "TensorListReserve (middle)",
      { op: "TensorListReserve", input: ["three", "two"], attr: { element_dtype: type } },
      { op: "TensorListStack", input: ["middle", "three"], attr: { element_dtype: type } },
    ],
    [
      "ListDiff (middle)",
      { op: "ListDiff", input: ["x", "x"], attr: { T: type } },
      { op: "Square", input: ["middle"] },
    ],
    [
      "LookupTableFindV2 (middle)",
      { op: "LookupTableFindV2", input: ["three", "x", "x"] },
      { op: "Square", input: ["middle"] },
    ],
  ])("an asynchronous GraphModel, naming the operation: %s", async (named, middle, last) => {
    const nodes = [placeholder("x", [-1, 3]), { name: "middle", ...middle }, { name: "last", ...last }];
    const weights = { three: tf.tensor1d([3], "int32"), two: tf.scalar(2, "int32") };
    const model = await graphModel(nodes, weights);
    const tensors = tf.memory().numTensors;
    const error = await refusal(() => saliency(model, [[1, 2, 3]]));
    expect(error).toBeInstanceOf(UnsupportedOperationError);
    expect(error.message).toContain(named);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe.each(["eager", "compiled"] as const)("a model that is disposed of during a call, %s", (engine) => {
  it.each<[string, (net: tf.LayersModel) => Promise<unknown>]>([
    ["a path", (net) => integratedGradients(net, row, { engine, steps: 3000 })],
    ["noise", (net) => smoothGrad(net, row, { engine, samples: 300 })],
  ])("says so: %s", async (_, ask) => {
    const net = smallMlp(3);
    const asked = ask(net);
    net.dispose();
    await expect(asked).rejects.toThrow(/expected a model that is alive, got a model that was disposed/);
  });
});

it("nested arrays may end in typed ones, on any level", async () => {
  const plain = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => [i / 4, j / 4]));
  const typed = plain.map((line) => line.map((pixel) => Float32Array.from(pixel)));
  const maps = await Promise.all([plain, typed].map((image) => saliency(cnn, image as never)));
  expect(maps[1]?.values).toEqual(maps[0]?.values);
});

it("streams of seeds beyond 32 bits are streams of their own, and those below stay what they were", () => {
  const first = (...seeds: number[]): number => random(...seeds).uniform();
  expect(new Set([0, 2 ** 32, 2 ** 33, -(2 ** 32)].map((seed) => first(seed))).size).toBe(4);
  expect(first(3)).toBeCloseTo(0.7875117462883122, 12);
});
