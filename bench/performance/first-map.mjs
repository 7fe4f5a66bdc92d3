// Time from the start of a process to the first map: loading the library and the net included.

import { Contestant, median } from "./contest.mjs";

/**
 * Milliseconds for each contestant, medians over fresh processes in turn. A contestant is a name, or `{ name, label, tree }`
 * with the tree that it is built of.
 */
export async function measureFirstMap(starters, question, { steps, rounds, python }) {
  const all = starters.map((one) => (typeof one === "string" ? { name: one, label: one } : one));
  const names = all.map(({ label }) => label);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const missing = {};
  for (let round = 0; round < rounds; round++) {
    for (const { name: engine, label: name, tree } of all) {
      if (missing[name]) continue;
      const started = performance.now();
      const contestant = new Contestant(engine, python, tree);
      try {
        await contestant.ask("load", question);
        await contestant.ask("explain", { steps });
        times[name].push(performance.now() - started);
      } catch (error) {
        missing[name] = error.message;
      } finally {
        contestant.end();
      }
    }
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      missing[name]
        ? { missing: missing[name] }
        : { median: median(times[name]), minimum: Math.min(...times[name]) },
    ]),
  );
}
