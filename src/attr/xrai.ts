/** XRAI: integrated gradients, summed over regions of the picture. */
import { defineMethod, type Method } from "../attribution";
import { checkPathOptions, type PathOptions, pathOptions } from "../attribution/path-integral";
import { hasPositions, onChannels, pictureAt, positionsAt } from "../attribution/pictures";
import type { Problem } from "../attribution/problem";
import { rankedRegions } from "../attribution/ranked-regions";
import { edgeShare, regionsAtScales, regionsOf } from "../attribution/segmentation";
import { checkName, checkNumber, outOfRange, shown } from "../check";
import { type ArrayInput, readArray } from "../model/input";
import { quadrature } from "../quadrature";
import { mapped, minus, type NdArray, plus, rowRanges, rowSize, sameShape, times } from "../tensor";
import { optionAmount } from "./option-rules";

/** Options of `xrai`. */
export interface XraiOptions extends Pick<PathOptions, "rule" | "steps"> {
  /**
   * Ranking of regions: "full" (default) by what each would add to those chosen before, "fast" by itself, overlaps not looked
   * at.
   */
  readonly algorithm: "full" | "fast";
  /** Share of the positions that regions cover; the rest is one more. Default 1. */
  readonly area: number;
  /**
   * Positions that a region must add. Default 50 for a picture of 224 × 224, and as large a part of others; 1 where
   * `regions` are given.
   */
  readonly smallest: number | undefined;
  /** Growth of every region in positions, so that edges lie inside. Default 5 for a picture of 224 × 224, and as far in others. */
  readonly dilation: number | undefined;
  /**
   * Regions of one's own: labels of positions, whole numbers from 0 as `slic` and `felzenszwalb` give them, or a list of such
   * labellings, which may overlap; neither grown nor made for each example. Default: Felzenszwalb's at six scales.
   */
  readonly regions: ArrayInput | readonly NdArray[] | undefined;
}

/** PAIR's parameters, for 224 × 224. */
const SMALLEST = 50;
const DILATION = 5;

/**
 * XRAI: regions of the picture, ranked by the density of the integrated gradients in them.
 *
 * X_i = mean of max_c (IG from black + IG from white) / 2 over what the region of i adds to those ranked before it
 *
 * Black and white are the smallest and largest value of the example (or those of the facts). Regions are Felzenszwalb's segments
 * at six scales, found along any axes of positions: images, series and volumes; parameters are PAIR's for 224 × 224 and scale
 * with the size of the picture, which is not resized. Features without positions, and tokens, are regions by themselves. Shape: that of
 * the input or layer, the same for all channels; unit: score. Sums over positions are those of the maximum over channels: not complete.
 * @throws RangeError for regions of another shape.
 *
 * Kapishnikov et al.: XRAI: Better Attributions Through Regions (2019), arXiv 1906.02825.
 */
export const xrai: Method<XraiOptions> = defineMethod<XraiOptions>(
  {
    name: "xrai",
    paper: "Kapishnikov et al. 2019, arXiv 1906.02825",
    multipliesByInput: true,
    reduce: () => "sum",
    quantity: () => "density of attribution to",
    passes: ({ steps }) => 2 * steps,
    options: {
      rule: pathOptions.rule,
      steps: pathOptions.steps,
      algorithm: {
        default: "full",
        check: (fn, given) => checkName(fn, "algorithm", given, ["full", "fast"]),
      },
      area: {
        default: 1,
        check: (fn, given) => {
          const area = checkNumber(fn, "area", given, 0);
          if (area > 1) throw outOfRange(fn, "area of at most 1", String(area));
          return area;
        },
      },
      smallest: optionAmount<number | undefined>("smallest", undefined),
      dilation: optionAmount<number | undefined>("dilation", undefined),
      regions: { default: undefined, check: labellings },
    },
    check: (fn, own) => checkPathOptions(fn, own),
    checkShapes: (fn, { regions }, shapes) => {
      if (regions === undefined) return;
      const [shape] = shapes;
      if (shapes.length !== 1 || shape.length < 2)
        throw outOfRange(fn, "one input with axes of positions where regions are given", shown(shapes));
      for (const labels of labellings(fn, regions)) checkPositions(fn, labels, shape.slice(0, -1));
    },
  },
  async (p) => {
    const integral = await meanIntegral(p);
    return p.x.map((x, place) => {
      const width = rowSize(x);
      const isToken = p.isLookUp(p.places[place]);
      if (!hasPositions(p, place))
        return isToken ? integral[place] : { data: integral[place].data, shape: x.shape };
      const data = new Float32Array(x.data.length);
      for (let row = 0; row < p.examples; row++) {
        const { data: own, channels } = pictureAt(p, place, row, integral[place]);
        const highest = Float64Array.from({ length: own.length / channels }, (_, i) =>
          Math.max(...own.subarray(i * channels, (i + 1) * channels)),
        );
        data.set(onChannels(p, place, ranked(p, place, row, highest)), row * width);
      }
      return { data, shape: x.shape };
    });
  },
);

/** Labellings of positions: one array, or a list of them. */
function labellings(fn: string, given: unknown): NdArray[] {
  const several = Array.isArray(given) && given.some((one) => isArrayOfOneObject(one));
  const all = several ? given.map((one) => readArray(fn, one, "regions")) : [readArray(fn, given, "regions")];
  for (const { data } of all) {
    const bad = data.find((label) => !Number.isInteger(label) || label < 0);
    if (bad !== undefined) throw outOfRange(fn, "regions to be whole numbers from 0", shown(bad));
  }
  return all;
}

/** Whether a value is a tensor or `{ data, shape }`, and no nested array. */
function isArrayOfOneObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && "shape" in value;
}

function checkPositions(fn: string, { shape }: NdArray, positions: readonly number[]): void {
  if (sameShape(shape, positions) || sameShape(shape, [...positions, 1])) return;
  throw outOfRange(fn, `regions of shape [${positions.join(", ")}]`, `[${shape.join(", ")}]`);
}

/** Integrated gradients from black and from white, and their mean; of tokens those from zero vectors. */
async function meanIntegral(p: Problem<XraiOptions>): Promise<NdArray[]> {
  const nodes = quadrature(p.options.rule, p.options.steps);
  const from = async (end: "min" | "max"): Promise<NdArray[]> => {
    const baseline = p.x.map((x, place) => {
      if (p.isLookUp(p.places[place])) return mapped(x, () => 0);
      const ranges = rowRanges(x);
      const told = "input" in p.places[place] ? p.range?.[end === "min" ? 0 : 1] : undefined;
      const width = rowSize(x);
      return mapped(x, (_, i) => told ?? ranges[Math.floor(i / width)][end]);
    });
    return times(await p.path(nodes, baseline, p.x), minus(p.x, baseline));
  };
  return plus(await from("min"), await from("max")).map((sum) => mapped(sum, (value) => value / 2));
}

/** The density that each position of an example comes with. */
function ranked(
  p: Problem<XraiOptions>,
  place: number,
  row: number,
  attribution: Float64Array,
): Float64Array {
  const { algorithm, area, smallest, dilation, regions } = p.options;
  const positions = positionsAt(p, place);
  const share = edgeShare(positions);
  if (regions !== undefined)
    for (const labels of labellings("xrai", regions)) checkPositions("xrai", labels, positions);
  const found = regions
    ? labellings("xrai", regions).flatMap(({ data }) => regionsOf(data))
    : regionsAtScales(pictureAt(p, place, row), dilation ?? Math.round(DILATION * share));
  const usual = regions ? 1 : Math.round(SMALLEST * share ** positions.length);
  return rankedRegions(attribution, found, { algorithm, area, smallest: smallest ?? usual });
}
