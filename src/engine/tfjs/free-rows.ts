/** The number of rows taken out of a GraphModel that was converted for one. */
import type { Tensor, Tf } from "./adapter";

/** The parts of a node of a GraphModel that are read and, for the length of a run, changed here. */
export interface ShapedNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly { readonly op: string }[];
  inputParams: Readonly<Record<string, unknown>>;
  attrParams: Readonly<Record<string, { readonly value?: unknown } | undefined>>;
}

/**
 * Runs the model with its placeholders and its reshapes to a constant shape free in their first extent: what a model
 * knows of a number of rows is mostly in these. Whether that is so, a trial must tell.
 *
 * @param values runs the model as it is and gives the values of nodes.
 */
export function freeRows(
  tf: Tf,
  placeholders: readonly ShapedNode[],
  nodes: readonly ShapedNode[],
  values: (names: readonly string[]) => Tensor[],
): <T>(run: () => T) => T {
  const reshapes = nodes.filter(({ op, inputs }) => op === "Reshape" && inputs[1]?.op === "Const");
  /** A −1 that a shape has already may be another extent than the first; shapes in a run have all. */
  let shapes: readonly (readonly number[])[] | undefined;
  return (run) => {
    shapes ??= tf.tidy(() =>
      reshapes.length === 0 ? [] : values(reshapes.map(({ name }) => name)).map(({ shape }) => shape),
    );
    const freed = [
      ...placeholders.map((node) => ({ node, shape: node.attrParams["shape"]?.value as readonly number[] })),
      ...reshapes.map((node, i) => ({
        node,
        shape: (shapes as readonly (readonly number[])[])[i] as number[],
      })),
    ].filter(({ shape }) => shape.length > 0);
    const before = freed.map(({ node: { inputParams, attrParams } }) => ({ inputParams, attrParams }));
    for (const { node, shape } of freed) {
      const { shape: _, ...inputParams } = node.inputParams;
      node.inputParams = inputParams;
      node.attrParams = {
        ...node.attrParams,
        shape: { ...node.attrParams["shape"], value: [-1, ...shape.slice(1)] },
      };
    }
    try {
      return run();
    } finally {
      freed.forEach(({ node }, i) => {
        Object.assign(node, before[i]);
      });
    }
  };
}
