/** Recurrent layers with `stateful: true`, whose answers would depend on what ran before. */

/** The parts of a tfjs layer that are read and, for the length of a run, changed here. */
interface StatefulLike {
  _stateful?: boolean;
  inputSpec?: readonly { readonly shape?: readonly (number | null)[] | null }[] | null | undefined;
  readonly layers?: readonly StatefulLike[];
  /** Layers inside a wrapper; a bidirectional one has two. */
  readonly layer?: StatefulLike;
  readonly forwardLayer?: StatefulLike;
  readonly backwardLayer?: StatefulLike;
}

/**
 * Lets the stateful layers of a model start from zeros, as after `resetStates()`, for any number of rows, and keep
 * their own state as it is; returns what makes them stateful again.
 */
export function withoutState(model: object): () => void {
  const undo: (() => void)[] = [];
  const visit = (layer: StatefulLike): void => {
    for (const inner of [...(layer.layers ?? []), layer.layer, layer.forwardLayer, layer.backwardLayer])
      if (inner) visit(inner);
    if (!layer._stateful) return;
    const { inputSpec } = layer;
    layer._stateful = false;
    // A stateful layer expects as many rows as it has states.
    layer.inputSpec = inputSpec?.map((spec) =>
      spec.shape
        ? Object.assign(Object.create(Object.getPrototypeOf(spec)), spec, {
            shape: [null, ...spec.shape.slice(1)],
          })
        : spec,
    );
    undo.push(() => {
      layer._stateful = true;
      layer.inputSpec = inputSpec;
    });
  };
  visit(model);
  return () => {
    for (const step of undo) step();
  };
}
