/** A net whose rows are one example: the nodes of a graph, the members of a set. */
import type { LayerFact } from "../../model/model";
import type { Adapter, Run, Tensor, Tf } from "./adapter";

/**
 * Makes an adapter take examples that are whole batches of the net, [examples, rows, …]: as many runs as there are
 * examples. Slices and joins are operations like the net's own, so gradients pass through them.
 */
export function withRowsTogether(tf: Tf, { madeFor: _, ...adapter }: Adapter): Adapter {
  const within = (shape: readonly (number | null)[] | undefined): { shape?: (number | null)[] } =>
    shape === undefined ? {} : { shape: [null, ...shape] };
  return {
    ...adapter,
    // Runs are as many as examples: no graph has any number of them.
    fixed: false,
    inputs: adapter.inputs.map((input) => ({ ...input, ...within(input.shape) })),
    outputs: adapter.outputs.map((output) => ({ ...output, ...within(output.shape) })),
    get layers(): readonly LayerFact[] {
      return adapter.layers.map(({ channelAxis, ...layer }) => ({
        ...layer,
        ...within(layer.shape),
        ...(channelAxis === undefined ? {} : { channelAxis: channelAxis + 1 }),
      }));
    },
    run(tensors, intervention) {
      const [examples] = tensors[0].shape;
      const one = (tensor: Tensor, example: number): Tensor =>
        tf.slice(tensor, [example], [1]).reshape(tensor.shape.slice(1));
      const runs: Run[] = [];
      try {
        for (let example = 0; example < examples; example++) {
          const replace = new Map(
            [...intervention.replace].map(([key, values]) => [key, one(values, example)]),
          );
          const inputs = tensors.map((tensor) => one(tensor, example));
          runs.push(adapter.run(inputs, { ...intervention, replace }));
        }
        const joined = (parts: readonly Tensor[]): Tensor => tf.stack([...parts], 0);
        const { outputs, captured } = runs[0];
        return {
          outputs: outputs.map((__, k) => joined(runs.map((run) => run.outputs[k]))),
          captured: captured.map((__, k) => tf.keep(joined(runs.map((run) => run.captured[k])).clone())),
        };
      } finally {
        for (const { captured } of runs) for (const tensor of captured) tensor.dispose();
      }
    },
  };
}
