/** What one run of a session gives. */
import type { NdArray } from "../../tensor";
import type { Comparable } from "./first-check";

/** What one run of a session gives, by the names of its outputs. */
export type Outputs = Readonly<Record<string, NdArray>>;

/** What a run gave, as the first check reads it: activations are compared as scores are. */
export function comparable(outputs: Outputs): Comparable {
  const scores = outputs["scores"] ? [outputs["scores"]] : ports(outputs, "output");
  return {
    scores: [...scores, ...ports(outputs, "activation")].map(({ data }) => data),
    gradients: ports(outputs, "gradient"),
  };
}

/** Outputs `name0`, `name1`, … in order. */
export function ports(outputs: Outputs, name: string): NdArray[] {
  const found: NdArray[] = [];
  for (let i = 0; outputs[`${name}${i}`]; i++) found.push(outputs[`${name}${i}`] as NdArray);
  return found;
}
