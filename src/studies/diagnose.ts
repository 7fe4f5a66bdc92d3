/** Diagnosis: what in a net, or in what is asked of it, makes maps empty, noisy or partial, and what to do about it. */
import { integratedGradients } from "../attr";
import type { CompleteAttribution } from "../attribution";
import { question } from "../attribution/define-method";
import { checkNumber, checkOptions } from "../check";
import { asModel, type Net } from "../engine";
import type { Baseline } from "../model/baseline";
import { type Input, readInput } from "../model/input";
import type { Batch, Model } from "../model/model";
import type { LayerPlace } from "../model/place";
import type { Explain } from "../model/score";
import type { Target } from "../model/target";
import { random } from "../random";
import { mapped, type NdArray, rowRanges, rowSize } from "../tensor";
import { Study } from "./study";

/** Options of `diagnose`. */
export interface DiagnoseOptions {
  readonly target?: Target;
  readonly baseline?: Baseline;
  readonly explain?: Explain;
  /** Share of a layer's units from which dead or saturated ones are named. Default 0.1. */
  readonly share?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Random inputs, far beyond the examples, at which a unit that is alive would wake up. */
const PROBES = 64;
/** How much smaller, or larger, gradients at the first layer are than at the last where they vanish, or explode. */
const VANISHING = 1e-5;
const EXPLODING = 1e4;
/** Where a score oscillates: it turns so often along the path, and goes so many times as far as from end to end. */
const [TURNS, DETOUR] = [4, 3];
/** How near the map comes to F(x) − F(x′): nodes are added until it does. */
const TOLERANCE = 0.02;
/** A value of a sigmoid or a tanh this near to its bounds is saturated. */
const NEAR_BOUND = 1e-3;

/** Numbers of a layer. */
interface LayerFinding {
  readonly layer: string;
  readonly dead: number;
  readonly saturated: number;
  readonly gradient: number;
}

/**
 * Looks a net over, at given examples: dead ReLUs (units that are zero at the examples and at random inputs far beyond them), saturated
 * sigmoids and tanhs, gradients that vanish or explode from layer to layer, a score that oscillates along the path from the baseline, a
 * path that is cut, a baseline that equals the input, an input outside the range that was told, maps of zeros. Each finding names its
 * layer and the next action; a healthy net has none.
 *
 * Thresholds: a tenth of a layer's units; gradients (root mean square) 10⁻⁵ or 10⁴ times those at the last layer; four turns and
 * three times the difference of scores along the path.
 */
export async function diagnose(net: Net, x: Input, options: DiagnoseOptions = {}): Promise<Study> {
  const fn = "diagnose";
  checkOptions(fn, options, ["target", "baseline", "explain", "share", "seed", "signal"]);
  const { share = 0.1, seed = 0, ...asked } = options;
  checkNumber(fn, "share", share, 0, true);
  const model = asModel(net);
  const read = readInput(fn, model, x);
  const map = await integratedGradients(model, x, { ...asked, keepPath: true, tolerance: TOLERANCE });
  const layers = await layersOf(fn, model, read.batch, x, asked, seed);
  const findings = [
    ...layers.flatMap(({ layer, dead }) =>
      dead >= share
        ? [
            `Layer "${layer}": ${percent(dead)} of its units are zero wherever one looks (dead ReLUs). Lower the learning rate or use a leaky ReLU, and train again; a map has nothing of what they should have seen.`,
          ]
        : [],
    ),
    ...layers.flatMap(({ layer, saturated }) =>
      saturated >= Math.max(share, 0.5)
        ? [
            `Layer "${layer}": ${percent(saturated)} of its values are at the bounds of its activation (saturated). Gradients there are nearly zero: compare with a baseline by integrated gradients, and scale what goes in.`,
          ]
        : [],
    ),
    ...flowOf(layers),
    ...oscillationsOf(map),
    ...rangeOf(model, read.batch),
    ...map.parts.flatMap(({ name, input, baseline }) =>
      baseline?.data.every((value, i) => value === input.data[i])
        ? [`Input "${name}" equals its baseline: nothing is left to share out. Choose another baseline.`]
        : [],
    ),
    ...map.warnings.map((warning) => `${warning[0].toUpperCase()}${warning.slice(1)}.`),
  ];
  return new Study({
    kind: "diagnosis",
    tables: [
      {
        name: "layers",
        columns: [
          { name: "layer", values: layers.map(({ layer }) => layer) },
          { name: "dead units", unit: "share", values: layers.map(({ dead }) => dead) },
          { name: "saturated", unit: "share", values: layers.map(({ saturated }) => saturated) },
          { name: "gradient", unit: "rms", values: layers.map(({ gradient }) => gradient) },
        ],
      },
    ],
    findings: [...new Set(findings)],
  });
}

/** Numbers of the layers on the way to the score, in the order in which they run. */
async function layersOf(
  fn: string,
  model: Model,
  batch: Batch,
  x: Input,
  asked: Record<string, unknown>,
  seed: number,
): Promise<LayerFinding[]> {
  const way = model.way?.(batch, 0)?.map(({ place }) => place);
  const places =
    way ??
    model.layers.flatMap(({ name, kind, entering, leaving }): LayerPlace[] =>
      kind === "InputLayer" || entering || leaving ? [] : [{ layer: name, side: "output" }],
    );
  if (places.length === 0) return [];
  const probes = await model.forward(probesOf(model, batch, seed), { at: places });
  return question(fn, model, x, asked, places.length, async (p) => {
    const found: LayerFinding[] = [];
    for (const [i, place] of places.entries()) {
      const { activations, gradients } = await p.atLayer(place);
      const last = i === places.length - 1;
      found.push({
        layer: place.layer,
        dead: deadShare([activations, probes.activations[i]]),
        // The last layer is the score itself.
        saturated: last ? 0 : saturatedShare(activations),
        gradient: Math.sqrt(gradients.data.reduce((sum, g) => sum + g * g, 0) / gradients.data.length),
      });
    }
    return found;
  });
}

/** Random inputs about those of the examples, ten times as wide; whole numbers stay as they are. */
function probesOf(model: Model, batch: Batch, seed: number): NdArray[] {
  return batch.map((array, input): NdArray => {
    const width = rowSize(array);
    const rows = array.shape[0];
    const ranges = rowRanges(array);
    const extent =
      10 * Math.max(1e-6, ...ranges.map(({ min, max }) => Math.max(Math.abs(min), Math.abs(max))));
    const moves = model.inputs[input].dtype === "float32" && model.lookups(input).length === 0;
    const draw = random(seed, 0xdead, input);
    const data = Float32Array.from({ length: PROBES * width }, (_, i) =>
      moves ? extent * draw.normal() : array.data[(Math.floor(i / width) % rows) * width + (i % width)],
    );
    return { data, shape: [PROBES, ...array.shape.slice(1)] };
  });
}

/** Share of units that are zero in all rows and at all positions, of values that are never below zero; else none. */
function deadShare(arrays: readonly NdArray[]): number {
  const units = arrays[0].shape[arrays[0].shape.length - 1];
  const alive = new Uint8Array(units);
  for (const { data } of arrays)
    for (let i = 0; i < data.length; i++) {
      if (data[i] < 0) return 0;
      if (data[i] !== 0) alive[i % units] = 1;
    }
  return alive.filter((yes) => yes === 0).length / units;
}

/** Share of values at the bounds of (0, 1) or (−1, 1), of values that fill neither half of a line. */
function saturatedShare({ data }: NdArray): number {
  const low = data.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = data.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (high > 1 || low < -1) return 0;
  // What is exactly zero comes of a ReLU.
  const floor = low < 0 ? -1 : 0;
  const at = data.filter((value) => 1 - value < NEAR_BOUND || (value !== 0 && value - floor < NEAR_BOUND));
  return at.length / data.length;
}

/** Examples whose score goes up and down along the path. */
function oscillationsOf({ path, score, baselineScore }: CompleteAttribution): string[] {
  return (path?.scores ?? []).flatMap((scores, row) => {
    const steps = scores.slice(1).map((value, i) => value - scores[i]);
    const way = steps.reduce((sum, step) => sum + Math.abs(step), 0);
    const direct = Math.abs(score[row] - baselineScore[row]);
    const moves = steps.filter((step) => Math.abs(step) > 1e-6 * way);
    const turns = moves.slice(1).filter((step, i) => step * moves[i] < 0).length;
    if (turns < TURNS || way < DETOUR * direct) return [];
    const far =
      direct > 0 ? `${(way / direct).toFixed(1)} times as far as from end to end` : "and comes back";
    return [
      `Example ${row}: along the path the score turns ${turns} times and moves ${far} (it oscillates). Take more steps, or another baseline: see baselineReport.`,
    ];
  });
}

/** What happens to gradients between the last layer and the first. */
function flowOf(layers: readonly LayerFinding[]): string[] {
  if (layers.length < 2) return [];
  const last = layers[layers.length - 1];
  const first = layers[0];
  if (!(last.gradient > 0)) return [];
  const ratio = first.gradient / last.gradient;
  if (ratio < VANISHING) {
    const steps = layers
      .slice(1)
      .map((layer, i) => ({ layer: layers[i].layer, factor: layers[i].gradient / (layer.gradient || 1) }));
    const steepest = steps.reduce((least, step) => (step.factor < least.factor ? step : least));
    return [
      `Layer "${first.layer}": gradients are ${ratio.toExponential(1)} of those at "${last.layer}" (they vanish), most of it at "${steepest.layer}". Use another activation, normalisation or skip connections; a plain gradient says little here.`,
    ];
  }
  if (ratio > EXPLODING)
    return [
      `Layer "${first.layer}": gradients are ${ratio.toExponential(1)} times those at "${last.layer}" (they explode). Scale the weights or clip gradients in training; average maps over noise.`,
    ];
  return [];
}

function rangeOf(model: Model, batch: Batch): string[] {
  const { range } = model.facts;
  if (range === undefined) return [];
  return batch.flatMap((array, i) => {
    if (model.inputs[i].dtype !== "float32") return [];
    const outside = mapped(array, (value) => Number(value < range[0] || value > range[1])).data.reduce(
      (sum, n) => sum + n,
      0,
    );
    return outside === 0
      ? []
      : [
          `Input "${model.inputs[i].name}": ${outside} values lie outside of [${range.join(", ")}], the range that was told. Prepare the input as in training, or correct the fact range.`,
        ];
  });
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
