import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  asModel,
  axioms,
  defineMethod,
  inputXGradient,
  integratedGradients,
  type Study,
  saliency,
  shapleyValues,
} from "../../src";
import { normals, smallMlp } from "../models";

/** The table of axioms against theory, on nets small enough to reckon. */

const cell = (study: Study, method: string, name: string): unknown => {
  const { columns } = study.table("axioms");
  return columns.find((one) => one.name === name)!.values[columns[0].values.indexOf(method)];
};

describe("axioms", () => {
  it("finds that gradients break sensitivity where the score saturates, and integrated gradients do not", async () => {
    // 1 − ReLU(1 − x) at x = 2 from 0: the score moves by 1, its gradient is zero (Sundararajan et al. 2017).
    const saturating = (x: tf.Tensor2D): tf.Tensor => x.neg().add(1).relu().neg().add(1).sum(1, true);
    const study = await axioms(saturating, [[2, 0.5]], {
      target: 0,
      methods: [saliency, inputXGradient, integratedGradients, shapleyValues],
    });
    expect(cell(study, "saliency", "sensitivity")).toBe("broken at entry 0");
    expect(cell(study, "inputXGradient", "sensitivity")).toBe("broken at entry 0");
    expect(cell(study, "integratedGradients", "sensitivity")).toBe("kept");
    expect(cell(study, "shapleyValues", "incomplete by")).toBeCloseTo(0, 5);
    expect(cell(study, "integratedGradients", "incomplete by")).toBeLessThan(0.05);
    expect(cell(study, "integratedGradients", "baseline")).toBe("needed");
    expect(cell(study, "saliency", "baseline")).toBe("none");
  });

  it("finds all promises kept on a linear net, for every method that has an answer there", async () => {
    const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([3, -1, 0, 2]).sum(1, true);
    const study = await axioms(linear, [[1, 2, 3, 0]], { target: 0 });
    expect(study.findings.filter((finding) => finding.includes("claims"))).toEqual([]);
    expect(cell(study, "integratedGradients", "missingness")).toBe("kept");
    expect(cell(study, "integratedGradients", "dummy")).toBe("kept");
    // A gradient at a feature that equals its baseline is no miss of what saliency claims.
    expect(cell(study, "saliency", "missingness")).toBe("broken at entry 3");
    expect(study.findings.some((finding) => finding.startsWith("No answer of gradCam"))).toBe(true);
  });

  it("names what breaks a promise, with the entry that shows it", async () => {
    const wrong = defineMethod(
      { name: "wrong", needsBaseline: true, axioms: ["completeness", "dummy"] },
      async (p) => p.x.map(({ data, shape }) => ({ data: data.map(() => 1), shape })),
    );
    const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([3, 0]).sum(1, true);
    const { findings } = await axioms(linear, [[2, 1]], { target: 0, methods: [wrong] });
    expect(findings).toEqual([
      "wrong claims completeness and misses 67 % of F(x) − F(x′).",
      "wrong claims dummy, and breaks it at entry 1 (attribution 1.00).",
    ]);
  });

  it("takes batches, and refuses what is no method", async () => {
    const net = smallMlp(3, 4, "tanh");
    const study = await axioms(asModel(net), normals(3, [2, 4]), { methods: [integratedGradients] });
    expect(study.findings).toEqual([]);
    await expect(axioms(net, normals(3, [2, 4]), { methods: [3 as never] })).rejects.toThrow(
      "an array of methods",
    );
    net.dispose();
  });
});
