import { describe, expect, it } from "vitest";
import { type AnyMethod, dataset, integratedGradients, noiseTunnel, type Progress } from "../../src";
import { normals, smallCnn } from "../models";

describe("progress", () => {
  const model = smallCnn(9);
  const baseline = dataset(normals(2, [5, 4, 4, 2]), { samples: 3 });
  const told = async (method: AnyMethod, engine: "eager" | "compiled"): Promise<Progress[]> => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): void => {
      seen.push(progress);
    };
    await method(model, normals(1, [2, 4, 4, 2]), { target: 1, baseline, engine, onProgress });
    return seen;
  };

  it.each(["eager", "compiled"] as const)("counts every baseline of a data set, %s", async (engine) => {
    const path = integratedGradients.with({ steps: 7 });
    for (const [method, total] of [
      [path, 2 * 7 * 3],
      [noiseTunnel(path, { samples: 2 }), 2 * 2 * 7 * 3],
    ] as const) {
      const seen = await told(method, engine);
      const early = seen.filter(({ done }) => done <= total);
      expect(early.length).toBeGreaterThanOrEqual(3);
      for (const progress of early) expect(progress.total).toBe(total);
      expect(early[0]?.done).toBeLessThanOrEqual(total / 3);
    }
  });
});
