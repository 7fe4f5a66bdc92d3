/** Writes a graph as an ONNX model. Loaded when the first graph is compiled. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ONNX_TYPES } from "../../graph/builder";
import {
  type Attribute,
  type Constant,
  type Graph,
  type GraphNode,
  isConstant,
  type Port,
  type Value,
} from "../../graph/graph";
import { OPERATORS } from "../../graph/operators";
import { decomposeGradients } from "../../graph/passes/decompose-gradients";
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "./onnx.generated";

/**
 * The version of ONNX's operators that graphs are written in. ONNX Runtime 1.17 keeps resized images in its own blocks
 * up to this one.
 */
const OPSET = 17;
/** The version of ONNX's file format. */
const IR_VERSION = 9n;

type NodeProto = MessageInitShape<typeof NodeProtoSchema>;

/** The bytes of an ONNX model. A graph on its way through the passes is written in the operators that ONNX has, too. */
export function writeOnnx(named: Graph): Uint8Array {
  const graph = decomposeGradients(named);
  const names = new Map<Value, string>(graph.inputs.map((port) => [port.value, port.name]));
  const nameOf = (value: Value | undefined): string => {
    if (value === undefined) return "";
    let name = names.get(value);
    if (name === undefined) {
      name = `v${names.size}`;
      names.set(value, name);
    }
    return name;
  };
  const constants = new Set<Constant>();
  const written = (node: GraphNode): NodeProto => {
    const { operator, inputs, outputs, attributes, body } = withAxesAsAttribute(node);
    for (const value of inputs) if (value && isConstant(value)) constants.add(value);
    return {
      opType: operator,
      input: inputs.map(nameOf),
      output: outputs.map(nameOf),
      attribute: [
        ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
        ...(body ? [{ name: "body", type: AttributeProto_AttributeType.GRAPH, g: writtenBody(body) }] : []),
      ],
    };
  };
  /** A step of a loop. It may read constants of the graph around it, and its values have names of their own. */
  const writtenBody = ({ inputs, outputs, nodes }: Graph): MessageInitShape<typeof GraphProtoSchema> => {
    const made = new Set(nodes.flatMap(({ outputs }) => outputs));
    const given = new Set<string>();
    const node = nodes.map(written);
    const output = outputs.map((port) => {
      const { value } = port;
      if (isConstant(value)) constants.add(value);
      const own = nameOf(value);
      const isOwn = made.has(value) && !given.has(own);
      const name = isOwn ? own : `${own}_${given.size}`;
      if (!isOwn) node.push({ opType: "Identity", input: [own], output: [name] });
      given.add(name);
      return valueInfo({ ...port, name });
    });
    const input = inputs.map((port) => valueInfo({ ...port, name: nameOf(port.value) }));
    return { name: "step", node, input, output };
  };
  const nodes = graph.nodes.map(written);
  for (const { name, value } of graph.outputs) {
    if (isConstant(value)) constants.add(value);
    nodes.push({ opType: "Identity", input: [nameOf(value)], output: [name] });
  }
  const withoutConstants = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: "gradlens",
      opsetImport: [{ domain: "", version: BigInt(OPSET) }],
      graph: {
        name: "gradlens",
        node: nodes,
        input: graph.inputs.map(valueInfo),
        output: graph.outputs.map(valueInfo),
        valueInfo: Array.from(graph.rows ?? [], ([value, rows]) =>
          valueInfo({ name: nameOf(value), value, free: { 0: rows } }),
        ),
      },
    }),
  );
  return joined([
    withoutConstants,
    ...Array.from(constants, (value) => initializer(nameOf(value), value)).flat(),
  ]);
}

function withAxesAsAttribute(node: GraphNode): GraphNode {
  const axes = node.inputs[1];
  if (!OPERATORS[node.operator].axesAttribute || axes?.entries === undefined) return node;
  const attributes = { ...node.attributes, axes: Array.from(axes.entries as BigInt64Array, Number) };
  return { ...node, inputs: node.inputs.slice(0, 1), attributes };
}

function attribute(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "number") return { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) };
  if (typeof value === "string") {
    return { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if ("float" in value) return { name, type: AttributeProto_AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) };
}

/** Numbers of fields in ONNX's format, as fields of bytes are marked. */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;

/**
 * One constant as a model of its own: models are joined by writing one behind the other. The writer of protocol buffers
 * would copy the entries once for each message around them, several times the weights in memory.
 */
function initializer(name: string, { entries, shape, dtype }: Constant): Uint8Array[] {
  const described = create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: ONNX_TYPES[dtype] });
  let pieces = [new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)];
  const within = (field: number): void => {
    const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    pieces = [Uint8Array.from([field * 8 + 2, ...variable(length)]), ...pieces];
  };
  within(RAW_DATA);
  pieces = [toBinary(TensorProtoSchema, described), ...pieces];
  within(INITIALIZER);
  within(GRAPH);
  return pieces;
}

/** A number as protocol buffers write lengths: seven bits a byte, the lowest first. */
function variable(number: number): number[] {
  return number < 128 ? [number] : [(number % 128) + 128, ...variable(Math.floor(number / 128))];
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let written = 0;
  for (const piece of pieces) {
    all.set(piece, written);
    written += piece.byteLength;
  }
  return all;
}

function valueInfo({ name, value, free }: Port): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = value.shape.map((extent, axis) => {
    const parameter = free?.[axis];
    return parameter === undefined
      ? { value: { case: "dimValue" as const, value: BigInt(extent) } }
      : { value: { case: "dimParam" as const, value: parameter } };
  });
  return {
    name,
    type: {
      value: { case: "tensorType", value: { elemType: ONNX_TYPES[value.dtype], shape: { dim } } },
    },
  };
}
