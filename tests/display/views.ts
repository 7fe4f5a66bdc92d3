import type { CompareView, MapView, PathView } from "../../src/display";
import type { NdArray } from "../../src/tensor";

/** Seeded numbers in [0, 1): the figures of these tests are the same on every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function array(shape: number[], at: (index: number) => number): NdArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length: size }, (_, i) => at(i)), shape };
}

const DIGIT = [
  "........",
  ".######.",
  ".....##.",
  "....##..",
  "...##...",
  "...##...",
  "..##....",
  "........",
].flatMap((row) => [...row].map((c) => (c === "#" ? 1 : 0)));

/** A seven on 8×8 cells, `count` times. */
export function digits(count = 1, change: Partial<MapView> = {}): MapView {
  const random = generator(7);
  const shape = [count, 8, 8, 1];
  return {
    method: "integratedGradients",
    parts: [
      {
        name: "image",
        at: "input",
        values: array(shape, (i) => DIGIT[i % 64]! * (random() - 0.35)),
        input: array(shape, (i) => DIGIT[i % 64]!),
        baseline: array([1, 8, 8, 1], () => 0),
        axes: ["height", "width", "channel"],
      },
    ],
    target: Array.from({ length: count }, () => "7"),
    score: Array.from({ length: count }, () => 12.31),
    baselineScore: Array.from({ length: count }, () => 0.021),
    convergenceDelta: Array.from({ length: count }, () => -0.02),
    explain: "logit",
    warnings: [],
    ...change,
  };
}

/** A noisy map of a large colour picture. */
export function photograph(size = 224, count = 1): MapView {
  const random = generator(3);
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const shape = [count, size, size, 3];
  const pixel = (i: number) => [Math.floor(i / 3 / size) % size, Math.floor(i / 3) % size] as const;
  return {
    method: "saliency",
    parts: [
      {
        name: "image",
        at: "input",
        values: array(shape, () => 0.01 * normal()),
        input: array(
          shape,
          (i) => 0.5 + 0.4 * Math.sin(pixel(i)[0] / 17) * Math.cos(pixel(i)[1] / 23) + 0.05 * normal(),
        ),
        axes: ["height", "width", "channel"],
      },
    ],
    target: new Array<string>(count).fill("tabby cat"),
    score: new Array<number>(count).fill(8.2),
    explain: "logit",
    warnings: [],
  };
}

/** Tall, narrow pictures: 60×5 cells. */
export function narrow(count = 1): MapView {
  const random = generator(13);
  const shape = [count, 60, 5, 1];
  const [part] = digits().parts;
  return {
    ...digits(count),
    parts: [
      {
        ...part!,
        values: array(shape, () => random() - 0.4),
        input: array(shape, (i) => Math.sin(i / 7)),
        baseline: array([1, 60, 5, 1], () => 0),
      },
    ],
  };
}

/** Thirty tabular features. */
export function table(labels?: string[], count = 1): MapView {
  const random = generator(11);
  const features = labels?.length ?? 30;
  return {
    method: "integratedGradients",
    parts: [
      {
        name: "x",
        at: "input",
        values: array([count, features], (i) => (random() - 0.4) / (1 + (i % features))),
        input: array([count, features], () => Math.round(100 * random()) / 10),
        axes: ["feature"],
        labels: labels ?? Array.from({ length: features }, (_, i) => `feature ${i}`),
      },
    ],
    target: Array.from({ length: count }, () => "malignant"),
    score: Array.from({ length: count }, () => 0.93),
    explain: "probability",
    warnings: [],
  };
}

/** Two channels of 48 steps. */
export function signal(channels = 2, steps = 48): MapView {
  const random = generator(5);
  const shape = [1, steps, channels];
  return {
    method: "smoothGrad",
    parts: [
      {
        name: "signal",
        at: "input",
        values: array(shape, (i) => (random() - 0.5) * (1 + (i % channels))),
        input: array(shape, (i) => Math.sin(Math.floor(i / channels) / 5)),
        axes: ["time", "channel"],
      },
    ],
    target: ["walking"],
    score: [3.2],
    explain: "logit",
    warnings: [],
  };
}

/** A sentence. */
export function sentence(words: string[] = "the film is not bad at all".split(" ")): MapView {
  return {
    method: "integratedGradients",
    parts: [
      {
        name: "text",
        at: "input",
        values: array([1, words.length], (i) => Math.sin(i + 1)),
        axes: ["token"],
        labels: words,
      },
    ],
    target: ["positive"],
    score: [2.2],
    explain: "logit",
    warnings: [],
  };
}

/** Grad-CAM on a 4×4 layer of the 8×8 seven. */
export function coarse(): MapView {
  const view = digits();
  const { convergenceDelta, baselineScore, ...rest } = view;
  return {
    ...rest,
    method: "gradCam",
    parts: [
      {
        name: "conv2",
        at: "layer",
        values: array([1, 4, 4, 1], (i) => i / 15),
        input: view.parts[0]!.input!,
        axes: ["height", "width", "channel"],
      },
    ],
  };
}

/** The seven with the record of its path: 25 nodes, 12 frames. */
export function withPath(view: MapView = digits()): MapView {
  const nodes = 25;
  const frames = Array.from({ length: 12 }, (_, f) => Math.round((f * (nodes - 1)) / 11));
  const alphas = Array.from({ length: nodes }, (_, k) => (k + 0.5) / nodes);
  const share = (k: number) => ((k + 1) / nodes) ** 2;
  const { values } = view.parts[0]!;
  const batch = values.shape[0]!;
  const size = values.data.length / batch;
  const totals = Array.from({ length: batch }, (_, b) =>
    values.data.subarray(b * size, (b + 1) * size).reduce((a, c) => a + c, 0),
  );
  const path: PathView = {
    alphas,
    scores: totals.map((total) => alphas.map((alpha) => 0.021 + total * alpha ** 2)),
    runningSum: totals.map((total) => alphas.map((_, k) => total * share(k))),
    frames,
    accumulated: [
      array([batch, frames.length, ...values.shape.slice(1)], (i) => {
        const b = Math.floor(i / (frames.length * size));
        const f = Math.floor(i / size) % frames.length;
        return values.data[b * size + (i % size)]! * share(frames[f]!);
      }),
    ],
  };
  return {
    ...view,
    score: totals.map((total) => total + 0.021),
    baselineScore: totals.map(() => 0.021),
    path,
  };
}

/** Four methods on the seven. */
export function comparison(): CompareView {
  return {
    views: [digits(1, { method: "saliency" }), digits(), digits(1, { method: "smoothGrad" }), coarse()],
    labels: ["saliency", "integratedGradients", "smoothGrad", "gradCam"],
    checks: [
      { label: "Σ attr − Δf", values: ["−8.31", "−0.02", "−7.95", "n/a"] },
      { label: "SNR", values: ["2.9", "5.2", "3.8", "2.1"] },
    ],
    magnitudes: [0.12, 0.31, 0.18, 0.42],
    magnitudeLabel: "mean |attribution|",
  };
}

/** Names that would run if they were not escaped. */
export const HOSTILE = [
  "</script><script>window.hacked = 1</script>",
  '<img src="x" onerror="window.hacked = 1">',
  "$\\unicode{<b>}$ & <b>bold</b>",
  "'];window.hacked=1;['",
];
