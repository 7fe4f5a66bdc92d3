/** LayersModel: layers are reached by overriding `call` on the instance for the length of one run. */
import type * as Tfjs from "@tensorflow/tfjs";
import { outOfRange } from "../../check";
import type { InputFact, OutputFact, Vocabulary } from "../../model/model";
import type { LayerPlace } from "../../model/place";
import {
  type Adapter,
  type Intervention,
  placeKey,
  type Run,
  type Tensor,
  type Tf,
  type WeightSlot,
} from "./adapter";
import { withRows } from "./dropped-rows";
import { axesWithChannels, channelsExpected } from "./input-axes";
import {
  type Call,
  type LayerCall,
  type LayerLike,
  layerCalls,
  nodesWithin,
  type RunStep,
  runSteps,
  type SymbolicLike,
  tensorsOfCalls,
} from "./layer-calls";
import { NetState } from "./net-state";
import { runRecurrencesBy } from "./recurrent";
import { maskOfSteps } from "./step-masks";
import { withoutState } from "./without-state";

/** Makes a LayersModel answer the engine. */
export function layersModelAdapter(tf: Tf, model: Tfjs.LayersModel): Adapter {
  const container = model as unknown as LayerLike;
  const calls = layerCalls(container);
  const steps = runSteps(container, calls);
  const inputs: InputFact[] = model.inputs.map((input) => {
    const mask = maskOfSteps(container, input);
    const rank = input.shape.length;
    const axes = axesWithChannels(channelsExpected(container, input, rank), rank);
    return {
      name: (input as unknown as { sourceLayer?: LayerLike }).sourceLayer?.name ?? input.name,
      // A batch size that the model was given binds none but stateful layers.
      shape: [null, ...input.shape.slice(1)],
      dtype: input.dtype === "int32" || input.dtype === "bool" ? input.dtype : "float32",
      ...(mask ? { mask } : {}),
      ...(axes ? { axes } : {}),
    };
  });
  const outputs: OutputFact[] = model.outputs.map((output, i) => {
    const name = model.outputNames[i] ?? output.name;
    const { sourceLayer } = output as unknown as { sourceLayer?: LayerLike };
    return {
      name,
      shape: [null, ...output.shape.slice(1)],
      ...(sourceLayer && sourceLayer.name !== name ? { aliases: [sourceLayer.name] } : {}),
    };
  });
  const operations = operationsPerRow(calls);
  const topology = graphOfLayers(container);
  return {
    inputs,
    outputs,
    fixed: true,
    source: model,
    looksUp: calls.some(({ layer }) => isLookUp(layer) || isOfOnesOwn(tf, layer)),
    ...(operations === undefined ? {} : { operationsPerRow: operations }),
    layers: calls.map(({ layer: _, node: __, prefix: ___, index: ____, ...fact }) => fact),
    weights: () => model.weights.map((weight) => weight.read()),
    slots: () => slotsOf(calls),
    isCurrent: () => {
      const present = graphOfLayers(container);
      return present.length === topology.length && present.every((token, i) => token === topology[i]);
    },
    state: () => new NetState([{ object: model }]),
    topology: () => JSON.stringify(model.toJSON(null, false)),
    lookups: (input) => {
      const numbers = new Map(container.inputs?.map((tensor, i) => [tensor, i] as const));
      return lookupsOf(container, container.inputs?.[input] as SymbolicLike, { calls, numbers }) ?? [];
    },
    vocabularies: (input) => vocabulariesOf(container, model.inputs[input], ""),
    run(tensors, intervention) {
      const captured = new Map<string, Tensor>();
      const { recur } = intervention;
      // First, since calls that are overridden hold on to what a layer's own was.
      const runByTfjs = recur ? runRecurrencesBy(tf, model, recur) : undefined;
      const restore = overrideCalls(tf, steps, intervention, captured);
      const makeStateful = withoutState(model);
      try {
        const fed = tensors.length === 1 ? tensors[0] : [...tensors];
        const result = model.apply(fed, { training: false }) as Tensor | Tensor[];
        return {
          outputs: [result]
            .flat()
            .map((output, i) => withRows(output, tensors[0].shape[0], outputs[i]?.shape?.slice(1))),
          captured: intervention.capture.map((place) => taken(captured, place)),
        } satisfies Run;
      } catch (error) {
        for (const tensor of captured.values()) tensor.dispose();
        throw error;
      } finally {
        makeStateful();
        restore();
        runByTfjs?.();
      }
    },
  };
}

/** Places of the weights of all layers, one layer after the other; a layer that is called often has its own once. */
function slotsOf(calls: readonly LayerCall[]): WeightSlot[] {
  const seen = new Set<LayerLike>();
  return calls.flatMap(({ layer, prefix }): WeightSlot[] => {
    // The weights of a container are those of its layers.
    if (seen.has(layer) || layer.layers) return [];
    seen.add(layer);
    const name = `${prefix}${layer.name}`;
    const names = (layer.weights ?? []).map((weight) => weight.originalName.replace(/^.*\//, ""));
    return (layer.weights ?? []).map((weight, i) => {
      const own = names[i];
      const twin = names.indexOf(own) !== i || names.lastIndexOf(own) !== i ? `#${i + 1}` : "";
      return {
        name: `${name}/${own}${twin}`,
        layer: name,
        read: () => weight.val,
        write: (tensor) => {
          weight.val = tensor;
        },
      };
    });
  });
}

/** Layers of a model, how often each was called, and what the model gives: `add` changes them. */
function graphOfLayers(container: LayerLike): unknown[] {
  const layers = container.layers ?? [];
  return [
    ...(container.inputs ?? []),
    ...(container.outputs ?? []),
    ...layers.flatMap((layer) => [
      layer,
      layer.inboundNodes.length,
      ...(layer.layers ? graphOfLayers(layer) : []),
    ]),
  ];
}

function taken(captured: ReadonlyMap<string, Tensor>, place: LayerPlace): Tensor {
  const tensor = captured.get(placeKey(place));
  if (tensor === undefined) {
    throw outOfRange("asModel", "a layer that takes part in the output", JSON.stringify(place.layer));
  }
  return tensor;
}

/** Layers that use their weights once for each step of what goes in. */
const STEPWISE = /RNN|LSTM|GRU|Bidirectional|TimeDistributed/;

/** Multiplications and additions of all layers: entries of weights times the positions they are used at. */
function operationsPerRow(calls: readonly LayerCall[]): number | undefined {
  let sum = 0;
  for (const { layer, kind, node } of calls) {
    const [entering, leaving] = [node?.inputShapes[0], node?.outputShapes[0]].map((shape) => shape?.slice(1));
    if (!entering || !leaving || [...entering, ...leaving].includes(null)) return undefined;
    const extents = leaving as number[];
    const entries = extents.reduce((a, b) => a * b, 1);
    sum += entries;
    // The work of a container is counted at its layers; a look-up multiplies nothing.
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

/** Layers that give tokens on in another shape, in the same order. */
const SHAPING: ReadonlySet<string> = new Set(["Reshape", "Flatten"]);

/** What is known where a container's tensors are followed. */
interface Followed {
  readonly calls: readonly LayerCall[];
  /** The model's inputs among the container's tensors, by number. */
  readonly numbers: ReadonlyMap<SymbolicLike, number>;
  /** The names of the containers, each with a slash behind it, and the number of their call. */
  readonly prefix?: string;
  readonly round?: number;
  /** Whether tokens were joined before: in another shape nobody would know whose they are. */
  readonly joined?: true;
}

/** The look-ups that an input feeds; undefined as soon as it feeds anything else but their shape. */
function lookupsOf(container: LayerLike, tensor: SymbolicLike, followed: Followed): LayerPlace[] | undefined {
  const { calls, numbers, prefix = "", round = 0 } = followed;
  const places: LayerPlace[] = [];
  for (const call of tensorsOfCalls(container)) {
    const { sourceLayer: layer, inputs, nodeIndex } = call;
    if (!inputs.includes(tensor)) continue;
    const nodes = nodesWithin(container, layer);
    const index = round * nodes.length + nodes.indexOf(layer.inboundNodes[nodeIndex]);
    if (isLookUp(layer)) {
      const named = calls.find((one) => one.layer === layer && one.prefix === prefix && one.index === index);
      if (!named) return undefined;
      places.push({ layer: named.name, side: "output" });
      continue;
    }
    const inside = layer.layers && layer.inputs?.[inputs.indexOf(tensor)];
    const inner = inside
      ? lookupsOf(layer, inside, {
          calls,
          numbers: new Map(
            layer.inputs?.flatMap((own, i): [SymbolicLike, number][] => {
              const number = numbers.get(inputs[i]);
              return number === undefined ? [] : [[own, number]];
            }),
          ),
          prefix: `${prefix}${layer.name}/`,
          round: index,
          ...(followed.joined ? { joined: true } : {}),
        })
      : SHAPING.has(layer.getClassName()) && !followed.joined
        ? lookupsOf(container, call, { ...followed, numbers: new Map() })
        : layer.getClassName() === "Concatenate"
          ? joinedLookupsOf(container, call, tensor, followed)
          : undefined;
    if (inner === undefined) return undefined;
    places.push(...inner);
  }
  return places.length > 0 ? places : undefined;
}

/** The look-ups behind a join of whole inputs, each once for every place that one input has in it. */
function joinedLookupsOf(
  container: LayerLike,
  join: SymbolicLike,
  tensor: SymbolicLike,
  followed: Followed,
): LayerPlace[] | undefined {
  const inputs = join.inputs.flatMap((one) => followed.numbers.get(one) ?? []);
  const { axis } = join.sourceLayer;
  if (inputs.length < join.inputs.length || axis === undefined) return undefined;
  const places = lookupsOf(container, join, { ...followed, numbers: new Map(), joined: true });
  return places?.flatMap((place) =>
    join.inputs.flatMap((one, at) => (one === tensor ? [{ ...place, joined: { axis, inputs, at } }] : [])),
  );
}

/** True of an embedding, also of one that is applied to each step by itself. */
function isLookUp(layer: LayerLike): boolean {
  const kind = layer.getClassName();
  return kind === "Embedding" || (kind === "TimeDistributed" && layer.layer?.getClassName() === "Embedding");
}

/** True of a layer of the user's, which may do anything. */
function isOfOnesOwn({ layers }: Tf, layer: LayerLike): boolean {
  const kind = layer.getClassName().toLowerCase();
  return !layer.layers && !Object.keys(layers).some((name) => name.toLowerCase() === kind);
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
    if (isLookUp(layer)) return typeof size === "number" ? [{ layer: name, size }] : [];
    if (SHAPING.has(layer.getClassName()) || layer.getClassName() === "Concatenate")
      return layer.inboundNodes
        .filter(({ inputTensors }) => inputTensors.includes(tensor))
        .flatMap(({ outputTensors }) => vocabulariesOf(container, outputTensors[0], prefix));
    return positions.flatMap((position) => {
      const inner = layer.inputs?.[position];
      return layer.layers && inner ? vocabulariesOf(layer, inner, `${name}/`) : [];
    });
  });
}

/**
 * Installs the intervention on the layer instances that it names; returns what undoes it. A call that tfjs makes again
 * gives what it gave before.
 */
function overrideCalls(
  tf: Tf,
  steps: ReadonlyMap<LayerLike, readonly RunStep[]>,
  intervention: Intervention,
  captured: Map<string, Tensor>,
): () => void {
  const { replace, capture, failed, entered } = intervention;
  const keys = [...replace.keys(), ...capture.map(placeKey)];
  const wanted = new Set(keys.map((key) => key.slice(key.indexOf(":") + 1)));
  const capturedKeys = new Set(capture.map(placeKey));
  const visit = (key: string, value: Tensor): Tensor => {
    // A clone, because the executor disposes of what a layer returns once it was used.
    const current = replace.get(key)?.clone() ?? value;
    if (capturedKeys.has(key)) captured.set(key, tf.keep(current.clone()));
    return current;
  };
  const undo: (() => void)[] = [];
  for (const [layer, ofLayer] of steps) {
    const touched = ofLayer.some(
      ({ call, again }) => again || wanted.has(call.name) || startsFromStates(call),
    );
    if (!touched && !failed && !entered) continue;
    const own = Object.getOwnPropertyDescriptor(layer, "call");
    const original = layer.call;
    const given = new Map<LayerCall, Tensor | Tensor[]>();
    let next = 0;
    const answer = (call: LayerCall, inputs: Tensor | Tensor[], kwargs: unknown): Tensor | Tensor[] => {
      const entering = visitValues(inputs, { layer: call.name, side: "input" }, visit);
      const place = { layer: call.name, side: "output" } as const;
      const key = placeKey(place);
      const several = (call.node?.outputShapes.length ?? 1) > 1;
      if (replace.has(key) && !several) return visit(key, [entering].flat()[0]);
      return visitValues(original.call(layer, entering, kwargs), place, visit);
    };
    layer.call = function (this: LayerLike, inputs, shared) {
      // One object goes through all layers: states that tfjs puts there for one would be taken by the next.
      const kwargs = { ...shared };
      for (const name of ["initialState", "constants"]) delete shared?.[name];
      const step = ofLayer[next++];
      if (step === undefined) return original.call(layer, inputs, kwargs);
      const { call, again } = step;
      if (again) return given.get(call);
      const ended = entered?.(call);
      try {
        const outputs = answer(call, inputs, kwargs);
        given.set(call, outputs);
        return outputs;
      } catch (error) {
        failed?.(error, call.name);
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

/** True of a recurrent layer that is given its first states, or constants, beside its input. */
function startsFromStates({ kind, node }: LayerCall): boolean {
  return STEPWISE.test(kind) && (node?.inputTensors.length ?? 1) > 1;
}

/** Visits each of the values at a place; the first of them is also the place itself. */
function visitValues(
  value: Tensor | Tensor[],
  place: LayerPlace,
  visit: (key: string, value: Tensor) => Tensor,
): Tensor | Tensor[] {
  if (!Array.isArray(value)) return visit(placeKey(place), value);
  return value.map((tensor, entry) => {
    const own = visit(placeKey({ ...place, entry }), tensor);
    return entry === 0 ? visit(placeKey(place), own) : own;
  });
}
