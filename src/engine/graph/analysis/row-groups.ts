/** Groups of values with the same number of rows, whatever that is: proven by the operators between them. */
import { sizeOf } from "../../../tensor";
import { type Graph, type GraphNode, isConstant, type Value } from "../graph";
import { OPERATORS } from "../operators";

/** Groups of values whose first axes have the same extent. */
export class RowGroups {
  readonly #parents = new Map<Value, Value>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) this.#join(node);
  }

  /** A value that stands for its group. */
  of(value: Value): Value {
    let root = value;
    for (let next = this.#parents.get(root); next; next = this.#parents.get(root)) root = next;
    return root;
  }

  /** Counts a value to the group of another. */
  add(value: Value, other: Value): void {
    const [a, b] = [this.of(value), this.of(other)];
    if (a !== b) this.#parents.set(a, b);
  }

  #join(node: GraphNode): void {
    const { operator, inputs, outputs } = node;
    const [x, shape] = inputs;
    const [y] = outputs;
    if (x === undefined || y === undefined) return;
    const sameStart = (value: Value): boolean =>
      !isConstant(value) && value.shape.length === y.shape.length && value.shape[0] === y.shape[0];
    const { axes } = OPERATORS[operator];
    // Entry by entry, extents that were recorded as equal and not 1 are always equal.
    const kept = axes === "elementwise" ? inputs : axes === "windowed" || axes === "padded" ? [x] : [];
    for (const value of kept) if (value && value.shape[0] !== 1 && sameStart(value)) this.add(value, y);
    // A free first extent takes what the others leave, which is the same where they are the same in number.
    const isFree = shape && isConstant(shape) && Number(shape.entries[0]) === -1;
    const rest = (value: Value): number => sizeOf(value.shape.slice(1));
    if (axes === "reshaped" && isFree && x.shape[0] === y.shape[0] && rest(x) === rest(y)) this.add(x, y);
  }
}
