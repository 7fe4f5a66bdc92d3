/** A graph as text: one line per node, values numbered in order of appearance, so that equal graphs print alike. */
import type { Attribute, Constant, Graph, GraphNode, Port, Value } from "./graph";

/** Entries of a constant that are printed; of more, a number that tells them apart. */
const MOST_ENTRIES = 8;

/** The graph as text, in the manner of a function: ports in its first and last line, nodes in between. */
export function print(graph: Graph): string {
  const names = new Map<Value, string>(graph.inputs.map(({ name, value }) => [value, name]));
  const nameOf = (value: Value | undefined): string => {
    if (value === undefined) return "–";
    if (value.entries !== undefined) return constantInWords(value as Constant);
    let name = names.get(value);
    if (name === undefined) {
      name = `%${names.size - graph.inputs.length}`;
      names.set(value, name);
    }
    return name;
  };
  const typed = (value: Value): string => `${nameOf(value)}: ${typeOf(value)}`;
  const line = ({ operator, inputs, outputs, attributes, body }: GraphNode): string => {
    // Operands first: numbers follow the order of reading.
    const given = inputs.map(nameOf).join(", ");
    const step = body ? `\n${print(body).trimEnd().replace(/^/gm, "    ")}` : "";
    return `  ${outputs.map(typed).join(", ")} = ${operator}(${given})${attributesInWords(attributes)}${step}`;
  };
  return [
    `graph(${graph.inputs.map((port) => `${port.name}: ${typeOf(port.value, port.free)}`).join(", ")})`,
    ...graph.nodes.map(line),
    `return ${graph.outputs.map(({ name, value }) => `${name} = ${nameOf(value)}`).join(", ")}`,
    "",
  ].join("\n");
}

function typeOf({ dtype, shape }: Value, free?: Port["free"]): string {
  return `${dtype}[${shape.map((extent, axis) => free?.[axis] ?? extent).join(", ")}]`;
}

function constantInWords({ dtype, shape, entries }: Constant): string {
  const few: string[] = [];
  // Zeros with a sign are others to ONNX Runtime.
  for (const entry of entries.slice(0, MOST_ENTRIES)) few.push(Object.is(entry, -0) ? "-0" : String(entry));
  const known = entries.length <= MOST_ENTRIES ? few.join(", ") : `#${checksum(entries)}`;
  return shape.length === 0 ? known : `${dtype}[${shape.join(", ")}]{${known}}`;
}

/** FNV-1a of the bytes, which tells constants apart where their entries are too many to print. */
function checksum({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
    hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function attributesInWords(attributes: Readonly<Record<string, Attribute>>): string {
  const inWords = (value: Attribute): string => {
    if (typeof value === "number") return String(value);
    if (typeof value === "string") return value;
    return "float" in value ? String(value.float) : `[${value.join(", ")}]`;
  };
  const all = Object.entries(attributes).map(([name, value]) => `${name}: ${inWords(value)}`);
  return all.length > 0 ? ` {${all.join(", ")}}` : "";
}
