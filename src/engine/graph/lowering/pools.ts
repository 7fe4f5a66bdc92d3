/** Pooling over two and three axes, and its gradients. */
import { sizeOf } from "../../../tensor";
import { makeConstant } from "../builder";
import type { Value } from "../graph";
import type { Operator } from "../operators";
import { input, type KernelCall, type LoweringTable } from "./lowering";
import {
  cellNumbers,
  channelsFirst,
  channelsLast,
  poolWindows,
  repeatedCells,
  tiles,
  windowAttributes,
} from "./windows";

function pooled(call: KernelCall, operator: Operator): Value {
  const x = input(call, "x");
  const windows = poolWindows(call, x.shape);
  const shape = [x.shape[0], x.shape[x.shape.length - 1], ...windows.output];
  const attributes = windowAttributes(windows);
  return channelsLast(call, call.graph.add(operator, [channelsFirst(call, x)], shape, "float32", attributes));
}

/** dy goes to the first largest cell of each window. Where windows lie side by side, numbers count the cells of each down to 1. */
function maxPoolGradient(call: KernelCall): Value {
  const windows = poolWindows(call, input(call, "input").shape);
  const [x, dy] = [channelsFirst(call, input(call, "input")), channelsFirst(call, input(call, "dy"))];
  const { size, output } = windows;
  const [rows, channels] = x.shape as [number, number];
  const fromLast = (cell: readonly number[]): number =>
    sizeOf(size) - cell.reduce((place, n, axis) => place * size[axis] + n, 0);
  const inBlocks = size.length === 2 && tiles(windows);
  const numbers = inBlocks ? [cellNumbers(call.graph, rows, channels, fromLast, size, output)] : [];
  const attributes = windowAttributes(windows);
  const dx = call.graph.add("MaxPoolGrad", [x, dy, ...numbers], x.shape, "float32", attributes);
  return channelsLast(call, dx);
}

/** The largest cells and their places: numbers of entries of the image, or of all images. */
function maxPoolWithPlaces(call: KernelCall): Value[] {
  const x = input(call, "x");
  const { graph } = call;
  const windows = poolWindows(call, x.shape);
  const channels = x.shape[x.shape.length - 1];
  const shape = [x.shape[0], channels, ...windows.output];
  const [largest, places] = graph.addMany(
    "MaxPool",
    [channelsFirst(call, x)],
    [
      { shape, dtype: "float32" },
      { shape, dtype: "int64" },
    ],
    windowAttributes(windows),
  ) as [Value, Value];
  const by = (operator: Operator, value: Value, number: number): Value =>
    graph.add(operator, [value, makeConstant([number], [], "int64")], shape, "int64");
  const cells = sizeOf(windows.input);
  // ONNX counts all images with channels first; tfjs counts one image with channels last.
  const inImage = by("Mul", by("Mod", places, cells), channels);
  const channel = makeConstant(
    Array.from({ length: channels }, (_, i) => i),
    [channels, ...windows.output.map(() => 1)],
    "int64",
  );
  let number = graph.add("Add", [inImage, channel], shape, "int64");
  if (call.attrs["includeBatchInIndex"]) {
    const image = by("Mul", by("Div", places, cells * channels), cells * channels);
    number = graph.add("Add", [number, image], shape, "int64");
  }
  return [channelsLast(call, largest), graph.cast(channelsLast(call, number), "int32")];
}

/** dy, divided by the size of the window, goes to all its cells. */
function averagePoolGradient(call: KernelCall): Value {
  const [dy, x] = [input(call, "dy"), input(call, "input")];
  const { graph } = call;
  const windows = poolWindows(call, x.shape);
  const channels = x.shape[x.shape.length - 1];
  const rows = x.shape[0];
  const upstream = channelsFirst(call, dy);
  const share = graph.add("Mul", [upstream, graph.scalar(1 / sizeOf(windows.size))], upstream.shape);
  if (tiles({ ...windows, unread: [] })) {
    const spread = repeatedCells(graph, share, windows.size);
    const none = spread.shape.map(() => 0);
    return channelsLast(call, graph.pad(spread, none, [0, 0, ...windows.unread]));
  }
  const ones = makeConstant(
    new Float32Array(channels * sizeOf(windows.size)).fill(1),
    [channels, 1, ...windows.size],
    "float32",
  );
  const spread = graph.add("ConvTranspose", [share, ones], [rows, channels, ...windows.input], "float32", {
    ...windowAttributes(windows),
    group: channels,
    output_padding: windows.unread,
  });
  return channelsLast(call, spread);
}

const maxPool = (call: KernelCall): Value => pooled(call, "MaxPool");
const averagePool = (call: KernelCall): Value => pooled(call, "AveragePool");

/** Largest and mean of each window. */
export const pools: LoweringTable = {
  MaxPool: maxPool,
  MaxPool3D: maxPool,
  MaxPoolWithArgmax: maxPoolWithPlaces,
  AvgPool: averagePool,
  AvgPool3D: averagePool,
  MaxPoolGrad: maxPoolGradient,
  MaxPool3DGrad: maxPoolGradient,
  AvgPoolGrad: averagePoolGradient,
  AvgPool3DGrad: averagePoolGradient,
};
