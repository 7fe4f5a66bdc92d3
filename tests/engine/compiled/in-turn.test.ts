import { describe, expect, it } from "vitest";
import { inTurn } from "../../../src/engine/compiled/in-turn";
import { sleep } from "../../kernel/kernel";

describe("parts of some work", () => {
  it("are under way at most so many at once, each is done once, and results are taken in order", async () => {
    let underWay = 0;
    let most = 0;
    const begun: number[] = [];
    const taken: [number, number][] = [];
    await inTurn(
      9,
      3,
      async (part) => {
        begun.push(part);
        most = Math.max(most, ++underWay);
        // Later parts are through sooner.
        await sleep(40 - 4 * part);
        underWay--;
        return 10 * part;
      },
      (result, part) => taken.push([part, result]),
    );
    expect(most).toBe(3);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(taken).toEqual(begun.map((part) => [part, 10 * part]));
  });

  it("end with the first error: nothing is begun or taken after it", async () => {
    const begun: number[] = [];
    const taken: number[] = [];
    const work = inTurn(
      20,
      2,
      async (part) => {
        begun.push(part);
        await sleep(part === 3 ? 5 : 20);
        if (part === 3) throw new Error("part 3");
        return part;
      },
      (part) => taken.push(part),
    );
    await expect(work).rejects.toThrow("part 3");
    await sleep(60);
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(taken.every((part) => part < 3)).toBe(true);
  });

  it("may be none", async () => {
    await inTurn(
      0,
      2,
      () => Promise.reject(new Error("no part")),
      () => {},
    );
  });
});
