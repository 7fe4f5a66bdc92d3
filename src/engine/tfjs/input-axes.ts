/** Names of an input's axes where a net says that its channels come first: the layer that reads it has that format. */
import type { Axis } from "../../model/model";
import type { LayerLike } from "./layer-calls";

/** Axes of images and volumes whose channels come first, by their rank with the batch. */
const CHANNELS_FIRST: Readonly<Record<number, readonly Axis[]>> = {
  4: ["channel", "height", "width"],
  5: ["channel", "depth", "height", "width"],
};

/** Names of axes with the channels on an axis, the batch being axis 0; undefined where they are last, or unknown. */
export function axesWithChannels(
  axis: number | undefined,
  rank: number | undefined,
): readonly Axis[] | undefined {
  return axis === 1 && rank !== undefined ? CHANNELS_FIRST[rank] : undefined;
}

/** The axis on which the layers that read a value of a model expect its channels; undefined where none says so. */
export function channelsExpected(container: LayerLike, tensor: object, rank: number): number | undefined {
  for (const layer of new Set(container.layers)) {
    if (layer.getClassName() === "InputLayer") continue;
    for (const node of layer.inboundNodes) {
      const position = node.inputTensors.indexOf(tensor);
      if (position < 0) continue;
      const inside = layer.layers && layer.inputs?.[position];
      const axis = inside
        ? channelsExpected(layer, inside, rank)
        : expectedBy(layer, rank, () =>
            node.outputShapes[0]?.length === rank
              ? channelsExpected(container, node.outputTensors[0], rank)
              : undefined,
          );
      if (axis !== undefined) return axis;
    }
  }
  return undefined;
}

function expectedBy(layer: LayerLike, rank: number, behind: () => number | undefined): number | undefined {
  const kind = layer.getClassName();
  if (layer.dataFormat !== undefined) {
    const spatial = Number(/([23])D/.exec(kind)?.[1] ?? 0);
    if (rank !== spatial + 2) return undefined;
    return layer.dataFormat === "channelsFirst" ? 1 : rank - 1;
  }
  // A layer that mixes or moves entries says nothing of the axes in front of it, but for where it moves them to.
  if (kind === "Permute") {
    const axis = behind();
    return axis === undefined ? undefined : layer.dims?.[axis - 1];
  }
  return kind === "Reshape" || kind === "Dense" ? undefined : behind();
}
