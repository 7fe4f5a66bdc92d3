/** IROF: how much of the confidence is lost as segments go in the order of the map. */
import type { Problem } from "../attribution/problem";
import type { Baseline } from "../model/baseline";
import { channelMeans, type NdArray, rowSize } from "../tensor";
import { defineMetric } from "./define-metric";
import { mapFeatures } from "./measuring/map-features";
import { atLeast, baselineRule, whole } from "./measuring/option-rules";
import { largestFirst, scoresWithout } from "./measuring/removal";
import { areaUnder } from "./measuring/removal-curve";
import { superpixels } from "./measuring/superpixels";
import type { Metric } from "./metric";

/** Options of `irof`. */
export interface IrofOptions {
  /** Segments of an example, about. */
  readonly segments: number;
  /** Weight of lying together against looking alike. */
  readonly compactness: number;
  /** Values in place of hidden ones. Default: the mean of each channel of the example. */
  readonly baseline: Baseline | undefined;
}

/**
 * Iterative removal of features: the area over P / P(x) as segments go, that of the largest mean attribution first, over the share of
 * segments removed, P being the probability of the target. Segments are superpixels of the example; of a table each entry is one.
 * Undefined where P(x) is 0.
 *
 * Rieger, Hansen: IROF (2020), arXiv 2003.08747.
 */
export const irof: Metric<IrofOptions> = defineMetric<IrofOptions>(
  {
    name: "irof",
    label: "IROF",
    paper: "Rieger, Hansen 2020, arXiv 2003.08747",
    direction: "higher",
    range: [Number.NEGATIVE_INFINITY, 1],
    needs: ["model"],
    shows:
      "How soon the confidence is lost when the segments that the map puts first are replaced by their mean colour.",
    cannotShow: "What the map says inside a segment; the segmentation decides what can go together.",
    options: {
      segments: whole("segments", 40, 2),
      compactness: atLeast("compactness", 1),
      baseline: baselineRule(),
    },
  },
  ({ ask, map, model, options }) =>
    ask(
      options.segments,
      async (p) => {
        const { values, of } = mapFeatures("irof", model, map, p);
        const segments = Array.from({ length: p.examples }, (_, example) => segmentsOf(p, example, options));
        const means = segments.map(({ own, count }, example) => {
          const [sums, sizes] = [new Float64Array(count), new Float64Array(count)];
          own.forEach((place, i) => {
            place.forEach((segment, entry) => {
              sums[segment] += values[example][of[i][entry]];
              sizes[segment]++;
            });
          });
          return sums.map((sum, segment) => sum / sizes[segment]);
        });
        const orders = largestFirst(means);
        const most = Math.max(...segments.map(({ count }) => count));
        // Segments differ from example to example: what is hidden is said by entry.
        let first = 0;
        const entries = p.x.map((x) => {
          const start = first;
          first += rowSize(x);
          return Int32Array.from({ length: rowSize(x) }, (_, i) => start + i);
        });
        const absent = options.baseline === undefined ? p.x.map(meanColours) : p.baseline;
        const curves = await scoresWithout(
          p,
          { of: entries },
          most + 1,
          (copy, example) => {
            const gone = new Uint8Array(segments[example].count);
            for (const segment of orders[example].subarray(0, copy)) gone[segment] = 1;
            return Uint8Array.from(
              segments[example].own.flatMap((place) => Array.from(place, (k) => gone[k])),
            );
          },
          absent,
        );
        return curves.map((scores, example) => {
          const { count } = segments[example];
          if (!(scores[0] > 0)) return undefined;
          const at = Array.from({ length: count + 1 }, (_, k) => k / count);
          return (
            1 -
            areaUnder(
              at,
              scores.map((score) => score / scores[0]),
            )
          );
        });
      },
      { baseline: options.baseline, explain: "probability" },
    ),
);

/** The segment of each entry of one example, per place, numbered over all places. */
function segmentsOf(
  p: Problem<object>,
  example: number,
  { segments, compactness }: IrofOptions,
): { readonly own: readonly Int32Array[]; readonly count: number } {
  let count = 0;
  const own = p.x.map((x) => {
    const width = rowSize(x);
    const shape = x.shape.slice(1);
    const channels = shape.length > 1 ? shape[shape.length - 1] : 1;
    const first = count;
    const pixels = x.data.subarray(example * width, (example + 1) * width);
    const found =
      shape.length > 1
        ? superpixels(pixels, shape.slice(0, -1), channels, segments, compactness)
        : Int32Array.from({ length: width }, (_, i) => i);
    count += 1 + found.reduce((most, k) => Math.max(most, k), 0);
    return Int32Array.from({ length: width }, (_, i) => first + found[Math.floor(i / channels)]);
  });
  return { own, count };
}

/** The mean of each channel of each example; of a table that of all entries. */
function meanColours(x: NdArray): NdArray {
  const width = rowSize(x);
  const [channels, array] =
    x.shape.length > 2
      ? [x.shape[x.shape.length - 1], x]
      : [1, { data: x.data, shape: [x.shape[0], width, 1] }];
  const means = channelMeans(array).data;
  const data = x.data.map((_, i) => means[Math.floor(i / width) * channels + (i % channels)]);
  return { data, shape: x.shape };
}
