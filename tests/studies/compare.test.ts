import type * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  type AnyMethod,
  type Attribution,
  compare,
  inputXGradient,
  integratedGradients,
  lrp,
  mask,
  saliency,
} from "../../src";
import { rowSums } from "../../src/author";
import { normals, smallCnn } from "../models";

describe("names of methods that are compared twice", () => {
  const model = smallCnn(4);
  afterAll(() => model.dispose());
  const x = normals(4, [1, 4, 4, 2]);
  const labels = async (...methods: AnyMethod[]) =>
    (await compare(model, x, methods, { target: 1 })).rows.map(({ label }) => label);

  it("tell options that differ, and name those that are long", async () => {
    expect(await labels(saliency, integratedGradients.with({ steps: 5 }))).toEqual([
      "saliency",
      "integratedGradients",
    ]);
    expect(
      await labels(integratedGradients.with({ steps: 5 }), integratedGradients.with({ steps: 6 })),
    ).toEqual(["integratedGradients (steps 5)", "integratedGradients (steps 6)"]);
    const flat = lrp.with({
      rules: [
        ["conv", "flat"],
        [{ operation: "convolution" }, { rule: "gamma", gamma: 1 }],
      ],
    });
    expect(await labels(lrp, flat)).toEqual(["lrp", "lrp (own rules)"]);
  });

  it("are numbered where options read the same", async () => {
    const lenient = (gamma: number): AnyMethod =>
      lrp.with({ rules: [[{ operation: "convolution" }, { rule: "gamma", gamma }]] });
    expect(await labels(lenient(0.5), lenient(2))).toEqual(["lrp (own rules 1)", "lrp (own rules 2)"]);
  });
});

describe("completeness in compare", () => {
  const model = smallCnn(4);
  afterAll(() => model.dispose());
  const x = normals(4, [2, 4, 4, 2]);
  const path = integratedGradients.with({ steps: 5 });
  const deltas = async (...methods: AnyMethod[]) =>
    (await compare(model, x, methods)).rows[1]?.completeness.values;

  it("takes F(x′) of a method that explains the same score", async () => {
    const comparison = await compare(model, x, [path, inputXGradient], { target: 1 });
    const [first, second] = comparison.maps as [Attribution, Attribution];
    for (const [row, sum] of rowSums(second.values).entries()) {
      const change = (second.score[row] as number) - (first.baselineScore?.[row] as number);
      expect(comparison.rows[1]?.completeness.values[row]).toBeCloseTo(sum - change, 5);
    }
    expect(comparison.toView().checks[0]?.values[1]).not.toBe("—");
  });

  it.each<[string, AnyMethod, AnyMethod]>([
    ["target", path.with({ target: 0 }), inputXGradient.with({ target: 1 })],
    ["form", path.with({ explain: "probability", target: 1 }), inputXGradient.with({ target: 1 })],
    ["mask", path.with({ target: mask([1, 0, 2]) }), inputXGradient.with({ target: mask([0, 1, 0]) })],
  ])("is absent when none explains the same %s", async (_, first, second) => {
    expect(await deltas(first, second)).toEqual([undefined, undefined]);
    const view = (await compare(model, x, [first, second])).toView();
    expect(view.checks[0]?.values[1]).toBe("—");
  });

  it("is asked example by example, and absent where baselines differ", async () => {
    const partly = await deltas(path.with({ target: [0, 1] }), inputXGradient.with({ target: [0, 2] }));
    expect([typeof partly?.[0], typeof partly?.[1]]).toEqual(["number", "undefined"]);
    const [zeros, ones] = [path.with({ target: 1 }), path.with({ target: 1, baseline: "ones" })];
    const gradient = inputXGradient.with({ target: 1 });
    const compared = await compare(model, x, [zeros, ones, gradient]);
    expect(compared.rows[2]?.completeness.values).toEqual([undefined, undefined]);
    expect(compared.rows[1]?.completeness.values.map((value) => typeof value)).toEqual(["number", "number"]);
  });

  it("is shown for maps that share out the score alone: a sum of gradients has another unit", async () => {
    const compared = await compare(model, x, [path, saliency, inputXGradient], { target: 1 });
    const { values, meaning } = compared.toView().checks[0]!;
    expect(values.map((text) => text === "—")).toEqual([false, true, false]);
    expect(meaning).toBe(
      "How far the attributions' sum is from F(x) − F(x′). A map may be complete and share the difference out among the wrong features.",
    );
    expect(compared.rows[1]?.completeness.values[0]).toBeTypeOf("number");
  });

  it("is absent when another output is explained", async () => {
    const two = (t: tf.Tensor2D) => [t.sum(1, true), t.mul(3).add(1).sum(1, true)];
    const other = await compare(two, [[1, 2]], [path, inputXGradient.with({ output: 1 })]);
    expect(other.rows[1]?.completeness.values).toEqual([undefined]);
  });
});
