import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  activations,
  asModel,
  integratedGradients,
  type Model,
  type NdArray,
  ndarray,
  saliency,
  smoothGrad,
  UnsupportedOperationError,
} from "../../../src";
import * as firstCheck from "../../../src/engine/compiled/check/first-check";
import * as recording from "../../../src/engine/graph/record";
import { ENGINE_CHOICES } from "../../../src/model/model";
import { graphModel, placeholder } from "../../graph-models";
import { normals, smallMlp } from "../../models";

const made: tf.LayersModel[] = [];
const keep = <M extends tf.LayersModel>(model: M): M => {
  made.push(model);
  return model;
};
afterEach(() => {
  vi.restoreAllMocks();
  for (const model of made.splice(0)) model.dispose();
});

/** A hundred thousand multiplications per example: enough for graphs to pay when there are fifty steps. */
function middling(extra: tf.layers.Layer[] = []): tf.LayersModel {
  return keep(
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [100], units: 500, activation: "tanh", name: "wide" }),
        ...extra,
        tf.layers.dense({ units: 3, activation: "softmax", name: "head" }),
      ],
    }),
  );
}

/** A layer that computes what its function says. */
class Computed extends tf.layers.Layer {
  static className = "Computed";
  constructor(
    private readonly fn: (x: tf.Tensor) => tf.Tensor,
    name: string,
  ) {
    super({ name });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.fn((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor);
  }
}

const rows = (n: number): NdArray => normals(1, [n, 100]);

describe("without a word about engines", () => {
  it("a call of some size is compiled, a small one is not", async () => {
    const model = middling();
    const large = await integratedGradients(model, rows(1));
    const small = await saliency(model, rows(1));
    expect([large.engine, large.backend, large.checked, large.warnings]).toEqual([
      "compiled",
      "onnxruntime-node",
      "first row",
      [],
    ]);
    expect([small.engine, small.backend, small.checked, small.warnings]).toEqual([
      "eager",
      "cpu",
      "reference",
      [],
    ]);
    // The same question of more examples, or of more noisy copies, is larger.
    expect((await saliency(model, rows(40))).engine).toBe("compiled");
    expect((await smoothGrad(model, rows(1), { samples: 40 })).engine).toBe("compiled");
    expect((await large.again()).values.data).toEqual(large.values.data);
  });

  it("a model with layers of unknown size is compiled, also for questions of the user's own", async () => {
    const net = await graphModel(
      [placeholder("x", [-1, 3]), { name: "y", op: "MatMul", input: ["x", "w"] }],
      { w: tf.ones([3, 2]) },
    );
    const x = ndarray([1, 2, 3, 4, 5, 6], [2, 3]);
    const map = await saliency(net, x, { target: 0 });
    expect([map.engine, ...map.values.data]).toEqual(["compiled", 1, 1, 1, 1, 1, 1]);
    expect([...(await activations(net, x, "y")).data]).toEqual([6, 6, 15, 15]);
  });

  it("functions stay eager, unless they are said to be pure", async () => {
    const model = middling();
    const first = (scores: tf.Tensor): tf.Tensor => scores.slice([0, 0], [-1, 1]).reshape([-1]);
    const wide = tf.randomNormal([100, 5000], 0, 1, "float32", 3);
    const fn = (x: tf.Tensor2D): tf.Tensor => x.matMul(wide as tf.Tensor2D);
    const engines = async (options: object): Promise<string[]> => [
      (await integratedGradients(model, rows(1), { target: first, ...options })).engine,
      (await integratedGradients(fn, rows(1), { target: 0, ...options })).engine,
    ];
    expect(await engines({})).toEqual(["eager", "eager"]);
    expect(await engines({ engine: "compiled" })).toEqual(["compiled", "compiled"]);
    wide.dispose();
  });

  it("the model says that it chooses, and each choice can be named", async () => {
    const model = middling();
    expect(String(asModel(model))).toMatch(/auto engine$/);
    expect(ENGINE_CHOICES.map((engine) => asModel(model, { engine }).engine)).toEqual(ENGINE_CHOICES);
    const eager: Model = asModel(model, { engine: "eager" });
    expect((await integratedGradients(eager, rows(1))).engine).toBe("eager");
    expect((await integratedGradients(eager, rows(1), { engine: "auto" })).engine).toBe("compiled");
    expect(asModel(eager, { classes: ["a", "b", "c"] }).engine).toBe("eager");
  });
});

describe("what the compiled engine refuses", () => {
  /** Adds to each entry its place among its row's. */
  const ranked = (): tf.layers.Layer =>
    new Computed((x) => x.add(tf.lowerBound(x, x).toFloat().mul(1e-3)), "ranked");
  const backwards = (): tf.layers.Layer =>
    new Computed(
      tf.customGrad((x) => ({
        value: (x as tf.Tensor).square(),
        gradFunc: (dy) => (dy as tf.Tensor).mul((dy as tf.Tensor).dataSync().length),
      })) as (x: tf.Tensor) => tf.Tensor,
      "backwards",
    );

  it("is computed by the eager engine, with a warning that names operation and layer", async () => {
    const model = middling([ranked()]);
    const map = await integratedGradients(model, rows(1));
    expect([map.engine, map.backend, map.checked]).toEqual(["eager", "cpu", "reference"]);
    expect(map.warnings[0]).toBe(
      'computed by the eager engine; the compiled one expected an operation that it can compile, got SearchSorted in a sequence that depends on the input in layer "ranked"',
    );
    const eager = await integratedGradients(model, rows(1), { engine: "eager" });
    expect(eager.values.data).toEqual(map.values.data);
    expect(eager.warnings).toEqual(map.warnings.slice(1));
    const asked = integratedGradients(model, rows(1), { engine: "compiled" });
    await expect(asked).rejects.toThrow(UnsupportedOperationError);
    await expect(asked).rejects.toThrow(
      /got SearchSorted in a sequence that depends on the input in layer "ranked"; engine "eager" computes it$/,
    );
  });

  it("is named by nested models, too", async () => {
    const inner = tf.sequential({
      name: "inner",
      layers: [tf.layers.activation({ inputShape: [500], activation: "relu" }), ranked()],
    });
    const { warnings } = await integratedGradients(middling([inner as never]), rows(1));
    expect(warnings[0]).toMatch(
      /got SearchSorted in a sequence that depends on the input in layer "inner\/ranked"$/,
    );
  });

  it("is a refusal, too, when only its gradient cannot be recorded", async () => {
    const map = await integratedGradients(middling([backwards()]), rows(1));
    expect(map.engine).toBe("eager");
    expect(map.warnings[0]).toMatch(/^computed by the eager engine; the compiled one expected a computation/);
  });

  it("is not tried again until the weights change", async () => {
    const model = middling([ranked()]);
    const record = vi.spyOn(recording, "record");
    await integratedGradients(model, rows(1));
    const tried = record.mock.calls.length;
    expect(tried).toBeGreaterThan(0);
    await integratedGradients(model, rows(1));
    expect(record).toHaveBeenCalledTimes(tried);
    tf.tidy(() => model.setWeights(model.getWeights().map((w) => w.mul(2))));
    await integratedGradients(model, rows(1));
    expect(record.mock.calls.length).toBeGreaterThan(tried);
  });

  it("a disagreement is a warning, or an error", async () => {
    vi.spyOn(firstCheck, "difference").mockResolvedValue("gradients: 1 where the largest entry is 2");
    const map = await integratedGradients(middling(), rows(1));
    expect(map.engine).toBe("eager");
    expect(map.warnings).toEqual([
      "computed by the eager engine; the compiled one expected the numbers of the eager engine, got a difference in gradients: 1 where the largest entry is 2",
    ]);
    await expect(integratedGradients(middling(), rows(1), { engine: "compiled" })).rejects.toThrow(
      /got a difference in gradients: 1/,
    );
  });
});

it("an error of the model's own is the model's, on every engine", async () => {
  const broken = new Computed(() => {
    throw new Error("broken on purpose");
  }, "broken");
  vi.spyOn(broken, "computeOutputShape").mockImplementation((shape) => shape as tf.Shape);
  const model = keep(
    tf.model(
      (() => {
        const input = tf.input({ shape: [100] });
        const wide = tf.layers.dense({ units: 500 }).apply(input);
        return { inputs: input, outputs: broken.apply(wide) as tf.SymbolicTensor };
      })(),
    ),
  );
  for (const engine of ENGINE_CHOICES) {
    await expect(integratedGradients(model, rows(1), { target: 0, engine })).rejects.toThrow(
      /^broken on purpose$/,
    );
  }
});

it("a small model's map is the same bits as before engines were chosen", async () => {
  const model = keep(smallMlp(2));
  const x = normals(2, [2, 4]);
  const [auto, eager] = [await saliency(model, x), await saliency(model, x, { engine: "eager" })];
  expect(auto.engine).toBe("eager");
  expect(auto.values.data).toEqual(eager.values.data);
});
