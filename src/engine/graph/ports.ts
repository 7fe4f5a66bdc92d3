/** Names of the inputs and outputs of graphs, for who records, rewrites, feeds and reads them. */
import { type LayerPlace, type Place, samePlace } from "../../model/place";

/** Ports that a graph has any number of, counted from 0. */
export type NumberedPort =
  /** The model's inputs. */
  | "input"
  /** Values in place of layers' own. */
  | "replace"
  /** The inputs of the batch that a rule compares with, and values in place of layers' own there. */
  | "reference"
  | "referenceReplace"
  /** The direction of a curvature, one per place. */
  | "direction"
  /** Both ends of a path, one pair per place. */
  | "from"
  | "to"
  /** Outputs of the model, values of layers, and gradients at places. */
  | "output"
  | "activation"
  | "gradient";

/** Ports that a graph has one of, or none: weights or labels of scores, nodes and weights of a path, and scores. */
export type SinglePort = "mask" | "label" | "alphas" | "weights" | "scores";

/** The name of a port. */
export function portName(...[kind, index]: [SinglePort] | [NumberedPort, number]): string {
  return `${kind}${index ?? ""}`;
}

/** The input that holds the values at a place, of a graph in which these layers are replaced. */
export function portAt(place: Place, replace: readonly { readonly place: LayerPlace }[]): string {
  if ("input" in place) return portName("input", place.input);
  return portName(
    "replace",
    replace.findIndex((r) => samePlace(r.place, place)),
  );
}

/** Values of numbered ports, in order. */
export function portValues<T>(values: Readonly<Record<string, T>>, kind: NumberedPort): T[] {
  const found: T[] = [];
  for (let i = 0; Object.hasOwn(values, portName(kind, i)); i++) found.push(values[portName(kind, i)]);
  return found;
}
