// Maps of one recurrent net in this process: processor time of the first and of a later one, and the longest stretch of the main
// thread in which no timer had its turn; and how long a first map that is aborted goes on. Prints JSON, in milliseconds.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { root } from "../../scripts/toolbox.mjs";

console.warn = () => {};
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { integratedGradients } = require(root);
await tf.setBackend("cpu");

const [kind, given, engine] = process.argv.slice(2);
const steps = Number(given);
/** A net of its own: its first map is one. */
function net() {
  const initializers = ["kernelInitializer", "recurrentInitializer"].map((name, seed) => [
    name,
    tf.initializers.randomNormal({ stddev: 0.3, seed }),
  ]);
  const layer = tf.layers[kind]({ units: 8, inputShape: [steps, 3], ...Object.fromEntries(initializers) });
  const head = tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotNormal({ seed: 9 }) });
  return tf.sequential({ layers: [layer, head] });
}

const model = net();
const x = { data: Float32Array.from({ length: 3 * steps }, (_, i) => Math.sin(i)), shape: [1, steps, 3] };

/** Processor time of the main thread: waiting for a core is no part of it. Linux alone tells. */
const ownTime = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;

async function measured() {
  let last = ownTime();
  let longest = 0;
  const look = () => {
    const now = ownTime();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  const before = process.cpuUsage();
  await integratedGradients(model, x, { target: 1, engine });
  const { user, system } = process.cpuUsage(before);
  look();
  clearInterval(timer);
  return { ms: (user + system) / 1000, longest };
}

/** Time from an abort in the midst of a first map to its error, by this thread's own clock; undefined where it came too late. */
async function aborted(after) {
  const controller = new AbortController();
  let since;
  setTimeout(() => {
    since = ownTime();
    controller.abort();
  }, after);
  try {
    await integratedGradients(net(), x, { target: 1, engine, signal: controller.signal });
    return undefined;
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    return ownTime() - since;
  }
}

const started = performance.now();
const first = await measured();
const took = performance.now() - started;
const later = [];
for (let k = 0; k < 3; k++) later.push(await measured());
const least = later.reduce((a, b) => (b.ms < a.ms ? b : a));
let abort = 0;
for (let moment = 1; moment < 10; moment++)
  abort = Math.max(abort, (await aborted((moment * took) / 10)) ?? 0);
process.stdout.write(JSON.stringify({ first: first.ms, longest: first.longest, later: least.ms, abort }));
process.exit(0);
