/** The axis of channels in a layer's output: layers say it themselves, or keep the order of what goes in. */

/** The parts of a tfjs layer that are read here. */
export interface ChannelledLayer {
  readonly dataFormat?: unknown;
  readonly dims?: readonly number[];
  readonly inboundNodes: readonly LayerCallNode[];
  getClassName(): string;
  readonly layers?: readonly ChannelledLayer[];
  readonly outputs?: readonly SymbolicLike[];
  /** The layer that a wrapper repeats for each step. */
  readonly layer?: ChannelledLayer;
  /** The cell that a recurrent layer repeats for each step. */
  readonly cell?: ChannelledLayer;
}

interface SymbolicLike {
  readonly sourceLayer: ChannelledLayer;
  readonly nodeIndex: number;
}

/** One call of a layer. */
export interface LayerCallNode {
  readonly inboundLayers: readonly ChannelledLayer[];
  readonly nodeIndices: readonly number[];
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly outputShapes: readonly (readonly (number | null)[])[];
}

/** The channel axis of one call's output, the batch being axis 0; undefined when it is the last. */
export function channelAxis(layer: ChannelledLayer, node: LayerCallNode | undefined): number | undefined {
  const rank = node?.outputShapes[0]?.length ?? 0;
  const [inner] = layer.outputs ?? [];
  if (layer.layers && inner)
    return channelAxis(inner.sourceLayer, inner.sourceLayer.inboundNodes[inner.nodeIndex]);
  const format = layer.dataFormat ?? layer.layer?.dataFormat ?? layer.cell?.dataFormat;
  if (format !== undefined) {
    const kind =
      layer.dataFormat === undefined && layer.layer ? layer.layer.getClassName() : layer.getClassName();
    const spatial = Number(/([23])D/.exec(kind)?.[1] ?? 0);
    // One-dimensional layers leave their channels last, whatever they are told; pools over everything have no others.
    if (format !== "channelsFirst" || spatial === 0 || rank < spatial + 2) return undefined;
    return rank - spatial - 1;
  }
  const [before] = node?.inboundLayers ?? [];
  if (!before || layer.getClassName() === "InputLayer" || node?.inputShapes[0]?.length !== rank)
    return undefined;
  const entering = channelAxis(before, before.inboundNodes[node.nodeIndices[0] ?? 0]);
  switch (layer.getClassName()) {
    case "Permute": {
      const axis = 1 + (layer.dims ?? []).indexOf(entering ?? rank - 1);
      return axis === rank - 1 ? undefined : axis;
    }
    case "Reshape":
    case "Dense":
      return undefined;
    default:
      return entering;
  }
}
