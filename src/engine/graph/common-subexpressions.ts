/** Computes once what is computed several times. */
import { type Graph, isConstant, replaceValues, type Value } from "./graph";

/** Constants up to this many entries are compared by their entries, larger ones by identity. */
const COMPARED_ENTRIES = 64;

/** One node for all nodes of the same operator, inputs and attributes. */
export function withoutCommonSubexpressions(graph: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const seen = new Map<string, readonly Value[]>();
  const keys = new Map<Value, string>();
  const keyOf = (value: Value | undefined): string => {
    if (value === undefined) return "";
    const current = replaced.get(value) ?? value;
    let key = keys.get(current);
    if (key === undefined) {
      key =
        isConstant(current) && current.entries.length <= COMPARED_ENTRIES
          ? `${current.dtype}[${current.shape}](${bits(current.entries)})`
          : `#${current.id}`;
      keys.set(current, key);
    }
    return key;
  };
  const nodes = graph.nodes.filter((node) => {
    const key = `${node.operator}|${node.inputs.map(keyOf).join("|")}|${JSON.stringify(node.attributes)}|${node.outputs.length}`;
    const known = seen.get(key);
    if (known === undefined) {
      seen.set(key, node.outputs);
      return true;
    }
    node.outputs.forEach((value, i) => {
      replaced.set(value, known[i] as Value);
    });
    return false;
  });
  return replaceValues({ ...graph, nodes }, replaced);
}

/** Entries as text that tells 0 from −0 and one not-a-number from another. */
function bits(entries: ArrayBufferView): string {
  const bytes = new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength);
  return bytes.join(",");
}
