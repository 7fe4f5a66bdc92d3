import { describe, expect, it } from "vitest";
import {
  deepLift,
  defineMethod,
  featureAblation,
  inputXGradient,
  integratedGradients,
  ndarray,
  planted,
  type Study,
  saliency,
  scorePlanted,
  shapleySampling,
  type studies,
} from "../../src";
import { random } from "../../src/random";

/** Planted data: what was planted is what the net uses, and methods are told apart by it. */

const cell = (study: Study, row: number, name: string): unknown =>
  study.table("scores").columns.find((one) => one.name === name)!.values[row];
const KINDS: readonly studies.PlantedKind[] = ["tabular", "image", "sequence", "confounded"];

const noise = defineMethod({ name: "noise", gradient: false }, async ({ x }) => ({
  values: x.map(({ data, shape }, place) => {
    const draw = random(7, place);
    return ndarray(
      Float32Array.from(data, () => draw.normal()),
      shape,
    );
  }),
}));

describe("planted", () => {
  it.each(KINDS)("%s data is the same for a seed, another for another, and has its outcomes", (kind) => {
    const [one, same, other] = [0, 0, 1].map((seed) => planted(kind, { examples: 8, seed }));
    expect(same.inputs).toEqual(one.inputs);
    expect(other.inputs.data).not.toEqual(one.inputs.data);
    expect(one.inputs.shape[0]).toBe(8);
    expect(one.outcomes).toHaveLength(8);
    for (const row of one.used) expect(row).toHaveLength(one.features.length);
  });

  it("is checked before anything is drawn", () => {
    expect(() => planted("images" as never)).toThrow('nearest: "image"');
    expect(() => planted("image", { examples: 0 })).toThrow("planted(): expected examples");
  });

  it.each(KINDS)("changes the score of %s data by planted features alone", async (kind) => {
    const data = planted(kind, { examples: 6, seed: 3 });
    const map = await featureAblation(data.net, data.inputs, { target: 0 });
    const width = data.groups.length;
    for (let row = 0; row < 6; row++) {
      const moved = data.features.map((_, feature) =>
        data.groups.some(
          (group, i) => group === feature && Math.abs(map.values.data[row * width + i]) > 1e-5,
        ),
      );
      expect(moved).toEqual(data.used[row]);
    }
  });
});

describe("scorePlanted", () => {
  it("counts all hits and no false alarm for methods that say what a net uses", async () => {
    const study = await scorePlanted(
      [saliency, inputXGradient, integratedGradients, shapleySampling, deepLift],
      {
        data: [planted("tabular", { examples: 8 }), planted("confounded", { examples: 8 })],
      },
    );
    const against = study.table("scores").columns[2].values;
    const told = against.flatMap((what, row) => (what === "what the net uses" ? [row] : []));
    expect(told).toHaveLength(10);
    for (const row of told)
      expect([cell(study, row, "misses"), cell(study, row, "false alarms")]).toEqual([0, 0]);
  });

  it("finds the patch and the word, not the brighter bar", async () => {
    const study = await scorePlanted([saliency, integratedGradients, featureAblation], {
      data: [planted("image", { examples: 6 }), planted("sequence", { examples: 6 })],
    });
    for (let row = 0; row < 6; row++)
      expect([cell(study, row, "recall"), cell(study, row, "precision")]).toEqual([1, 1]);
    expect(study.findings).toEqual([]);
  });

  it("sets hits, misses and false alarms of a random map far apart from those", async () => {
    const study = await scorePlanted(noise, { data: planted("image", { examples: 16 }) });
    expect(cell(study, 0, "planted")).toBe(16 * 9);
    expect(Number(cell(study, 0, "hits")) + Number(cell(study, 0, "misses"))).toBe(16 * 9);
    // Nine of 144 pixels are planted: a map that knows nothing calls one in sixteen right.
    expect(cell(study, 0, "precision")).toBeCloseTo(9 / 144, 1);
    expect(study.findings[0]).toContain("image: noise finds");
  });

  it("shows that no map of a net knows what an intervention in the world does", async () => {
    const study = await scorePlanted(integratedGradients, { data: planted("confounded", { examples: 16 }) });
    expect(cell(study, 1, "against")).toBe("what changes the outcome");
    // The cause is found, upstream is missed, and the symptom is a false alarm.
    expect(["hits", "misses", "false alarms"].map((name) => cell(study, 1, name))).toEqual([16, 16, 16]);
    expect(study.findings).toEqual([
      "confounded: integratedGradients finds 16 of 32 of what changes the outcome, with 16 false alarms.",
    ]);
  });

  it("takes another net of the same data, and says which method has no answer", async () => {
    const data = planted("confounded", { examples: 4 });
    // This one reads the noise as well.
    const net = (x: import("@tensorflow/tfjs").Tensor2D) => x.mul([1, 1, 0, 1]).sum(1, true);
    const study = await scorePlanted(saliency, { data, net });
    expect(cell(study, 0, "false alarms")).toBe(4);
    const broken = defineMethod({ name: "broken", gradient: false }, async () => {
      throw new RangeError("no number");
    });
    expect((await scorePlanted(broken, { data })).findings).toEqual([
      "No answer of broken for confounded data: no number.",
    ]);
    await expect(scorePlanted([], { data })).rejects.toThrow("at least one method");
    await expect(scorePlanted("saliency" as never)).rejects.toThrow("a method or an array of methods");
  });
});
