/** Finds the pass that changes what a graph computes. */
import type { Pass, Stage } from "./pipeline";

/** The stages with their first `count` passes alone, and those that a graph cannot do without. */
export function firstPasses(stages: readonly Stage[], count: number): Stage[] {
  let index = 0;
  return stages.map(({ name, passes }) => ({
    name,
    passes: passes.filter(({ required }) => index++ < count || required),
  }));
}

/** A pass and the stage that it is in. */
export interface PlacedPass {
  readonly stage: string;
  readonly pass: Pass;
}

/**
 * The first pass behind which a graph is not right any more: half of the passes that may be to blame are left out each time.
 * "recording" where the graph is wrong without any pass that it can do without; undefined where it is right with all.
 */
export async function bisect(
  stages: readonly Stage[],
  isRight: (stages: readonly Stage[]) => Promise<boolean>,
): Promise<PlacedPass | "recording" | undefined> {
  const all = stages.flatMap(({ name, passes }) => passes.map((pass): PlacedPass => ({ stage: name, pass })));
  if (await isRight(stages)) return undefined;
  if (!(await isRight(firstPasses(stages, 0)))) return "recording";
  let [right, wrong] = [0, all.length];
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    if (await isRight(firstPasses(stages, middle))) right = middle;
    else wrong = middle;
  }
  return all[right];
}
