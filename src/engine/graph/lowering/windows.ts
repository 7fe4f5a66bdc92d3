/** Windows that slide over the spatial axes of a convolution or a pooling, of any number of axes. */
import { sizeOf } from "../../../tensor";
import { type GraphBuilder, makeConstant } from "../builder";
import type { Value } from "../graph";
import { type KernelCall, unsupported } from "./lowering";

/** One number per spatial axis each. */
export interface Windows {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Cells of padding before the input, and after it as far as the last window reaches. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Cells of the input after the last window that no window reaches. */
  readonly unread: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** The numbers that tfjs computes for convolutions and poolings. */
interface TfjsInfo {
  readonly padInfo: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

const AXES = ["Depth", "Height", "Width"];
const BEFORE = ["front", "top", "left"];

function windowsOf(info: TfjsInfo, spatial: number): Windows {
  const read = (prefix: string): number[] =>
    AXES.slice(3 - spatial).map((axis) => (info[`${prefix}${axis}`] as number | undefined) ?? 1);
  const [size, strides, dilations] = [read("filter"), read("stride"), read("dilation")];
  const [input, output] = [read("in"), read("out")];
  const before = BEFORE.slice(3 - spatial).map((side) => info.padInfo[side] as number);
  const rest = input.map((extent, i) => {
    const reach = (size[i] - 1) * dilations[i] + 1;
    const end = (output[i] - 1) * strides[i] + reach - before[i];
    return end - extent;
  });
  const after = rest.map((n) => Math.max(0, n));
  const unread = rest.map((n) => Math.max(0, -n));
  return { size, strides, dilations, before, after, unread, input, output };
}

/** True of a kernel that lays images out as [n, channels, …]. */
export function isChannelsFirst(call: KernelCall): boolean {
  return call.attrs["dataFormat"] === "NCHW";
}

/** The windows of a convolution of an input in the kernel's layout with a filter. */
export function convolutionWindows(
  call: KernelCall,
  inputShape: readonly number[],
  filterShape: readonly number[],
  depthwise = false,
): Windows {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = call.attrs;
  const spatial = inputShape.length - 2;
  if (dataFormat === "NCDHW") throw unsupported(call, `in ${dataFormat}`);
  const util = call.tf.backend_util;
  const info =
    spatial === 3
      ? util.computeConv3DInfo(
          inputShape as never,
          filterShape as never,
          strides as never,
          (dilations ?? 1) as never,
          pad as "same",
        )
      : util.computeConv2DInfo(
          inputShape as never,
          filterShape as never,
          strides as never,
          (dilations ?? 1) as never,
          pad as "same",
          dimRoundingMode as "floor",
          depthwise,
          isChannelsFirst(call) ? "channelsFirst" : "channelsLast",
        );
  return windowsOf(info, spatial);
}

/** The windows of a pooling of an input of shape [n, …, channels]. */
export function poolWindows(call: KernelCall, inputShape: readonly number[]): Windows {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } = call.attrs;
  if (typeof dataFormat === "string" && dataFormat.startsWith("NC"))
    throw unsupported(call, `in ${dataFormat}`);
  const util = call.tf.backend_util;
  const spatial = inputShape.length - 2;
  const compute = (spatial === 3 ? util.computePool3DInfo : util.computePool2DInfo) as (
    ...args: unknown[]
  ) => unknown;
  const info = compute(inputShape, filterSize, strides, 1, pad, dimRoundingMode);
  return windowsOf(info as TfjsInfo, spatial);
}

/** The attributes of ONNX that describe windows. */
export function windowAttributes(windows: Windows): {
  kernel_shape: readonly number[];
  strides: readonly number[];
  pads: readonly number[];
} {
  const { size, strides, before, after } = windows;
  return { kernel_shape: size, strides, pads: [...before, ...after] };
}

/** True of windows that lie side by side and cover the input. */
export function tiles({ size, strides, before, after, unread }: Windows): boolean {
  return size.every((n, i) => n === strides[i]) && [...before, ...after, ...unread].every((n) => n === 0);
}

/** Each cell of [n, channels, …] as many times along each spatial axis as `times` says. */
export function repeatedCells(graph: GraphBuilder, x: Value, times: readonly number[]): Value {
  const scales = makeConstant([1, 1, ...times], [times.length + 2], "float32");
  const shape = x.shape.map((extent, axis) => extent * (axis < 2 ? 1 : times[axis - 2]));
  return graph.add("Resize", [x, undefined, scales], shape, "float32", {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
}

/**
 * The same numbers in each of so many windows side by side, for each row and channel. Spread over channels by a
 * convolution, which leaves them in the layout of the images around it.
 */
export function cellNumbers(
  graph: GraphBuilder,
  rows: number,
  channels: number,
  numbers: (cell: readonly number[]) => number,
  size: readonly number[],
  windows: readonly number[],
): Value {
  const extents = size.map((n, i) => n * windows[i]);
  const cells = sizeOf(extents);
  const row = new Float32Array(cells);
  for (let i = 0; i < cells; i++) {
    let rest = i;
    const cell = extents.map((_, axis) => {
      const inner = sizeOf(extents.slice(axis + 1));
      const place = Math.floor(rest / inner);
      rest -= place * inner;
      return place % size[axis];
    });
    row[i] = numbers(cell);
  }
  const all = new Float32Array(rows * cells);
  for (let r = 0; r < rows; r++) all.set(row, r * cells);
  const ones = makeConstant(
    new Float32Array(channels).fill(1),
    [channels, 1, ...size.map(() => 1)],
    "float32",
  );
  const image = makeConstant(all, [rows, 1, ...extents], "float32");
  return graph.add("Conv", [image, ones], [rows, channels, ...extents], "float32");
}

/** [n, …, channels] → [n, channels, …], as ONNX convolves; a kernel may have it so already. */
export function channelsFirst(call: KernelCall, x: Value): Value {
  if (isChannelsFirst(call)) return x;
  const rank = x.shape.length;
  const order = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
  return call.run("Transpose", { x }, { perm: order });
}

/** [n, channels, …] → [n, …, channels], unless the kernel has channels first. */
export function channelsLast(call: KernelCall, x: Value): Value {
  if (isChannelsFirst(call)) return x;
  const rank = x.shape.length;
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  return call.graph.transpose(x, order);
}
