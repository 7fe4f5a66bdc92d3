import { describe, expect, it } from "vitest";
import { integratedGradients, noiseTunnel, saliency } from "../../src";
import { normals, smallCnn } from "../models";

describe("a noise tunnel of a method with other defaults", () => {
  const model = smallCnn(3);
  const x = normals(3, [2, 4, 4, 2]);

  it.each(["eager", "compiled"] as const)("averages that method, %s", async (engine) => {
    const inner = { absolute: true, target: 1, explain: "probability", layer: "conv", engine } as const;
    const a = await noiseTunnel(saliency.with(inner), { samples: 4 })(model, x);
    const b = await noiseTunnel(saliency, { samples: 4 })(model, x, inner);
    expect(a.values).toEqual(b.values);
    expect(a.options).toEqual(b.options);
    expect(Math.min(...a.values.data)).toBeGreaterThanOrEqual(0);
    expect(a.engine).toBe(engine);
  });

  it("keeps steps and baseline, and lets a call say otherwise", async () => {
    const tunnel = noiseTunnel(integratedGradients.with({ steps: 3, baseline: 0.5 }), { samples: 2 });
    const map = await tunnel(model, x);
    expect(map.options).toMatchObject({ steps: 3, baseline: "0.5", samples: 2 });
    expect(map.passes.backward).toBe(2 * 2 * 3);
    expect((await tunnel(model, x, { steps: 4 })).options).toMatchObject({ steps: 4, baseline: "0.5" });
    expect((await tunnel.with({ baseline: "ones" })(model, x)).options).toMatchObject({ baseline: "ones" });
  });
});
