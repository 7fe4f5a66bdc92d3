/** The call that made a map: what further questions about its examples start from. */
import { wrongType } from "../check";
import type { Input } from "../model/input";
import type { Attribution } from "./record";

/** Arguments of a call, as it kept them. */
export interface MapCall {
  readonly input: Input;
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the method lives at a layer of its own, and its map lies over the input. */
  readonly ownLayer: boolean;
}

/** Options of a call that say what is explained, and with what it is compared. */
const OF_THE_QUESTION = ["output", "explain", "layer", "fixed", "baseline", "seed", "engine", "maxBytes"];

const calls = new WeakMap<Attribution, MapCall>();

/** Notes the call that made a map. */
export function noteCall(map: Attribution, call: MapCall): void {
  calls.set(map, call);
}

/**
 * The input of a map, and options that put a question about what it explains: the same score of the same examples, also on
 * another model.
 * @throws TypeError for a map that was read from JSON and does not hold all of that.
 */
export function questionOf(
  fn: string,
  map: Attribution,
): { readonly input: Input; readonly options: Record<string, unknown> } {
  const call = calls.get(map) ?? savedCall(fn, map);
  const kept = OF_THE_QUESTION.filter((name) => call.options[name] !== undefined);
  const options = Object.fromEntries(kept.map((name) => [name, call.options[name]]));
  if (call.ownLayer) delete options["layer"];
  const { target } = call.options;
  const names = Array.isArray(target) && target.some((name) => typeof name === "string");
  const fixed = typeof target === "string" || target === undefined || names ? classesOf(map) : target;
  return { input: call.input, options: { ...options, ...(fixed === undefined ? {} : { target: fixed }) } };
}

/** The classes that a map explains, as a target. */
function classesOf(map: Attribution): unknown {
  if (map.target.some((target) => typeof target === "string")) return undefined;
  return map.batched ? [...map.target] : map.target[0];
}

/** What a record says of the call: enough where all inputs are explained, and classes of them. */
function savedCall(fn: string, map: Attribution): MapCall {
  const told = map.parts.every(({ at }) => at === "input") && map.options["fixed"] === undefined;
  if (!told || classesOf(map) === undefined)
    throw wrongType(fn, "a map made in this session, or of classes at the input", "another, read from JSON");
  const { output, baseline } = map.options;
  const number = typeof baseline === "string" && baseline !== "" ? Number(baseline) : Number.NaN;
  const preset = typeof baseline === "string" && /^[a-z-]+$/.test(baseline);
  return {
    input: Object.fromEntries(map.parts.map(({ name, input }) => [name, input])),
    options: {
      output,
      explain: map.explain === "output" ? undefined : map.explain,
      baseline: preset ? baseline : Number.isFinite(number) ? number : undefined,
      seed: map.seed,
    },
    ownLayer: false,
  };
}
