/** Groups of the examples of a map, by names, by targets, or by halves of the score. */

import { outOfRange, shown, wrongType } from "../check";
import type { FigureScene } from "./define-figure";
import type { FigureOption } from "./figure-options";
import { readable } from "./text";

const MOST_GROUPS = 6;

/** Option of figures that hold groups of examples against each other. */
export interface GroupOptions {
  /** the group of each example of the map; their targets where not said, or halves by score where all have one */
  groups: readonly string[] | undefined;
}

/** Rule of the option. */
export const GROUPS: FigureOption<GroupOptions["groups"]> = {
  default: undefined,
  check: (fn, value): readonly string[] => {
    if (!Array.isArray(value) || !value.every((name) => typeof name === "string"))
      throw wrongType(fn, "groups to be one name per example", shown(value));
    return value;
  },
  says: "name of the group of each example of the map",
};

/** Some examples of a map. */
export interface ExampleGroup {
  readonly name: string;
  /** their places among the examples that are shown */
  readonly members: number[];
}

/** The groups of the examples that are shown; at most six. */
export function groupsOfExamples(
  fn: string,
  { view, examples, options }: Pick<FigureScene<GroupOptions>, "view" | "examples" | "options">,
): ExampleGroup[] {
  const { groups } = options;
  if (groups && groups.length !== view.score.length)
    throw outOfRange(fn, `${view.score.length} groups, one per example`, `${groups.length}`);
  const names = examples.map((example) => (groups ?? view.target)[example]);
  const all = [...new Set(names)];
  if (all.length > MOST_GROUPS)
    throw outOfRange(fn, `at most ${MOST_GROUPS} groups (option groups names them)`, `${all.length}`);
  if (groups || all.length > 1)
    return all.map((name) => ({ name, members: names.flatMap((own, e) => (own === name ? [e] : [])) }));
  const scores = examples.map((example) => view.score[example]);
  const middle = [...scores].sort((a, b) => a - b)[scores.length >> 1];
  const half = (of: (score: number) => boolean) => scores.flatMap((score, e) => (of(score) ? [e] : []));
  return [
    { name: `${view.explain} below ${readable(middle)}`, members: half((score) => score < middle) },
    { name: `${view.explain} of ${readable(middle)} and more`, members: half((score) => !(score < middle)) },
  ].filter(({ members }) => members.length > 0);
}
