// Integrated gradients on one net by every contestant: equal maps first, then times over interleaved rounds.

import { join } from "node:path";
import { Contestant, contestants, difference, median } from "./contest.mjs";

/** Share of the largest entry by which equal maps may differ. */
const EQUAL = 1e-5;
/**
 * Where ReLUs are many, some of their inputs are so near to zero that rounding puts them on the other side, and a
 * whole path of the gradient is switched. A map in single precision is then as near to the exact one as Captum's own
 * in single precision is; it may be this many times as far, since which ReLUs flip is chance.
 */
const CHANCE = 4;
/** Without the exact map: how far two maps in single precision may be from each other. */
const AT_KINKS = 5e-3;

/**
 * Times of each contestant for `question` ({ net, input, shape, target }), as
 * { name → { median, minimum, firstMs, delta, change, difference, peakBytes } or { missing: why } }.
 */
export async function measureSpeed(names, question, { steps, rounds, atLeastMs, folder, python }) {
  const running = new Map();
  const results = {};
  try {
    for (const name of names) {
      const contestant = new Contestant(name, python);
      try {
        await contestant.ask("load", question);
        const out = join(folder, `${name}.map`);
        const first = await contestant.ask("explain", { steps, out });
        if (first.backend !== contestants[name].backend)
          throw new Error(`${name}: answered by ${first.backend}: ${first.warnings.join("; ")}`);
        results[name] = { firstMs: first.times[0], delta: first.delta, change: first.change, out, times: [] };
        running.set(name, contestant);
      } catch (error) {
        contestant.end();
        results[name] = { missing: error.message };
      }
    }
    await assertEqual(running, results, question, steps, folder);
    for (let round = 0; round < rounds; round++) {
      for (const [name, contestant] of running) {
        const { times } = await contestant.ask("explain", { steps, atLeastMs });
        results[name].times.push(...times);
      }
    }
    for (const [name, contestant] of running) {
      const result = results[name];
      result.median = median(result.times);
      result.minimum = Math.min(...result.times);
      result.peakBytes = (await contestant.ask("memory")).peakBytes;
      delete result.times;
      delete result.out;
    }
  } finally {
    for (const contestant of running.values()) contestant.end();
  }
  return results;
}

/**
 * Throws when a map is not the one that the others are. A single ReLU on the other side of its kink moves a map by more than
 * rounding: then that contestant's map of the input moved by 1e-4, one way or another, must be the exact one.
 */
async function assertEqual(running, results, question, steps, folder) {
  const far = await tooFar(running, results, steps, folder);
  let still = far;
  for (const input of question.moved) {
    if (still.length === 0) break;
    const moved = {};
    for (const [name, contestant] of running) {
      await contestant.ask("load", { ...question, input });
      const out = join(folder, `${name}.moved`);
      await contestant.ask("explain", { steps, out });
      moved[name] = { out };
    }
    const here = await tooFar(running, moved, steps, folder);
    still = here.filter(({ name }) => still.some((other) => other.name === name));
  }
  if (still.length > 0) throw new Error(`expected the exact map, got ${JSON.stringify({ far, still })}`);
  if (far.length === 0) return;
  for (const contestant of running.values()) {
    await contestant.ask("load", question);
    await contestant.ask("explain", { steps });
  }
}

/** Those whose maps are not near to the exact one; notes the differences in the results. */
async function tooFar(running, results, steps, folder) {
  let truth = results.cpu?.out ?? results.tensorflow?.out ?? results.compiled?.out;
  let allowed = AT_KINKS;
  if (running.has("captum")) {
    truth = join(folder, "exact.map");
    await running.get("captum").ask("exact", { steps, out: truth });
    allowed = Math.max(EQUAL, CHANCE * difference(results.captum.out, truth));
  }
  return [...running.keys()].flatMap((name) => {
    const found = difference(results[name].out, truth);
    results[name].difference = found;
    return found <= allowed ? [] : [{ name, found, allowed }];
  });
}
