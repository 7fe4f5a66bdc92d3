/** LayersModel: layers are reached by overriding `call` on the instance for the length of one run. */
import type * as Tfjs from "@tensorflow/tfjs";
import { outOfRange } from "../../check";
import type { InputFact, LayerFact, LayerPlace, OutputFact, Vocabulary } from "../../model";
import { type Adapter, type Intervention, placeKey, type Run, type Tensor, type Tf } from "./adapter";
import { type ChannelledLayer, channelAxis, type LayerCallNode } from "./channel-axis";
import { withoutState } from "./without-state";

type Call = (inputs: any, kwargs: any) => any;

/** The parts of a tfjs layer that are read here. */
interface LayerLike extends ChannelledLayer {
  readonly name: string;
  readonly weights?: readonly { readonly shape: readonly (number | null)[] }[];
  readonly inboundNodes: readonly CallNode[];
  call: Call;
  readonly layers?: readonly LayerLike[];
  readonly inputs?: readonly SymbolicLike[];
  readonly outputs?: readonly SymbolicLike[];
  readonly containerNodes?: ReadonlySet<string>;
  readonly model?: LayerLike;
}

interface CallNode extends LayerCallNode {
  readonly inputTensors: readonly object[];
  readonly inboundLayers: readonly LayerLike[];
}

/** The parts of a symbolic tensor that are read here: the call of a layer that it comes of. */
interface SymbolicLike {
  readonly name: string;
  readonly sourceLayer: LayerLike;
  readonly nodeIndex: number;
  readonly inputs: readonly SymbolicLike[];
}

/** One call of one layer instance, with its public name. */
interface LayerCall extends LayerFact {
  readonly layer: LayerLike;
  /** From 1, in order of execution. */
  readonly nth: number;
}

/** Makes a LayersModel answer the engine. */
export function layersModelAdapter(tf: Tf, model: Tfjs.LayersModel): Adapter {
  const calls = layerCalls(model as unknown as LayerLike);
  const byName = new Map(calls.map((call) => [call.name, call]));
  const inputs: InputFact[] = model.inputs.map((input) => ({
    name: (input as unknown as { sourceLayer?: LayerLike }).sourceLayer?.name ?? input.name,
    // A batch size that the model was given binds none but stateful layers.
    shape: [null, ...input.shape.slice(1)],
    dtype: input.dtype === "int32" || input.dtype === "bool" ? input.dtype : "float32",
  }));
  const outputs: OutputFact[] = model.outputs.map((output, i) => ({
    name: model.outputNames[i] ?? output.name,
    shape: [null, ...output.shape.slice(1)],
  }));
  const operations = operationsPerRow(calls);
  return {
    inputs,
    outputs,
    fixed: true,
    ...(operations === undefined ? {} : { operationsPerRow: operations }),
    layers: calls.map(({ layer: _, nth: __, ...fact }) => fact),
    weights: () => model.weights.map((weight) => weight.read()),
    topology: () => JSON.stringify(model.toJSON(null, false)),
    lookups: (input) => {
      const container = model as unknown as LayerLike;
      return lookupsOf(container, container.inputs?.[input] as SymbolicLike, calls) ?? [];
    },
    vocabularies: (input) => vocabulariesOf(model as unknown as LayerLike, model.inputs[input] as object, ""),
    run(tensors, intervention) {
      const captured = new Map<string, Tensor>();
      const restore = overrideCalls(tf, byName, intervention, captured);
      const makeStateful = withoutState(model);
      try {
        const fed = tensors.length === 1 ? (tensors[0] as Tensor) : [...tensors];
        const result = model.apply(fed, { training: false }) as Tensor | Tensor[];
        return {
          outputs: Array.isArray(result) ? result : [result],
          captured: intervention.capture.map((place) => taken(captured, place)),
        } satisfies Run;
      } catch (error) {
        for (const tensor of captured.values()) tensor.dispose();
        throw error;
      } finally {
        makeStateful();
        restore();
      }
    },
  };
}

function taken(captured: ReadonlyMap<string, Tensor>, place: LayerPlace): Tensor {
  const tensor = captured.get(placeKey(place));
  if (tensor === undefined) {
    throw outOfRange("asModel", "a layer that takes part in the output", JSON.stringify(place.layer));
  }
  return tensor;
}

/** Every call of every layer, in the order of the model's layers; nested models give `outer/inner`. */
function layerCalls(model: LayerLike): LayerCall[] {
  const found: { prefix: string; layer: LayerLike; nodes: readonly CallNode[]; calls: number }[] = [];
  const walk = (container: LayerLike, prefix: string, times: number): void => {
    for (const layer of container.layers ?? []) {
      if (layer.getClassName() === "InputLayer") continue;
      const nodes = nodesWithin(container, layer);
      const calls = times * nodes.length;
      found.push({ prefix, layer, nodes, calls });
      if (layer.layers) walk(layer, `${prefix}${layer.name}/`, calls);
    }
  };
  walk(model, "", 1);
  const named = (base: string, i: number, calls: number): string => (calls === 1 ? base : `${base}#${i + 1}`);
  return found.flatMap(({ prefix, layer, nodes, calls }) => {
    /** The names of what goes into the nth call. */
    const entering = (node: CallNode, n: number): string[] =>
      node.inboundLayers.map((before, k) => {
        const other = found.find((one) => one.layer === before && one.prefix === prefix);
        const at = other?.nodes.indexOf(before.inboundNodes[node.nodeIndices[k] as number] as CallNode) ?? 0;
        const round = Math.floor(n / nodes.length) * (other?.nodes.length ?? 0);
        return named(prefix + before.name, round + at, other?.calls ?? 1);
      });
    return Array.from({ length: calls }, (_, i) => {
      const node = nodes[i % nodes.length];
      const shape = node?.outputShapes[0];
      const channels = channelAxis(layer, node);
      return {
        name: named(prefix + layer.name, i, calls),
        kind: layer.getClassName(),
        ...(shape ? { shape } : {}),
        ...(channels === undefined ? {} : { channelAxis: channels }),
        ...(node && node.inputTensors.length > 1 ? { entering: entering(node, i) } : {}),
        layer,
        nth: i + 1,
      };
    });
  });
}

/** Layers that use their weights once for each step of what goes in. */
const STEPWISE = /RNN|LSTM|GRU|Bidirectional|TimeDistributed/;

/** Multiplications and additions of all layers: entries of weights times the positions they are used at. */
function operationsPerRow(calls: readonly LayerCall[]): number | undefined {
  let sum = 0;
  for (const { layer, kind, nth } of calls) {
    const node = layer.inboundNodes[Math.min(nth, layer.inboundNodes.length) - 1];
    const [entering, leaving] = [node?.inputShapes[0], node?.outputShapes[0]].map((shape) => shape?.slice(1));
    if (!entering || !leaving || [...entering, ...leaving].includes(null)) return undefined;
    const extents = leaving as number[];
    const entries = extents.reduce((a, b) => a * b, 1);
    sum += entries;
    // What a container computes is counted at its layers; a look-up multiplies nothing.
    if (layer.layers || kind === "Embedding") continue;
    const steps = STEPWISE.test(kind)
      ? (entering[0] as number)
      : entries / (extents[extents.length - 1] ?? 1);
    for (const { shape } of layer.weights ?? []) {
      if (shape.length > 1) sum += 2 * steps * (shape as number[]).reduce((a, b) => a * b, 1);
    }
  }
  return sum;
}

/** The calls of a layer in a container: its nodes that belong to this container. */
function nodesWithin(container: LayerLike, layer: LayerLike): readonly CallNode[] {
  const names = (container.containerNodes?.size ? container : container.model)?.containerNodes;
  const own = layer.inboundNodes.filter((_, i) => names?.has(`${layer.name}_ib-${i}`));
  return own.length > 0 ? own : layer.inboundNodes.slice(0, 1);
}

/** The look-ups an input feeds; undefined as soon as it feeds anything else. */
function lookupsOf(
  container: LayerLike,
  tensor: SymbolicLike,
  calls: readonly LayerCall[],
): LayerPlace[] | undefined {
  const places: LayerPlace[] = [];
  const order = callsInOrder(container);
  for (const call of order) {
    const { sourceLayer: layer, inputs } = call;
    if (!inputs.includes(tensor)) continue;
    const own = order.filter(({ sourceLayer }) => sourceLayer === layer);
    if (layer.getClassName() === "Embedding") {
      // A layer that is called from elsewhere, too, is not known by its call here.
      const named = calls.filter((one) => one.layer === layer);
      if (named.length !== own.length) return undefined;
      places.push({ layer: (named[own.indexOf(call)] as LayerCall).name, side: "output" });
    } else if (layer.layers && layer.inputs && own.length === 1) {
      const inside = layer.inputs[inputs.indexOf(tensor)] as SymbolicLike;
      const inner = lookupsOf(layer, inside, calls);
      if (inner === undefined) return undefined;
      places.push(...inner);
    } else return undefined;
  }
  return places.length > 0 ? places : undefined;
}

/** The tables of the embeddings that an input feeds, whatever else it feeds. */
function vocabulariesOf(container: LayerLike, tensor: object, prefix: string): Vocabulary[] {
  return (container.layers ?? []).flatMap((layer): Vocabulary[] => {
    if (layer.getClassName() === "InputLayer") return [];
    const positions = layer.inboundNodes
      .map(({ inputTensors }) => inputTensors.indexOf(tensor))
      .filter((position) => position >= 0);
    if (positions.length === 0) return [];
    const name = prefix + layer.name;
    const size = layer.weights?.[0]?.shape[0];
    if (layer.getClassName() === "Embedding") return typeof size === "number" ? [{ layer: name, size }] : [];
    return positions.flatMap((position) => {
      const inner = layer.inputs?.[position];
      return layer.layers && inner ? vocabulariesOf(layer, inner, `${name}/`) : [];
    });
  });
}

/**
 * The calls of layers in a container, each by one of the tensors that come of it, in the order in which tfjs runs them:
 * depth first from the outputs, and of several inputs the last one first.
 */
function callsInOrder({ inputs = [], outputs = [] }: LayerLike): SymbolicLike[] {
  const seen = new Set<string>(inputs.map(({ name }) => name));
  const order: SymbolicLike[] = [];
  const visit = (tensor: SymbolicLike): void => {
    if (seen.has(tensor.name)) return;
    seen.add(tensor.name);
    for (const input of [...tensor.inputs].reverse()) visit(input);
    const known = order.some(
      ({ sourceLayer, nodeIndex }) => sourceLayer === tensor.sourceLayer && nodeIndex === tensor.nodeIndex,
    );
    if (!known) order.push(tensor);
  };
  outputs.forEach(visit);
  return order;
}

/** Installs the intervention on the layer instances that it names; returns what undoes it. */
function overrideCalls(
  tf: Tf,
  byName: ReadonlyMap<string, LayerCall>,
  intervention: Intervention,
  captured: Map<string, Tensor>,
): () => void {
  const wanted = new Map<LayerLike, Set<LayerCall>>();
  const names = [...intervention.replace.keys(), ...intervention.capture.map(placeKey)];
  for (const key of names) {
    const call = byName.get(key.slice(key.indexOf(":") + 1)) as LayerCall;
    wanted.set(call.layer, (wanted.get(call.layer) ?? new Set()).add(call));
  }
  const { failed, entered } = intervention;
  if (failed || entered)
    for (const { layer } of byName.values()) if (!wanted.has(layer)) wanted.set(layer, new Set());
  const capturedKeys = new Set(intervention.capture.map(placeKey));
  const visit = (key: string, value: Tensor): Tensor => {
    // A clone, because the executor disposes of what a layer returns once it was used.
    const current = intervention.replace.get(key)?.clone() ?? value;
    if (capturedKeys.has(key)) captured.set(key, tf.keep(current.clone()));
    return current;
  };
  const undo: (() => void)[] = [];
  for (const [layer, calls] of wanted) {
    const own = Object.getOwnPropertyDescriptor(layer, "call");
    const original = layer.call;
    let nth = 0;
    layer.call = function (this: LayerLike, inputs, kwargs) {
      nth++;
      const call = [...calls].find((candidate) => candidate.nth === nth);
      const named = call ?? [...byName.values()].find((one) => one.layer === layer && one.nth === nth);
      const ended = named && entered?.(named);
      try {
        if (call === undefined) return original.call(layer, inputs, kwargs);
        const entering = visitEntering(inputs, call, visit);
        const outputKey = placeKey({ layer: call.name, side: "output" });
        if (intervention.replace.has(outputKey)) return visit(outputKey, entering as Tensor);
        return visitFirst(original.call(layer, entering, kwargs), outputKey, visit);
      } catch (error) {
        failed?.(error, named?.name ?? layer.name);
        throw error;
      } finally {
        ended?.();
      }
    };
    undo.push(() => {
      if (own) Object.defineProperty(layer, "call", own);
      else delete (layer as { call?: Call }).call;
    });
  }
  return () => {
    for (const step of undo) step();
  };
}

/** Visits what goes into a call: each value by itself, where its fact names several. */
function visitEntering(
  value: Tensor | Tensor[],
  { name, entering }: LayerCall,
  visit: (key: string, value: Tensor) => Tensor,
): Tensor | Tensor[] {
  if (!entering || !Array.isArray(value))
    return visitFirst(value, placeKey({ layer: name, side: "input" }), visit);
  return value.map((tensor, entry) => visit(placeKey({ layer: name, side: "input", entry }), tensor));
}

/** Visits a tensor, or the first of several: a recurrent layer with states gives its sequence first. */
function visitFirst(
  value: Tensor | Tensor[],
  key: string,
  visit: (key: string, value: Tensor) => Tensor,
): Tensor | Tensor[] {
  if (!Array.isArray(value)) return visit(key, value);
  return value.map((tensor, i) => (i === 0 ? visit(key, tensor) : tensor));
}
