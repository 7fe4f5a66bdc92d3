/** Performance information curves: what the model makes of the salient part alone, against the information in it. */
import type { OptionRule } from "../../attribution";
import type { Problem } from "../../attribution/problem";
import type { Baseline } from "../../model/baseline";
import { axesOf } from "../../model/baseline";
import { random } from "../../random";
import { rowSize, sizeOf } from "../../tensor";
import type { Measured, Measurement } from "../metric";
import { classOf } from "./logits";
import { mapFeatures } from "./map-features";
import { positionsOf } from "./neighbours";
import { baselineRule, whole } from "./option-rules";
import { largestFirst, outputsAt, type PointOf, pointsWithout, scoresAt } from "./removal";
import { areaUnder } from "./removal-curve";

/** Options of performance information curves. */
export interface InformationCurveOptions {
  /** Shares of positions that are shown, from none to all. */
  readonly steps: number;
  /** What is seen before anything is shown. Default: the blurred input; a table's baseline. */
  readonly baseline: Baseline | undefined;
  /** Seed of the hundredth of positions that is shown in any case. */
  readonly seed: number;
}

/** Their rules. */
export const informationCurveOptions: {
  readonly [Name in keyof InformationCurveOptions]: OptionRule<InformationCurveOptions[Name]>;
} = {
  steps: whole("steps", 20, 2),
  baseline: baselineRule(),
  seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
};

/** Levels of information at which curves are read. */
const LEVELS = Array.from({ length: 101 }, (_, k) => k / 100);

/**
 * The area under a performance against the information that is shown, from that of the baseline (0) to that of the
 * example (1). Performance never falls, as in the paper.
 * @param performance "accuracy": whether the class is predicted; "softmax": its probability as a share of that of x.
 */
export function informationCurve(
  fn: string,
  { ask, map, model, options }: Measured<InformationCurveOptions>,
  performance: "accuracy" | "softmax",
): Promise<Measurement> {
  const blurs = model.inputs.every(
    (input, i) =>
      model.lookups(i).length === 0 && positionsOf(axesAt(i)).length > 0 && input.dtype === "float32",
  );
  const baseline = options.baseline ?? (blurs ? "blur" : undefined);
  return ask(
    options.steps,
    async (p) => {
      const features = mapFeatures(fn, model, map, p, "position");
      const { count } = features;
      const orders = largestFirst(features.values);
      const draw = random(options.seed, 0x51c);
      const always = Uint8Array.from({ length: count }, () => Number(draw.uniform() < 0.01));
      const copies = options.steps + 1;
      const point = pointsWithout(p, features, (copy, example) => {
        const hidden = Uint8Array.from(always, (seen) => 1 - seen);
        const shown = Math.round((copy / options.steps) * count);
        for (const feature of orders[example].subarray(0, shown)) hidden[feature] = 0;
        return hidden;
      });
      const bits = informationAt(p, copies, point);
      const performances = await performancesAt(p, copies, point, performance);
      const curves = performances.map((values, example) => {
        const [from, to] = [bits[example][0], bits[example][copies - 1]];
        const information = Array.from(bits[example], (size) =>
          to === from ? 0 : Math.min(1, Math.max(0, (size - from) / (to - from))),
        );
        return to === from ? undefined : interpolated(information, values);
      });
      return {
        values: curves.map((curve) => curve && areaUnder(LEVELS, curve)),
        curve: {
          at: LEVELS,
          values: curves.map((curve) => curve ?? new Array<number>(LEVELS.length).fill(Number.NaN)),
        },
      };
    },
    { baseline, explain: "probability" },
  );

  function axesAt(input: number): readonly string[] {
    const part = map.toView().parts.find(({ name }) => name === model.inputs[input].name);
    const beneath = part?.input ?? map.toView().parts[0].input;
    return beneath ? axesOf(model.inputs[input], beneath) : [];
  }
}

async function performancesAt(
  p: Problem<object>,
  copies: number,
  point: PointOf,
  performance: "accuracy" | "softmax",
): Promise<number[][]> {
  if (performance === "softmax") {
    const scores = await scoresAt(p, copies, point);
    const whole = await p.score();
    return scores.map((mine, example) =>
      Array.from(mine, (score) => Math.min(1, Math.max(0, score / whole[example]))),
    );
  }
  const classes = (await outputsAt(p, copies, point)).map((mine) =>
    mine.map((output) =>
      classOf(Float64Array.from(output, (value) => (output.length === 1 ? value - 0.5 : value))),
    ),
  );
  return classes.map((mine) => mine.map((predicted) => Number(predicted === mine[copies - 1])));
}

/**
 * Information of each copy: bits of the differences between neighbours along each axis, log2(1 + |Δ|) in 256ths of the example's
 * range, about what a predictive coder writes. PAIR takes the bytes of a compressed file, which differ from one coder to the next.
 */
function informationAt(p: Problem<object>, copies: number, point: PointOf): Float64Array[] {
  return Array.from({ length: p.examples }, (_, example) => {
    const clean = p.x.map((x) => x.data.subarray(example * rowSize(x), (example + 1) * rowSize(x)));
    const units = clean.map((place) => {
      const low = place.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
      const high = place.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      return 255 / (high - low || 1);
    });
    return Float64Array.from({ length: copies }, (_, copy) =>
      point(copy, example).reduce((sum, values, place) => {
        const shape = p.x[place].shape.slice(1);
        const axes = shape.length > 1 ? shape.length - 1 : 1;
        let bits = 0;
        for (let axis = 0; axis < axes; axis++) {
          const stride = sizeOf(shape.slice(axis + 1));
          for (let i = 0; i < values.length; i++)
            if (Math.floor(i / stride) % shape[axis] < shape[axis] - 1)
              bits += Math.log2(1 + units[place] * Math.abs(values[i + stride] - values[i]));
        }
        return sum + bits;
      }, 0),
    );
  });
}

/** The best value so far at each level of information, between those known on a straight line. */
function interpolated(information: readonly number[], values: readonly number[]): number[] {
  const order = information.map((_, i) => i).sort((a, b) => information[a] - information[b] || a - b);
  let best = 0;
  const known = order.map((i) => {
    best = Math.max(best, values[i]);
    return { x: information[i], y: best };
  });
  return LEVELS.map((level) => {
    const after = known.findIndex(({ x }) => x >= level);
    if (after <= 0) return known[Math.max(0, after)].y;
    const [a, b] = [known[after - 1], known[after]];
    return b.x === a.x ? b.y : a.y + ((level - a.x) / (b.x - a.x)) * (b.y - a.y);
  });
}
