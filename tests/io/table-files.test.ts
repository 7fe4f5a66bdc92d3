/** CSV files read as tables of numbers with names. */
import { describe, expect, it } from "vitest";
import { asModel, io, saliency } from "../../src";

const csv = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("readTable", () => {
  it("reads numbers with the names of their columns, and words beside them", async () => {
    const table = await io.readTable(
      csv('\ufeffage,"income, yearly",city,rooms\n31,1e3,"Aix ""en"" Provence",2\n.5,-2,"two\nlines",3\n\n'),
    );
    expect(table.columns).toEqual(["age", "income, yearly", "rooms"]);
    expect(table.shape).toEqual([2, 3]);
    expect([...table.data]).toEqual([31, 1000, 2, 0.5, -2, 3]);
    expect(table.texts).toEqual({ city: ['Aix "en" Provence', "two\nlines"] });
  });

  it.each([
    ["semicolons", "a;b\n1;2\n3;4\n"],
    ["tabs, and lines of Windows", "a\tb\r\n1\t2\r\n3\t4\r\n"],
    ["bars", "a|b\n1|2\n3|4"],
  ])("reads %s", async (_, text) => {
    const table = await io.readTable(csv(text));
    expect([...table.data]).toEqual([1, 2, 3, 4]);
    expect(table.columns).toEqual(["a", "b"]);
  });

  it("tells a row of names from one of numbers", async () => {
    const bare = await io.readTable(csv("1,2\n3,4\n"));
    expect(bare.shape).toEqual([2, 2]);
    expect(bare.columns).toEqual(["feature 0", "feature 1"]);
    const named = await io.readTable(csv("1,2\n3,4\n"), { header: true });
    expect(named.columns).toEqual(["1", "2"]);
    expect([...named.data]).toEqual([3, 4]);
    expect((await io.readTable(csv(",x\n0,4\n"))).columns).toEqual(["feature 0", "x"]);
  });

  it("takes the columns that are wanted, in their order", async () => {
    const table = await io.readTable(csv("id,x,y,z\nq,1,2,3\nr,4,5,6\n"), { columns: ["z", "x"] });
    expect([...table.data]).toEqual([3, 1, 6, 4]);
    expect(table.texts).toEqual({ id: ["q", "r"] });
  });

  it("puts a number where one is missing only when it is told to", async () => {
    const gaps = csv("a,b\n1,\nNA,4\n");
    await expect(io.readTable(gaps)).rejects.toThrow(
      'readTable(): expected a number in row 2 of column "b", got ""; missing: 0',
    );
    expect([...(await io.readTable(gaps, { missing: -1 })).data]).toEqual([1, -1, -1, 4]);
    expect([...(await io.readTable(gaps, { missing: Number.NaN })).data]).toEqual([
      1,
      Number.NaN,
      Number.NaN,
      4,
    ]);
  });

  it("feeds a model that names its features", async () => {
    const table = await io.readTable(csv("age,rooms,kind\n31,2,a\n4,3,b\n"));
    const net = asModel((x) => x.square().sum(1, true), { features: [...table.columns] });
    const map = await saliency(net, table, { target: 0 });
    expect([...map.values.data]).toEqual([62, 4, 8, 6]);
    expect(map.parts[0].labels).toEqual(["age", "rooms"]);
  });

  it("reads what saveArray wrote", async () => {
    const map = { data: Float32Array.of(1.5, -2, 3, 4), shape: [2, 2] };
    const table = await io.readTable(csv("axis 0,axis 1,attribution\n0,0,1.5\n0,1,-2\n1,0,3\n1,1,4\n"), {
      columns: ["attribution"],
    });
    expect(table.data).toEqual(map.data);
  });

  it("says what is wrong with a table", async () => {
    for (const [bytes, options, says] of [
      [csv(""), {}, "expected a table, got an empty file"],
      [csv("a,b\n1\n"), {}, "expected 2 cells in each row, got 1 in row 2"],
      [csv('a,b\n"1,2\n'), {}, "expected closed quotes, got "],
      [csv("a,a\n1,2\n"), {}, 'expected each column to have a name of its own, got "a" twice'],
      [csv("age,b\n1,2\n"), { columns: ["agee"] }, 'got "agee" (nearest: "age")'],
      [csv("age,b\n1,x\n"), { columns: ["b"] }, 'expected a number in row 2 of column "b", got "x"'],
      [csv("age,b\n1,0x10\n"), { columns: ["b"] }, 'got "0x10"'],
      [Uint8Array.of(0x61, 0x2c, 0xe9, 0x0a), {}, "expected a text in UTF-8, got bytes that are none"],
      [csv("a\n1\n"), { missing: "0" }, 'expected missing to be a number, got "0"'],
      [csv("a\n1\n"), { columns: "a" }, 'expected columns to be names of columns, got "a"'],
      [csv("a\n1\n"), { header: 1 }, "expected header to be true or false, got 1"],
      [csv("a\n1\n"), { head: true }, 'nearest: "header"'],
    ] as const)
      await expect(io.readTable(bytes, options as never), says).rejects.toThrow(says);
  });
});
