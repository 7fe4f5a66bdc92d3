import * as tf from "@tensorflow/tfjs";
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import { afterAll, describe, expect, it } from "vitest";
import {
  asModel,
  curvature,
  hessian,
  hessianVectorProduct,
  integratedGradients,
  integratedHessians,
  loss,
  type Study,
  shapleyInteractions,
  shapleyValues,
} from "../../src";
import { lanczos } from "../../src/attribution/lanczos";
import { random } from "../../src/author";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Second derivatives: of functions that one differentiates by hand, and of nets by each other. */

const ENGINES = ["eager", "compiled"] as const;
const column = (study: Study, table: string, name: string): readonly unknown[] =>
  study.table(table).columns.find((one) => one.name === name)!.values;

/** F = x₀² x₁ + 3 x₂ x₃ + x₃ */
const polynomial = (x: tf.Tensor2D): tf.Tensor => {
  const at = (i: number): tf.Tensor => x.slice([0, i], [-1, 1]);
  return at(0)
    .square()
    .mul(at(1))
    .add(at(2).mul(at(3)).mul(3))
    .add(at(3));
};
const POINT = [[2, -1, 0.5, 4]];
const HESSIAN = [-2, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 0];

const nets: tf.LayersModel[] = [];
const kept = (net: tf.LayersModel): tf.LayersModel => {
  nets.push(net);
  return net;
};
afterAll(() => {
  for (const net of nets) net.dispose();
});

describe("hessianVectorProduct", () => {
  it.each(ENGINES)("is H v by hand, in any direction (%s)", async (engine) => {
    const net = asModel(polynomial, { engine });
    const along = await hessianVectorProduct(net, POINT, { target: 0, direction: [1, 0, 2, -1] });
    expect([...along.values.data]).toEqual([-2, 4, -3, 6].map((v) => expect.closeTo(v, 4)));
    const own = await hessianVectorProduct(net, POINT, { target: 0 });
    expect([...own.values.data]).toEqual([-8, 8, 12, 1.5].map((v) => expect.closeTo(v, 4)));
  });

  it("takes a direction per example, at a layer as well, and refuses one of another shape", async () => {
    const net = kept(smallMlp(3, 4, "tanh"));
    const x = normals(3, [2, 4]);
    const both = await hessianVectorProduct(net, x, { direction: normals(4, [2, 4]), target: 0 });
    const one = await hessianVectorProduct(net, x, {
      direction: { data: normals(4, [2, 4]).data.slice(4), shape: [4] },
      target: 0,
    });
    expect(both.values.data.slice(4)).toEqual(one.values.data.slice(4));
    const head = await hessianVectorProduct(net, x, { layer: "hidden", target: 0 });
    expect(head.warnings.join()).toContain("no curvature in this direction");
    await expect(hessianVectorProduct(net, x, { direction: [1, 2, 3] })).rejects.toThrow(
      "hessianVectorProduct(): expected direction in the shape of x, [4]",
    );
    await expect(hessianVectorProduct(net, x, { direction: "x" as never })).rejects.toThrow(
      'hessianVectorProduct(): expected direction to be "input"',
    );
  });
});

describe("hessian", () => {
  it.each(ENGINES)("is that of a polynomial, by hand (%s)", async (engine) => {
    const study = await hessian(asModel(polynomial, { engine }), POINT, { target: 0 });
    expect(study.matrices[0].values).toEqual(HESSIAN.map((v) => expect.closeTo(v, 4)));
    expect(study.matrices[0].rowNames).toEqual(["0", "1", "2", "3"]);
    expect(column(study, "strongest pairs", "second").slice(0, 2)).toEqual(["1", "3"]);
  });

  it("sums over the entries of groups, and names features", async () => {
    const net = asModel(polynomial, { features: ["a", "b", "c", "d"] });
    const named = await hessian(net, POINT, { target: 0 });
    expect(named.matrices[0].rowNames).toEqual(["a", "b", "c", "d"]);
    const grouped = await hessian(net, POINT, { target: 0, groups: [0, 0, 1, 1] });
    expect(grouped.matrices[0].values).toEqual([6, 0, 0, 6].map((v) => expect.closeTo(v, 4)));
  });

  it("is that of a loss, is zero for ReLUs, and refuses what is too large or unknown before it works", async () => {
    const net = kept(smallCnn(5, "tanh"));
    const x = normals(5, [2, 4, 4, 2]);
    const study = await hessian(net, x, { target: loss([0, 2]), groups: "position" });
    expect(study.matrices.map(({ values }) => values.length)).toEqual([256, 256]);
    const flat = await hessian(kept(smallMlp(5)), normals(5, [2, 4]), { target: 0 });
    expect(flat.findings[0]).toContain("linear piece by piece");
    const wide = kept(
      tf.sequential({ layers: [tf.layers.dense({ inputShape: [600], units: 2, activation: "tanh" })] }),
    );
    await expect(hessian(wide, normals(1, [1, 600]))).rejects.toThrow("at most 512 features");
    await expect(hessian(net, x, { group: [0] } as never)).rejects.toThrow('nearest: "groups"');
  });
});

describe("lanczos", () => {
  it("finds the largest pairs of a symmetric matrix, equal ones as well", async () => {
    const size = 40;
    const stream = random(7);
    const { orthogonalMatrix: Q } = new QrDecomposition(
      Matrix.rand(size, size, { random: () => stream.normal() }),
    );
    const values = Array.from({ length: size }, (_, i) => (i < 2 ? 9 : i === 2 ? -7 : 1 / (i + 1)));
    const A = Q.mmul(Matrix.diag(values)).mmul(Q.transpose());
    const apply = async (v: Float64Array): Promise<Float64Array> =>
      Float64Array.from(A.mmul(Matrix.columnVector(v)).getColumn(0));
    const pairs = await lanczos(apply, {
      size,
      count: 3,
      iterations: size,
      tolerance: 1e-8,
      random: random(1),
    });
    expect(pairs.map(({ value }) => value)).toEqual([9, 9, -7].map((v) => expect.closeTo(v, 6)));
    for (const { residual } of pairs) expect(residual).toBeLessThan(1e-6);
  });
});

describe("curvature", () => {
  it.each([
    ["eager", 1],
    ["compiled", 2],
  ] as const)("has the eigenpairs of the dense Hessian to 1e-4 (%s)", async (engine, seed) => {
    const net = kept(smallCnn(seed, "tanh"));
    const x = normals(seed, [2, 4, 4, 2]);
    const model = asModel(net, { engine });
    const study = await curvature(model, x, { count: 4, target: 1 });
    const dense = await hessian(model, x, { target: 1 });
    const values = column(study, "eigenpairs", "eigenvalue").map(Number);
    dense.matrices.forEach(({ values: entries }, row) => {
      const size = 32;
      const matrix = Matrix.from1DArray(size, size, entries);
      const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
      const top = [...realEigenvalues].sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, 4);
      const found = values.slice(4 * row, 4 * row + 4);
      expect(relativeDifference(found, top)).toBeLessThan(1e-4);
      study.maps.slice(4 * row, 4 * row + 4).forEach((map, k) => {
        expect(map.shape).toEqual([4, 4, 2]);
        const image = matrix.mmul(Matrix.columnVector([...map.values])).getColumn(0);
        const off = Math.hypot(...image.map((entry, i) => entry - found[k] * map.values[i]));
        expect(off).toBeLessThan(1e-3 * Math.abs(top[0]));
      });
    });
  });

  it("says where there is none, and refuses more pairs than entries", async () => {
    const net = kept(smallMlp(2));
    const study = await curvature(net, normals(2, [1, 4]), { count: 2, target: 0 });
    expect(study.findings[0]).toContain("linear piece by piece");
    await expect(curvature(net, normals(2, [1, 4]), { count: 5 })).rejects.toThrow(
      "count of at most 4 entries",
    );
    await expect(curvature(net, normals(2, [1, 4]), { count: 0 })).rejects.toThrow(
      "curvature(): expected count",
    );
  });
});

describe("integratedHessians", () => {
  it("shares x·y in halves, and keeps what is additive on the diagonal", async () => {
    const study = await integratedHessians(polynomial, POINT, { target: 0 });
    const [matrix] = study.matrices;
    // 3 x₂ x₃ + x₃ at (0.5, 4): 6 for the pair, 4 alone. A pair x y has a quarter of itself in each of its four cells.
    expect(matrix.values[14]).toBeCloseTo(1.5, 4);
    expect(matrix.values[10]).toBeCloseTo(1.5, 4);
    expect(matrix.values[15]).toBeCloseTo(5.5, 4);
    expect(matrix.values[2]).toBeCloseTo(0, 6);
    expect(Number(column(study, "completeness", "delta")[0])).toBeCloseTo(0, 4);
  });

  it.each(ENGINES)(
    "has rows that sum to integrated gradients, and sums to F(x) − F(x′) (%s)",
    async (engine) => {
      const net = asModel(kept(smallMlp(8, 4, "tanh")), { engine });
      const x = normals(8, [2, 4]);
      const options = { baseline: normals(9, [4]), target: 1 };
      const study = await integratedHessians(net, x, options);
      const map = await integratedGradients(net, x, { ...options, steps: 200 });
      const rows = study.matrices.flatMap(({ values }) =>
        [0, 1, 2, 3].map((i) => values.slice(4 * i, 4 * i + 4).reduce((sum, v) => sum + v, 0)),
      );
      expect(relativeDifference(rows, map.values.data)).toBeLessThan(1e-4);
      const deltas = column(study, "completeness", "delta").map(Number);
      for (const delta of deltas) expect(Math.abs(delta)).toBeLessThan(1e-4);
      expect(study.findings).toEqual([]);
    },
  );

  it("is silent where strong pairs cancel to a difference of zero", async () => {
    const exclusive = (x: tf.Tensor2D): tf.Tensor => {
      const [a, b] = tf.split(x, 2, 1);
      return a.add(b).sub(a.mul(b).mul(2));
    };
    const study = await integratedHessians(exclusive, [[1, 1]], { target: 0, baseline: "zeros" });
    for (const [i, value] of [0.5, -0.5, -0.5, 0.5].entries())
      expect(study.matrices[0].values[i]).toBeCloseTo(value, 5);
    expect(study.findings).toEqual([]);
  });

  it("says what a net of ReLUs hides in its kinks, and refuses too many features", async () => {
    const study = await integratedHessians(kept(smallMlp(4)), normals(4, [1, 4]), {
      target: 0,
      baseline: [-2, 2, -2, 2],
    });
    expect(study.findings[0]).toContain("kinks");
    const net = kept(smallCnn(1, "tanh"));
    const wide = normals(1, [1, 4, 4, 2]);
    await expect(integratedHessians(net, wide, { steps: 0 })).rejects.toThrow("steps");
  });
});

describe("shapleyInteractions", () => {
  it("is that of a product by hand, and sums to Shapley values and to F(x) − F(x′)", async () => {
    const study = await shapleyInteractions(polynomial, POINT, { target: 0 });
    const [{ values }] = study.matrices;
    // 3 x₂ x₃ is the only interaction of 2 and 3: 6, half in each cell.
    expect(values[11]).toBeCloseTo(3, 6);
    expect(values[14]).toBeCloseTo(3, 6);
    expect(values[15]).toBeCloseTo(4, 6);
    // x₀² x₁ = −4 is of both together.
    expect([values[0], values[1], values[5]]).toEqual([0, -2, 0].map((v) => expect.closeTo(v, 6)));
    const net = kept(smallMlp(6));
    const x = normals(6, [2, 4]);
    const options = { baseline: normals(7, [4]), target: 2 };
    const pairs = await shapleyInteractions(net, x, options);
    const map = await shapleyValues(net, x, options);
    const rows = pairs.matrices.flatMap((matrix) =>
      [0, 1, 2, 3].map((i) => matrix.values.slice(4 * i, 4 * i + 4).reduce((sum, v) => sum + v, 0)),
    );
    expect(relativeDifference(rows, map.values.data)).toBeLessThan(1e-5);
  });

  it("explains black boxes, and refuses 13 players", async () => {
    const xor = asModel(
      ({ data, shape }) =>
        Array.from({ length: shape[0] }, (_, row) => [Math.abs(data[2 * row] - data[2 * row + 1])]),
      { outputs: 1 },
    );
    const { matrices } = await shapleyInteractions(xor, [[1, 1]], { target: 0 });
    expect(matrices[0].values).toEqual([1, -1, -1, 1].map((v) => expect.closeTo(v, 6)));
    const net = kept(smallMlp(1, 13));
    await expect(shapleyInteractions(net, normals(1, [1, 13]))).rejects.toThrow("at most 12 features");
  });
});

describe("their figures", () => {
  it("draw matrices and vectors in every renderer, with their words", async () => {
    const net = kept(smallCnn(3, "tanh"));
    const studies = [
      await hessian(polynomial, POINT, { target: 0 }),
      await curvature(net, normals(3, [1, 4, 4, 2]), { count: 2 }),
    ];
    for (const study of studies) {
      for (const renderer of ["vega-lite", "vega", "plotly"] as const)
        expect(JSON.stringify(study.figure({ renderer }).toJSON())).not.toMatch(/NaN|undefined/);
      expect(await study.figure().toSVG()).toMatch(/^<svg/);
      expect(JSON.parse(JSON.stringify(study))).toEqual(study.toJSON());
    }
    expect(studies[0].figure().description.rows[0][0]).toMatchObject({ kind: "matrix", columns: 4 });
    expect(studies[1].figure().description.rows[0].map(({ kind }) => kind)).toContain("grid");
  });
});
