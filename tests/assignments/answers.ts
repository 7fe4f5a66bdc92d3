/** Answers that are plausible and wrong. Each makes one mistake that its problem is there to catch. */
export const wrong: Readonly<Record<string, string>> = {
  // One-sided: right to three digits, and still not what was asked for.
  "p1-answer": `
    function numericGradient(f: (x: number[]) => number, x: number[], h = 1e-4): number[] {
      return x.map((_, i) => (f(x.map((v, j) => (i === j ? v + h : v))) - f(x)) / h);
    }`,
  // No inner derivative.
  "p2-by-hand-answer": `
    function tinyGradient({ W, v }: TinyNet, x: number[]): number[] {
      return x.map((_, i) => v.reduce((sum, vj, j) => sum + vj * W[j][i], 0));
    }`,
  // Left ends in place of midpoints.
  "p3-answer": `
    function pathAttribution(gradient: (x: number[]) => number[], x: number[], baseline: number[], steps: number) {
      const total = x.map(() => 0);
      for (let k = 0; k < steps; k++) {
        const slopes = gradient(x.map((v, i) => baseline[i] + (k / steps) * (v - baseline[i])));
        slopes.forEach((slope, i) => { total[i] += slope; });
      }
      return total.map((sum, i) => ((x[i] - baseline[i]) * sum) / steps);
    }`,
  // The sign turned round: zero stays zero, so only the hidden tests see it.
  "p4-delta-answer": `
    function convergenceDelta(attribution: number[], scoreAtX: number, scoreAtBaseline: number): number {
      return scoreAtX - scoreAtBaseline - attribution.reduce((sum, value) => sum + value, 0);
    }`,
  "p5-map-answer": `
    let libraryMap: unknown;
    libraryMap = await integratedGradients(net, digits.take(digits.test, [3]).x, { rule: "left", steps: 50 });`,
  // Deltas of both signs cancel.
  "p5-rules-answer": `
    const twelve = digits.take(digits.test, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).x;
    async function meanDelta(rule: RuleName, steps: number): Promise<number> {
      const map = await integratedGradients(net, twelve, { baseline: "zeros", rule, steps });
      return map.convergenceDelta!.reduce((sum, delta) => sum + delta, 0) / 12;
    }`,
  // Knows the answer to the visible test by heart.
  "p6-neutral-answer": `const mostNeutral = (candidates: Record<string, number[]>) => "empty page";`,
  "p6-words": "Because the hole is white.",
};

/** Answers that break in every way an answer can. */
export const broken: Readonly<Record<string, string>> = {
  "p1-answer": `function numericGradient(f: unknown, x: number[]): number[] { throw new RangeError("too far"); }`,
  "p2-by-hand-answer": "function tinyGradient(net: TinyNet, x: number[] {",
  // A value of the wrong type must fail a check; with a comparison in the cell it would not compile.
  "p4-delta-answer": `function convergenceDelta(): string { return "0"; }`,
  // The right number, and a line on stderr.
  "p4-steps-answer": `
    function stepsNeeded(delta: (steps: number) => number, tolerance: number): number {
      console.error("searching");
      let steps = 1;
      while (Math.abs(delta(steps)) > tolerance) steps *= 2;
      return steps;
    }`,
  "p5-map-answer": `let libraryMap: unknown;\nthrow new Error("at the top of a cell");`,
  "p5-rules-answer": `const meanDelta = () => Promise.reject(new Error("later"));`,
  "p6-neutral-answer": "const mostNeutral = 7;",
};
