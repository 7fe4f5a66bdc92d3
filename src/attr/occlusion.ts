/** Occlusion: what the score loses when a window of the input is covered, for windows all over it. */
import { defineMethod, type Method } from "../attribution";
import { perturbedScores } from "../attribution/coalitions";
import type { Problem } from "../attribution/problem";
import { checkInteger, outOfRange, shown } from "../check";
import { type NdArray, ndarray, rowSize, sizeOf } from "../tensor";

/** Options of `occlusion`, beside `baseline`. */
export interface OcclusionOptions {
  /**
   * Extents of the window: one for all axes of positions (channels are covered together), or one per axis of an example.
   * Default 3, or the whole axis where that is shorter; 1 where an example is a list of features, and for tokens.
   */
  readonly window: number | readonly number[] | undefined;
  /** Steps between windows, likewise; at most the window's extent. Default 1. */
  readonly stride: number | readonly number[];
}

const DEFAULT_WINDOW = 3;

/**
 * Occlusion: what the score loses when a window of the input is covered, averaged over the windows that an entry lies in.
 *
 * O_i(x) = 1/|W_i| Σ_{w ∋ i} (F(x) − F(x with window w at x′))
 *
 * Shape: that of the input or layer; unit: score. It asks for scores alone, one per window. The last window of an axis
 * is cut at its end. Not complete: windows overlap, and what two hide together
 * counts for both.
 * @throws RangeError for a window that is larger than the input, or a stride that leaves entries uncovered.
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2013), arXiv 1311.2901.
 */
export const occlusion: Method<OcclusionOptions, "baseline"> = defineMethod<OcclusionOptions>(
  {
    name: "occlusion",
    paper: "Zeiler, Fergus 2013, arXiv 1311.2901",
    axioms: ["implementation invariance", "linearity"],
    needsBaseline: true,
    gradient: false,
    reduce: () => "sum",
    quantity: () => "effect of occlusion on",
    whenZero: "no window changes the score by itself",
    passes: (_, entries) => entries + 1,
    options: {
      window: { default: undefined, check: (fn, given) => checkedExtents(fn, "window", given) },
      stride: { default: 1, check: (fn, given) => checkedExtents(fn, "stride", given) },
    },
    checkShapes: (fn, { window, stride }, shapes) => {
      for (const shape of shapes)
        windowAlong(fn, shape, shape.length > 1 ? shape.length - 1 : undefined, window, stride);
    },
  },
  async (p) => {
    const whole = await p.score();
    const values: NdArray[] = [];
    for (const place of p.x.keys()) values.push(await ofPlace(p, place, whole));
    return values;
  },
);

/** The mean effect of the windows over each entry of one place; the other places stay as they are. */
async function ofPlace(p: Problem<OcclusionOptions>, place: number, whole: Float64Array): Promise<NdArray> {
  const { window: extents, stride } = p.options;
  const x = p.x[place];
  const shape = x.shape.slice(1);
  const channels = p.channelAxis(p.places[place]) ?? x.shape.length - 1;
  const together = shape.length > 1 ? channels - 1 : undefined;
  // A token is hidden with its whole vector, and tokens have no neighbours that need to go with them.
  const size = p.isLookUp(p.places[place]) ? (extents ?? 1) : extents;
  const covered = windows(shape, windowAlong("occlusion", shape, together, size, stride));
  const all = p.x.map((array) => new Float32Array(rowSize(array)).fill(1));
  const scores = await perturbedScores(p, covered.length, (k) => {
    const visible = all[place].slice();
    for (const entry of covered[k]) visible[entry] = 0;
    return all.map((other, i) => (i === place ? visible : other));
  });
  const width = all[place].length;
  // A token's vector becomes one number again, which is the sum of its entries' shares.
  const shares = p.isLookUp(p.places[place]) ? shape[shape.length - 1] : 1;
  const sums = new Float64Array(x.data.length);
  const times = new Float64Array(width);
  for (const [k, entries] of covered.entries())
    for (const entry of entries) {
      times[entry]++;
      for (let row = 0; row < p.examples; row++)
        sums[row * width + entry] += whole[row] - scores[k * p.examples + row];
    }
  return ndarray(
    sums.map((sum, i) => sum / times[i % width] / shares),
    x.shape,
  );
}

/** Extent and stride of a window along an axis of length `length`. */
interface Along {
  readonly length: number;
  readonly extent: number;
  readonly stride: number;
}

/** The window along each axis of an example; `together` is the axis of channels, which it covers whole. */
function windowAlong(
  fn: string,
  shape: readonly number[],
  together: number | undefined,
  window: OcclusionOptions["window"],
  stride: OcclusionOptions["stride"],
): Along[] {
  for (const [name, given] of Object.entries({ window, stride }))
    if (typeof given === "object" && given.length !== shape.length)
      throw outOfRange(fn, `${name} with ${shape.length} extents, one per axis of an example`, shown(given));
  return shape.map((length, axis) => {
    const whole = axis === together;
    const usual = shape.length > 1 ? Math.min(DEFAULT_WINDOW, length) : 1;
    const extent = typeof window === "object" ? window[axis] : whole ? length : (window ?? usual);
    const step = typeof stride === "object" ? stride[axis] : whole ? length : stride;
    if (extent > length)
      throw outOfRange(fn, `window of at most ${length} along axis ${axis} of an example`, String(extent));
    if (step > extent)
      throw outOfRange(fn, `stride of at most the window's ${extent} along axis ${axis}`, String(step));
    return { length, extent, stride: step };
  });
}

/** The entries of one example that each window covers. */
function windows(shape: readonly number[], along: readonly Along[]): number[][] {
  let found: number[][] = [[0]];
  for (const [axis, { length, extent, stride }] of along.entries()) {
    const inner = sizeOf(shape.slice(axis + 1));
    const starts = Array.from({ length: Math.ceil((length - extent) / stride) + 1 }, (_, k) => k * stride);
    found = found.flatMap((entries) =>
      starts.map((start) => {
        const cells = Array.from({ length: Math.min(extent, length - start) }, (_, k) => start + k);
        return entries.flatMap((entry) => cells.map((cell) => entry + cell * inner));
      }),
    );
  }
  return found;
}

function checkedExtents(fn: string, name: string, given: unknown): number | readonly number[] {
  if (!Array.isArray(given)) return checkInteger(fn, name, given, 1);
  return given.map((extent) => checkInteger(fn, `each extent of ${name}`, extent, 1));
}
