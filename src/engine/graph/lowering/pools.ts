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
  type Windows,
  windowAttributes,
} from "./windows";

function pooled(call: KernelCall, operator: Operator): Value {
  const x = input(call, "x");
  const windows = poolWindows(call, x.shape);
  const shape = [x.shape[0], x.shape[x.shape.length - 1], ...windows.output];
  const attributes = windowAttributes(windows);
  return channelsLast(call, call.graph.add(operator, [channelsFirst(call, x)], shape, "float32", attributes));
}

/** Turns any difference of two numbers above 1e-30 into more than the largest number of a cell. */
const FAR = 2 ** 127;

/**
 * dy goes to the first largest cell of each window.
 *
 * Where windows lie side by side, each cell is compared with the largest of its window, and those as large count down
 * from the first: operators that ONNX Runtime vectorises and splits among cores, unlike places in an array of all cells.
 */
function sideBySide(call: KernelCall, x: Value, dy: Value, windows: Windows): Value {
  const { graph } = call;
  const { size, output } = windows;
  const [rows, channels] = x.shape as [number, number];
  const largest = (of: Value): Value =>
    graph.add("MaxPool", [of], dy.shape, "float32", windowAttributes(windows));
  const spread = (value: Value): Value => repeatedCells(call, value, size);
  const by = (operator: Operator, a: Value, b: Value): Value => graph.add(operator, [a, b], a.shape);
  const below = by("Add", x, spread(graph.add("Neg", [largest(x)], dy.shape)));
  const count = sizeOf(size);
  const fromFirst = (cell: readonly number[]): number =>
    count - cell.reduce((place, n, axis) => place * size[axis] + n, 0);
  const numbers = cellNumbers(call, rows, channels, fromFirst, size, output);
  const numbered = by("Add", by("Mul", below, graph.scalar(FAR)), numbers);
  const beyond = graph.add("Sub", [graph.scalar(1), largest(numbered)], dy.shape);
  const first = graph.add("Relu", [by("Add", numbered, spread(beyond))], x.shape);
  return by("Mul", first, spread(dy));
}

/** dy goes to the first largest cell of each window: where the pooling says that it found it. */
function maxPoolGradient(call: KernelCall): Value {
  const [dy, x] = [input(call, "dy"), input(call, "input")];
  const { graph } = call;
  const windows = poolWindows(call, x.shape);
  if (windows.size.length === 2 && tiles(windows)) {
    return channelsLast(call, sideBySide(call, channelsFirst(call, x), channelsFirst(call, dy), windows));
  }
  const first = channelsFirst(call, x);
  const slopes = channelsFirst(call, dy);
  const [, places] = graph.addMany(
    "MaxPool",
    [first],
    [
      { shape: slopes.shape, dtype: "float32" },
      { shape: slopes.shape, dtype: "int64" },
    ],
    windowAttributes(windows),
  ) as [Value, Value];
  const size = sizeOf(x.shape);
  const flat = (value: Value): Value => graph.reshape(value, [sizeOf(value.shape)]);
  // Zeros made by the graph itself, since their number depends on the batch.
  const zeros = graph.add("ConstantOfShape", [graph.add("Shape", [flat(first)], [1], "int64")], [size]);
  const scattered = graph.add("ScatterElements", [zeros, flat(places), flat(slopes)], [size], "float32", {
    axis: 0,
    reduction: "add",
  });
  return channelsLast(call, graph.reshape(scattered, first.shape));
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
  const slopes = channelsFirst(call, dy);
  const share = graph.add("Mul", [slopes, graph.scalar(1 / sizeOf(windows.size))], slopes.shape);
  if (tiles({ ...windows, unread: [] })) {
    const spread = repeatedCells(call, share, windows.size);
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
