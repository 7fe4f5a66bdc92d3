/** Studies of pairs of features: what they share of options, names, tables and matrices. */
import type { BaselineOptions, CommonOptions } from "../attribution";
import type { Features } from "../attribution/features";
import type { Problem } from "../attribution/problem";
import { checkOptions } from "../check";
import type { Model } from "../model/model";
import { wordsOf } from "../model/words";
import { indexAt, rowSize } from "../tensor";
import type { StudyMatrix, StudyTable } from "./study-contents";

/** Options of the call that studies of features take as methods do. */
export type AskedOptions = Omit<CommonOptions, "reduce">;

/** Those of studies that compare with a baseline. */
export type ComparedOptions = AskedOptions & BaselineOptions;

const ASKED = [
  "target",
  "output",
  "explain",
  "layer",
  "fixed",
  "seed",
  "engine",
  "maxBytes",
  "signal",
  "onProgress",
];

/** Throws for an option that a study does not have. */
export function checkAsked(fn: string, options: object, own: readonly string[]): void {
  checkOptions(fn, options, [...own, ...ASKED]);
}

/** Names of the features of one example: those that the facts tell, else words, else where an entry is. */
export function featureNames<O>(
  model: Model,
  p: Problem<O>,
  { count, of }: Features,
  example: number,
): string[] {
  const names = new Array<string>(count).fill("");
  const isGrouped = of.some((own) => new Set(own).size < own.length);
  p.places.forEach((place, part) => {
    const input = p.inputOf(place);
    const words =
      input !== undefined && p.isLookUp(place)
        ? wordsOf(model.facts, model.inputs, input, p.inputs[input])?.[example]
        : undefined;
    const { features } = model.facts;
    const shape = p.x[part].shape.slice(1);
    const prefix = p.places.length > 1 && input !== undefined ? `${model.inputs[input].name} ` : "";
    const width = rowSize(p.x[part]);
    for (let i = 0; i < width; i++) {
      const feature = of[part][i];
      if (names[feature] !== "") continue;
      const token = p.isLookUp(place) ? Math.floor((i * (words?.length ?? shape[0])) / width) : i;
      const isNamed = features !== undefined && shape.length === 1 && features.length === width;
      const own = p.isLookUp(place)
        ? `${words?.[token] ?? "token"} ${token}`
        : isGrouped
          ? `feature ${feature}`
          : isNamed
            ? features[i]
            : indexAt(shape, i).join(", ");
      names[feature] = `${prefix}${own}`;
    }
  });
  return names;
}

/** A square matrix of features, in the words of a study. */
export function pairMatrix(
  title: string,
  names: readonly string[],
  values: ArrayLike<number>,
  unit: string,
): StudyMatrix {
  return {
    title,
    rowNames: names,
    columnNames: names,
    values: Array.from(values),
    rowTitle: "feature",
    columnTitle: "with",
    unit,
  };
}

/** Pairs shown in a table. */
const MOST_PAIRS = 20;

/** The pairs of different features of largest magnitude, in the order of that; a pair stands for both of its halves. */
export function strongestPairs(matrices: readonly StudyMatrix[], valueName: string): StudyTable {
  const rows = matrices.flatMap(({ rowNames: names, values }, example) => {
    const n = names.length;
    const pairs = names.flatMap((_, i) =>
      Array.from({ length: i }, (_unused, j) => ({
        example,
        first: names[j],
        second: names[i],
        value: values[i * n + j] + values[j * n + i],
      })),
    );
    return pairs.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, MOST_PAIRS);
  });
  return {
    name: "strongest pairs",
    columns: [
      { name: "example", values: rows.map(({ example }) => example) },
      { name: "first", values: rows.map(({ first }) => first) },
      { name: "second", values: rows.map(({ second }) => second) },
      { name: valueName, values: rows.map(({ value }) => value) },
    ],
  };
}

/** "Example 0: ", or nothing where there is one. */
export function ofExample(example: number, examples: number): string {
  return examples > 1 ? `example ${example}: ` : "";
}
