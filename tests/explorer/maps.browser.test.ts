/** The explorer's numbers in Chromium, without a network, are the library's in Node. */
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as digits from "../../notebooks/data/digits";
import {
  type Attribution,
  asModel,
  gradCam,
  integratedGradients,
  io,
  type Model,
  metrics,
  ndarray,
  random,
  saliency,
  smoothGrad,
} from "../../src";
import { launchChromium } from "../chromium";
import { relativeDifference } from "../models";
import { close, MODULE, type Opened, openModule, root } from "./opened";

/** 200 by GRADLENS_EXPLORER_PAINTINGS=200. */
const PAINTINGS = Number(process.env["GRADLENS_EXPLORER_PAINTINGS"] ?? 12);
const MOST_BYTES = 2_000_000;
const BASELINES = ["black", "white", "noise", "blur", "mean", "custom"] as const;
const RULES = ["gauss-legendre", "right", "trapezoid"] as const;
const NETS = ["cnn", "mlp"] as const;

let browser: Browser;
let opened: Opened;
let nets: Record<(typeof NETS)[number], Model>;

beforeAll(async () => {
  const read = async (name: string): Promise<Model> =>
    asModel((await io.loadModel(join(root, "notebooks/data/models", name))) as LayersModel, {
      classes: [..."0123456789"],
      data: digits.test.x,
      range: [0, 1],
      axes: ["height", "width", "channel"],
    });
  nets = { cnn: await read("digits-cnn"), mlp: await read("digits-mlp") };
  browser = await launchChromium();
  opened = await openModule(browser);
}, 120_000);

afterAll(async () => {
  await close(opened);
  await browser.close();
});

/** A painting: strokes of grey on black, and a baseline of its own. */
function painting(seed: number) {
  const draw = random(0xa11, seed);
  const cells = (share: number): number[] =>
    Array.from({ length: 64 }, () => (draw.uniform() < share ? Math.fround(draw.uniform()) : 0));
  const one = <T>(all: readonly T[]): T => all[draw.integer(all.length)] as T;
  return {
    net: one(NETS),
    pattern: "custom",
    pixels: cells(0.5),
    baseline: BASELINES[seed % BASELINES.length]!,
    baselinePixels: cells(0.3),
    rule: one(RULES),
    steps: 5 + draw.integer(60),
    explain: one(["logit", "probability"] as const),
    seed: draw.integer(100),
    trusted: one(["integratedGradients", "saliency", "smoothGrad"] as const),
    randomised: draw.integer(3),
    noise: 0.05 + 0.1 * draw.uniform(),
    ...(draw.uniform() < 0.5 && { target: draw.integer(10) }),
  };
}

type Painting = ReturnType<typeof painting>;

/** What the library is asked in Node. */
function asked(state: Painting) {
  const x = ndarray(Float32Array.from(state.pixels), [8, 8, 1]);
  const given = { black: "zeros", white: "ones", noise: "noise", blur: "blur", mean: "mean" } as const;
  const baseline =
    state.baseline === "custom"
      ? ndarray(Float32Array.from(state.baselinePixels), [8, 8, 1])
      : given[state.baseline];
  const question = {
    explain: state.explain,
    ...("target" in state && { target: state.target as number }),
  };
  const { rule, steps, seed } = state;
  return {
    net: nets[state.net],
    x,
    question,
    path: { ...question, baseline, seed, rule, steps },
    seed,
    baseline,
  };
}

/** Numbers that the page's own question gives. */
function inPage(name: string, state: Painting, read: string): Promise<number[][]> {
  return opened.page.evaluate(
    `module.answer(${JSON.stringify(name)}, ${JSON.stringify(state)}).then((answer) => (${read})(answer).map((numbers) => Array.from(numbers)))`,
  );
}

function same(found: readonly number[][], expected: readonly ArrayLike<number>[], what: string): void {
  expect(found.length, what).toBe(expected.length);
  found.forEach((numbers, i) => {
    const wanted = expected[i]!;
    expect(numbers.length, what).toBe(wanted.length);
    // A saturated probability has no gradient worth the name; neither has it in the page.
    if (Array.from(wanted).every((value) => Math.abs(value) < 1e-12))
      expect(Math.max(...numbers.map(Math.abs)), what).toBeLessThan(1e-11);
    else expect(relativeDifference(numbers, wanted), `${what} ${i}`).toBeLessThanOrEqual(1e-5);
  });
}

const values = (maps: readonly Attribution[]): Float32Array[] => maps.map((map) => map.values.data);

it(`is at most ${MOST_BYTES} bytes before compression`, () => {
  console.log(`explorer: ${MODULE.length} bytes`);
  expect(Buffer.byteLength(MODULE)).toBeLessThanOrEqual(MOST_BYTES);
});

describe("S0-61 S0-62 S0-63 S0-41: maps of random paintings, nets, baselines and rules are those of Node", () => {
  it.each(Array.from({ length: PAINTINGS }, (_, seed) => seed))(
    "painting %i",
    async (seed) => {
      const state = painting(seed);
      const { net, x, question, path, seed: own } = asked(state);
      const maps = [
        await saliency(net, x, question),
        await integratedGradients(net, x, path),
        await smoothGrad(net, x, { ...question, seed: own }),
        ...(state.net === "cnn" ? [await gradCam(net, x, question)] : []),
      ];
      const found = await inPage(
        "compared",
        state,
        "(all) => all.flatMap(({ map }) => map ? [map.values.data] : [])",
      );
      same(found, values(maps), JSON.stringify({ ...state, pixels: 0, baselinePixels: 0 }));
      const [scores] = await inPage("path", state, "(map) => [[...map.score, ...map.baselineScore]]");
      const walked = maps[1]!;
      same([scores!], [[...walked.score, ...walked.baselineScore!]], "scores");
    },
    120_000,
  );
});

describe("the tab of trust has the library's own numbers", () => {
  it.each([3, 4])(
    "painting %i",
    async (seed) => {
      const state = painting(seed);
      const { net, x, question, path, seed: own, baseline } = asked(state);
      const map = {
        integratedGradients: () => integratedGradients(net, x, path),
        saliency: () => saliency(net, x, question),
        smoothGrad: () => smoothGrad(net, x, { ...question, seed: own }),
      }[state.trusted];
      const trusted: Attribution = await map();
      const [deletion, insertion] = [
        await metrics.deletion(net, trusted, { baseline }),
        await metrics.insertion(net, trusted, { baseline }),
      ];
      const similarity = await metrics.mprt(net, trusted, { seed: own });
      const sensitivity = await metrics.maxSensitivity(net, trusted, {
        radius: state.noise,
        noise: "normal",
        seed: own,
      });
      same(
        await inPage(
          "removal",
          state,
          "({ deletion, insertion }) => [deletion.curve.values[0], insertion.curve.values[0]]",
        ),
        [deletion.curve!.values[0]!, insertion.curve!.values[0]!],
        "removal",
      );
      same(
        await inPage("randomised", state, "({ similarity }) => [similarity.curve.values[0]]"),
        [similarity.curve!.values[0]!],
        "similarity",
      );
      same(
        await inPage("stability", state, "({ sensitivity }) => [sensitivity.values]"),
        [sensitivity.values as number[]],
        "sensitivity",
      );
    },
    120_000,
  );
});
