/** Questions: what the page asks the library for a state. The library answers each of them; the page computes no map. */
import { featureAblation, gradCam, integratedGradients, saliency, smoothGrad } from "../../src/attr";
import type { Attribution, CompleteAttribution } from "../../src/attribution";
import { completeness, deletion, insertion, maxSensitivity, mprt, signalToNoise } from "../../src/metrics";
import { layersWithWeights, randomisedModel } from "../../src/metrics/measuring/randomised";
import type { MetricResult } from "../../src/metrics/metric";
import { minimumSteps } from "../../src/quadrature";
import { random } from "../../src/random";
import { convergence, diagnose, type Study } from "../../src/studies";
import { mapped, type NdArray } from "../../src/tensor";
import type { Digits } from "./digits";
import { asInput, baselineNamed, baselineOf, inputCells } from "./inputs";
import type { ExplorerNet } from "./nets";
import { BASELINE_CHOICES, type BaselineChoice, MOST_STEPS, type State, type TabName } from "./state";

/** Probability of each class, and the predicted one. */
export interface Prediction {
  readonly probabilities: readonly number[];
  readonly predicted: number;
}

/** A map with the numbers that stand beneath it. */
export interface Compared {
  readonly name: string;
  /** Undefined where the net has no such map, which `why` says. */
  readonly map: Attribution | undefined;
  readonly why: string;
  readonly signalToNoise: number | undefined;
  /** Σ attribution − (F(x) − F(x′)), also of methods that do not claim that it is zero. */
  readonly delta: number | undefined;
  /** Σ |attribution| */
  readonly magnitude: number | undefined;
}

/** Deletion and insertion curves of a map. */
export interface Removal {
  readonly deletion: MetricResult;
  readonly insertion: MetricResult;
}

/** The map of a net whose last layers were drawn anew, and how alike it is with the net's own after each layer. */
export interface Randomised {
  readonly layers: readonly string[];
  readonly map: Attribution;
  readonly similarity: MetricResult;
}

/** Maps of one input against every baseline. */
export type AgainstBaselines = readonly {
  readonly baseline: BaselineChoice;
  readonly map: CompleteAttribution;
}[];

/** The map of a noisy copy, and how far maps of such copies are from that of the input. */
export interface Stability {
  readonly input: NdArray;
  readonly map: Attribution;
  readonly sensitivity: MetricResult | undefined;
}

/** Everything that has been answered of a state. */
export interface Answers {
  readonly prediction: Prediction;
  readonly saliency: Attribution;
  readonly path: CompleteAttribution;
  readonly compared: readonly Compared[];
  readonly trusted: Attribution;
  readonly removal: Removal;
  /** Undefined where the weights are not here to be drawn anew. */
  readonly randomised: Randomised | undefined;
  readonly baselines: AgainstBaselines;
  readonly stability: Stability;
  /** Signal to noise of the map that the open tab is about. */
  readonly quality: MetricResult;
  /** How many steps are needed; undefined where there are enough. */
  readonly advice: Study | undefined;
  readonly diagnosis: Study;
}

/** What a question is put with. */
export interface Subject {
  readonly state: State;
  readonly net: ExplorerNet;
  readonly digits: Digits;
  /** Aborts when the answer is no longer wanted. */
  readonly signal?: AbortSignal;
}

/** A question: the fields of the state that its answer depends on, and how it is asked. */
interface Question<T> {
  readonly depends: readonly (keyof State)[];
  readonly ask: (subject: Subject) => Promise<T>;
}

const SEEN = ["net", "pattern", "digit", "pixels"] as const;
const ASKED = [...SEEN, "target", "explain"] as const;
const COMPARED = [...ASKED, "baseline", "baselinePixels", "seed"] as const;
const WALKED = [...COMPARED, "steps", "rule"] as const;

export const QUESTIONS: { readonly [Name in keyof Answers]: Question<Answers[Name]> } = {
  prediction: { depends: SEEN, ask: predictionOf },
  saliency: { depends: COMPARED, ask: saliencyOf },
  path: { depends: WALKED, ask: pathOf },
  compared: { depends: WALKED, ask: comparedOf },
  trusted: { depends: [...WALKED, "trusted"], ask: trustedOf },
  removal: { depends: [...WALKED, "trusted"], ask: removalOf },
  randomised: { depends: [...WALKED, "trusted", "randomised"], ask: randomisedOf },
  baselines: { depends: WALKED, ask: baselinesOf },
  stability: { depends: [...WALKED, "trusted", "noise"], ask: stabilityOf },
  quality: { depends: [...WALKED, "trusted", "tab"], ask: qualityOf },
  advice: { depends: WALKED, ask: adviceOf },
  diagnosis: { depends: SEEN, ask: diagnosisOf },
};

/** Cells of the input of a subject. */
export function cellsOf({ state, net, digits }: Subject): readonly number[] {
  return inputCells(state, net, digits);
}

function inputOf(subject: Subject): NdArray {
  return asInput(cellsOf(subject), subject.net);
}

/** Maps of the last states of each net, so that none is made twice for several questions. */
const mapsOf = new WeakMap<object, Map<string, Promise<unknown>>>();
const MOST_KEPT = 24;

async function remembered<T>(
  kind: string,
  { state, net }: Subject,
  depends: readonly (keyof State)[],
  make: () => Promise<T>,
): Promise<T> {
  const maps = mapsOf.get(net.model) ?? new Map<string, Promise<unknown>>();
  mapsOf.set(net.model, maps);
  const key = JSON.stringify([kind, ...depends.map((field) => state[field])]);
  const known = maps.get(key);
  const made = known ?? make();
  // Put last again: the longest unused goes first.
  maps.delete(key);
  maps.set(key, made);
  for (const old of [...maps.keys()].slice(0, -MOST_KEPT)) maps.delete(old);
  try {
    // Of one kind and key is only what `make` made.
    return (await made) as T;
  } catch (error) {
    maps.delete(key);
    throw error;
  }
}

/** What bounds a call. */
function boundsOf({ signal }: Subject) {
  return signal ? { signal } : {};
}

/** What is asked: the class and the form of the score. */
function askedOf(subject: Subject) {
  const { state, net } = subject;
  const { target, explain } = state;
  return {
    ...boundsOf(subject),
    explain,
    ...(target !== undefined && target < net.classes.length && { target }),
  };
}

/** The same against a baseline. */
function againstOf(subject: Subject, choice: BaselineChoice = subject.state.baseline) {
  const { state, net } = subject;
  return { ...askedOf(subject), baseline: baselineOf(choice, state, net), seed: state.seed };
}

function walkOf({ state: { rule, steps } }: Subject) {
  return { rule, steps: Math.max(steps, minimumSteps(rule)) };
}

async function predictionOf(subject: Subject): Promise<Prediction> {
  const { data } = inputOf(subject);
  const { outputs } = await subject.net.model.forward([{ data, shape: [1, ...subject.net.shape] }], {
    explain: "probability",
  });
  const [output] = outputs;
  // One sigmoid unit is two classes.
  const probabilities =
    output.data.length === 1 && subject.net.classes.length === 2
      ? [1 - output.data[0], output.data[0]]
      : Array.from(output.data);
  return { probabilities, predicted: probabilities.indexOf(Math.max(...probabilities)) };
}

function saliencyOf(subject: Subject): Promise<Attribution> {
  if (isBlackBox(subject)) return leftOut(subject);
  return remembered("saliency", subject, ASKED, () =>
    saliency(subject.net.model, inputOf(subject), askedOf(subject)),
  );
}

/** A black box has no gradients: what leaving each pixel out does stands in their place. */
function isBlackBox({ net }: Subject): boolean {
  return net.model.engine === "black box";
}

function leftOut(subject: Subject): Promise<Attribution> {
  return remembered("featureAblation", subject, COMPARED, () =>
    featureAblation(subject.net.model, inputOf(subject), againstOf(subject)),
  );
}

function pathOf(subject: Subject, choice?: BaselineChoice): Promise<CompleteAttribution> {
  const walk = choice ?? subject.state.baseline;
  return remembered(`path ${walk}`, subject, WALKED, () =>
    integratedGradients(subject.net.model, inputOf(subject), {
      ...againstOf(subject, walk),
      ...walkOf(subject),
      keepPath: MOST_STEPS,
    }),
  );
}

function smoothGradOf(subject: Subject): Promise<Attribution> {
  return remembered("smoothGrad", subject, [...ASKED, "seed"], () =>
    smoothGrad(subject.net.model, inputOf(subject), { ...askedOf(subject), seed: subject.state.seed }),
  );
}

async function comparedOf(subject: Subject): Promise<readonly Compared[]> {
  const path = await pathOf(subject);
  const describe = async (name: string, map: Attribution): Promise<Compared> => {
    const options = { baselineScore: path.baselineScore };
    const [snr, delta] = await Promise.all([
      signalToNoise(subject.net.model, map),
      completeness(subject.net.model, map, options),
    ]);
    const magnitude = map.values.data.reduce((sum, a) => sum + Math.abs(a), 0);
    return { name, map, why: "", signalToNoise: snr.values[0], delta: delta.values[0], magnitude };
  };
  const none = { map: undefined, signalToNoise: undefined, delta: undefined, magnitude: undefined };
  return [
    await describe("Vanilla gradients", await saliencyOf(subject)),
    await describe("Integrated gradients", path),
    await describe("SmoothGrad", await smoothGradOf(subject)),
    await gradCam(subject.net.model, inputOf(subject), askedOf(subject)).then(
      (map) => describe("Grad-CAM", map),
      (error: unknown) => {
        // The library names the layers that a net would need; every other failure is a fault.
        if (!(error instanceof RangeError)) throw error;
        return { ...none, name: "Grad-CAM", why: "Needs a layer with positions, which this net has not." };
      },
    ),
  ];
}

function trustedOf(subject: Subject): Promise<Attribution> {
  if (isBlackBox(subject)) return leftOut(subject);
  switch (subject.state.trusted) {
    case "saliency":
      return saliencyOf(subject);
    case "smoothGrad":
      return smoothGradOf(subject);
    case "integratedGradients":
      return remembered("integratedGradients", subject, WALKED, () =>
        integratedGradients(subject.net.model, inputOf(subject), {
          ...againstOf(subject),
          ...walkOf(subject),
        }),
      );
  }
}

async function removalOf(subject: Subject): Promise<Removal> {
  const map = await trustedOf(subject);
  const options = { baseline: againstOf(subject).baseline, ...boundsOf(subject) };
  const { model } = subject.net;
  return {
    deletion: await deletion(model, map, options),
    insertion: await insertion(model, map, options),
  };
}

async function randomisedOf(subject: Subject): Promise<Randomised | undefined> {
  const { net, state } = subject;
  if (!net.model.withWeights) return undefined;
  const map = await trustedOf(subject);
  const layers = layersWithWeights("explorer", net.model).reverse();
  const drawn = layers.slice(0, state.randomised);
  const target = map.target[0];
  const model = drawn.length === 0 ? net.model : randomisedModel(net.model, drawn, state.seed);
  return {
    layers: layers.map(({ layer }) => layer),
    map: await map.again({ model, target }),
    similarity: await similarityOf(subject, map),
  };
}

/** The test of all layers does not depend on how many the slider randomises. */
function similarityOf(subject: Subject, map: Attribution): Promise<MetricResult> {
  return remembered("mprt", subject, [...WALKED, "trusted"], () =>
    mprt(subject.net.model, map, { seed: subject.state.seed, ...boundsOf(subject) }),
  );
}

async function baselinesOf(subject: Subject): Promise<AgainstBaselines> {
  const painted = subject.state.baselinePixels.length > 0;
  const maps: { baseline: BaselineChoice; map: CompleteAttribution }[] = [];
  for (const baseline of BASELINE_CHOICES)
    if (baseline !== "custom" || painted) maps.push({ baseline, map: await pathOf(subject, baseline) });
  return maps;
}

async function stabilityOf(subject: Subject): Promise<Stability> {
  const { net, state } = subject;
  const map = await trustedOf(subject);
  const draw = random(state.seed, 0x5eed);
  const input = mapped(inputOf(subject), (value) => value + state.noise * draw.normal());
  return {
    input,
    map: await map.again({ input, target: map.target[0] }),
    // Without noise there are no neighbours to measure.
    sensitivity:
      state.noise === 0
        ? undefined
        : await maxSensitivity(net.model, map, {
            radius: state.noise,
            noise: "normal",
            seed: state.seed,
            ...boundsOf(subject),
          }),
  };
}

async function qualityOf(subject: Subject): Promise<MetricResult> {
  const map: Record<TabName, () => Promise<Attribution>> = {
    saliency: () => saliencyOf(subject),
    path: () => pathOf(subject),
    compare: () => pathOf(subject),
    trust: () => trustedOf(subject),
  };
  return signalToNoise(subject.net.model, await map[subject.state.tab]());
}

const LADDER = [10, 20, 30, 50, 100, 200, 500];
/** A delta below this share of F(x) − F(x′) needs no more steps. */
export const CLOSE_ENOUGH = 0.01;

/** How many steps the chosen rule needs, where there are too few. */
async function adviceOf(subject: Subject): Promise<Study | undefined> {
  const { convergenceDelta, score, baselineScore } = await pathOf(subject);
  if (Math.abs(convergenceDelta[0]) <= CLOSE_ENOUGH * Math.abs(score[0] - baselineScore[0])) return undefined;
  const { rule } = walkOf(subject);
  return convergence(subject.net.model, inputOf(subject), {
    ...againstOf(subject),
    rules: [rule],
    steps: LADDER,
    tolerance: CLOSE_ENOUGH,
  });
}

function diagnosisOf(subject: Subject): Promise<Study> {
  return diagnose(subject.net.model, inputOf(subject), boundsOf(subject));
}

/** The method of the open tab and its options, for whoever makes the same map elsewhere. */
export function methodOf(subject: Subject): { readonly method: string; readonly options: object } {
  const { state, net } = subject;
  const { rule, steps, seed, tab } = state;
  const asked = askedOf({ state, net, digits: subject.digits });
  const baseline = baselineNamed(state.baseline, state, net);
  if (isBlackBox(subject)) return { method: "featureAblation", options: { ...asked, baseline, seed } };
  const method = { saliency: "saliency", path: "", compare: "", trust: state.trusted }[tab];
  switch (method || "integratedGradients") {
    case "saliency":
      return { method, options: asked };
    case "smoothGrad":
      return { method, options: { ...asked, seed } };
    default:
      return { method: "integratedGradients", options: { ...asked, baseline, rule, steps, seed } };
  }
}
