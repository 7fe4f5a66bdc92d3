// The gradients and paths of random nets, as JSON: `answers.mjs file engine narrowest from count`.

import { writeFileSync } from "node:fs";
import { types } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { asModel, integratedGradients, saliency } from "../../src";
import { build, sampled } from "../../tests/engine/compiled/random-architectures/architecture";
import { inputsOf } from "../../tests/engine/compiled/random-architectures/inputs";

const [file, engine, narrowest, from, count] = process.argv.slice(2);
// Without its advice to install tfjs-node.
tf.enableProdMode();
// It asks by name whether an array is of floats.
tf.env().platform.isTypedArray = (value) => types.isTypedArray(value);

/** As the test of random architectures asks. */
const QUESTIONS = [
  [1, saliency],
  [2, saliency],
  [2, integratedGradients],
  [7, saliency],
];

const answers = {};
for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
  const built = build(sampled(seed), Number(narrowest));
  const model = asModel(built.model, { engine });
  for (const [rows, method] of QUESTIONS) {
    const x = inputsOf(built, seed, rows);
    const ask = async (layer) => {
      const { parts } = await method(model, x.length === 1 ? x[0] : x, {
        output: built.output,
        target: new Array(rows).fill(built.target.length === 1 ? built.target[0] : built.target),
        ...(method === integratedGradients ? { steps: 3 } : {}),
        ...(layer ? { layer } : {}),
      });
      return parts.map(({ values }) => Array.from(values.data));
    };
    const values = await ask();
    const scale = [...values];
    for (const [i, token] of built.tokens.entries())
      if (token) for (const { layer } of model.lookups(i)) scale.push(...(await ask(layer)));
    answers[`${seed}/${rows}/${method === saliency ? "gradient" : "path"}`] = { values, scale };
  }
  built.model.dispose();
}
writeFileSync(file, JSON.stringify(answers));
