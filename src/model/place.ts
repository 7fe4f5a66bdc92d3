/** Places in a model: how they are written, and which are the same. */
import { checkInteger, checkName, checkOptions, shown, wrongType } from "../check";

/** A position inside a model: an input, or what goes in or out of a layer. */
export type Place = InputPlace | LayerPlace;

/** An input, by number. */
export interface InputPlace {
  readonly input: number;
}

/** A value that leaves a layer (`side: "output"`) or enters it (`side: "input"`). */
export interface LayerPlace {
  readonly layer: string;
  readonly side: "output" | "input";
  /** Number of the value that enters or leaves it, from 0; only where there are several. Default: the first. */
  readonly entry?: number;
  /** Of a look-up of tokens of several inputs: those of one of them. */
  readonly joined?: JoinedTokens;
}

/** One input's share of tokens that were joined end to end. */
export interface JoinedTokens {
  /** The axis along which they were joined, the batch being axis 0; counted from behind the last where negative. */
  readonly axis: number;
  /** The inputs, by number, in their order along the axis. */
  readonly inputs: readonly number[];
  /** Which of them it is, by its place in that order. */
  readonly at: number;
}

/**
 * A place at a layer as users write it: its name; or its name, its side, and which of several values that enter or leave
 * it, from 0.
 */
export type LayerName =
  | string
  | { readonly layer: string; readonly side?: "output" | "input"; readonly entry?: number };

/** Reads what was given as a place at a layer; whether the model has it is not asked. */
export function layerNamed(fn: string, given: unknown): LayerPlace {
  if (typeof given === "string") return { layer: given, side: "output" };
  const place = given as { layer?: unknown; side?: unknown; entry?: unknown } | null;
  if (place === null || typeof place !== "object" || typeof place.layer !== "string")
    throw wrongType(fn, 'layer to be a name or { layer, side: "input" | "output" }', shown(given));
  checkOptions(fn, place, ["layer", "side", "entry"]);
  const { layer, side = "output", entry } = place;
  return {
    layer,
    side: checkName(fn, "side", side, ["output", "input"]),
    ...(entry === undefined ? {} : { entry: checkInteger(fn, "entry", entry, 0) }),
  };
}

/** Equality of two places. */
export function samePlace(a: Place, b: Place): boolean {
  if ("input" in a || "input" in b) return "input" in a && "input" in b && a.input === b.input;
  return a.layer === b.layer && a.side === b.side && a.entry === b.entry && a.joined?.at === b.joined?.at;
}
