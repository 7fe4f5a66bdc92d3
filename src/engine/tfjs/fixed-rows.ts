/** A GraphModel that was converted for one number of rows, run on any number. */
import { wrongType } from "../../check";
import type { InputFact } from "../../model/model";
import type { Adapter, Intervention, Run, Tensor, Tf } from "./adapter";

/** Share of the largest entry by which rounding may change a row that is computed beside others. */
const TOLERANCE = 1e-4;

const NOTHING: Intervention = { replace: new Map(), capture: [] };

/**
 * Makes an adapter that takes exactly `rows` rows take any number. Often nothing but its inputs and reshapes
 * names that number: `unbound` runs the model as if these did not, and one trial tells whether it may. Otherwise there
 * are as many runs as it needs, the last one filled up by repeating the last row. Slices and joins are operations like
 * the model's own, so gradients pass through them.
 */
export function withFixedRows(
  tf: Tf,
  adapter: Adapter,
  rows: number,
  unbound: <T>(run: () => T) => T,
): Adapter {
  let free: boolean | undefined;
  return {
    ...adapter,
    inputs: adapter.inputs.map((input) => ({ ...input, shape: freed(input.shape) })),
    outputs: adapter.outputs.map((output) =>
      output.shape ? { ...output, shape: freed(output.shape) } : output,
    ),
    madeFor: {
      rows,
      binds() {
        free ??= isFree(tf, adapter, rows, unbound);
        return !free;
      },
    },
    run(tensors, intervention) {
      const asked = tensors[0].shape[0];
      if (asked === rows) return adapter.run(tensors, intervention);
      if (free) return unbound(() => adapter.run(tensors, intervention));
      return inParts(tf, adapter, rows, tensors, intervention);
    },
  };
}

function freed(shape: InputFact["shape"] = []): (number | null)[] {
  return [null, ...shape.slice(1)];
}

/** True where rows come out of one run for twice as many as they do out of two runs. */
function isFree(tf: Tf, adapter: Adapter, rows: number, unbound: <T>(run: () => T) => T): boolean {
  const shapes = adapter.inputs.map(({ shape = [] }) => shape.slice(1));
  if (shapes.some((shape) => shape.includes(null))) return false;
  return tf.tidy(() => {
    const inputs = adapter.inputs.map(({ dtype }, i) => {
      const shape = [2 * rows, ...(shapes[i] as number[])];
      const size = shape.reduce((a, b) => a * b, 1);
      // Numbers without a pattern; 0 and 1 where they may be positions in a table.
      const values = Array.from({ length: size }, (_, k) => {
        const value = Math.sin((k + 1) * 12.9898 + i) * 43758.5453;
        return dtype === "float32" ? value - Math.floor(value) : Math.floor(value) & 1;
      });
      return tf.tensor(values, shape, dtype);
    });
    try {
      const parts = inParts(tf, adapter, rows, inputs, NOTHING).outputs;
      const whole = unbound(() => adapter.run(inputs, NOTHING)).outputs;
      return whole.every((output, i) => {
        const part = parts[i];
        if (output.shape.join() !== part.shape.join()) return false;
        const largest = part.abs().max().dataSync()[0];
        return output.sub(part).abs().max().dataSync()[0] <= TOLERANCE * largest;
      });
    } catch {
      // Shapes inside do not fit, so they are made for `rows` alone.
      return false;
    }
  });
}

function inParts(
  tf: Tf,
  adapter: Adapter,
  rows: number,
  tensors: readonly Tensor[],
  intervention: Intervention,
): Run {
  const asked = tensors[0].shape[0];
  const runs: Run[] = [];
  try {
    for (let start = 0; start < asked; start += rows) {
      const part = (tensor: Tensor): Tensor => rowsOf(tf, tensor, start, rows);
      const replace = new Map([...intervention.replace].map(([key, tensor]) => [key, part(tensor)]));
      runs.push(adapter.run(tensors.map(part), { ...intervention, replace }));
    }
    const joined = (parts: readonly Tensor[]): Tensor => {
      const odd = parts.find(({ shape }) => shape[0] !== rows);
      if (odd)
        throw wrongType(
          "asModel",
          `values of ${rows} rows, as many as the model takes`,
          `shape [${odd.shape}]`,
        );
      return rowsOf(tf, tf.concat([...parts], 0), 0, asked);
    };
    const { outputs, captured } = runs[0];
    return {
      outputs: outputs.map((_, k) => joined(runs.map((run) => run.outputs[k]))),
      captured: captured.map((_, k) => tf.keep(joined(runs.map((run) => run.captured[k])).clone())),
    };
  } finally {
    for (const { captured } of runs) for (const tensor of captured) tensor.dispose();
  }
}

/** `count` rows from `start` on; where there are fewer, the last of them again. */
function rowsOf(tf: Tf, tensor: Tensor, start: number, count: number): Tensor {
  const total = tensor.shape[0];
  const there = Math.min(count, total - start);
  const own = tf.slice(tensor, [start], [there]);
  if (there === count) return own;
  const last = tf.slice(tensor, [total - 1], [1]);
  return tf.concat([own, ...Array.from({ length: count - there }, () => last)], 0);
}
