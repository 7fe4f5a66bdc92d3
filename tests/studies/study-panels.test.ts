/** Panels of a study: maps beside each other, tables no wider than a page, shares without a sign. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { curvature } from "../../src";
import { rowWidth } from "../../src/display/panels/figure-width";
import { Study } from "../../src/studies/study";
import { mapPanels, matrixPanels, tablePanels } from "../../src/studies/study-panels";

const picture = (title: string, side = 8) => ({
  title,
  part: "input",
  unit: "gradient of",
  axes: ["height", "width"] as const,
  shape: [side, side],
  values: Array.from({ length: side * side }, (_, i) => i - 3),
});

describe("panels of a study", () => {
  it("set maps beside each other as far as a page is wide, each with colours of its own", () => {
    const names = ["a", "b", "c", "d"];
    const { rows, colours } = mapPanels(names.map((name) => picture(name)));
    expect(rows.map((row) => row.map(({ title }) => title))).toEqual([["a", "b", "c"], ["d"]]);
    for (const row of rows) expect(rowWidth(row)).toBeLessThanOrEqual(860);
    expect(Object.keys(colours)).toHaveLength(4);
  });

  it("break names of columns where a table would be wider than a page, and its numbers stay in line", () => {
    const table = (names: readonly string[]) => ({
      name: "rates",
      columns: names.map((name) => ({ name, values: [1, 2] })),
    });
    const short = tablePanels(table(["a", "b"]), false);
    expect(short.map(({ lines }) => lines)).toEqual([
      ["a", "1", "2"],
      ["b", "1", "2"],
    ]);
    const long = "the correlation of a map with the one that was wanted";
    const wide = tablePanels(table(["example", ...Array.from({ length: 6 }, () => long)]), false);
    expect(rowWidth(wide)).toBeLessThanOrEqual(860);
    const [first = [], second = []] = wide.map(({ lines }) => lines);
    expect(first).toHaveLength(second.length);
    expect(first.filter((line) => line !== "")).toEqual(["example", "1", "2"]);
    expect(second.slice(0, -2).join(" ")).toBe(long);
    // Room in front of a shorter name is kept by every renderer.
    for (const renderer of ["vega-lite", "plotly"] as const) {
      const study = new Study({
        kind: "rates",
        tables: [table(["example", ...new Array(6).fill(long)])],
        findings: [],
      });
      expect(JSON.stringify(study.figure({ renderer }).toJSON())).toContain("example");
    }
  });

  it("colour shares from none to all, other values on either side of zero", () => {
    const matrix = (unit: string) => ({
      title: "",
      rowNames: ["row"],
      columnNames: ["column"],
      values: [0.5],
      rowTitle: "",
      columnTitle: "",
      unit,
    });
    const least = (unit: string) => Object.values(matrixPanels([matrix(unit)]).colours).map(({ low }) => low);
    expect(least("share")).toEqual([0]);
    expect(least("correlation")[0]).toBeLessThan(0);
  });

  it("show no direction of a curvature that is none", async () => {
    const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([1, 2, 3]).sum(1, true);
    const study = await curvature(linear, [[1, 2, 3]], { target: 0, count: 2 });
    expect(study.maps).toEqual([]);
    expect(study.table("eigenpairs").columns[0]!.values).toHaveLength(2);
    const bent = (x: tf.Tensor2D): tf.Tensor => tf.square(x).mul([1, 0, 0]).sum(1, true);
    expect((await curvature(bent, [[1, 2, 3]], { target: 0, count: 2 })).maps).toHaveLength(1);
  });
});
