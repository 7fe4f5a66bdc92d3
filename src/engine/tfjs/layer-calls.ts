/** The calls of a LayersModel's layers: their names, and the order in which tfjs makes them. */
import type { LayerFact } from "../../model/model";
import type { Tensor } from "./adapter";
import { type ChannelledLayer, channelAxis, type LayerCallNode } from "./channel-axis";

/** A layer's `call`. */
export type Call = (inputs: any, kwargs: any) => any;

/** A weight of a tfjs layer, with the tensor that it holds. */
export interface WeightLike {
  readonly shape: readonly (number | null)[];
  readonly originalName: string;
  val: Tensor;
}

/** The parts of a tfjs layer that are read here. */
export interface LayerLike extends ChannelledLayer {
  readonly name: string;
  readonly weights?: readonly WeightLike[];
  readonly inboundNodes: readonly CallNode[];
  call: Call;
  readonly layers?: readonly LayerLike[];
  /** The axis of a layer that works along one. */
  readonly axis?: number;
  readonly inputs?: readonly SymbolicLike[];
  readonly outputs?: readonly SymbolicLike[];
  readonly containerNodes?: ReadonlySet<string>;
  readonly model?: LayerLike;
}

export interface CallNode extends LayerCallNode {
  readonly inputTensors: readonly object[];
  readonly outputTensors: readonly object[];
  readonly inboundLayers: readonly LayerLike[];
}

/** The parts of a symbolic tensor that are read here: the call of a layer that it comes of. */
export interface SymbolicLike {
  readonly name: string;
  readonly sourceLayer: LayerLike;
  readonly nodeIndex: number;
  readonly inputs: readonly SymbolicLike[];
}

/** One call of one layer instance, with its public name. */
export interface LayerCall extends LayerFact {
  readonly layer: LayerLike;
  /** The node of the container that made it. */
  readonly node: CallNode | undefined;
  /** The names of the containers that it is in, each with a slash behind it. */
  readonly prefix: string;
  /** From 0, in the order in which the calls were made. */
  readonly index: number;
}

/** Every call of every layer, in the order of the model's layers; nested models give `outer/inner`. */
export function layerCalls(model: LayerLike): LayerCall[] {
  const found: {
    prefix: string;
    container: LayerLike;
    layer: LayerLike;
    nodes: readonly CallNode[];
    calls: number;
  }[] = [];
  const walk = (container: LayerLike, prefix: string, times: number): void => {
    // A Sequential names a layer as often as it calls it.
    for (const layer of new Set(container.layers)) {
      if (layer.getClassName() === "InputLayer") continue;
      const nodes = nodesWithin(container, layer);
      const calls = times * nodes.length;
      found.push({ prefix, container, layer, nodes, calls });
      if (layer.layers) walk(layer, `${prefix}${layer.name}/`, calls);
    }
  };
  walk(model, "", 1);
  const named = (base: string, i: number, calls: number): string => (calls === 1 ? base : `${base}#${i + 1}`);
  return found.flatMap(({ prefix, container, layer, nodes, calls }) => {
    /** The names of what goes into the nth call. */
    const entering = (node: CallNode, n: number): string[] =>
      node.inboundLayers.map((before, k) => {
        const other = found.find((one) => one.layer === before && one.prefix === prefix);
        const at = other?.nodes.indexOf(before.inboundNodes[node.nodeIndices[k]]) ?? 0;
        const round = Math.floor(n / nodes.length) * (other?.nodes.length ?? 0);
        return named(prefix + before.name, round + at, other?.calls ?? 1);
      });
    return Array.from({ length: calls }, (_, i) => {
      const node = nodes[i % nodes.length];
      const shape = node?.outputShapes[0];
      const channels = channelAxis(layer, node);
      const leaving = node ? usedOutputs(container, node) : [];
      return {
        name: named(prefix + layer.name, i, calls),
        kind: layer.getClassName(),
        ...(shape ? { shape } : {}),
        ...(channels === undefined ? {} : { channelAxis: channels }),
        ...(node && node.inputTensors.length > 1 ? { entering: entering(node, i) } : {}),
        ...(leaving.some((output) => output > 0) ? { leaving } : {}),
        layer,
        node,
        prefix,
        index: i,
      };
    });
  });
}

/** Outputs of a call that other calls in the container use, or the container gives. */
function usedOutputs(container: LayerLike, { outputTensors }: CallNode): number[] {
  const others = (container.layers ?? []).flatMap((layer) => nodesWithin(container, layer));
  const used = new Set<object>([
    ...others.flatMap(({ inputTensors }) => inputTensors),
    ...(container.outputs ?? []),
  ]);
  return outputTensors.flatMap((tensor, output) => (used.has(tensor) ? [output] : []));
}

/** The calls of a layer in a container: its nodes that belong to this container. */
export function nodesWithin(container: LayerLike, layer: LayerLike): readonly CallNode[] {
  const names = (container.containerNodes?.size ? container : container.model)?.containerNodes;
  const own = layer.inboundNodes.filter((_, i) => names?.has(`${layer.name}_ib-${i}`));
  return own.length > 0 ? own : layer.inboundNodes.slice(0, 1);
}

/** A call of a layer in a container, by one of the tensors that come of it; tfjs makes it again for each other one. */
interface CallOfTensor {
  readonly tensor: SymbolicLike;
  readonly again: boolean;
}

/**
 * The calls of layers in a container in the order in which tfjs makes them: depth first from the outputs, and of several
 * inputs the last one first.
 */
function callsInOrder({ inputs = [], outputs = [] }: LayerLike): CallOfTensor[] {
  const seen = new Set<string>(inputs.map(({ name }) => name));
  const order: CallOfTensor[] = [];
  const visit = (tensor: SymbolicLike): void => {
    if (seen.has(tensor.name)) return;
    seen.add(tensor.name);
    for (const input of [...tensor.inputs].reverse()) visit(input);
    const again = order.some(
      ({ tensor: { sourceLayer, nodeIndex } }) =>
        sourceLayer === tensor.sourceLayer && nodeIndex === tensor.nodeIndex,
    );
    order.push({ tensor, again });
  };
  outputs.forEach(visit);
  return order;
}

/** Tensors that come of calls in a container, one for each call. */
export function tensorsOfCalls(container: LayerLike): SymbolicLike[] {
  return callsInOrder(container).flatMap(({ tensor, again }) => (again ? [] : [tensor]));
}

/** A call that tfjs makes during one run, and whether it is one that it made before: what comes of it is not needed. */
export interface RunStep {
  readonly call: LayerCall;
  readonly again: boolean;
}

/** Calls of each layer during one run of the model, in tfjs's order. */
export function runSteps(model: LayerLike, calls: readonly LayerCall[]): Map<LayerLike, RunStep[]> {
  const steps = new Map<LayerLike, RunStep[]>();
  const walk = (container: LayerLike, prefix: string, round: number): void => {
    for (const { tensor, again } of callsInOrder(container)) {
      const { sourceLayer: layer, nodeIndex } = tensor;
      const nodes = nodesWithin(container, layer);
      const index = round * nodes.length + nodes.indexOf(layer.inboundNodes[nodeIndex]);
      const ofLayer = calls.filter((one) => one.layer === layer);
      const before = steps.get(layer) ?? [];
      // A Sequential that begins with a model runs the layers of that model as its own.
      const call =
        ofLayer.find((one) => one.prefix === prefix && one.index === index) ??
        ofLayer[before.filter((step) => !step.again).length - (again ? 1 : 0)];
      if (!call) continue;
      steps.set(layer, [...before, { call, again }]);
      if (layer.layers && !again) walk(layer, `${prefix}${layer.name}/`, index);
    }
  };
  walk(model, "", 0);
  return steps;
}
