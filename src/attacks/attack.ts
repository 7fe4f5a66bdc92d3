/** An attack: the examples as they were changed, and what that did to the decision. */
import type { Problem } from "../attribution/problem";
import { outOfRange, shown, wrongType } from "../check";
import { asModel, type Net } from "../engine";
import { type Input, readInput } from "../model/input";
import type { Explain, Head } from "../model/score";
import { Study } from "../studies/study";
import type { StudyColumn, StudyMap } from "../studies/study-contents";
import { type NdArray, ndarray, type Parts, rowSize } from "../tensor";

/** A study of an attack that also holds what the net was given. */
export class Attack extends Study {
  /** The changed inputs of the net, batch axis first, in their order. */
  readonly inputs: Parts;
  /** Per example, whether the attack did what it was for. */
  readonly succeeded: readonly boolean[];

  constructor(
    contents: ConstructorParameters<typeof Study>[0],
    inputs: Parts,
    succeeded: readonly boolean[],
  ) {
    super(contents);
    this.inputs = inputs;
    this.succeeded = succeeded;
    Object.freeze(this);
  }

  /** The changed input of a net with one. */
  get input(): NdArray {
    if (this.inputs.length > 1)
      throw wrongType("input", "a net with one input", `${this.inputs.length}; see inputs`);
    return this.inputs[0];
  }
}

/** What a net answers at points: the explained score, and what it decides where it decides between classes. */
export interface Answers {
  readonly scores: Float64Array;
  readonly decisions: readonly (number | undefined)[];
}

export async function answersAt(p: Problem<object>, points: Parts, explain: Explain): Promise<Answers> {
  const scores = await p.score({ points });
  const output = await p.output({ points });
  return {
    scores,
    decisions: Array.from(scores, (_, row) => {
      if (output.shape.length !== 2) return undefined;
      const width = rowSize(output);
      const mine = output.data.subarray(row * width, (row + 1) * width);
      if (width === 1) return Number(mine[0] > THRESHOLD[explain]);
      return mine.reduce((best, value, i) => (value > mine[best] ? i : best), 0);
    }),
  };
}

/** Where one unit decides for its class. */
const THRESHOLD: Readonly<Record<Explain, number>> = {
  logit: 0,
  probability: 0.5,
  logProbability: Math.log(0.5),
};

/** How an output of a net ends, and how many numbers it gives for an example. */
export async function endOf(
  fn: string,
  net: Net,
  x: Input,
  output: string | number = 0,
): Promise<{ readonly head: Head; readonly width: number }> {
  const model = asModel(net);
  const { outputs, heads } = await model.forward(readInput(fn, model, x).batch, { explain: "logit" });
  const at = typeof output === "number" ? output : model.outputs.findIndex(({ name }) => name === output);
  if (outputs[at] === undefined) throw outOfRange(fn, `one of ${outputs.length} outputs`, shown(output));
  return { head: heads[at], width: rowSize(outputs[at]) };
}

/** All inputs of the net with the points in place of those that were explained. */
export function inputsWith(p: Problem<object>, points: Parts): NdArray[] {
  const inputs = [...p.inputs];
  p.places.forEach((place, i) => {
    if ("input" in place) inputs[place.input] = points[i];
  });
  return inputs;
}

/** The largest change of an entry of each example. */
export function largestMoves(p: Problem<object>, points: Parts): number[] {
  return Array.from({ length: p.examples }, (_, row) =>
    Math.max(
      ...points.map(({ data }, i) => {
        const size = rowSize(p.x[i]);
        let most = 0;
        for (let at = row * size; at < (row + 1) * size; at++)
          most = Math.max(most, Math.abs(data[at] - p.x[i].data[at]));
        return most;
      }),
    ),
  );
}

/** Columns of the table "examples": scores and decisions before and after. */
export function answerColumns(before: Answers, after: Answers, moves: readonly number[]): StudyColumn[] {
  return [
    { name: "example", values: moves.map((_, example) => example) },
    { name: "largest change", unit: "of an entry", values: moves },
    { name: "score before", values: Array.from(before.scores) },
    { name: "score after", values: Array.from(after.scores) },
    { name: "decision before", values: before.decisions },
    { name: "decision after", values: after.decisions },
  ];
}

/** What an attack adds to the first example, as maps. */
export function addedMaps(
  p: Problem<object>,
  points: Parts,
  does: "keeps" | "lowers" | "raises",
): StudyMap[] {
  return points.map((point, i) => {
    const size = rowSize(point);
    const added = Array.from(point.data.subarray(0, size), (value, at) => value - p.x[i].data[at]);
    return {
      title: "what is added to example 0",
      part: `input ${i}`,
      unit: `change of the input that ${does}`,
      axes: p.axesOf(i),
      shape: ndarray(point.data, point.shape).shape.slice(1),
      values: added,
    };
  });
}
