import { describe, expect, it } from "vitest";
import { bisect, firstPasses } from "../../../../src/engine/graph/passes/bisect";
import type { Stage } from "../../../../src/engine/graph/passes/pipeline";

const run = <T>(graph: T): T => graph;
const stages: readonly Stage[] = [
  { name: "batch", passes: [{ name: "batch", run, required: true }] },
  {
    name: "simplify",
    passes: [
      { name: "a", run },
      { name: "b", run },
      { name: "a", run },
    ],
  },
  {
    name: "path",
    passes: [
      { name: "path", run, required: true },
      { name: "c", run },
    ],
  },
];
const names = (some: readonly Stage[]): string[] =>
  some.flatMap(({ passes }) => passes.map(({ name }) => name));

describe("bisect", () => {
  it("keeps what a graph cannot do without", () => {
    expect([0, 2, 3, 6].map((count) => names(firstPasses(stages, count)))).toEqual([
      ["batch", "path"],
      ["batch", "a", "path"],
      ["batch", "a", "b", "path"],
      ["batch", "a", "b", "a", "path", "c"],
    ]);
  });

  const passes = stages.flatMap((stage) => stage.passes.map((pass) => ({ stage: stage.name, pass })));

  it.each(passes.filter(({ pass }) => !pass.required))("finds $pass.name of $stage", async (planted) => {
    const asked: number[] = [];
    const found = await bisect(stages, async (some) => {
      asked.push(names(some).length);
      return !some.some((stage) => stage.passes.includes(planted.pass));
    });
    expect(found).toEqual(planted);
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  it("says when it is no pass, or nothing is wrong", async () => {
    expect(await bisect(stages, async () => false)).toBe("recording");
    expect(await bisect(stages, async () => true)).toBeUndefined();
  });
});
