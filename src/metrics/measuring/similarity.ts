/** Similarity of two maps of one example. */
import type { OptionRule } from "../../attribution";
import { correlation, lengthOf, rankAssociation } from "./association";
import { oneOf, yesOrNo } from "./option-rules";

/** The ways in which maps are compared. */
export type SimilarityName = "spearman" | "pearson" | "cosine";

/** Options of metrics that compare maps. */
export interface SimilarityOptions {
  /** "spearman" (ranks), "pearson" (values, but for scale and offset) or "cosine" (values, but for scale). */
  readonly similarity: SimilarityName;
  /** Compare magnitudes. */
  readonly absolute: boolean;
}

/** Their rules. */
export const similarityOptions: {
  readonly [Name in keyof SimilarityOptions]: OptionRule<SimilarityOptions[Name]>;
} = {
  similarity: oneOf("similarity", "spearman", ["spearman", "pearson", "cosine"]),
  absolute: yesOrNo("absolute", false),
};

/** The similarity of two maps; undefined where one of them is constant, or of zeros. */
export function similarityOf(
  a: Float64Array,
  b: Float64Array,
  { similarity, absolute }: SimilarityOptions,
): number | undefined {
  const [first, second] = absolute ? [a.map(Math.abs), b.map(Math.abs)] : [a, b];
  if (similarity === "spearman") return rankAssociation(first, second);
  if (similarity === "pearson") return correlation(first, second);
  const lengths = lengthOf(first) * lengthOf(second);
  return lengths === 0 ? undefined : first.reduce((sum, value, i) => sum + value * second[i], 0) / lengths;
}
