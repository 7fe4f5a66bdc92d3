/** Planted sequence: a word of four letters that the net looks for, somewhere among letters drawn at random. */
import { asModel } from "../../engine";
import { tfjs } from "../../engine/tfjs/tf";
import { random } from "../../random";
import { ndarray } from "../../tensor";
import type { Draw, PlantedData } from "./planted-data";

const [STEPS, LETTERS] = [20, "ACGT"];
const MOTIF = [...LETTERS];

/**
 * F(x) is the best match of the word ACGT in twenty letters, one of four each (one-hot): the largest count of letters in their place,
 * by a convolution. The word occurs once, and nothing else comes nearer than three of four.
 */
export function plantedSequence({ examples, seed }: Draw): PlantedData {
  const letters = LETTERS.length;
  const draw = random(seed, 0x5e90e);
  const data = new Float32Array(examples * STEPS * letters);
  const used = Array.from({ length: examples }, (_, row) => {
    const from = draw.integer(STEPS - MOTIF.length + 1);
    const text = Array.from({ length: STEPS }, (_, step) =>
      step >= from && step < from + MOTIF.length ? step - from : draw.integer(letters),
    );
    // Another whole word would be an answer as good: its last letter is changed. No two words overlap.
    for (let start = 0; start + MOTIF.length <= STEPS; start++)
      if (start !== from && MOTIF.every((_, k) => text[start + k] === k)) text[start + MOTIF.length - 1] = 0;
    text.forEach((letter, step) => {
      data[(row * STEPS + step) * letters + letter] = 1;
    });
    return text.map((_, step) => step >= from && step < from + MOTIF.length);
  });
  return {
    kind: "sequence",
    net: asModel(
      (x) => {
        const tf = tfjs();
        // The kernel has a one where the letter of a step is the word's.
        const kernel = MOTIF.flatMap((_, step) => MOTIF.map((_, letter) => Number(step === letter)));
        const matches = tf.conv1d(x, tf.tensor3d(kernel, [MOTIF.length, letters, 1]), 1, "valid");
        return tf.max(matches, 1);
      },
      { axes: ["time", "feature"] },
    ),
    inputs: ndarray(data, [examples, STEPS, letters]),
    outcomes: new Array<number>(examples).fill(1),
    features: Array.from({ length: STEPS }, (_, step) => `step ${step}`),
    groups: Array.from({ length: STEPS * letters }, (_, i) => Math.floor(i / letters)),
    used,
  };
}
