import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type BackwardRule, type NdArray, ndarray, UnsupportedOperationError } from "../../../src";
import { epsilon, guided, plainGradient, type RuleStep, rescale } from "../../../src/engine/rules";
import { sliceRows } from "../../../src/tensor";
import { graphModel, placeholder } from "../../graph-models";
import { relativeDifference } from "../../models";
import { fill } from "../audit/inputs";
import { classOf, difference, engines, on, rowProducts } from "./asked";
import { attention, type Case, normalised, recurrent, residual, twoInputs } from "./nets";

const nets: Record<string, Case> = {
  "residual, relu": residual("relu"),
  "residual, softplus": residual("softplus"),
  recurrent: recurrent(),
  attention: attention(),
  "two inputs": twoInputs(),
  normalised: normalised(),
};
const at = (inputs: readonly NdArray[]): { input: number }[] => inputs.map((_, input) => ({ input }));
const elsewhere = (inputs: readonly NdArray[]): NdArray[] =>
  inputs.map(({ shape }, i) => ndarray(fill(`elsewhere:${i}`, [...shape], -0.5, 0.5), shape));

/** A rule that changes nothing. */
const nothing: BackwardRule = {
  name: "nothing",
  starts: "gradient",
  reference: false,
  rows: {
    linear: plainGradient,
    sum: plainGradient,
    product: plainGradient,
    activation: plainGradient,
    pool: plainGradient,
    normalise: plainGradient,
    softmax: plainGradient,
    gate: plainGradient,
  },
};

describe.each(engines)("on the %s engine", (engine) => {
  it.each(Object.entries(nets))(
    "a rule that changes nothing is the gradient: %s",
    async (_, { net, inputs, classes }) => {
      for (const explain of ["logit", "probability"] as const) {
        const ask = { of: classOf(1, classes, 3, explain), at: at(inputs) };
        const plain = await on(engine, net).gradient(inputs, ask);
        const ruled = await on(engine, net).gradient(inputs, { ...ask, rule: nothing });
        expect(relativeDifference(ruled.scores, plain.scores)).toBeLessThan(1e-6);
        inputs.forEach((_input, i) => {
          expect(
            relativeDifference(ruled.gradients[i]?.data ?? [], plain.gradients[i]?.data ?? []),
          ).toBeLessThan(1e-5);
        });
        expect(ruled.depends).toEqual(plain.depends);
      }
    },
  );

  const complete = Object.entries(nets).filter(([name]) => name !== "normalised");
  it.each(complete)(
    "rescale leaves nothing over, each example by itself: %s",
    async (_, { net, inputs, classes }) => {
      const reference = elsewhere(inputs);
      const model = on(engine, net);
      for (const explain of ["logit", "probability"] as const) {
        const of = classOf(2 % classes, classes, 3, explain);
        const ask = { of, at: at(inputs), rule: rescale };
        const { scores, gradients } = await model.gradient(inputs, { ...ask, reference });
        const there = await model.forward(reference, { of });
        for (let row = 0; row < 3; row++) {
          const change = (scores[row] as number) - ((there.scores as Float64Array)[row] as number);
          const sum = inputs.reduce(
            (total, x, i) =>
              total +
              (rowProducts(gradients[i] as NdArray, difference(x, reference[i] as NdArray))[row] as number),
            0,
          );
          expect(Math.abs(sum - change)).toBeLessThan(2e-5 * Math.max(1, Math.abs(change)));
        }
        const alone = await model.gradient(
          inputs.map((x) => sliceRows(x, 1, 2)),
          {
            ...ask,
            of: classOf(2 % classes, classes, 1, explain),
            reference: reference.map((x) => sliceRows(x, 1, 2)),
          },
        );
        inputs.forEach((_input, i) => {
          const row = sliceRows(gradients[i] as NdArray, 1, 2);
          expect(relativeDifference(alone.gradients[i]?.data ?? [], row.data)).toBeLessThan(1e-5);
        });
      }
    },
  );

  /** f on single entries, the derivative on the pieces that it has, and where the example lies. */
  const pieces: Record<string, [(x: tf.Tensor) => tf.Tensor, (x: number) => number, number[]]> = {
    "leaky relu": [(x) => tf.leakyRelu(x, 0.3), (x) => (x > 0 ? 1 : 0.3), [0.7, -0.7, 1.3, -2.1]],
    prelu: [(x) => tf.prelu(x, tf.scalar(0.3)), (x) => (x > 0 ? 1 : 0.3), [0.7, -0.7, 1.3, -2.1]],
    elu: [tf.elu, (x) => (x > 0 ? 1 : Math.exp(x)), [0.7, -0.7, 1.3, -2.1]],
    "relu with a ceiling": [
      (x) => tf.clipByValue(tf.relu(x), 0, 0.7),
      (x) => (x > 0 && x < 0.7 ? 1 : 0),
      [0.3, 0.72, -0.3, 0.69],
    ],
    tanh: [tf.tanh, (x) => 1 - Math.tanh(x) ** 2, [0.7, -0.7, 1.3, -2.1]],
    square: [tf.square, (x) => 2 * x, [0.7, -0.7, 1.3, -2.1]],
    "hyperbolic cosine": [tf.cosh, Math.sinh, [0.7, -0.7, 1.3, -2.1]],
  };
  it.each(Object.entries(pieces))(
    "rescale is the slope where the reference is a few roundings away: %s",
    async (_, [f, slope, example]) => {
      const x = ndarray(example, [1, 4]);
      const reference = ndarray(
        example.map((v, i) => v + (i % 2 ? -3e-6 : 3e-6)),
        [1, 4],
      );
      const net = (t: tf.Tensor2D): tf.Tensor => f(t).matMul(tf.ones([4, 1]));
      const ask = { of: classOf(0, 1, 1), at: [{ input: 0 }], rule: rescale, reference: [reference] };
      const { gradients } = await on(engine, net).gradient([x], ask);
      expect(relativeDifference(gradients[0]?.data ?? [], example.map(slope))).toBeLessThan(1e-5);
    },
  );

  it("epsilon hands on the whole score where there is no bias", async () => {
    const { net, inputs, classes } = residual("relu", false);
    const of = classOf(0, classes, 3);
    const { scores, gradients } = await on(engine, net).gradient(inputs, {
      of,
      at: at(inputs),
      rule: epsilon(),
    });
    const whole = gradients[0] as NdArray;
    const sums = rowProducts(whole, { ...whole, data: whole.data.map(() => 1) });
    expect(relativeDifference(sums, scores)).toBeLessThan(1e-4);
  });

  it("rules lead to layers, too", async () => {
    const { net, inputs, classes } = nets["recurrent"] as Case;
    const place = { layer: "lstm", side: "output" } as const;
    const of = classOf(1, classes, 3);
    const reference = elsewhere(inputs);
    const model = on(engine, net);
    const { scores, gradients } = await model.gradient(inputs, { of, at: [place], rule: rescale, reference });
    const here = await model.forward(inputs, { at: [place] });
    const there = await model.forward(reference, { of, at: [place] });
    const change = difference(here.activations[0] as NdArray, there.activations[0] as NdArray);
    const sums = rowProducts(gradients[0] as NdArray, change);
    sums.forEach((sum, row) => {
      const expected = (scores[row] as number) - ((there.scores as Float64Array)[row] as number);
      expect(Math.abs(sum - expected)).toBeLessThan(2e-5);
    });
  });

  it("an operation without a row is named with its layer", async () => {
    const rejected = async ({ net, inputs, classes }: Case, rule: BackwardRule): Promise<string> => {
      const ask = { of: classOf(0, classes, 3), at: at(inputs), rule, reference: elsewhere(inputs) };
      const error = await on(engine, net)
        .gradient(inputs, ask)
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UnsupportedOperationError);
      return (error as Error).message;
    };
    const expected = "gradient(): expected operations that the rule";
    const silent = ({ kernel, ...step }: RuleStep) =>
      kernel === "Square" ? undefined : plainGradient({ kernel, ...step });
    const squareless = { ...nothing, name: "squareless", rows: { ...nothing.rows, activation: silent } };
    expect(await rejected(nets["normalised"] as Case, squareless)).toBe(
      `${expected} squareless covers, got Square (activation) in layer "norm" (LayerNormalization)`,
    );
    expect(await rejected(nets["normalised"] as Case, rescale)).toMatch(
      /the rule rescale covers, got \w+ \(normalise\) in layer "norm" \(LayerNormalization\)$/,
    );
    expect(await rejected(nets["attention"] as Case, epsilon(1e-6))).toBe(
      `${expected} epsilon(0.000001) covers, got BatchMatMul (product)`,
    );
    const sorted: Case = {
      net: (x: tf.Tensor2D) => tf.cumprod(x, 1),
      inputs: [ndarray([0.3, 0.4, 0.5, 1, 2, 3], [3, 2])],
      classes: 2,
    };
    expect(await rejected(sorted, guided)).toBe(`${expected} guided covers, got Cumprod`);
  });

  it("of a GraphModel, too, whose nodes are its layers", async () => {
    const net = await graphModel(
      [placeholder("x", [-1, 3]), { name: "squashed", op: "Tanh", input: ["x"] }],
      {},
    );
    const { activation: _, ...rows } = nothing.rows;
    const ask = { of: classOf(0, 3, 1), at: [{ input: 0 }], rule: { ...nothing, rows } };
    const asked = on(engine, net).gradient([ndarray([1, 2, 3], [1, 3])], ask);
    await expect(asked).rejects.toThrow(/got Tanh \(activation\) in layer "squashed" \(Tanh\)$/);
    const nodes = (net as unknown as { executor: { graph: { nodes: Record<string, object> } } }).executor
      .graph.nodes;
    expect(Object.getOwnPropertyDescriptor(nodes["squashed"], "category")?.get).toBeUndefined();
    net.dispose();
  });

  it("two rules of the same name stay two rules", async () => {
    const { net, inputs, classes } = nets["two inputs"] as Case;
    const scaled = (by: number): BackwardRule => ({
      ...nothing,
      rows: { ...nothing.rows, product: (step: RuleStep) => step.back(step.incoming.mul(by)) },
    });
    const ask = { of: classOf(0, classes, 3), at: at(inputs) };
    const maps = [scaled(1), scaled(3)].map((rule) => on(engine, net).gradient(inputs, { ...ask, rule }));
    const [once, thrice] = (await Promise.all(maps)).map(({ gradients }) => gradients[0]?.data ?? []);
    expect(
      relativeDifference(
        thrice ?? [],
        Array.from(once ?? [], (value) => 3 * value),
      ),
    ).toBeLessThan(1e-6);
  });

  it("a rule that compares needs a reference of the batch's shape", async () => {
    const { net, inputs, classes } = nets["normalised"] as Case;
    const ask = { of: classOf(0, classes, 3), at: at(inputs), rule: rescale };
    const model = on(engine, net);
    await expect(model.gradient(inputs, ask)).rejects.toThrow(
      "gradient(): expected a reference of shape [3, 5] for the rule rescale, got none",
    );
    await expect(model.gradient(inputs, { ...ask, reference: [ndarray([1], [1, 1])] })).rejects.toThrow(
      TypeError,
    );
  });
});

it("tells a rule the operation, its layer, its place, its weights and its bias", async () => {
  const seen: string[] = [];
  const told = (step: RuleStep): readonly tf.Tensor[] => {
    const { kind, layer, place, weights, bias } = step;
    const where = `${place.first ? "first" : ""}${place.last ? "last" : ""}`;
    seen.push([kind, layer?.name, layer?.kind, where, weights?.shape.join(), bias?.shape.join()].join(" "));
    return plainGradient(step) as readonly tf.Tensor[];
  };
  const rows = Object.fromEntries(Object.keys(nothing.rows).map((kind) => [kind, told]));
  const { net, inputs, classes } = residual("relu");
  const of = classOf(0, classes, 3);
  await on("eager", net).gradient(inputs, { of, at: at(inputs), rule: { ...nothing, rows } });
  // One row is run by itself first, to see how much memory it needs.
  expect([...new Set(seen)]).toMatchInlineSnapshot(`
    [
      "linear relu-out Dense last 18,3 3",
      "pool relu-mean AveragePooling2D   ",
      "pool relu-largest MaxPooling2D   ",
      "sum relu-sum Add   ",
      "activation relu-shared#1 Conv2D   ",
      "linear relu-shared#1 Conv2D first 3,3,2,2 2",
      "activation relu-shared#3 Conv2D   ",
      "linear relu-shared#3 Conv2D  3,3,2,2 2",
      "activation relu-shared#2 Conv2D   ",
      "linear relu-shared#2 Conv2D first 3,3,2,2 2",
    ]
  `);
});
