/** Morphological dilation: the largest of the window's cells, each raised by its entry of the filter; and its gradients. */
import { sizeOf } from "../../../tensor";
import { makeConstant } from "../builder";
import type { Value } from "../graph";
import { input, type KernelCall, type LoweringTable } from "./lowering";
import { convolutionWindows, type Windows } from "./windows";

/** Value of cells outside of the image; so low that no cell of a window loses against it. */
const OUTSIDE = Number.MIN_SAFE_INTEGER;

/** The cells of each window along an axis of their own. */
interface Cells {
  readonly windows: Windows;
  /** For each cell a filter that is 1 there: convolving with them takes windows apart. */
  readonly pick: Value;
  /** [rows, channels, cells, …output]: the cells, each raised by its entry of the filter. */
  readonly raised: Value;
}

function cellsOf(call: KernelCall): Cells {
  const { graph } = call;
  const [x, filter] = [input(call, "x"), input(call, "filter")];
  const [rows, , , channels] = x.shape as [number, number, number, number];
  const windows = convolutionWindows(call, x.shape, [...filter.shape, channels]);
  const count = sizeOf(windows.size);
  const one = Float32Array.from({ length: channels * count * count }, (_, i) =>
    (i % (count * count)) % (count + 1) === 0 ? 1 : 0,
  );
  const pick = makeConstant(one, [channels * count, 1, ...windows.size], "float32");
  const image = call.run("Transpose", { x }, { perm: [0, 3, 1, 2] });
  const padded = graph.pad(image, [0, 0, ...windows.before], [0, 0, ...windows.after], OUTSIDE);
  const cells = graph.add("Conv", [padded, pick], [rows, channels * count, ...windows.output], "float32", {
    kernel_shape: windows.size,
    strides: windows.strides,
    dilations: windows.dilations,
    group: channels,
  });
  const apart = graph.reshape(cells, [rows, channels, count, ...windows.output]);
  const heights = call.run(
    "Reshape",
    { x: call.run("Transpose", { x: filter }, { perm: [2, 0, 1] }) },
    { shape: [1, channels, count, 1, 1] },
  );
  return { windows, pick, raised: graph.add("Add", [apart, heights], apart.shape) };
}

/** dy at the first largest cell of each window, zero at the others: [rows, channels, cells, …output]. */
function scattered(call: KernelCall, { raised }: Cells): Value {
  const { graph } = call;
  const dy = call.run("Transpose", { x: input(call, "dy") }, { perm: [0, 3, 1, 2] });
  const [rows, channels, count, height, width] = raised.shape as [number, number, number, number, number];
  const kept = [rows, channels, 1, height, width];
  const largest = graph.add("ArgMax", [raised], kept, "int64", { axis: 2, keepdims: 1 });
  const numbers = makeConstant(
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
    [count, 1, 1],
    "int64",
  );
  const chosen = graph.add("Equal", [largest, numbers], raised.shape, "bool");
  const wide = call.run("Reshape", { x: dy }, { shape: kept });
  return graph.add("Where", [chosen, wide, graph.scalar(0)], raised.shape);
}

/** Dilation in two dimensions. */
export const dilation: LoweringTable = {
  Dilation2D: (call) => {
    const { raised } = cellsOf(call);
    const [rows, channels, , ...output] = raised.shape as [number, number, number, ...number[]];
    const largest = call.run("Max", { x: raised }, { reductionIndices: [2] });
    return call.graph.transpose(call.graph.reshape(largest, [rows, channels, ...output]), [0, 2, 3, 1]);
  },
  Dilation2DBackpropInput: (call) => {
    const { graph } = call;
    const cells = cellsOf(call);
    const { windows } = cells;
    const [rows, channels, count, ...output] = cells.raised.shape as [number, number, number, ...number[]];
    const joined = graph.reshape(scattered(call, cells), [rows, channels * count, ...output]);
    const spread = graph.add(
      "ConvTranspose",
      [joined, cells.pick],
      [rows, channels, ...windows.input],
      "float32",
      {
        kernel_shape: windows.size,
        strides: windows.strides,
        dilations: windows.dilations,
        pads: [...windows.before, ...windows.after],
        output_padding: windows.unread,
        group: channels,
      },
    );
    return graph.transpose(spread, [0, 2, 3, 1]);
  },
  Dilation2DBackpropFilter: (call) => {
    const cells = cellsOf(call);
    const sums = call.run("Sum", { x: scattered(call, cells) }, { axis: [0, 3, 4] });
    const [channels] = sums.shape as [number, number];
    const filter = call.graph.reshape(sums, [channels, ...cells.windows.size]);
    return call.graph.transpose(filter, [1, 2, 0]);
  },
};
