/** Kernels that bring entries into another order or shape, and may repeat them. */
import { sizeOf } from "../../../tensor";
import { makeConstant } from "../builder";
import { type Constant, isConstant, type Value } from "../graph";
import { input, type LoweringTable, unsupported } from "./lowering";

/** For each cell of a padded axis, the entry that stands there: the axis seen in mirrors at both ends. */
function mirrored(extent: number, [before, after]: readonly [number, number], mode: string): number[] {
  // "symmetric" repeats the entry at the edge, "reflect" does not.
  const edge = mode === "symmetric" ? 1 : 0;
  return Array.from({ length: before + extent + after }, (_, i) => {
    const place = i - before;
    if (place < 0) return -place - edge;
    return place < extent ? place : 2 * (extent - 1) - place + edge;
  });
}

/** Whether no entry of a row [rows, entries] is less than the one before it. */
function ascending({ entries, shape }: Constant): boolean {
  return entries.every((entry, i) => i % shape[1] === 0 || entries[i - 1] <= entry);
}

/** Mirrored borders, blocks and diagonals. */
export const selections: LoweringTable = {
  MirrorPad: (call) => {
    const paddings = call.attrs["paddings"] as [number, number][];
    return paddings.reduce(
      (x: Value, padding, axis): Value => {
        if (padding[0] === 0 && padding[1] === 0) return x;
        const places = mirrored(x.shape[axis], padding, call.attrs["mode"] as string);
        const shape = x.shape.map((extent, i) => (i === axis ? places.length : extent));
        const indices = makeConstant(places, [places.length], "int32");
        return call.graph.add("Gather", [x, indices], shape, x.dtype, { axis });
      },
      input(call, "x"),
    );
  },
  /** Channels [block, block, rest] become blocks of rows and columns. */
  DepthToSpace: (call) => {
    const x = input(call, "x");
    const block = call.attrs["blockSize"] as number;
    const first = call.attrs["dataFormat"] === "NCHW";
    const [rows, ...others] = x.shape as [number, number, number, number];
    const [height, width, channels] = first ? [...others.slice(1), others[0]] : others;
    const [tall, wide] = [height * block, width * block];
    const rest = channels / (block * block);
    const shape = first
      ? [rows, block, block, rest, height, width]
      : [rows, height, width, block, block, rest];
    const perm = first ? [0, 3, 4, 1, 5, 2] : [0, 1, 3, 2, 4, 5];
    const apart = call.run("Reshape", { x }, { shape });
    const ordered = call.run("Transpose", { x: apart }, { perm });
    return call.run(
      "Reshape",
      { x: ordered },
      { shape: first ? [rows, rest, tall, wide] : [rows, tall, wide, rest] },
    );
  },
  /**
   * The place of each value in a sorted row: the number of entries that lie below it, or on the right side also beside
   * it. Of a row that is not sorted the kernel gives what its search happens to meet, which no count can.
   */
  SearchSorted: (call) => {
    const [sequence, values] = [input(call, "sortedSequence"), input(call, "values")];
    if (!isConstant(sequence)) throw unsupported(call, "in a sequence that depends on the input");
    if (!ascending(sequence)) throw unsupported(call, "in a sequence that is not sorted");
    const [rows, entries] = sequence.shape;
    const asked = values.shape[1];
    const below = call.run(call.attrs["side"] === "left" ? "Less" : "LessEqual", {
      a: call.run("Reshape", { x: sequence }, { shape: [rows, 1, entries] }),
      b: call.run("Reshape", { x: values }, { shape: [rows, asked, 1] }),
    });
    return call.run("Sum", { x: call.run("Cast", { x: below }, { dtype: "int32" }) }, { axis: [2] });
  },
  /** The entries on the diagonal, nothing elsewhere. */
  Diag: (call) => {
    const x = input(call, "x");
    const { graph } = call;
    const size = sizeOf(x.shape);
    const diagonal = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
    const chosen = makeConstant(diagonal, [size, size], "bool");
    const row = graph.reshape(x, [1, size]);
    const matrix = graph.add("Where", [chosen, row, graph.scalar(0, x.dtype)], [size, size], x.dtype);
    return graph.reshape(matrix, [...x.shape, ...x.shape]);
  },
};
