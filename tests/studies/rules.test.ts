import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, checkRules, inputXGradient, integratedGradients, ndarray, type Study } from "../../src";

/** Rules of a task, on maps whose shares one can reckon. */

const column = (study: Study, name: string): readonly unknown[] =>
  study.table("rules").columns.find((one) => one.name === name)!.values;
const sum = (x: tf.Tensor): tf.Tensor => x.reshape([x.shape[0], -1]).sum(1, true);

describe("checkRules", () => {
  it("takes shares of the magnitude at the border of a picture and inside of a mask", async () => {
    // 4 × 4: the twelve pixels of the border are 1, the four inside −9.
    const pixels = Array.from({ length: 16 }, (_, i) => ([5, 6, 9, 10].includes(i) ? -9 : 1));
    const net = asModel(sum, { axes: ["height", "width", "channel"] });
    const map = await inputXGradient(net, ndarray(pixels, [1, 4, 4, 1]), { target: 0 });
    const inside = [0, 1, 2, 3].map((y) => [0, 1, 2, 3].map((x) => Number(y % 3 > 0 && x % 3 > 0)));
    const study = checkRules(map, [
      { kind: "border", most: 0.25 },
      { kind: "border", most: 0.2, name: "narrow" },
      { kind: "border", width: 2, most: 1 },
      { kind: "mass", mask: inside, least: 0.75 },
      { kind: "top", k: 4, mask: inside },
      { kind: "top", k: 8, mask: inside, least: 0.6 },
    ]);
    expect(column(study, "value")).toEqual([0.25, 0.25, 1, 0.75, 1, 0.5].map((v) => expect.closeTo(v, 6)));
    expect(column(study, "holds")).toEqual(["yes", "no", "yes", "yes", "yes", "no"]);
    expect(study.findings).toEqual([
      'Example 0 breaks the rule "narrow": 0.25, and at most 0.2 is allowed.',
      'Example 0 breaks the rule "top": 0.5, and at least 0.6 is allowed.',
    ]);
  });

  it("holds single features, example by example, and completeness", async () => {
    const net = asModel((x: tf.Tensor2D) => x.mul([0, 3, 1]).sum(1, true), {
      features: ["age", "income", "debt"],
    });
    const map = await integratedGradients(
      net,
      [
        [40, 1, 1],
        [20, 0, 4],
        [30, 0, 0],
      ],
      { target: 0 },
    );
    const study = checkRules(map, [
      { kind: "feature", feature: "age", most: 0 },
      { kind: "feature", feature: "income", least: 0.5 },
      { kind: "completeness", most: 0.01 },
    ]);
    expect(column(study, "holds")).toEqual(["yes", "yes", "yes", "yes", "no", "yes", "yes", "no", "yes"]);
    expect(study.table("broken").columns[1].values).toEqual(["feature income", "feature income"]);
  });

  it("refuses what is no rule before it looks at anything", async () => {
    const net = asModel((x: tf.Tensor2D) => x.sum(1, true), { features: ["age", "income"] });
    const map = await inputXGradient(net, [[1, 2]], { target: 0 });
    const wrong: readonly [unknown, string][] = [
      [[], "at least one rule"],
      [{}, "an array of rules"],
      [[7], "a rule { kind, … }"],
      [[{ kind: "edge", most: 1 }], "kind to be a known name"],
      [[{ kind: "border", most: 0.1 }], "a picture for a rule of its border"],
      [[{ kind: "border", mots: 0.1 }], 'nearest: "most"'],
      [[{ kind: "feature", feature: "aeg", most: 0 }], 'nearest: "age"'],
      [[{ kind: "feature", feature: "age" }], "either most or least"],
      [[{ kind: "feature", feature: "age", most: 5 }], "a share from 0 to 1"],
      [[{ kind: "top", k: 1, mask: [1, 0, 0] }], "a mask of shape [2]"],
      [[{ kind: "completeness", most: 0.1 }], "a map that claims completeness"],
    ];
    for (const [rules, words] of wrong) expect(() => checkRules(map, rules as never)).toThrow(words);
    expect(() => checkRules({} as never, [])).toThrow("checkRules(): expected an attribution");
  });
});
