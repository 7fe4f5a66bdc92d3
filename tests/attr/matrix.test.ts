/**
 * Every method × engine × place × batch × kind of input: a right map, or an error that says why there is none.
 * GRADLENS_MATRIX=whole asks every cell (some six minutes), another number draws another sample.
 */
import { describe, expect, it } from "vitest";
import { registry } from "../models";
import { type Answer, answerOf, cellsOf, differenceOf, faultsOf, withSubject } from "./cells";

/** Rounding of sums in another order, where entries of an activation nearly cancel in a denominator. */
const AGREEMENT = 2e-4;

describe.each(registry)("%s", (name, method) => {
  it.each(cellsOf(name, 4))(
    "$modality ($variant), $place: the same on both engines, alone or in a batch",
    async (cell) =>
      withSubject(cell, async (of) => {
        const ask = async (rows: number, engine: "eager" | "compiled"): Promise<Answer> => {
          const answer = await answerOf(method, of, cell.place, rows, engine);
          const { map } = answer;
          if (map) expect(faultsOf({ map, method, of, place: cell.place, rows })).toEqual([]);
          return answer;
        };
        const [alone, first, second] = [
          await ask(1, "eager"),
          await ask(3, "eager"),
          await ask(3, "compiled"),
        ];
        const refusals = [alone, first, second].map(({ refusal }) => refusal);
        expect(new Set(refusals).size).toBe(1);
        if (!alone.map || !first.map || !second.map) return;
        expect(differenceOf(first.map, alone.map, 1)).toBeLessThanOrEqual(AGREEMENT);
        expect(differenceOf(second.map, first.map, 3)).toBeLessThanOrEqual(AGREEMENT);
        const last = await ask(1, "compiled");
        if (last.map) expect(differenceOf(second.map, last.map, 1)).toBeLessThanOrEqual(AGREEMENT);
      }),
  );
});
