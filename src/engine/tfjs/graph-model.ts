/** GraphModel: every node is a layer; feeding a node replaces it, fetching a node captures it. */
import type * as Tfjs from "@tensorflow/tfjs";
import { UnsupportedOperationError } from "../../check";
import type { Facts, InputFact, LayerFact, OutputFact } from "../../model/model";
import type { LayerPlace } from "../../model/place";
import { type Adapter, type Intervention, placeKey, type Tensor, type Tf, type WeightSlot } from "./adapter";
import { withRows } from "./dropped-rows";
import { withFixedRows } from "./fixed-rows";
import { freeRows, type ShapedNode } from "./free-rows";
import { joinsOf, looksUp, lookupsOf, SHAPE_OPS, vocabulariesOf } from "./graph-look-ups";
import { checkPart, namedPart, nodesOf } from "./graph-part";
import { axesWithChannels } from "./input-axes";
import { readLeakySlopes } from "./leaky-slopes";
import { NetState } from "./net-state";
import { maskOfNodes } from "./step-masks";

const PLACEHOLDER_OPS: ReadonlySet<string> = new Set(["Placeholder", "PlaceholderWithDefault"]);
const SILENT_OPS: ReadonlySet<string> = new Set(["Const", "Placeholder", "PlaceholderWithDefault", "NoOp"]);

/** Ops whose value has its axes in the order of what goes in. */
const KEEPING_AXES: ReadonlySet<string> = new Set([
  "Identity",
  "BiasAdd",
  "Add",
  "AddV2",
  "AddN",
  "Sub",
  "Mul",
  "RealDiv",
  "Maximum",
  "Minimum",
  "FusedBatchNorm",
  "FusedBatchNormV2",
  "FusedBatchNormV3",
  "Relu",
  "Relu6",
  "LeakyRelu",
  "Prelu",
  "Elu",
  "Selu",
  "Sigmoid",
  "Tanh",
  "Softplus",
]);

/** What a part begins or ends with: an input or output of the graph, or a node of it. */
interface End {
  readonly name: string;
  readonly shape?: readonly number[] | undefined;
  readonly dtype: string;
}

interface NodeLike extends ShapedNode {
  readonly category?: string;
  /** As the graph has them: of a node's several outputs with the number behind a colon. */
  readonly inputNames: readonly string[];
  readonly inputs: readonly NodeLike[];
  readonly children: readonly NodeLike[];
}

interface ExecutorLike {
  readonly graph: { readonly nodes: Readonly<Record<string, NodeLike>> };
  readonly weightMap: Readonly<Record<string, Tensor[]>>;
}

/** Tensors of a graph by the names that a converted model's user knows. */
type Named = Readonly<Record<string, { readonly name?: string } | undefined>>;

interface Signature {
  readonly inputs?: Named;
  readonly outputs?: Named;
}

/** Names that a signature has for a tensor, beside that of its node. */
function aliasesOf(named: Named | undefined, tensor: string): { aliases?: readonly string[] } {
  const own = withoutSlot(tensor);
  const aliases = Object.entries(named ?? {}).flatMap(([name, info]) =>
    name !== own && nodeOutput(info?.name ?? "") === nodeOutput(tensor) ? [name] : [],
  );
  return aliases.length > 0 ? { aliases } : {};
}

/** Makes a GraphModel, or the part of it that facts name, answer the engine; refuses one with asynchronous control flow. */
export function graphModelAdapter(tf: Tf, model: Tfjs.GraphModel, facts: Facts): Adapter {
  const { executor, signature } = model as unknown as { executor: ExecutorLike; signature?: Signature };
  const nodes = Object.values(executor.graph.nodes);
  readLeakySlopes(nodes);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const part = namedPart(facts, byName);
  const entries: readonly End[] = part.from
    ? part.from.map((name) => ({ name, dtype: dtypeOf(byName.get(name) as NodeLike) }))
    : model.inputs;
  const exits: readonly Omit<End, "dtype">[] = part.to ? part.to.map((name) => ({ name })) : model.outputs;
  const outputNames = exits.map(({ name }) => name);
  const ends = outputNames.map((name) => byName.get(withoutSlot(name)) as NodeLike);
  const begin = new Set(part.from?.map((name) => byName.get(name) as NodeLike));
  // Nodes that no output needs may not run.
  const reachable = nodesOf(ends, begin);
  const texts = entries.filter(({ dtype }) => dtype === "string").map(({ name }) => withoutSlot(name));
  checkPart(reachable, begin, ends, texts);
  const free = (shape: readonly number[] | undefined): (number | null)[] | undefined =>
    shape?.map((extent) => (extent < 0 ? null : extent));
  /** For each input of whole numbers that only ever becomes floating point, the nodes that make it so. */
  const casts = entries.map(({ name, dtype }) =>
    dtype === "int32" ? castsOf(byName.get(withoutSlot(name))) : undefined,
  );
  const inputs: InputFact[] = entries.map((input, i) => {
    const shape = free(input.shape);
    const whole = (input.dtype === "int32" && !casts[i]) || input.dtype === "bool";
    const dtype = whole ? (input.dtype as "int32") : "float32";
    const name = withoutSlot(input.name);
    const mask = maskOfNodes(byName.get(name), (node) => {
      const tensor = executor.weightMap[node.name]?.[0];
      return tensor?.size === 1 ? tensor.dataSync()[0] : undefined;
    });
    const channels = channelsBehind(byName.get(name), (node) => executor.weightMap[node]?.[0]);
    const axes = axesWithChannels(channels, shape?.length);
    return {
      name,
      ...(shape ? { shape } : {}),
      dtype,
      ...(casts[i] ? { whole: true } : {}),
      ...(mask ? { mask } : {}),
      ...aliasesOf(signature?.inputs, input.name),
      ...(axes ? { axes } : {}),
    };
  });
  /** Pixels of 0 to 255, say, are fed behind their cast: there they have gradients. */
  const feedsOf = (tensors: readonly Tensor[]): Record<string, Tensor> =>
    Object.fromEntries(
      inputs.flatMap(({ name }, i) => (casts[i] ?? [name]).map((node) => [node, tensors[i]])),
    );
  const outputs: OutputFact[] = exits.map((output) => {
    const shape = free(output.shape);
    return {
      name: withoutSlot(output.name),
      ...(shape ? { shape } : {}),
      ...aliasesOf(signature?.outputs, output.name),
    };
  });
  /** True where a node's value comes from an input, and not from weights or shapes alone. */
  const computed = new Map<NodeLike, boolean>();
  const isComputed = (node: NodeLike): boolean => {
    let known = computed.get(node);
    if (known === undefined) {
      known =
        begin.has(node) ||
        (!SHAPE_OPS.has(node.op) && (PLACEHOLDER_OPS.has(node.op) || node.inputs.some(isComputed)));
      computed.set(node, known);
    }
    return known;
  };
  /** True where a node holds extents of other values, or numbers that were made of such. */
  const extents = new Map<NodeLike, boolean>();
  const holdsExtents = (node: NodeLike): boolean => {
    let known = extents.get(node);
    if (known === undefined) {
      known = SHAPE_OPS.has(node.op) || (!isComputed(node) && node.inputs.some(holdsExtents));
      extents.set(node, known);
    }
    return known;
  };
  /** Of a part, what lies in it; of a whole graph also what no output needs, which errors tell apart. */
  const isLayer = (node: NodeLike): boolean =>
    !SILENT_OPS.has(node.op) &&
    !holdsExtents(node) &&
    ((!part.from && !part.to) || (reachable.has(node) && !begin.has(node)));
  /** Entering values that depend on the input, each by its node and, of several outputs, the number. */
  const valuesInto = (node: NodeLike): string[] => [
    ...new Set(node.inputs.flatMap((input, i) => (isComputed(input) ? [outputName(node, i)] : []))),
  ];
  const outputsInUse = usedOutputs(nodes, outputNames);
  const layers: LayerFact[] = nodes.filter(isLayer).map((node) => {
    const channels = channelAxis(node, (name) => executor.weightMap[name]?.[0]);
    const entering = valuesInto(node);
    const leaving = [...(outputsInUse.get(node.name) ?? [])].sort((a, b) => a - b);
    return {
      name: node.name,
      kind: node.op,
      ...(channels === undefined ? {} : { channelAxis: channels }),
      ...(entering.length > 1 ? { entering } : {}),
      ...(leaving.some((output) => output > 0) ? { leaving } : {}),
    };
  });
  /** The node whose value stands at a place: what enters a node is what it has of inputs that are no constants. */
  const nodeAt = (place: LayerPlace): string => {
    const node = byName.get(place.layer);
    if (place.side === "output" || !node) return nameOfOutput(place.layer, place.entry ?? 0);
    const first = node.inputs.findIndex((input) => input.op !== "Const");
    return valuesInto(node)[place.entry ?? 0] ?? (first < 0 ? place.layer : outputName(node, first));
  };
  /** Places where a value can stand in: a node is fed all of its outputs in use, and of several it can be fed one alone. */
  const fedAt = (place: LayerPlace): string => {
    const at = nodeAt(place);
    const node = byName.get(withoutSlot(at));
    const inUse = node ? (outputsInUse.get(node.name)?.size ?? 0) : 0;
    if (node && inUse > 1) {
      throw new UnsupportedOperationError(
        `asModel(): expected to explain behind a node with one output in use, got "${node.name}", ${node.op} of ${inUse}`,
      );
    }
    return at;
  };
  const adapter: Adapter = {
    inputs,
    outputs,
    layers,
    fixed: true,
    source: model,
    looksUp: [...reachable].some((node) => looksUp(node, isComputed)),
    weights: () => Object.values(executor.weightMap).flat(),
    slots: () => slotsOf(executor),
    // Nodes lead to each other: a walk from one would go through them all, one inside the other.
    state: () =>
      new NetState([
        { object: executor.weightMap },
        ...nodes.map((object) => ({ object, only: ["op", "inputNames", "inputParams", "attrParams"] })),
      ]),
    topology: () =>
      [
        ...nodes.map((node) => `${node.name}:${node.op}(${node.inputs.map((i) => i.name).join(",")})`),
        ...(part.from || part.to ? [JSON.stringify(part)] : []),
      ].join(";"),
    isNeeded(layer) {
      const node = byName.get(layer);
      return node !== undefined && reachable.has(node) && isComputed(node);
    },
    lookups(input) {
      const node = byName.get(inputs[input].name);
      const numbers = new Map(inputs.map(({ name }, i) => [byName.get(name), i] as const));
      return (node && lookupsOf(node, joinsOf(numbers, executor.weightMap))) ?? [];
    },
    vocabularies(input) {
      const node = byName.get(inputs[input].name);
      return node ? vocabulariesOf(node, executor.weightMap) : [];
    },
    run(tensors, intervention) {
      const feeds = feedsOf(tensors);
      for (const [key, tensor] of intervention.replace) {
        feeds[fedAt(placeOf(key))] = tensor;
      }
      const asked = intervention.capture.filter((place) => !intervention.replace.has(placeKey(place)));
      const fetched = [...outputNames, ...asked.map(nodeAt)];
      const result = watchingNodes(nodes, intervention, () => model.execute(feeds, fetched)) as
        | Tensor
        | Tensor[];
      const values = Array.isArray(result) ? result : [result];
      const fresh = values.slice(outputNames.length);
      return {
        outputs: values
          .slice(0, outputNames.length)
          .map((output, i) => withRows(output, tensors[0].shape[0], outputs[i].shape?.slice(1))),
        captured: intervention.capture.map((place) =>
          tf.keep((intervention.replace.get(placeKey(place)) ?? (fresh.shift() as Tensor)).clone()),
        ),
      };
    },
  };
  const rows = rowsPerRun(inputs, outputs);
  if (rows === undefined) return adapter;
  const placeholders = inputs.map(({ name }) => byName.get(name) as NodeLike);
  const values = (names: readonly string[]): Tensor[] => {
    const zeros = inputs.map(({ shape, dtype }) => tf.zeros(shape as number[], dtype));
    return [model.execute(feedsOf(zeros), [...names])].flat();
  };
  return withFixedRows(tf, adapter, rows, freeRows(tf, placeholders, [...reachable], values));
}

/** The type of a node's value: positions in a table are whole numbers. */
function dtypeOf(node: NodeLike): string {
  const said = node.attrParams["dtype"]?.value;
  if (said === "int32" || said === "bool") return said;
  return lookupsOf(node) ? "int32" : "float32";
}

/** The number of rows that all inputs and outputs name; undefined when any is free, or they differ. */
function rowsPerRun(inputs: readonly InputFact[], outputs: readonly OutputFact[]): number | undefined {
  const rows = inputs[0]?.shape?.[0];
  const same =
    inputs.every(({ shape }) => shape?.[0] === rows) &&
    outputs.every(({ shape }) => shape === undefined || shape[0] === rows);
  return typeof rows === "number" && rows > 0 && same ? rows : undefined;
}

/**
 * Runs `fn` and tells which node runs. The executor asks a node for its category exactly when it runs it, and nothing
 * else of tfjs does: the property becomes an accessor for the length of the run.
 */
function watchingNodes<T>(nodes: readonly NodeLike[], { entered, failed }: Intervention, fn: () => T): T {
  if (!entered && !failed) return fn();
  let current: NodeLike | undefined;
  let ended: (() => void) | undefined;
  const before = nodes.map((node) => Object.getOwnPropertyDescriptor(node, "category"));
  nodes.forEach((node, i) => {
    const category: unknown = before[i]?.value;
    Object.defineProperty(node, "category", {
      configurable: true,
      enumerable: true,
      get: () => {
        ended?.();
        current = node;
        ended = entered?.({ name: node.name, kind: node.op });
        return category;
      },
    });
  });
  try {
    return fn();
  } catch (error) {
    if (current) failed?.(error, current.name);
    throw error;
  } finally {
    ended?.();
    nodes.forEach((node, i) => {
      const descriptor = before[i];
      if (descriptor) Object.defineProperty(node, "category", descriptor);
      else Reflect.deleteProperty(node, "category");
    });
  }
}

/**
 * The channel axis of a node's value; undefined when it is the last. Convolutions and pools say it themselves, and
 * functions of single entries keep the order of what goes in.
 */
function channelAxis(node: NodeLike, constant: (name: string) => Tensor | undefined): number | undefined {
  const format = node.attrParams["dataFormat"]?.value;
  if (typeof format === "string" && format !== "") return /^ncd?hw$/i.test(format) ? 1 : undefined;
  const entering = node.inputs.find((input) => input.op !== "Const");
  if (!entering || !(KEEPING_AXES.has(node.op) || node.op === "Transpose")) return undefined;
  const axis = channelAxis(entering, constant);
  if (axis === undefined || node.op !== "Transpose") return axis;
  const order = Array.from(constant(node.inputs[1]?.name ?? "")?.dataSync() ?? []);
  const moved = order.indexOf(axis);
  return moved < 0 || moved === order.length - 1 ? undefined : moved;
}

/** The axis of a value on which the nodes behind it expect its channels; undefined where none says so. */
function channelsBehind(
  node: NodeLike | undefined,
  constant: (name: string) => Tensor | undefined,
): number | undefined {
  for (const child of node?.children ?? []) {
    const format = child.attrParams["dataFormat"]?.value;
    if (typeof format === "string" && format !== "") return /^nc/i.test(format) ? 1 : format.length - 1;
    if (!(KEEPING_AXES.has(child.op) || child.op === "Transpose" || child.op === "Cast")) continue;
    const axis = channelsBehind(child, constant);
    if (axis === undefined) continue;
    if (child.op !== "Transpose") return axis;
    return constant(child.inputs[1]?.name ?? "")?.dataSync()[axis];
  }
  return undefined;
}

/** The casts that an input feeds, when it feeds nothing else. */
function castsOf(node: NodeLike | undefined): string[] | undefined {
  const children = node?.children ?? [];
  const toFloat = children.every(
    ({ op, attrParams }) => op === "Cast" && attrParams["dtype"]?.value === "float32",
  );
  return children.length > 0 && toFloat ? children.map(({ name }) => name) : undefined;
}

/** The output of a node by its name: the first one's is the node's own. */
function nameOfOutput(node: string, output: number): string {
  return output === 0 ? node : `${node}:${output}`;
}

/** Node and output that are the ith input of a node. */
function outputName({ inputs, inputNames }: NodeLike, i: number): string {
  const output = Number(/:(\d+)$/.exec(inputNames[i] ?? "")?.[1] ?? 0);
  return nameOfOutput(inputs[i].name, output);
}

/** Outputs of each node that other nodes use, or the model gives. */
function usedOutputs(nodes: readonly NodeLike[], given: readonly string[]): Map<string, Set<number>> {
  const used = new Map<string, Set<number>>();
  for (const name of [...nodes.flatMap((node) => node.inputs.map((_, i) => outputName(node, i))), ...given]) {
    const [node, output] = [withoutSlot(name), Number(/:(\d+)$/.exec(name)?.[1] ?? 0)];
    used.set(node, (used.get(node) ?? new Set()).add(output));
  }
  return used;
}

/** A tensor by node and output, of which the first is not written. */
function nodeOutput(tensor: string): string {
  return tensor.replace(/:0$/, "");
}

/** The place that `placeKey` wrote. */
function placeOf(key: string): LayerPlace {
  const [, side, entry, layer] = /^(input|output)(\d*):(.*)$/s.exec(key) as unknown as string[];
  const place = { layer: layer, side: side as LayerPlace["side"] };
  return entry === "" ? place : { ...place, entry: Number(entry) };
}

function withoutSlot(name: string): string {
  return name.replace(/:\d+$/, "");
}

/** Places of the weights, in the order in which nodes stand in the graph: of floats, each its own layer. */
function slotsOf({ graph, weightMap }: ExecutorLike): WeightSlot[] {
  return Object.keys(graph.nodes).flatMap((node): WeightSlot[] => {
    const held = weightMap[node];
    if (held?.[0]?.dtype !== "float32" || held[0].size < 2) return [];
    return [
      {
        name: node,
        layer: node,
        read: () => held[0],
        write: (tensor) => {
          held[0] = tensor;
        },
      },
    ];
  });
}
