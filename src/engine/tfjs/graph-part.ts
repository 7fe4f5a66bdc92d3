/** A part of a GraphModel, from some of its nodes to others; and where one could be, of a graph that cannot run as a whole. */
import { outOfRange, UnsupportedOperationError, unknownName } from "../../check";
import type { Facts } from "../../model/model";

/** A node as far as parts depend on it. */
export interface PartNode {
  readonly name: string;
  readonly op: string;
  readonly category?: string;
  readonly inputs: readonly PartNode[];
  readonly children: readonly PartNode[];
}

/**
 * Kinds of nodes that tfjs can only run by `executeAsync`, of which no gradient can be taken: control flow and lists of
 * tensors, results of unknown size, tables.
 */
const ASYNCHRONOUS: ReadonlySet<string> = new Set(["control", "dynamic", "hash_table"]);
/** Nodes that make numbers of texts. */
const OF_STRINGS: ReadonlySet<string> = new Set(["string", "hash_table"]);

/** Names of nodes that are listed in an error, at most. */
const MOST_NAMES = 4;

/** Where a part begins, if not at the graph's inputs, and what it gives, if not the graph's outputs. */
export interface Part {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}

/** The nodes that facts name. Throws where there is none of that name. */
export function namedPart({ from, to }: Facts, nodes: ReadonlyMap<string, PartNode>): Part {
  const named = (fact: "from" | "to", given: Facts["from"]): readonly string[] | undefined => {
    if (given === undefined) return undefined;
    const names = [given].flat();
    for (const name of names)
      if (!nodes.has(fact === "to" ? name.replace(/:\d+$/, "") : name))
        throw unknownName("asModel", `${fact} to name a node`, name, [...nodes.keys()]);
    return names;
  };
  const [begin, end] = [named("from", from), named("to", to)];
  return { ...(begin ? { from: begin } : {}), ...(end ? { to: end } : {}) };
}

/** The nodes that outputs are computed of, back to where the part begins. */
export function nodesOf<Node extends PartNode>(
  outputs: readonly Node[],
  begin: ReadonlySet<PartNode>,
): Set<Node> {
  const reached = new Set(outputs);
  for (const node of reached)
    if (!begin.has(node)) for (const input of node.inputs) reached.add(input as Node);
  return reached;
}

/**
 * Throws where a part needs what it is not given, or cannot run in one go: asynchronous control flow, or inputs that are
 * texts. Names the nodes up to which, and from which on, the graph can be explained.
 */
export function checkPart(
  part: ReadonlySet<PartNode>,
  begin: ReadonlySet<PartNode>,
  outputs: readonly PartNode[],
  texts: readonly string[],
): void {
  const missing = [...part].filter(({ op, inputs }) => op === "Placeholder" && inputs.length === 0);
  if (begin.size > 0 && missing.some((node) => !begin.has(node)))
    throw outOfRange(
      "asModel",
      "from to name nodes that all ways to the output go through",
      `a way from ${listed(missing.filter((node) => !begin.has(node)).map(({ name }) => name))}`,
    );
  const ofTexts = (node: PartNode): boolean =>
    texts.includes(node.name) || (texts.length > 0 && OF_STRINGS.has(node.category ?? ""));
  const refused = [...part].filter(
    (node) => !begin.has(node) && (ASYNCHRONOUS.has(node.category ?? "") || ofTexts(node)),
  );
  if (refused.length === 0) return;
  const given = texts.filter((name) => refused.some((node) => node.name === name));
  const expected =
    given.length > 0 ? "inputs that are numbers" : "a GraphModel without asynchronous control flow";
  const got =
    given.length > 0
      ? `texts as input ${listed(given)}`
      : refused
          .slice(0, MOST_NAMES)
          .map(({ name, op }) => `${op} (${name})`)
          .join(", ");
  const ways = waysOut(part, new Set(refused), outputs);
  throw new UnsupportedOperationError(
    `asModel(): expected ${expected}, got ${got}${ways.map((way) => `; ${way}`).join("")}`,
  );
}

/** Parts that can run, in words. */
function waysOut(
  part: ReadonlySet<PartNode>,
  refused: ReadonlySet<PartNode>,
  outputs: readonly PartNode[],
): string[] {
  /** Refused, or computed of what is. */
  const behind = spread(refused, ({ children }) => children, part);
  /** Refused, or leading to what is. */
  const before = spread(refused, ({ inputs }) => inputs, part);
  const isValue = ({ op, inputs }: PartNode): boolean => op !== "Const" && inputs.length > 0;
  const ends = [...part].filter(
    (node) => !behind.has(node) && isValue(node) && node.children.some((child) => refused.has(child)),
  );
  const starts = [...part].filter(
    (node) =>
      behind.has(node) &&
      !before.has(node) &&
      !outputs.includes(node) &&
      node.inputs.some((input) => before.has(input)),
  );
  const way = (fact: "from" | "to", nodes: readonly PartNode[]): string =>
    `asModel(graph, { ${fact}: ${listed(nodes.map(({ name }) => name))} })`;
  return [
    ...(ends.length > 0 ? [`${way("to", ends)} explains what comes before`] : []),
    ...(starts.length > 0 ? [`${way("from", starts)} explains what comes behind`] : []),
  ];
}

/** Nodes, and all that follow from them within a part. */
function spread(
  nodes: ReadonlySet<PartNode>,
  next: (node: PartNode) => readonly PartNode[],
  part: ReadonlySet<PartNode>,
): Set<PartNode> {
  const reached = new Set(nodes);
  for (const node of reached) for (const one of next(node)) if (part.has(one)) reached.add(one);
  return reached;
}

function listed(names: readonly string[]): string {
  const quoted = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name));
  const more = names.length > MOST_NAMES ? ", …" : "";
  return names.length === 1 ? quoted[0] : `[${quoted.join(", ")}${more}]`;
}
