// Time to one convergence delta: adaptive refinement here, against the fewest steps with which Captum gets there.

import { join } from "node:path";
import { Contestant, distance, median } from "./contest.mjs";

/** Counts of steps that are tried one by one; beyond them, each twice the last. */
const SCANNED = 64;
const MOST_STEPS = 1024;

/** Steps of the map that all others are compared with. */
const EXACT_STEPS = 1000;

/**
 * Counts of steps of Captum's default rule for |delta| ≤ tolerance · |change|. The error of a net of ReLUs goes up and down
 * with the steps, so that a few may do by luck where more do not: the `fewest` that do, and the count from which on `all`
 * that were tried do.
 */
async function enoughSteps(captum, tolerance, probability) {
  const enough = async (steps) => {
    const { delta, change } = await captum.ask("explain", { steps, probability });
    return Math.abs(delta) <= tolerance * Math.abs(change);
  };
  let fewest;
  let all;
  for (let steps = 1; steps <= MOST_STEPS; steps = steps < SCANNED ? steps + 1 : 2 * steps) {
    if (await enough(steps)) {
      fewest ??= steps;
      all ??= steps;
    } else all = undefined;
  }
  return { fewest, all };
}

/**
 * For logit and probability: { steps, evaluations, reached, times, errors } with medians in ms and the errors of the maps: of
 * the compiled engine, and of Captum with the fewest steps that are enough and with those from which on all are. Maps are
 * left in `folder`.
 */
export async function measureEqualDelta(question, { tolerance, rounds, atLeastMs, python, folder }) {
  const [captum, compiled] = ["captum", "compiled"].map((name) => new Contestant(name, python));
  try {
    await Promise.all([captum.ask("load", question), compiled.ask("load", question)]);
    const results = {};
    for (const explain of ["logit", "probability"]) {
      const probability = explain === "probability";
      const steps = await enoughSteps(captum, tolerance, probability);
      const [exact, out] = ["exact", "out"].map((name) => join(folder, `${name}-${explain}.bin`));
      await compiled.ask("explain", { steps: EXACT_STEPS, probability, out: exact });
      const adaptive = { steps: 50, tolerance, probability };
      const { evaluations, delta, change } = await compiled.ask("explain", { ...adaptive, out });
      const errors = { compiled: distance(out, exact) };
      const asked = await captum.ask("explain", { steps: 2, probability });
      if (!(Math.abs(asked.change - change) <= 1e-3 * Math.abs(change)))
        throw new Error(`${explain}: expected one score to be explained, got ${change} and ${asked.change}`);
      for (const [which, count] of Object.entries(steps)) {
        if (count === undefined) continue;
        await captum.ask("explain", { steps: count, probability, out });
        errors[which] = distance(out, exact);
      }
      const times = { compiled: [], fewest: [], all: [] };
      for (let round = 0; round < rounds; round++) {
        times.compiled.push(...(await compiled.ask("explain", { ...adaptive, atLeastMs })).times);
        for (const [which, count] of Object.entries(steps)) {
          if (count === undefined) continue;
          const theirs = await captum.ask("explain", { steps: count, probability, atLeastMs });
          times[which].push(...theirs.times);
        }
      }
      results[explain] = {
        steps,
        evaluations,
        reached: Math.abs(delta) <= tolerance * Math.abs(change),
        errors,
        times: Object.fromEntries(
          Object.entries(times).flatMap(([who, list]) => (list.length > 0 ? [[who, median(list)]] : [])),
        ),
      };
    }
    return results;
  } finally {
    captum.end();
    compiled.end();
  }
}
