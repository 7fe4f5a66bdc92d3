/** Kernels that move entries and compute nothing. */
import { sizeOf } from "../../../tensor";
import { filledConstant, integers } from "../builder";
import type { Value } from "../graph";
import { axesOf, input, type KernelCall, type LoweringTable } from "./lowering";

/** Further back than any axis is long: ONNX reads a small negative end as a distance from the end. */
const BEFORE_THE_START = -(2 ** 31);

function join(call: KernelCall, values: readonly Value[], axis: number): Value {
  const filled = values.filter((value) => sizeOf(value.shape) > 0);
  const first = filled[0] ?? values[0];
  if (filled.length <= 1) return first;
  const shape = [...first.shape];
  shape[axis] = filled.reduce((sum, value) => sum + value.shape[axis], 0);
  return call.graph.add("Concat", filled, shape, first.dtype, { axis });
}

function reverse(call: KernelCall, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  const every = (value: number): Value => integers(axes.map(() => value));
  const bounds = [every(-1), every(BEFORE_THE_START), integers(axes), every(-1)];
  return call.graph.add("Slice", [x, ...bounds], x.shape, x.dtype);
}

/** One constant of zeros or ones in the shape of x. */
function filledLike(call: KernelCall, number: number): Value {
  const x = input(call, "x");
  return filledConstant(number, x.shape, x.dtype);
}

/** Parts of x along an axis, of the given lengths. */
function parts(call: KernelCall, x: Value, axis: number, lengths: readonly number[]): Value[] {
  let start = 0;
  return lengths.map((length) => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0));
    start += length;
    return call.graph.slice(
      x,
      begin,
      x.shape.map((extent, i) => (i === axis ? length : extent)),
    );
  });
}

/** Shapes, joining, cutting and repeating. */
export const shapes: LoweringTable = {
  Reshape: (call) => {
    const x = input(call, "x");
    const shape = call.tf.util.inferFromImplicitShape(call.attrs["shape"] as number[], sizeOf(x.shape));
    return call.graph.reshape(x, shape);
  },
  ExpandDims: (call) => {
    const x = input(call, "input");
    const dim = call.attrs["dim"] as number;
    const shape = [...x.shape];
    shape.splice(dim < 0 ? x.shape.length + dim + 1 : dim, 0, 1);
    return call.graph.reshape(x, shape);
  },
  Transpose: (call) => call.graph.transpose(input(call, "x"), call.attrs["perm"] as number[]),
  ZerosLike: (call) => filledLike(call, 0),
  OnesLike: (call) => filledLike(call, 1),
  Concat: (call) => {
    const values = Object.values(call.inputs);
    return join(call, values, axesOf(call.attrs["axis"], values[0].shape.length)[0]);
  },
  Pack: (call) => {
    const values = Object.values(call.inputs);
    const axis = axesOf(call.attrs["axis"], values[0].shape.length + 1)[0];
    const wide = values.map((value) => {
      const shape = [...value.shape];
      shape.splice(axis, 0, 1);
      return call.run("Reshape", { x: value }, { shape });
    });
    return join(call, wide, axis);
  },
  Unpack: (call) => {
    const x = input(call, "value");
    const axis = axesOf(call.attrs["axis"], x.shape.length)[0];
    const shape = x.shape.filter((_, i) => i !== axis);
    const ones = new Array<number>(x.shape[axis]).fill(1);
    return parts(call, x, axis, ones).map((part) => call.graph.reshape(part, shape));
  },
  SplitV: (call) => {
    const x = input(call, "x");
    const axis = axesOf(call.attrs["axis"], x.shape.length)[0];
    const lengths = call.tf.backend_util.prepareSplitSize(
      { shape: [...x.shape] } as never,
      call.attrs["numOrSizeSplits"] as number[],
      axis,
    );
    return parts(call, x, axis, lengths);
  },
  Slice: (call) => {
    const x = input(call, "x");
    const [begin, size] = call.tf.slice_util.parseSliceParams(
      { shape: [...x.shape], rank: x.shape.length } as never,
      call.attrs["begin"] as number[],
      call.attrs["size"] as number[],
    ) as [number[], number[]];
    return call.graph.slice(x, begin, size);
  },
  StridedSlice: (call) => {
    const x = input(call, "x");
    const { attrs } = call;
    const { finalShape, begin, end, strides } = call.tf.slice_util.sliceInfo(
      [...x.shape],
      attrs["begin"] as number[],
      attrs["end"] as number[],
      attrs["strides"] as number[],
      attrs["beginMask"] as number,
      attrs["endMask"] as number,
      attrs["ellipsisMask"] as number,
      attrs["newAxisMask"] as number,
      attrs["shrinkAxisMask"] as number,
    );
    const ends = end.map((stop, i) => (stop < 0 && strides[i] < 0 ? BEFORE_THE_START : stop));
    // Axes that are read at one place are there until the end.
    const extents = begin.map((from, i) => Math.max(0, Math.ceil((end[i] - from) / strides[i])));
    const cut = call.graph.add(
      "Slice",
      [x, integers(begin), integers(ends), integers(begin.map((_, i) => i)), integers(strides)],
      [...extents, ...x.shape.slice(begin.length)],
      x.dtype,
    );
    return call.graph.reshape(cut, finalShape);
  },
  PadV2: (call) => {
    const paddings = call.attrs["paddings"] as [number, number][];
    return call.graph.pad(
      input(call, "x"),
      paddings.map(([before]) => before),
      paddings.map(([, after]) => after),
      (call.attrs["constantValue"] as number | undefined) ?? 0,
    );
  },
  Tile: (call) => {
    const x = input(call, "x");
    const reps = call.attrs["reps"] as number[];
    if (reps.every((n) => n === 1)) return x;
    const shape = x.shape.map((extent, i) => extent * reps[i]);
    return call.graph.add("Tile", [x, integers(reps)], shape, x.dtype);
  },
  BatchToSpaceND: (call) => {
    const x = input(call, "x");
    const { blockShape, crops } = call.attrs as { blockShape: number[]; crops: number[][] };
    const util = call.tf.backend_util;
    const blocks = sizeOf(blockShape);
    const apart = util.getReshaped([...x.shape], blockShape, blocks);
    const whole = util.getReshapedPermuted([...x.shape], blockShape, blocks);
    const order = util.getPermuted(apart.length, blockShape.length);
    const joined = call.graph.reshape(call.graph.transpose(call.graph.reshape(x, apart), order), whole);
    return call.run(
      "Slice",
      { x: joined },
      {
        begin: util.getSliceBeginCoords(crops, blockShape.length),
        size: util.getSliceSize(whole, crops, blockShape.length),
      },
    );
  },
  SpaceToBatchND: (call) => {
    const x = input(call, "x");
    const { blockShape, paddings } = call.attrs as { blockShape: number[]; paddings: [number, number][] };
    const util = call.tf.backend_util;
    const blocks = sizeOf(blockShape);
    const sides = x.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]);
    const padded = call.graph.pad(
      x,
      sides.map(([before]) => before),
      sides.map(([, after]) => after),
    );
    const apart = util.getReshaped([...padded.shape], blockShape, blocks, false);
    const whole = util.getReshapedPermuted([...padded.shape], blockShape, blocks, false);
    const order = util.getPermuted(apart.length, blockShape.length, false);
    return call.graph.reshape(call.graph.transpose(call.graph.reshape(padded, apart), order), whole);
  },
  Reverse: (call) => {
    const x = input(call, "x");
    return reverse(call, x, x.shape.length === 0 ? [] : axesOf(call.attrs["dims"], x.shape.length));
  },
  FlipLeftRight: (call) => reverse(call, input(call, "image"), [2]),
};
