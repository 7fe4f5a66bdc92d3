// Time to one convergence delta: adaptive refinement here, against the fewest steps with which Captum gets there.

import { Contestant, median } from "./contest.mjs";

const MOST_STEPS = 1024;

/** The fewest steps of Captum's default rule for |delta| ≤ tolerance · |change|, among 4, 8, 16, … and then between. */
async function fewestSteps(captum, tolerance, probability) {
  const enough = async (steps) => {
    const { delta, change } = await captum.ask("explain", { steps, probability });
    return Math.abs(delta) <= tolerance * Math.abs(change);
  };
  let high = 4;
  while (high <= MOST_STEPS && !(await enough(high))) high *= 2;
  if (high > MOST_STEPS) return undefined;
  let low = high / 2;
  while (high - low > Math.max(1, high / 16)) {
    const middle = Math.round((low + high) / 2);
    if (await enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** For logit and probability: { captumSteps, evaluations, captum, compiled, reached } with medians in ms. */
export async function measureEqualDelta(question, { tolerance, rounds, atLeastMs, python }) {
  const [captum, compiled] = ["captum", "compiled"].map((name) => new Contestant(name, python));
  try {
    await Promise.all([captum.ask("load", question), compiled.ask("load", question)]);
    const results = {};
    for (const explain of ["logit", "probability"]) {
      const probability = explain === "probability";
      const steps = await fewestSteps(captum, tolerance, probability);
      const adaptive = { steps: 50, tolerance, probability };
      const { evaluations, delta, change } = await compiled.ask("explain", adaptive);
      const times = { captum: [], compiled: [] };
      for (let round = 0; round < rounds; round++) {
        const mine = await compiled.ask("explain", { ...adaptive, atLeastMs });
        times.compiled.push(...mine.times);
        const theirs = await captum.ask("explain", { steps: steps ?? MOST_STEPS, probability, atLeastMs });
        times.captum.push(...theirs.times);
      }
      results[explain] = {
        captumSteps: steps,
        evaluations,
        reached: Math.abs(delta) <= tolerance * Math.abs(change),
        captum: median(times.captum),
        compiled: median(times.compiled),
      };
    }
    return results;
  } finally {
    captum.end();
    compiled.end();
  }
}
