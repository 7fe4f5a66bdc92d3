/** Images of another size: linear along each axis, so two matrix products. */
import { makeConstant } from "../builder";
import { isConstant, type Value } from "../graph";
import { elementwise, input, type KernelCall, type LoweringTable, unsupported } from "./lowering";
import { channelsFirst, channelsLast } from "./windows";

/** The matrix [outputs, inputs] of one axis, read off the kernel itself by applying it to the identity. */
function matrixOf(call: KernelCall, inputs: number, outputs: number): Value {
  const identity = new Float32Array(inputs * inputs);
  for (let i = 0; i < inputs; i++) identity[i * inputs + i] = 1;
  const images = makeConstant(identity, [1, inputs, 1, inputs], "float32");
  const column = call.run(call.kernel, { images }, { ...call.attrs, size: [outputs, 1] });
  return call.run("Reshape", { x: column }, { shape: [outputs, inputs] });
}

/** y = R · x · Cᵀ with the weights of the rows and of the columns. */
function resized(call: KernelCall): Value {
  const images = input(call, "images");
  const [rows, height, width, channels] = images.shape as [number, number, number, number];
  const [newHeight, newWidth] = call.attrs["size"] as [number, number];
  const alongRows = matrixOf(call, height, newHeight);
  const alongColumns = call.run("Transpose", { x: matrixOf(call, width, newWidth) }, { perm: [1, 0] });
  const first = channelsFirst(call, images);
  const tall = call.graph.add("MatMul", [alongRows, first], [rows, channels, newHeight, width]);
  return channelsLast(
    call,
    call.graph.add("MatMul", [tall, alongColumns], [rows, channels, newHeight, newWidth]),
  );
}

/** An image of one row or column whose channels are the rows of the identity. */
function identityImage(extent: number, upright: boolean): Value {
  const entries = new Float32Array(extent * extent);
  for (let i = 0; i < extent; i++) entries[i * extent + i] = 1;
  return makeConstant(entries, upright ? [1, extent, 1, extent] : [1, 1, extent, extent], "float32");
}

/** yₖ = Rₖ · x[bₖ] · Cₖᵀ for each box k, with weights that the kernel itself gives for the identity. */
function cropped(call: KernelCall): Value {
  const { graph } = call;
  const [image, boxes, boxInd] = [input(call, "image"), input(call, "boxes"), input(call, "boxInd")];
  if (!isConstant(boxes)) throw unsupported(call, "with boxes that depend on the input");
  const [, height, width, channels] = image.shape as [number, number, number, number];
  const [newHeight, newWidth] = call.attrs["cropSize"] as [number, number];
  const extrapolationValue = (call.attrs["extrapolationValue"] as number | undefined) ?? 0;
  const count = boxes.shape[0];
  const first = makeConstant(new Int32Array(count), [count], "int32");
  const crop = (x: Value, edges: readonly number[], cropSize: readonly number[]): Value => {
    const chosen = Float32Array.from({ length: 4 }, (_, i) => (edges.includes(i) ? 1 : 0));
    const sides = call.run("Multiply", { a: boxes, b: makeConstant(chosen, [1, 4], "float32") });
    const attrs = { ...call.attrs, cropSize, extrapolationValue: 0 };
    return call.run("CropAndResize", { image: x, boxes: sides, boxInd: first }, attrs);
  };
  const rows = crop(identityImage(height, true), [0, 2], [newHeight, 1]);
  const columns = crop(identityImage(width, false), [1, 3], [1, newWidth]);
  const left = call.run("Reshape", { x: rows }, { shape: [count, 1, newHeight, height] });
  const right = call.run(
    "Reshape",
    { x: call.run("Transpose", { x: columns }, { perm: [0, 3, 1, 2] }) },
    { shape: [count, 1, width, newWidth] },
  );
  const chosen = call.run("GatherV2", { x: channelsFirst(call, image), indices: boxInd }, { axis: 0 });
  const tall = graph.add("MatMul", [left, chosen], [count, channels, newHeight, width]);
  const product = channelsLast(
    call,
    graph.add("MatMul", [tall, right], [count, channels, newHeight, newWidth]),
  );
  if (extrapolationValue === 0) return product;
  const ones = makeConstant(new Float32Array(height * width).fill(1), [1, height, width, 1], "float32");
  const inside = call.run(
    "CropAndResize",
    { image: ones, boxes, boxInd: first },
    { ...call.attrs, extrapolationValue: 0 },
  );
  const outside = call.run("Less", { a: inside, b: graph.scalar(0.5) });
  const filled = call.run("Multiply", {
    a: call.run("Cast", { x: outside }, { dtype: "float32" }),
    b: graph.scalar(extrapolationValue),
  });
  return elementwise(call, "Add", product, filled);
}

/** Resizing and cropping of images. */
export const images: LoweringTable = {
  CropAndResize: cropped,
  ResizeBilinear: resized,
  ResizeNearestNeighbor: resized,
};
