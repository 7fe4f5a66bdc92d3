import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathParts, spans } from "../../../src/engine/compiled/row-parts";

describe("the rows of a question in parts", () => {
  it("all rows, each once, in order, none larger than the size", () => {
    expect(spans(7, 3)).toEqual([
      [0, 3],
      [3, 6],
      [6, 7],
    ]);
    expect(spans(4, 10)).toEqual([[0, 4]]);
  });

  it("a path: each node of each example once, within the size, whatever the numbers are", () => {
    const positive = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(
        positive(20),
        positive(120),
        positive(300),
        positive(8),
        (examples, nodes, size, copies) => {
          const seen = new Array<number>(examples * nodes).fill(0);
          for (const { rows, span } of pathParts(examples, nodes, size, copies)) {
            expect((rows[1] - rows[0]) * (span[1] - span[0])).toBeLessThanOrEqual(size);
            for (let row = rows[0]; row < rows[1]; row++)
              for (let node = span[0]; node < span[1]; node++)
                seen[row * nodes + node] = (seen[row * nodes + node] as number) + 1;
          }
          expect(seen.every((times) => times === 1)).toBe(true);
        },
      ),
    );
  });

  it("a path of one example is halved for two copies", () => {
    expect(pathParts(1, 50, 25, 2).map(({ span }) => span)).toEqual([
      [0, 25],
      [25, 50],
    ]);
    expect(pathParts(1, 50, 50, 2)).toHaveLength(2);
    expect(pathParts(3, 50, 75, 2)).toHaveLength(6);
  });
});
