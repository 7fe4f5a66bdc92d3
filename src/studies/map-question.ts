/** Question about a map: its examples, features and score, as the map's own call saw them. */
import type { Attribution } from "../attribution";
import { question } from "../attribution/define-method";
import type { Groups } from "../attribution/features";
import { questionOf } from "../attribution/map-call";
import { checkLimits } from "../attribution/options";
import type { Problem } from "../attribution/problem";
import { throwIfAborted } from "../check";
import { asModel, type Net } from "../engine";
import { type MapFeatures, mapFeatures } from "../metrics/measuring/map-features";
import type { Baseline } from "../model/baseline";
import type { EngineChoice } from "../model/model";
import type { Explain } from "../model/score";
import { host } from "../platform/host";
import { namesOfMap } from "./map-rows";

/** Options of what is asked about a map. */
export interface MapQuestionOptions {
  /** Values in place of what is hidden. Default: the map's baseline, or "zeros" where it has none. */
  readonly baseline?: Baseline;
  /** Entries that are hidden together. Default: the map's own numbers. */
  readonly groups?: Groups;
  readonly engine?: EngineChoice;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** The names of these options. */
export const MAP_QUESTION_OPTIONS: readonly string[] = ["baseline", "groups", "engine", "maxBytes", "signal"];

/** What the work of a question sees. */
export interface MapQuestion {
  readonly p: Problem<object>;
  /** Entries that are hidden together. */
  readonly features: MapFeatures;
  /** The map's own numbers. */
  readonly own: MapFeatures;
  readonly names: readonly string[];
}

/** Asks about a map's examples, in the space that the map explains. */
export async function askAboutMap<T>(
  fn: string,
  net: Net,
  map: Attribution,
  {
    groups = "entry",
    signal = host().signal,
    ...bounds
  }: MapQuestionOptions & { readonly explain?: Explain },
  passes: number,
  work: (asked: MapQuestion) => Promise<T>,
): Promise<T> {
  checkLimits(fn, bounds);
  throwIfAborted(signal);
  const model = asModel(net);
  const { input, options } = questionOf(fn, map);
  const asked = { ...options, ...bounds, ...(signal ? { signal } : {}) };
  return question(fn, net, input, asked, passes, (p) => {
    const own = mapFeatures(fn, model, map, p);
    const features = groups === "entry" ? own : mapFeatures(fn, model, map, p, groups);
    return work({ p, features, own, names: featureNames(map, groups, features.count) });
  });
}

/** The names of a map's features; their numbers where entries are taken together, or the map is drawn over the input. */
function featureNames(map: Attribution, groups: Groups, count: number): string[] {
  const names = namesOfMap(map);
  return groups === "entry" && names.length === count
    ? names
    : Array.from({ length: count }, (_, i) => `${i}`);
}
