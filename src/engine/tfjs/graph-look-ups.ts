/** Look-ups of a graph: the nodes at which an input of whole numbers becomes rows of a table. */
import type { Vocabulary } from "../../model/model";
import type { JoinedTokens, LayerPlace } from "../../model/place";
import type { Tensor } from "./adapter";

const LOOKUP_OPS: ReadonlySet<string> = new Set(["Gather", "GatherV2", "ResourceGather"]);
/** Nodes that pass an index on without looking at it. */
const TRANSPARENT_OPS: ReadonlySet<string> = new Set(["Identity", "Cast", "StopGradient"]);
/** Nodes that give indices on in another shape, in the same order. */
const SHAPING_OPS: ReadonlySet<string> = new Set(["Reshape", "ExpandDims", "Squeeze"]);
/** Nodes that add a constant to an index, as for a table that several vocabularies share. */
const SHIFTING_OPS: ReadonlySet<string> = new Set(["Add", "AddV2", "Sub"]);
/** Ops that tell of a value no more than its extents. */
export const SHAPE_OPS: ReadonlySet<string> = new Set(["Shape", "ShapeN", "Size", "Rank"]);

/** The parts of a node that are read here. */
export interface LookUpNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly LookUpNode[];
  readonly children: readonly LookUpNode[];
}

/** Constants of a graph, by the name of their node. */
type Constants = Readonly<Record<string, readonly Tensor[]>>;

/** The nodes that hand an index on: as it is, in another shape, or with a constant added. */
function handsOn(child: LookUpNode, node: LookUpNode): boolean {
  const [first, second] = child.inputs;
  if (TRANSPARENT_OPS.has(child.op)) return true;
  if (SHAPING_OPS.has(child.op)) return first === node && second !== node;
  return shifted(child) === node;
}

/** The value that a node adds a constant to. */
function shifted({ op, inputs: [first, second] }: LookUpNode): LookUpNode | undefined {
  if (!SHIFTING_OPS.has(op)) return undefined;
  return second?.op === "Const" ? first : first?.op === "Const" ? second : undefined;
}

/**
 * The look-ups that a node feeds; undefined as soon as it feeds anything else but their shape.
 * @param joinAt the share that a node has in its child, where that joins whole inputs.
 */
export function lookupsOf(node: LookUpNode, joinAt: JoinAt = () => undefined): LayerPlace[] | undefined {
  const places: LayerPlace[] = [];
  for (const child of node.children) {
    if (SHAPE_OPS.has(child.op)) continue;
    if (LOOKUP_OPS.has(child.op) && child.inputs[1] === node && child.inputs[0] !== node) {
      places.push({ layer: child.name, side: "output" });
      continue;
    }
    const joined = joinAt(child, node);
    const inner = joined
      ? joinedLookupsOf(child, joined)
      : handsOn(child, node)
        ? lookupsOf(child, joinAt)
        : undefined;
    if (inner === undefined) return undefined;
    places.push(...inner);
  }
  return places.length > 0 ? places : undefined;
}

/** Whether a node takes rows of what is known at positions that are not. */
export function looksUp<N extends LookUpNode>(
  node: N & { readonly inputs: readonly N[] },
  isComputed: (node: N) => boolean,
): boolean {
  const [table, indices] = node.inputs;
  return LOOKUP_OPS.has(node.op) && !isComputed(table) && isComputed(indices);
}

/** The shares that a node has in its child; undefined where that joins no whole inputs. */
type JoinAt = (child: LookUpNode, node: LookUpNode) => readonly JoinedTokens[] | undefined;

/** Finds joins of inputs that come as they are, along an axis that is known. */
export function joinsOf(numbers: ReadonlyMap<LookUpNode | undefined, number>, weights: Constants): JoinAt {
  return (child, node) => {
    if (child.op !== "ConcatV2") return undefined;
    const tokens = child.inputs.slice(0, -1);
    const axis = constantOf(child.inputs[tokens.length], weights)?.dataSync()[0];
    const inputs = tokens.flatMap((one) => numbers.get(source(one)) ?? []);
    if (axis === undefined || inputs.length < tokens.length) return undefined;
    return tokens.flatMap((one, at) => (one === node ? [{ axis, inputs, at }] : []));
  };
}

/** The look-ups behind a join, each once for every share; tokens of another shape would be nobody's. */
function joinedLookupsOf(join: LookUpNode, shares: readonly JoinedTokens[]): LayerPlace[] | undefined {
  const places = lookupsOf(join);
  if (join.children.some(({ op }) => SHAPING_OPS.has(op))) return undefined;
  return places?.flatMap((place) => shares.map((joined) => ({ ...place, joined })));
}

/** The node whose indices these are, one for one: as they were, or with a constant added. */
function source(node: LookUpNode): LookUpNode {
  const before = TRANSPARENT_OPS.has(node.op) ? node.inputs[0] : shifted(node);
  return before ? source(before) : node;
}

/** The constant tables whose rows an input is looked up in, whatever else it feeds. */
export function vocabulariesOf(node: LookUpNode, weights: Constants): Vocabulary[] {
  return node.children.flatMap((child): Vocabulary[] => {
    if (
      TRANSPARENT_OPS.has(child.op) ||
      child.op === "ConcatV2" ||
      (SHAPING_OPS.has(child.op) && handsOn(child, node))
    )
      return vocabulariesOf(child, weights);
    if (!LOOKUP_OPS.has(child.op) || child.inputs[1] !== node) return [];
    const [table, , axis] = child.inputs.map((input) => constantOf(input, weights));
    const byRow = child.inputs.length < 3 || axis?.dataSync()[0] === 0;
    const size = table?.shape[0];
    return byRow && size !== undefined ? [{ layer: child.name, size }] : [];
  });
}

/** The value of a node that only hands a constant on. */
function constantOf(node: LookUpNode, weights: Constants): Tensor | undefined {
  const [before] = node.inputs;
  if (node.op === "Const") return weights[node.name]?.[0];
  return before && TRANSPARENT_OPS.has(node.op) ? constantOf(before, weights) : undefined;
}
