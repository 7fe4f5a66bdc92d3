/** Hierarchies of players: features that come together before they come with others. */
import { outOfRange, shown, wrongType } from "../check";
import { indexAt, sizeOf } from "../tensor";
import type { Features } from "./features";
import { hasPositions } from "./pictures";
import type { Problem } from "./problem";

/** Numbers of features in nested lists, such as `[[0, 1], [2, [3, 4]]]`: what stands in one list comes together. */
export type NestedFeatures = readonly (number | NestedFeatures)[];

/** A union of players, or one of them. */
export type Union = number | readonly Union[];

/** Whether a value is a list of numbers and such lists, none of them empty. */
function isNested(given: unknown): given is NestedFeatures {
  return (
    Array.isArray(given) &&
    given.length > 0 &&
    given.every((one) => (typeof one === "number" ? Number.isInteger(one) && one >= 0 : isNested(one)))
  );
}

/** Nested lists of numbers, or "halves". */
export function checkHierarchy(fn: string, given: unknown): "halves" | NestedFeatures {
  if (given === "halves" || isNested(given)) return given;
  throw wrongType(fn, 'hierarchy to be "halves" or nested lists of numbers of features', shown(given));
}

/** Throws unless each of `count` features is named once. */
export function checkPlayers(fn: string, hierarchy: NestedFeatures, count: number): void {
  const named = playersOf(hierarchy);
  const missing = Array.from({ length: count }, (_, i) => i).find((i) => !named.includes(i));
  if (missing !== undefined)
    throw outOfRange(fn, `hierarchy to name all ${count} features`, `none of number ${missing}`);
  const other = named.find((i, k) => i >= count || named.indexOf(i) !== k);
  if (other !== undefined)
    throw outOfRange(fn, `hierarchy to name each of ${count} features once`, `number ${other}`);
}

/** The players of a union, in their order. */
function playersOf(union: Union): number[] {
  return typeof union === "number" ? [union] : union.flatMap(playersOf);
}

/**
 * Halves of halves: inputs apart first; an array with positions across its longest axis, again and again; features of a list, and
 * tokens, in their order.
 */
export function halves(p: Problem<unknown>, { count, of }: Features): Union {
  const firsts = Array.from({ length: count }, () => ({ place: -1, entry: 0 }));
  for (const [place, own] of of.entries())
    for (const [entry, feature] of own.entries())
      if (firsts[feature].place < 0) firsts[feature] = { place, entry };
  const unions = p.places.flatMap((_, place) => {
    const own = firsts.flatMap((first, feature) => (first.place === place ? [feature] : []));
    if (own.length === 0) return [];
    const shape = hasPositions(p, place) ? p.x[place].shape.slice(1) : [sizeOf(p.x[place].shape.slice(1))];
    return [halved(own, (feature) => indexAt(shape, firsts[feature].entry))];
  });
  return unions.length === 1 ? unions[0] : unions;
}

/** Features in two halves across the axis along which they lie widest, each halved again. */
function halved(features: readonly number[], at: (feature: number) => readonly number[]): Union {
  if (features.length === 1) return features[0];
  const places = features.map(at);
  const extents = places[0].map((_, axis) => {
    const along = places.map((place) => place[axis]);
    return Math.max(...along) - Math.min(...along);
  });
  const axis = extents.indexOf(Math.max(...extents));
  const order = [...features].sort((a, b) => at(a)[axis] - at(b)[axis] || a - b);
  const middle = Math.ceil(order.length / 2);
  return [halved(order.slice(0, middle), at), halved(order.slice(middle), at)];
}

/** A coalition, by the key of its members, and the weight with which its score counts for each player. */
export interface OwenTerms {
  /** Members of each coalition that is asked for. */
  readonly coalitions: readonly Uint8Array[];
  /** Player, coalition with it, coalition without it, and weight of the difference, of each term. */
  readonly terms: readonly {
    readonly player: number;
    readonly with: number;
    readonly without: number;
    readonly weight: number;
  }[];
}

/**
 * All that the Owen values of a hierarchy ask for: each union's members arrive in every order among themselves while unions
 * beside it are wholly there or not at all. Undefined beyond `most` coalitions.
 */
export function owenTerms(root: Union, count: number, most: number): OwenTerms | undefined {
  const coalitions: Uint8Array[] = [];
  const numbers = new Map<string, number>();
  const terms: { player: number; with: number; without: number; weight: number }[] = [];
  const numberOf = (members: Uint8Array): number => {
    const key = String.fromCharCode(...members);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, coalitions.length);
    coalitions.push(members);
    return coalitions.length - 1;
  };
  /** Explains a union in company of others; false once too much is asked for. */
  const explain = (union: Union, company: Uint8Array, weight: number): boolean => {
    if (typeof union === "number") {
      const joined = company.slice();
      joined[union] = 1;
      terms.push({ player: union, with: numberOf(joined), without: numberOf(company), weight });
      return coalitions.length <= most;
    }
    const n = union.length;
    if (2 ** (n - 1) > most) return false;
    const weights = arrivalWeights(n);
    return union.every((member, i) => {
      const others = union.filter((_, k) => k !== i);
      for (let S = 0; S < 2 ** others.length; S++) {
        const joined = company.slice();
        const there = others.filter((_, k) => (S >> k) & 1);
        for (const other of there) for (const player of playersOf(other)) joined[player] = 1;
        if (!explain(member, joined, weight * weights[there.length])) return false;
      }
      return true;
    });
  };
  return explain(root, new Uint8Array(count), 1) ? { coalitions, terms } : undefined;
}

/** |S|! (n − |S| − 1)! / n! by |S|: the share of orders of n in which S comes before one of the others. */
export function arrivalWeights(n: number): number[] {
  const weights = [1 / n];
  for (let size = 1; size < n; size++) weights.push((weights[size - 1] * size) / (n - size));
  return weights;
}

/** A random order of all players, in which those of a union come one after the other. */
export function orderWithin(union: Union, integer: (below: number) => number): number[] {
  if (typeof union === "number") return [union];
  const members = [...union];
  for (let i = members.length - 1; i > 0; i--) {
    const j = integer(i + 1);
    [members[i], members[j]] = [members[j], members[i]];
  }
  return members.flatMap((member) => orderWithin(member, integer));
}
