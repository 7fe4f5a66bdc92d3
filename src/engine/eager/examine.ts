/** Examines a net: whether rows of a batch influence each other, and whether it gives the same twice. */
import type { Examination, Facts } from "../../model/model";
import { targetRows } from "../../model/target";
import { random } from "../../random";
import { concatRows, mapped, type NdArray, rowRanges, sameShape } from "../../tensor";
import { mixingOperator } from "../graph/analysis/row-independence";
import { sameEntries } from "../graph/builder";
import { isConstant } from "../graph/graph";
import { type Recording, record } from "../graph/record";
import type { RowRequest } from "../row-request";
import type { Adapter, Tensor, Tf } from "../tfjs/adapter";
import { engineOf, onBackend, watchingKernels } from "../tfjs/kernel-watch";
import { preprocessed } from "../tfjs/preprocessed";

/** A net, and the row that it is examined at. */
export interface Examined {
  readonly tf: Tf;
  readonly adapter: Adapter;
  readonly facts: Facts;
  readonly backend: string;
  /** A request about one row, without gradients. */
  readonly row: RowRequest;
  /** The eager engine's answer to a request: the output that is scored, or all, and scores that are no sums of its entries. */
  readonly answer: (request: RowRequest) => readonly NdArray[];
}

/** Numbers of rows that are recorded; an extent that is a multiple of both by chance is rare. */
const ROWS: readonly [number, number] = [3, 5];
/** Share of the largest entry by which rounding may change a row that is computed beside others. */
const ROUNDING = 1e-5;

/**
 * Examines a net. What a recording proves needs no numbers; where it proves nothing, rows are computed together and apart.
 *
 * @param byNumbers whether they are in any case.
 */
export function examine(examined: Examined, byNumbers: boolean): Examination {
  // One that was made for a number of rows is run on as many, whatever is asked.
  const { madeFor } = examined.adapter;
  const first = recorded(examined, madeFor?.rows ?? ROWS[0]);
  const again = first && recorded(examined, madeFor?.rows ?? ROWS[0]);
  const drawn = first && again ? !sameConstants(first, again) : !sameTwice(examined);
  if (drawn) {
    const source = randomSource(examined);
    if (source) return { random: source };
  }
  if (madeFor) return {};
  const many = first && recorded(examined, ROWS[1]);
  const recordings = [first, many];
  const suspects = recordings.map((recording, i) =>
    recording ? mixingOperator(recording.graph, recording.graph.outputs, ROWS[i]) : "",
  );
  const suspect = suspects.find((operator) => operator !== undefined);
  if ((suspect === undefined && !byNumbers) || !isMixing(examined)) return {};
  return { mixing: suspect || "an operation of its own" };
}

function recorded({ tf, adapter, facts, row }: Examined, rows: number): Recording | undefined {
  const shapes = row.batch.map(({ shape }) => [rows, ...shape.slice(1)]);
  const { of, explain, capture } = row;
  try {
    const asked = of ? { of } : { explain: explain ?? "probability" };
    return record(tf, adapter, facts, shapes, { ...asked, at: [], replace: [], capture });
  } catch {
    return undefined;
  }
}

/** Two recordings of the same run are the same, unless a number in them was drawn. */
function sameConstants(a: Recording, b: Recording): boolean {
  const [nodes, others] = [a.graph.nodes, b.graph.nodes];
  return (
    nodes.length === others.length &&
    nodes.every((node, k) =>
      node.inputs.every((value, i) => {
        const other = others[k].inputs[i];
        if (!value || !other || !isConstant(value) || !isConstant(other)) return true;
        return sameEntries(value, other);
      }),
    ) &&
    a.graph.outputs.every(({ value }, i) => {
      const other = b.graph.outputs[i].value;
      return !isConstant(value) || !isConstant(other) || sameEntries(value, other);
    })
  );
}

function sameTwice({ row, answer }: Examined): boolean {
  const [first, second] = [answer(row), answer(row)];
  return first.every((array, i) => agree(array, second[i], largestOf(array)));
}

/** The first kernel that takes or gives other values at a second run, and the layer that it is part of. */
function randomSource(examined: Examined): Examination["random"] {
  const [first, second] = [traced(examined), traced(examined)];
  const at = first.findIndex(({ hash }, i) => hash !== second[i]?.hash);
  if (at < 0) return undefined;
  const { operation, layer } = first[at];
  return { operation, ...(layer === undefined ? {} : { layer }) };
}

interface TracedKernel {
  readonly operation: string;
  readonly layer: string | undefined;
  readonly hash: number;
}

/** Every kernel of one run, with its layer and a hash of what it took and gave. */
function traced({ tf, adapter, facts, backend, row }: Examined): TracedKernel[] {
  const found: TracedKernel[] = [];
  const layers: string[] = [];
  engineOf(tf).findBackend(backend);
  onBackend(tf, backend, () =>
    tf.tidy(() => {
      const inputs = row.batch.map(({ data, shape }, i) =>
        tf.tensor(data.slice(), [...shape]).cast(adapter.inputs[i].dtype),
      );
      watchingKernels(
        tf,
        ({ kernelName = "", inputs: given }, result) => {
          // Also of what goes in: another threshold may leave each entry on its side.
          const tensors = [...Object.values(given), ...[result].flat()].flatMap((tensor) => tensor ?? []);
          const hash = tensors.reduce((sum, tensor) => Math.imul(sum, 31) ^ hashOf(tensor), 7);
          found.push({ operation: kernelName, layer: layers[layers.length - 1], hash });
        },
        () => {
          const { captured } = adapter.run(preprocessed(facts, inputs), {
            replace: new Map(),
            capture: row.capture,
            entered: ({ name }) => {
              layers.push(name);
              return () => layers.pop();
            },
          });
          for (const tensor of captured) tensor.dispose();
        },
      );
    }),
  );
  return found;
}

function hashOf(tensor: Tensor): number {
  if (tensor.dtype === "string" || tensor.dtype === "complex64") return 0;
  const bits = new Int32Array(Float32Array.from(tensor.dataSync()).buffer);
  return bits.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193), 0x811c9dc5);
}

/** Whether a row has other scores or outputs beside others than by itself. */
function isMixing({ adapter, row, answer }: Examined): boolean {
  const alone = answer(row);
  const scale = Math.max(...alone.map(largestOf));
  // Near and far neighbours: what weighs rows by their likeness hardly sees the far ones.
  for (const neighbours of [
    [near, far, turned],
    [turned, turned, turned],
    [same, same, same],
  ] as const) {
    const [before, ...after] = neighbours.map((move) =>
      row.batch.map((array, i) =>
        adapter.inputs[i].dtype === "float32" ? move(array, i) : turned(array, i),
      ),
    );
    // Of four rows none keeps its place where they are put in another order.
    const batch = row.batch.map((array, i) =>
      concatRows([before[i], array, ...after.map((other) => other[i])]),
    );
    const rows = 1 + neighbours.length;
    try {
      const beside = answer({ ...row, batch, of: row.of && targetRows(row.of, new Uint8Array(rows)) });
      return !alone.every((array, i) => {
        const { data, shape } = beside[i];
        const width = data.length / rows;
        if (shape[0] !== rows * (array.shape[0] ?? 0) || width !== array.data.length) return false;
        return agree(array, { data: data.slice(width, 2 * width), shape: array.shape }, scale);
      });
    } catch {
      // Ids that no table has, say: neighbours made of the row's own entries have none of those.
    }
  }
  // It runs on one row alone.
  return true;
}

type Move = (array: NdArray, input: number) => NdArray;
const same: Move = (array) => array;
const turned: Move = ({ data, shape }) => ({ data: data.slice().reverse(), shape });
const moved =
  (share: number): Move =>
  (array, input) => {
    const { normal } = random(0x0e4a, input);
    const [{ min, max }] = rowRanges(array);
    const scale = share * Math.max(max - min, Math.abs(max), Math.abs(min), 1e-3);
    return mapped(array, (value) => value + scale * normal());
  };
const near = moved(0.1);
const far = moved(1);

function agree(a: NdArray, b: NdArray, scale: number): boolean {
  return (
    sameShape(a.shape, b.shape) &&
    a.data.every((value, i) => Object.is(value, b.data[i]) || Math.abs(value - b.data[i]) <= ROUNDING * scale)
  );
}

function largestOf({ data }: NdArray): number {
  return data.reduce(
    (largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest),
    0,
  );
}
