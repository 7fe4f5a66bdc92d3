/** Rules of a task, held against a map: how much may lie at the border, on a feature, outside of a mask. */
import { Attribution } from "../attribution";
import {
  checkInteger,
  checkName,
  checkNumber,
  checkOptions,
  outOfRange,
  shown,
  unknownName,
  wrongType,
} from "../check";
import { rowsOfMap } from "../metrics/measuring/maps-again";
import { readArray } from "../model/input";
import { sizeOf } from "../tensor";
import { figure } from "./counterfactual";
import { namesOfMap } from "./map-rows";
import { Study } from "./study";

/** At most a share of the magnitude lies within so many pixels of the border. */
export interface BorderRule {
  readonly kind: "border";
  /** Pixels. Default 1. */
  readonly width?: number;
  readonly most: number;
}

/** A feature has at most (or at least) a share of the magnitude: age, at most 0. */
export interface FeatureRule {
  readonly kind: "feature";
  /** Its name. */
  readonly feature: string;
  readonly most?: number;
  readonly least?: number;
}

/** At least a share of the k strongest entries lies inside of a mask. */
export interface TopRule {
  readonly kind: "top";
  readonly k: number;
  /** Not zero inside; in the shape of one example's map, axes at the end may be left out. */
  readonly mask: unknown;
  /** Default 1: all of them. */
  readonly least?: number;
}

/** At least a share of the magnitude lies inside of a mask. */
export interface MassRule {
  readonly kind: "mass";
  readonly mask: unknown;
  readonly least: number;
}

/** The map misses at most a share of F(x) − F(x′). */
export interface CompletenessRule {
  readonly kind: "completeness";
  readonly most: number;
}

/** A rule; `name` is what findings call it. */
export type Rule = { readonly name?: string } & (
  | BorderRule
  | FeatureRule
  | TopRule
  | MassRule
  | CompletenessRule
);

/** A rule's number for one example, and whether it is allowed. */
interface Outcome {
  readonly value: number;
  readonly bound: string;
  readonly holds: boolean;
}

/** What a rule looks at. */
interface Looked {
  readonly map: Attribution;
  readonly entries: Float64Array;
  readonly example: number;
}

const FIELDS: Readonly<Record<Rule["kind"], readonly string[]>> = {
  border: ["width", "most"],
  feature: ["feature", "most", "least"],
  top: ["k", "mask", "least"],
  mass: ["mask", "least"],
  completeness: ["most"],
};
const KINDS: readonly Rule["kind"][] = ["border", "feature", "top", "mass", "completeness"];

/**
 * Holds a map against rules of its task, example by example. Shares are of Σ|a| of the example; a map of zeros breaks rules that ask for
 * something, and keeps those that forbid.
 *
 * ```ts
 * checkRules(map, [
 *   { kind: "border", most: 0.05 },
 *   { kind: "feature", feature: "age", most: 0 },
 *   { kind: "top", k: 10, mask: lung },
 * ]);
 * ```
 * Also as `gradlens check rules.json RECORD`. The table "broken" is empty where all rules hold.
 * @throws TypeError or RangeError, before anything is looked at, for a rule that is none.
 */
export function checkRules(map: Attribution, rules: readonly Rule[]): Study {
  const fn = "checkRules";
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution", shown(map));
  if (!Array.isArray(rules)) throw wrongType(fn, "an array of rules", shown(rules));
  if (rules.length === 0) throw outOfRange(fn, "at least one rule", "none");
  const prepared = rules.map((rule: Rule) => {
    const look = readRule(fn, map, rule);
    return { name: nameOf(rule), look };
  });
  const rows = rowsOfMap(map).flatMap((entries, example) =>
    prepared.map(({ name, look }) => ({ example, name, ...look({ map, entries, example }) })),
  );
  const broken = rows.filter(({ holds }) => !holds);
  const table = (
    name: string,
    shownRows: typeof rows,
  ): { name: string; columns: { name: string; values: (string | number)[] }[] } => ({
    name,
    columns: [
      { name: "example", values: shownRows.map(({ example }) => example) },
      { name: "rule", values: shownRows.map((row) => row.name) },
      { name: "value", values: shownRows.map(({ value }) => value) },
      { name: "allowed", values: shownRows.map(({ bound }) => bound) },
      { name: "holds", values: shownRows.map(({ holds }) => (holds ? "yes" : "no")) },
    ],
  });
  return new Study({
    kind: "rules",
    tables: [table("rules", rows), table("broken", broken)],
    findings: broken.map(
      ({ example, name, value, bound }) =>
        `Example ${example} breaks the rule ${shown(name)}: ${figure(value)}, and ${bound} is allowed.`,
    ),
  });
}

function nameOf(rule: Rule): string {
  return rule.name ?? (rule.kind === "feature" ? `feature ${rule.feature}` : rule.kind);
}

/** A rule as a function of an example, its fields checked. */
function readRule(fn: string, map: Attribution, rule: Rule): (looked: Looked) => Outcome {
  if (typeof rule !== "object" || rule === null) throw wrongType(fn, "a rule { kind, … }", shown(rule));
  checkName(fn, "kind", rule.kind, KINDS);
  checkOptions(fn, rule, ["name", "kind", ...FIELDS[rule.kind]]);
  const share = (name: string, value: unknown): number => {
    const found = checkNumber(fn, name, value, 0);
    if (found > 1) throw outOfRange(fn, `${name} to be a share from 0 to 1`, shown(value));
    return found;
  };
  switch (rule.kind) {
    case "border": {
      const inside = borderOf(fn, map, checkInteger(fn, "width", rule.width ?? 1, 1));
      const most = share("most", rule.most);
      return ({ entries }) => atMost(massOf(entries, inside), most);
    }
    case "feature": {
      const names = namesOfMap(map);
      if (!names.includes(rule.feature))
        throw unknownName(fn, "feature to name an entry of the map", rule.feature, names);
      if ((rule.most === undefined) === (rule.least === undefined))
        throw wrongType(fn, "either most or least of a feature", shown(rule));
      const inside = Uint8Array.from(names, (name) => Number(name === rule.feature));
      const [most, least] = [rule.most, rule.least].map((value, i) =>
        value === undefined ? undefined : share(i === 0 ? "most" : "least", value),
      );
      return ({ entries }) => {
        const mass = massOf(entries, inside);
        return most === undefined ? atLeast(mass, least ?? 0) : atMost(mass, most);
      };
    }
    case "top": {
      const k = checkInteger(fn, "k", rule.k, 1);
      const inside = maskOf(fn, map, rule.mask);
      const least = share("least", rule.least ?? 1);
      return ({ entries }) => {
        const order = Array.from(entries, (_, i) => i).filter((i) => entries[i] !== 0);
        const top = order.sort((i, j) => Math.abs(entries[j]) - Math.abs(entries[i]) || i - j).slice(0, k);
        return atLeast(top.length === 0 ? 0 : top.filter((i) => inside[i] === 1).length / top.length, least);
      };
    }
    case "mass": {
      const inside = maskOf(fn, map, rule.mask);
      const least = share("least", rule.least);
      return ({ entries }) => atLeast(massOf(entries, inside), least);
    }
    case "completeness": {
      const most = checkNumber(fn, "most", rule.most, 0);
      if (!map.convergenceDelta || !map.baselineScore)
        throw wrongType(fn, "a map that claims completeness", `one of ${map.method}`);
      const { convergenceDelta, baselineScore, score } = map;
      return ({ example }) => {
        const difference = Math.abs(score[example] - baselineScore[example]);
        const missed = Math.abs(convergenceDelta[example]);
        return atMost(missed === 0 ? 0 : missed / difference, most);
      };
    }
  }
}

function atMost(value: number, most: number): Outcome {
  return { value, bound: `at most ${figure(most)}`, holds: value <= most };
}

function atLeast(value: number, least: number): Outcome {
  return { value, bound: `at least ${figure(least)}`, holds: value >= least };
}

/** The share of Σ|a| that lies inside; 0 of a map of zeros. */
function massOf(entries: Float64Array, inside: Uint8Array): number {
  let [mass, total] = [0, 0];
  entries.forEach((entry, i) => {
    total += Math.abs(entry);
    if (inside[i] === 1) mass += Math.abs(entry);
  });
  return total === 0 ? 0 : mass / total;
}

/** The shape of one example of the only part. */
function shapeOf(fn: string, { parts, batched }: Attribution): readonly number[] {
  if (parts.length !== 1) throw outOfRange(fn, "a map of one part for rules of places", `${parts.length}`);
  const { shape } = parts[0].values;
  return batched ? shape.slice(1) : shape;
}

function borderOf(fn: string, map: Attribution, width: number): Uint8Array {
  const shape = shapeOf(fn, map);
  const { axes } = map.parts[0];
  const [down, across] = [axes.indexOf("height"), axes.indexOf("width")];
  if (down < 0 || across < 0)
    throw wrongType(fn, "a picture for a rule of its border", `axes ${axes.join(", ")}`);
  const stride = (axis: number): number => sizeOf(shape.slice(axis + 1));
  const near = (i: number, axis: number): boolean => {
    const at = Math.floor(i / stride(axis)) % shape[axis];
    return at < width || at >= shape[axis] - width;
  };
  return Uint8Array.from({ length: sizeOf(shape) }, (_, i) => Number(near(i, down) || near(i, across)));
}

function maskOf(fn: string, map: Attribution, given: unknown): Uint8Array {
  const shape = shapeOf(fn, map);
  if (typeof given !== "object" || given === null) throw wrongType(fn, "mask to be an array", shown(given));
  const mask = readArray(fn, given, "mask");
  const fits =
    mask.shape.length <= shape.length && mask.shape.every((extent, axis) => extent === shape[axis]);
  if (!fits)
    throw outOfRange(
      fn,
      `a mask of shape [${shape.join(", ")}], or its first axes`,
      `[${mask.shape.join(", ")}]`,
    );
  const each = sizeOf(shape) / mask.data.length;
  return Uint8Array.from({ length: sizeOf(shape) }, (_, i) => Number(mask.data[Math.floor(i / each)] !== 0));
}
