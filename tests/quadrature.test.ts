import { expect, it } from "vitest";
import { minimumSteps, quadrature, RULE_NAMES } from "../src/author";

it("Gauss–Legendre is exact up to degree 2n − 1", () => {
  for (const n of [1, 2, 5, 20, 64, 300]) {
    const { nodes, weights } = quadrature("gauss-legendre", n);
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 13);
    for (const power of [1, 2, 2 * n - 1]) {
      const sum = nodes.reduce((total, node, k) => total + (weights[k] as number) * node ** power, 0);
      if (power <= 2 * n - 1) expect(sum).toBeCloseTo(1 / (power + 1), 12);
    }
  }
});

it("Gauss–Legendre of very many nodes is read on stretches, and is as exact", () => {
  for (const n of [1024, 1025, 5000, 200_000]) {
    const { nodes, weights } = quadrature("gauss-legendre", n);
    expect([nodes.length, weights.length]).toEqual([n, n]);
    expect(nodes.every((node, k) => node > (k === 0 ? 0 : (nodes[k - 1] as number)) && node < 1)).toBe(true);
    for (const power of [0, 1, 2, 500, 1023]) {
      const sum = nodes.reduce((total, node, k) => total + (weights[k] as number) * node ** power, 0);
      expect(sum * (power + 1)).toBeCloseTo(1, 10);
    }
  }
});

it.each(RULE_NAMES)("%s: nodes ascend within [0, 1], weights sum to 1", (rule) => {
  for (const steps of [minimumSteps(rule), 7, 50]) {
    const { nodes, weights } = quadrature(rule, steps);
    expect([nodes.length, weights.length]).toEqual([steps, steps]);
    expect(
      nodes.every((node, k) => node >= 0 && node <= 1 && (k === 0 || node > (nodes[k - 1] as number))),
    ).toBe(true);
    const total = weights.reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(rule === "captum-trapezoid" ? (steps - 1) / steps : 1, 13);
  }
});

it("Gauss–Legendre has the known nodes for five steps", () => {
  const { nodes, weights } = quadrature("gauss-legendre", 5);
  [0.04691, 0.230765, 0.5, 0.769235, 0.95309].forEach((node, k) => {
    expect(nodes[k]).toBeCloseTo(node, 6);
  });
  [0.118463, 0.239314, 0.284444, 0.239314, 0.118463].forEach((weight, k) => {
    expect(weights[k]).toBeCloseTo(weight, 6);
  });
});
