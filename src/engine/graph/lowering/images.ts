/** Images of another size: linear along each axis, so two matrix products. */
import { makeConstant } from "../builder";
import type { Value } from "../graph";
import { input, type KernelCall, type LoweringTable } from "./lowering";
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

/** Resizing of images. */
export const images: LoweringTable = {
  ResizeBilinear: resized,
  ResizeNearestNeighbor: resized,
};
