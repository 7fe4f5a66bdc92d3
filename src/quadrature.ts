/** Nodes and weights of path integrals on [0, 1], and adaptive refinement. Everything in double precision. */

import { checkInteger, checkName } from "./check";

/** Nodes α_k in [0, 1] and weights w_k: ∫₀¹ f dα ≈ Σ_k w_k f(α_k). */
export interface Quadrature {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** The fixed rules, by name. */
export type RuleName =
  | "gauss-legendre"
  | "trapezoid"
  | "midpoint"
  | "left"
  | "right"
  | "inclusive-mean"
  | "captum-trapezoid";

/**
 * Gauss–Legendre on [0, 1]: the roots of the Legendre polynomial P_n, by Newton's method from
 * Tricomi's estimate; w = 1 / ((1 − ξ²) P′_n(ξ)²) after the change to [0, 1].
 */
function gaussLegendre(n: number): Quadrature {
  if (n === 1) return { nodes: [0.5], weights: [1] };
  const nodes = new Array<number>(n);
  const weights = new Array<number>(n);
  for (let i = 0; 2 * i < n; i++) {
    let xi = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let derivative = 1;
    for (let pass = 0; pass < 100; pass++) {
      let previous = 1;
      let value = xi;
      for (let k = 2; k <= n; k++)
        [previous, value] = [value, ((2 * k - 1) * xi * value - (k - 1) * previous) / k];
      derivative = (n * (xi * value - previous)) / (xi * xi - 1);
      const step = value / derivative;
      xi -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    const weight = 1 / ((1 - xi * xi) * derivative * derivative);
    nodes[n - 1 - i] = (1 + xi) / 2;
    nodes[i] = (1 - xi) / 2;
    weights[n - 1 - i] = weights[i] = weight;
  }
  return { nodes, weights };
}

/** Nodes of one Gauss–Legendre rule, at most: finding them takes time in proportion to their square. */
const MOST_GAUSS_NODES = 1024;

/** Gauss–Legendre with n nodes; where n is large, on stretches that have as many nodes each, or one fewer. */
function gaussLegendreInStretches(n: number): Quadrature {
  const stretches = Math.ceil(n / MOST_GAUSS_NODES);
  if (stretches === 1) return gaussLegendre(n);
  const few = Math.floor(n / stretches);
  const rules = [gaussLegendre(few), gaussLegendre(few + 1)] as const;
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let k = 0; k < stretches; k++) {
    const rule = rules[k < n % stretches ? 1 : 0];
    for (const node of rule.nodes) nodes.push((k + node) / stretches);
    for (const weight of rule.weights) weights.push(weight / stretches);
  }
  return { nodes, weights };
}

function uniform(n: number, node: (k: number) => number): Quadrature {
  return { nodes: Array.from({ length: n }, (_, k) => node(k)), weights: new Array<number>(n).fill(1 / n) };
}

function halvedEnds(n: number, weight: number): Quadrature {
  const weights = new Array<number>(n).fill(weight);
  weights[0] = weights[n - 1] = weight / 2;
  return { nodes: Array.from({ length: n }, (_, k) => k / (n - 1)), weights };
}

/**
 * Each rule for n steps.
 * - `gauss-legendre`: exact for polynomials of degree 2n − 1, and of degree 1023 at least; of more than 1024 nodes on equal
 *   stretches.
 * - `trapezoid`: n points from 0 to 1, weights 1/(n − 1), halved at the ends; they sum to 1.
 * - `midpoint`, `left`, `right`: n cells of width 1/n, read at the middle, the left or the right end.
 * - `inclusive-mean`: the plain mean over n points from 0 to 1 (the common tutorial scheme).
 * - `captum-trapezoid`: as Captum's riemann_trapezoid, weights 1/n halved at the ends; they sum to
 *   (n − 1)/n, so that even a constant is integrated too low. For comparison only.
 */
const RULES: Readonly<Record<RuleName, (n: number) => Quadrature>> = {
  "gauss-legendre": gaussLegendreInStretches,
  trapezoid: (n: number): Quadrature => halvedEnds(n, 1 / (n - 1)),
  midpoint: (n: number): Quadrature => uniform(n, (k) => (k + 0.5) / n),
  left: (n: number): Quadrature => uniform(n, (k) => k / n),
  right: (n: number): Quadrature => uniform(n, (k) => (k + 1) / n),
  "inclusive-mean": (n: number): Quadrature => uniform(n, (k) => k / (n - 1)),
  "captum-trapezoid": (n: number): Quadrature => halvedEnds(n, 1 / n),
};

/** The names of the fixed rules. */
export const RULE_NAMES: readonly RuleName[] = Object.keys(RULES) as RuleName[];

/** Most steps a rule may have: single precision tells no more apart. */
export const MOST_STEPS: number = 2 ** 20;

/** Fewest steps a rule needs: rules that read both ends need two. */
export function minimumSteps(rule: RuleName): number {
  checkName("minimumSteps", "rule", rule, RULE_NAMES);
  return rule === "trapezoid" || rule === "inclusive-mean" || rule === "captum-trapezoid" ? 2 : 1;
}

/** The rules that were asked for, since their nodes are roots that take time to find. */
const known = new Map<string, Quadrature>();
const MOST_KNOWN = 32;

/** Nodes and weights of a rule with `steps` nodes, nodes in ascending order. */
export function quadrature(rule: RuleName, steps: number): Quadrature {
  checkName("quadrature", "rule", rule, RULE_NAMES);
  checkInteger("quadrature", "steps", steps, minimumSteps(rule), MOST_STEPS);
  const key = `${rule} ${steps}`;
  const found = known.get(key) ?? RULES[rule](steps);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}
