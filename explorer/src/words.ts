/** Words: the sentences of the page, made of the numbers that stand beside them, so that they are true for every setting. */

import type { Attribution } from "../../src/attribution";
import { readable, signed } from "../../src/display/text";
import { CLOSE_ENOUGH } from "./questions";
import type { BaselineChoice, State, TabName } from "./state";
import type { Store } from "./store";

/** A sentence, and whether it is good news. */
export interface Said {
  readonly tone: "neutral" | "good" | "warn";
  readonly text: string;
}

export const TAB_LABELS: Readonly<Record<TabName, string>> = {
  saliency: "Saliency map",
  path: "Integrated gradients",
  compare: "Comparison",
  trust: "Can I trust it?",
};

export const BASELINE_LABELS: Readonly<Record<BaselineChoice, string>> = {
  black: "black (all zeros)",
  white: "white (all ones)",
  noise: "noise (random greys)",
  blur: "blur (your input, without detail)",
  mean: "mean (the average digit)",
  custom: "custom (painted)",
};

export const METHOD_LABELS: Readonly<Record<State["trusted"], string>> = {
  integratedGradients: "integrated gradients",
  saliency: "saliency",
  smoothGrad: "SmoothGrad",
};

/** The class that a map explains, in words. */
export function className(store: Store, index: number): string {
  const name = store.net.classes[index] ?? String(index);
  return name.startsWith("class") ? name : `“${name}”`;
}

/** The class of the state: the chosen one, else the predicted one. */
export function targetOf(store: Store): number | undefined {
  const { target } = store.state;
  if (target !== undefined && target < store.net.classes.length) return target;
  return store.answers.prediction?.predicted;
}

/** F in words: "the logit of “3”". */
export function scoreName(store: Store): string {
  const target = targetOf(store);
  const of = target === undefined ? "the predicted class" : className(store, target);
  return `the ${store.state.explain} of ${of}`;
}

/** Percents of a probability, never "100" for what is not sure. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value > 99.95 && share < 1) return "> 99.9 %";
  if (value < 0.05 && share > 0) return "< 0.1 %";
  return `${value.toFixed(1)} %`;
}

/** Path of a map: the steps, and the sums after each. */
export interface Walked {
  readonly count: number;
  readonly step: number;
  readonly alpha: number;
  readonly sum: number;
  readonly added: number;
  readonly difference: number;
}

/** Where on the path the page stands; step 0 is the baseline itself. */
export function walked(store: Store): Walked | undefined {
  const map = store.answers.path;
  const path = map?.path;
  if (!map || !path) return undefined;
  const sums = path.runningSum[0];
  const count = sums.length;
  const step = Math.min(count, Math.round((store.state.step / store.state.steps) * count));
  const sum = step === 0 ? 0 : sums[step - 1];
  return {
    count,
    step,
    alpha: step === 0 ? 0 : path.alphas[step - 1],
    sum,
    added: step === 0 ? 0 : sum - (step === 1 ? 0 : sums[step - 2]),
    difference: map.score[0] - map.baselineScore[0],
  };
}

/** Σ of a map against F(x) − F(x′). */
export function completenessSaid(store: Store): Said {
  const map = store.answers.path;
  if (!map) return { tone: "neutral", text: "…" };
  const delta = map.convergenceDelta[0];
  const difference = map.score[0] - map.baselineScore[0];
  if (Math.abs(difference) < 1e-6)
    return {
      tone: "neutral",
      text: "Input and baseline have the same score: there is nothing to share out. Choose another baseline.",
    };
  const share = Math.abs(delta / difference);
  const missed = `The sum misses F(x) − F(x′) by ${percent(share)} of it.`;
  if (share <= CLOSE_ENOUGH) return { tone: "good", text: `${missed} The integral is as good as exact.` };
  const advised = store.answers.advice?.table("steps advised").columns[1].values[0];
  const { steps } = map.options;
  const more =
    typeof advised === "number" && typeof steps === "number" && advised > steps
      ? `About ${advised - steps} more steps of this rule (${advised} in all) bring that below 1 %.`
      : typeof advised === "number" && typeof steps === "number"
        ? `${advised} steps of this rule would be below 1 %: where F bends, more steps are not always nearer.`
        : store.answers.advice
          ? "Even 500 steps of this rule stay above 1 %: choose another rule."
          : "";
  return { tone: share <= 0.05 ? "good" : "warn", text: `${missed} ${more}` };
}

/** How concentrated a map is. */
export function signalSaid(value: number | undefined): Said {
  if (value === undefined) return { tone: "neutral", text: "…" };
  if (value === 0) return { tone: "warn", text: "The map is zero everywhere." };
  if (value > 5)
    return {
      tone: "good",
      text: "High: the map is concentrated on few pixels. That alone does not make them the right ones.",
    };
  if (value < 2.5)
    return {
      tone: "warn",
      text: "Low: the map is spread over many pixels, as that of a linear model or a noisy one.",
    };
  return { tone: "neutral", text: "Between: some pixels stand out, and many have a share." };
}

/** Whether gradients are small because something is saturated or dead. */
export function saturationSaid(store: Store): Said {
  const { prediction, diagnosis } = store.answers;
  const target = targetOf(store);
  if (!prediction || target === undefined) return { tone: "neutral", text: "…" };
  const p = prediction.probabilities[target];
  const tail =
    p > 0.99 || p < 0.01
      ? `P(${className(store, target)}) = ${percent(p)}: in its flat tail, where gradients of the probability are nearly zero. The logit has no tail.`
      : `P(${className(store, target)}) = ${percent(p)}: not in the flat tails.`;
  const dead = Math.max(
    0,
    ...(diagnosis?.table("layers").columns[1].values ?? []).filter((value) => typeof value === "number"),
  );
  const units = diagnosis
    ? ` ${dead === 0 ? "No layer has dead units." : `Dead units: at most ${percent(dead)} of a layer.`}`
    : "";
  const warn = (p > 0.99 || p < 0.01) && store.state.explain === "probability";
  return { tone: warn ? "warn" : "neutral", text: tail + units };
}

/** What is happening now. */
export function happening(store: Store): Said {
  if (store.failure !== "") return { tone: "warn", text: store.failure };
  const { tab } = store.state;
  const said = {
    saliency: saliencyHappening,
    path: pathHappening,
    compare: compareHappening,
    trust: trustHappening,
  };
  return said[tab](store);
}

function seen(store: Store): string {
  const { prediction } = store.answers;
  if (!prediction) return "The net looks at your picture.";
  const { predicted, probabilities } = prediction;
  return `The net sees ${className(store, predicted)} with ${percent(probabilities[predicted])}.`;
}

function saliencyHappening(store: Store): Said {
  const map = store.answers.saliency;
  if (!map) return { tone: "neutral", text: "…" };
  const values = Array.from(map.values.data);
  const at = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);
  if (values[at] === 0)
    return {
      tone: "warn",
      text: `${seen(store)} The gradient is zero everywhere: no small change of any pixel changes ${scoreName(store)}.`,
    };
  const place = `(${Math.floor(at / store.net.columns)}, ${at % store.net.columns})`;
  return {
    tone: "neutral",
    text: `${seen(store)} Lighten a red pixel a little and ${scoreName(store)} rises; lighten a blue one and it falls. Pixel ${place} matters most here: ${signed(values[at])} per unit of grey. Paint on it and see.`,
  };
}

function pathHappening(store: Store): Said {
  const map = store.answers.path;
  const at = walked(store);
  if (!map || !at) return { tone: "neutral", text: "…" };
  const score = scoreName(store);
  const { baseline } = store.state;
  if (at.step === 0)
    return {
      tone: "neutral",
      text: `Press Play. We start at the baseline, ${BASELINE_LABELS[baseline]}, where ${score} is ${readable(map.baselineScore[0], 3)}, and walk in a straight line to your picture, where it is ${readable(map.score[0], 3)}. Every step adds its gradient to the map.`,
    };
  if (at.step < at.count)
    return {
      tone: "neutral",
      text: `Step ${at.step} of ${at.count}: the picture has come ${percent(at.alpha)} of the way. This step's gradient, times (x − x′), adds ${signed(at.added)} to the sum, which is now ${readable(at.sum, 3)} of the ${readable(at.difference, 3)} to be shared out.`,
    };
  const { tone, text } = completenessSaid(store);
  return {
    tone,
    text: `Arrived. The map adds up to ${readable(at.sum, 4)}; ${score} rose from the baseline's by ${readable(at.difference, 4)}. ${text}`,
  };
}

function compareHappening(store: Store): Said {
  const compared = store.answers.compared;
  const difference = walked(store)?.difference;
  if (!compared || difference === undefined) return { tone: "neutral", text: "…" };
  const misses = compared.flatMap(({ name, delta }) =>
    delta === undefined || name === "Grad-CAM" ? [] : [`${name} by ${readable(Math.abs(delta), 2)}`],
  );
  return {
    tone: "neutral",
    text: `Four answers to one question about ${scoreName(store)}. F(x) − F(x′) is ${readable(difference, 3)}; the sums of the maps miss it: ${misses.join(", ")}. Only integrated gradients promise to come near. Vanilla gradients and SmoothGrad are slopes, not shares; Grad-CAM says where, coarsely.`,
  };
}

function trustHappening(store: Store): Said {
  const { trusted } = store.state;
  return {
    tone: "neutral",
    text: `A map can look right and be wrong. Four tests of ${METHOD_LABELS[trusted]} for ${scoreName(store)}: take away what it puts first; destroy what the net has learned; change what it compares with; shake the picture. Press Play to destroy the net layer by layer.`,
  };
}

/** What a deletion curve says. */
export function removalSaid(store: Store): string {
  const removal = store.answers.removal;
  if (!removal) return "…";
  const curve = removal.deletion.curve;
  const scores = curve?.values[0] ?? [];
  const [first, last] = [scores[0], scores[scores.length - 1]];
  const half = (first + last) / 2;
  const at = scores.findIndex((score) => (first >= last ? score <= half : score >= half));
  const share = curve?.at[at];
  if (share === undefined || first === last) return "Taking everything away does not change the score.";
  return `Half of the way from ${readable(first, 3)} to ${readable(last, 3)} is gone when ${percent(share)} of the pixels have their baseline's value, the map's first ones first. Sooner is better. Such pictures are like none that the net has learned from.`;
}

/** What the randomised net's map says. */
export function randomisedSaid(store: Store): string {
  const randomised = store.answers.randomised;
  if (!randomised) return "…";
  const count = Math.min(store.state.randomised, randomised.layers.length);
  if (count === 0)
    return "The net as it was trained. Move the slider: its layers are drawn anew from the output back, and a map that tells of the net must change.";
  const similarity = randomised.similarity.curve?.values[0][count - 1];
  const drawn = `${count} of ${randomised.layers.length} layers are random now.`;
  if (similarity === undefined || Number.isNaN(similarity))
    return `${drawn} One of the maps is constant: they cannot be compared.`;
  const verdict =
    Math.abs(similarity) < 0.5
      ? "The map has changed with the net, as it should."
      : "The map is much as before: it tells more of the picture than of what the net has learned.";
  return `${drawn} Rank correlation with the true map: ${readable(similarity, 2)}. ${verdict}`;
}

/** What the noisy copy's map says. */
export function stabilitySaid(store: Store): string {
  const stability = store.answers.stability;
  if (!stability) return "…";
  const value = stability.sensitivity?.values[0];
  if (value === undefined) return "Without noise the map is what it is. Move the slider.";
  const verdict =
    value < 0.5
      ? "stable"
      : value < 1
        ? "it moves, but stays itself"
        : "as much change as there is map: do not read single pixels";
  return `Of ten noisy copies, the map that differs most does so by ${percent(value)} of the map's own length: ${verdict}.`;
}

/** The places of the largest attributions. */
export function topCells(
  map: Attribution,
  count: number,
): { readonly cell: number; readonly value: number }[] {
  const values = Array.from(map.values.data);
  return values
    .map((value, cell) => ({ cell, value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, count);
}
