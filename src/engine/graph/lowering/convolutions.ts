/** Convolutions over two and three axes, plain and by channel, and their gradients. */
import type { Value } from "../graph";
import { activated } from "./activations";
import { elementwise, input, type KernelCall, type LoweringTable } from "./lowering";
import {
  cellNumbers,
  channelsFirst,
  channelsLast,
  convolutionWindows,
  isChannelsFirst,
  repeatedCells,
  type Windows,
  windowAttributes,
} from "./windows";

/** Filters in ONNX's order and the number of groups, which tell plain convolutions from those by channel. */
interface Filters {
  readonly shape: readonly number[];
  readonly groups: number;
  /** [outputs, inputs per group, …]. */
  forward(): Value;
  /** The same for a convolution that leads back: turned around, outputs and inputs exchanged. */
  backward(): Value;
}

const spatialAxes = (filter: Value): number[] => Array.from({ length: filter.shape.length - 2 }, (_, i) => i);

/** tfjs: […, inputs, outputs]. */
function plainFilters(call: KernelCall, filter: Value): Filters {
  const axes = spatialAxes(filter);
  const n = axes.length;
  return {
    shape: filter.shape,
    groups: 1,
    forward: () => call.run("Transpose", { x: filter }, { perm: [n + 1, n, ...axes] }),
    backward: () => {
      const flipped = call.run("Reverse", { x: filter }, { dims: axes });
      return call.run("Transpose", { x: flipped }, { perm: [n, n + 1, ...axes] });
    },
  };
}

/** tfjs: […, channels, multiplier]; output c · multiplier + m belongs to channel c. */
function depthwiseFilters(call: KernelCall, filter: Value): Filters {
  const axes = spatialAxes(filter);
  const n = axes.length;
  const [channels, multiplier] = filter.shape.slice(-2) as [number, number];
  const window = filter.shape.slice(0, n);
  const byChannel = (x: Value): Value => call.run("Transpose", { x }, { perm: [n, n + 1, ...axes] });
  return {
    shape: filter.shape,
    groups: channels,
    forward: () =>
      call.run("Reshape", { x: byChannel(filter) }, { shape: [channels * multiplier, 1, ...window] }),
    backward: () => byChannel(call.run("Reverse", { x: filter }, { dims: axes })),
  };
}

function convolve(call: KernelCall, x: Value, filters: Filters, bias?: Value): Value {
  const windows = convolutionWindows(call, x.shape, filters.shape, filters.groups > 1);
  const weights = filters.forward();
  const outputs = weights.shape[0];
  const fits = bias !== undefined && bias.shape.length === 1 && bias.shape[0] === outputs;
  const y = call.graph.add(
    "Conv",
    [channelsFirst(call, x), weights, ...(fits ? [bias] : [])],
    [x.shape[0], outputs, ...windows.output],
    "float32",
    { ...windowAttributes(windows), dilations: windows.dilations, group: filters.groups },
  );
  const last = channelsLast(call, y);
  return bias === undefined || fits ? last : elementwise(call, "Add", last, bias);
}

/** dx of a convolution; with stride 1 a plain convolution, which runs faster than a transposed one. */
function convolveBack(call: KernelCall, dy: Value, inputShape: readonly number[], filters: Filters): Value {
  const windows = convolutionWindows(call, inputShape, filters.shape, filters.groups > 1);
  const channels = inputShape[isChannelsFirst(call) ? 1 : inputShape.length - 1];
  const shape = [inputShape[0], channels, ...windows.input];
  const attributes = { dilations: windows.dilations, group: filters.groups, kernel_shape: windows.size };
  const pads = backwardPads(windows);
  const y = channelsFirst(call, dy);
  const apart = filters.groups > 1 ? padsBetween(windows) : undefined;
  if (apart && channels === filters.groups && channels === y.shape[1] && channels % CHANNEL_BLOCK === 0) {
    const among = call.graph.add(
      "Mul",
      [repeatedCells(call.graph, y, windows.strides), firstCells(call, y, windows)],
      [shape[0], channels, ...windows.strides.map((n, i) => n * windows.output[i])],
    );
    const ones = windows.strides.map(() => 1);
    return channelsLast(
      call,
      call.graph.add("Conv", [among, filters.backward()], shape, "float32", {
        ...attributes,
        strides: ones,
        pads: apart,
      }),
    );
  }
  const dx = pads
    ? call.graph.add("Conv", [y, filters.backward()], shape, "float32", {
        ...attributes,
        strides: windows.strides,
        pads,
      })
    : call.graph.add("ConvTranspose", [y, filters.forward()], shape, "float32", {
        ...attributes,
        strides: windows.strides,
        pads: [...windows.before, ...windows.after],
        output_padding: windows.unread,
      });
  return channelsLast(call, dx);
}

/**
 * Channels of the largest block in which ONNX Runtime lays out images. Convolutions by channel run in blocks alone with
 * speed, and transposed ones never do.
 */
const CHANNEL_BLOCK = 16;

/** 1 at the first cell of each window, 0 elsewhere. */
function firstCells(call: KernelCall, y: Value, { strides, output }: Windows): Value {
  const [rows, channels] = y.shape as [number, number];
  const isFirst = (cell: readonly number[]): number => (cell.every((n) => n === 0) ? 1 : 0);
  return cellNumbers(call.graph, rows, channels, isFirst, strides, output);
}

/** The padding of the plain convolution that leads back to where strides put zeros between; undefined when none does. */
function padsBetween({ size, strides, dilations, before, input, output }: Windows): number[] | undefined {
  if (size.length !== 2 || strides.every((stride) => stride === 1)) return undefined;
  const start = size.map((n, i) => (n - 1) * dilations[i] - before[i]);
  const end = input.map((extent, i) => extent - strides[i] * output[i] + before[i]);
  const pads = [...start, ...end];
  return pads.every((n) => n >= 0) ? pads : undefined;
}

/** The padding of the plain convolution that leads back; undefined when there is none. */
function backwardPads({
  size,
  strides,
  dilations,
  before,
  input: extents,
  output,
}: Windows): number[] | undefined {
  if (strides.some((stride) => stride !== 1)) return undefined;
  const start = size.map((n, i) => (n - 1) * dilations[i] - before[i]);
  const end = extents.map((extent, i) => extent - output[i] + before[i]);
  const pads = [...start, ...end];
  return pads.every((n) => n >= 0) ? pads : undefined;
}

/** The extents that a window takes when the output plays the part of the filter: at least those of the filter. */
function widened(windows: Windows): number[] {
  return windows.size.map((_, i) => {
    const padded = windows.input[i] + windows.before[i] + windows.after[i];
    const reach = (windows.output[i] - 1) * windows.strides[i] + 1;
    return Math.floor((padded - reach) / windows.dilations[i]) + 1;
  });
}

/** The attributes of the convolution that leads to a filter: strides and dilations are exchanged. */
function filterAttributes(windows: Windows): Record<string, readonly number[]> {
  return {
    kernel_shape: windows.output,
    strides: windows.dilations,
    dilations: windows.strides,
    pads: [...windows.before, ...windows.after],
  };
}

/** The first entries of each axis. */
function cut(call: KernelCall, x: Value, shape: readonly number[]): Value {
  return call.graph.slice(
    x,
    x.shape.map(() => 0),
    shape,
  );
}

/** dw of a plain convolution: x convolved with dy, where examples play the part of channels. */
function filterGradient(call: KernelCall): Value {
  const [x, dy] = [input(call, "x"), input(call, "dy")];
  const filterShape = call.attrs["filterShape"] as number[];
  const windows = convolutionWindows(call, x.shape, filterShape);
  const axes = windows.size.map((_, i) => i + 2);
  const exchanged = (value: Value): Value =>
    call.run("Transpose", { x: channelsFirst(call, value) }, { perm: [1, 0, ...axes] });
  const [inputs, outputs] = filterShape.slice(-2) as [number, number];
  const product = call.graph.add(
    "Conv",
    [exchanged(x), exchanged(dy)],
    [inputs, outputs, ...widened(windows)],
    "float32",
    filterAttributes(windows),
  );
  return call.graph.transpose(cut(call, product, [inputs, outputs, ...windows.size]), [...axes, 0, 1]);
}

/** dw of a convolution by channel: the same in one group per channel. */
function depthwiseFilterGradient(call: KernelCall): Value {
  const { graph } = call;
  const [x, dy] = [input(call, "x"), input(call, "dy")];
  const filterShape = call.attrs["filterShape"] as number[];
  const windows = convolutionWindows(call, x.shape, filterShape, true);
  const axes = windows.size.map((_, i) => i + 2);
  const [channels, multiplier] = filterShape.slice(-2) as [number, number];
  const exchanged = (value: Value): Value =>
    call.run("Transpose", { x: channelsFirst(call, value) }, { perm: [1, 0, ...axes] });
  const [images, upstream] = [exchanged(x), exchanged(dy)];
  const examples = images.shape[1];
  const product = graph.add(
    "Conv",
    [call.run("Reshape", { x: images }, { shape: [1, channels * examples, ...windows.input] }), upstream],
    [1, channels * multiplier, ...widened(windows)],
    "float32",
    { ...filterAttributes(windows), group: channels },
  );
  const filter = cut(call, product, [1, channels * multiplier, ...windows.size]);
  return graph.transpose(graph.reshape(filter, [channels, multiplier, ...windows.size]), [...axes, 0, 1]);
}

type FiltersOf = typeof plainFilters;

function convolution(filtersOf: FiltersOf): (call: KernelCall) => Value {
  return (call) =>
    convolve(call, input(call, "x"), filtersOf(call, input(call, "filter")), call.inputs["bias"]);
}

function fused(lowering: (call: KernelCall) => Value): (call: KernelCall) => Value {
  return (call) => activated(call, lowering(call));
}

function inputGradient(filtersOf: FiltersOf): (call: KernelCall) => Value {
  return (call) => {
    const inputShape = call.attrs["inputShape"] as number[];
    return convolveBack(call, input(call, "dy"), inputShape, filtersOf(call, input(call, "filter")));
  };
}

/** Convolutions, and what leads back to their inputs and filters. */
export const convolutions: LoweringTable = {
  Conv2D: convolution(plainFilters),
  Conv3D: convolution(plainFilters),
  DepthwiseConv2dNative: convolution(depthwiseFilters),
  FusedConv2D: fused(convolution(plainFilters)),
  FusedDepthwiseConv2D: fused(convolution(depthwiseFilters)),
  Conv2DBackpropInput: inputGradient(plainFilters),
  Conv3DBackpropInputV2: inputGradient(plainFilters),
  DepthwiseConv2dNativeBackpropInput: inputGradient(depthwiseFilters),
  Conv2DBackpropFilter: filterGradient,
  Conv3DBackpropFilterV2: filterGradient,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
};
