/** Computes once what is computed several times, and keeps once what is known several times. */
import { type Entries, type Graph, type GraphNode, isConstant, replaceValues, type Value } from "../graph";

/** Constants up to this many entries are compared by their entries, larger ones by the array that holds these. */
const COMPARED_ENTRIES = 64;

/** One node for all nodes of the same operator, inputs and attributes, and one constant for all of the same entries. */
export function eliminateCommonSubexpressions(graph: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const seen = new Map<string, readonly Value[]>();
  const keys = new Map<Value, string>();
  const constants = new Map<string, Value>();
  const arrays = new Map<Entries, number>();
  const entriesKey = (entries: Entries): string => {
    if (entries.length <= COMPARED_ENTRIES) return bits(entries);
    const number = arrays.get(entries) ?? arrays.size;
    arrays.set(entries, number);
    return `#${number}`;
  };
  const keyOf = (value: Value | undefined): string => {
    if (value === undefined) return "";
    const current = replaced.get(value) ?? value;
    let key = keys.get(current);
    if (key === undefined) {
      key = isConstant(current)
        ? `${current.dtype}[${current.shape}](${entriesKey(current.entries)})`
        : `#${current.id}`;
      keys.set(current, key);
      if (isConstant(current)) {
        const known = constants.get(key);
        if (known === undefined) constants.set(key, current);
        else replaced.set(current, known);
      }
    }
    return key;
  };
  const nodes = graph.nodes.filter((node: GraphNode) => {
    const key = `${node.operator}|${node.inputs.map(keyOf).join("|")}|${JSON.stringify(node.attributes)}|${node.outputs.length}`;
    const known = seen.get(key);
    if (known === undefined) {
      seen.set(key, node.outputs);
      return true;
    }
    node.outputs.forEach((value, i) => {
      replaced.set(value, known[i]);
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
