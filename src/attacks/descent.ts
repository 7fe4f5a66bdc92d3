/** Descent of a score within reach, which fgsm and pgd are. */
import { question } from "../attribution/define-method";
import type { Problem } from "../attribution/problem";
import { checkBoolean, checkOptions } from "../check";
import type { Net } from "../engine";
import type { Input } from "../model/input";
import type { Explain } from "../model/score";
import { random } from "../random";
import type { AskedOptions } from "../studies/pairs";
import { mapped, type NdArray, type Parts, plus } from "../tensor";
import { Attack, addedMaps, answerColumns, answersAt, endOf, inputsWith, largestMoves } from "./attack";
import { checkReach, REACH_OPTIONS, type Reach, type ReachOptions, reachOf, rowsWhere } from "./reach";

/** Options of attacks on a decision. */
export interface DescentOptions extends Omit<AskedOptions, "layer">, ReachOptions {
  /** Raises the score in place of lowering it: towards the class that `target` names. Default false. */
  readonly raise?: boolean;
}

/** The names of these options. */
export const DESCENT_OPTIONS: readonly string[] = [
  ...["target", "output", "explain", "fixed", "seed", "engine", "maxBytes", "signal", "onProgress"],
  ...[...REACH_OPTIONS, "raise"],
];

interface Plan {
  readonly steps: number;
  readonly starts: number;
  readonly stepSize?: number;
}

export async function descend(
  fn: string,
  net: Net,
  x: Input,
  options: DescentOptions,
  { steps, starts, stepSize }: Plan,
): Promise<Attack> {
  checkOptions(fn, options, DESCENT_OPTIONS);
  const { epsilon, range, mask, raise = false, ...asked } = options;
  const bounds: ReachOptions = {
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(range === undefined ? {} : { range }),
    ...(mask === undefined ? {} : { mask }),
  };
  checkReach(fn, bounds);
  checkBoolean(fn, "raise", raise);
  const explain = asked.explain ?? (await lossForm(fn, net, x, asked.output));
  return question(fn, net, x, { ...asked, explain }, 2 * steps * starts, async (p) => {
    const reach = reachOf(fn, p, bounds);
    const size = stepSize ?? (steps === 1 ? reach.epsilon : (2.5 * reach.epsilon) / steps);
    const before = await answersAt(p, p.x, explain);
    const sign = raise ? 1 : -1;
    let best: Parts = p.x;
    let lowest = before.scores;
    for (let start = 0; start < starts; start++) {
      let points: Parts = start === 0 ? p.x : scattered(p, reach, start);
      for (let step = 0; step <= steps; step++) {
        const { scores, gradients } = await p.scoreAndGradient({ points });
        const better = Array.from(scores, (score, row) => sign * (score - lowest[row]) > 0);
        best = rowsWhere(better, points, best);
        lowest = lowest.map((score, row) => (better[row] ? scores[row] : score));
        if (step === steps) break;
        const moves = gradients.map((array) => mapped(array, (slope) => sign * size * Math.sign(slope)));
        points = reach.within(plus(points, reach.masked(moves)));
      }
      // One step is taken whatever it does.
      if (steps === 1 && starts === 1) best = points;
    }
    const after = await answersAt(p, best, explain);
    const changed = before.decisions.map((was, row) => was !== after.decisions[row]);
    const count = changed.filter(Boolean).length;
    return new Attack(
      {
        kind: fn,
        tables: [{ name: "examples", columns: answerColumns(before, after, largestMoves(p, best)) }],
        findings: before.decisions.every((decision) => decision === undefined)
          ? []
          : [
              `${count} of ${p.examples} decisions are changed by no more than ${reach.epsilon} in any entry.`,
            ],
        maps: addedMaps(p, best, raise ? "raises" : "lowers"),
      },
      inputsWith(p, best),
      changed,
    );
  });
}

/** The logarithm of the probability, whose negative is the loss, where there is one. */
async function lossForm(fn: string, net: Net, x: Input, output?: string | number): Promise<Explain> {
  const { head } = await endOf(fn, net, x, output);
  return head === "none" ? "logit" : "logProbability";
}

/** A place in reach, drawn at random. */
function scattered(p: Problem<object>, reach: Reach, start: number): NdArray[] {
  const stream = random(p.seed, 0xadf5, start);
  return reach.within(
    p.x.map((array) => mapped(array, (value) => value + reach.epsilon * (2 * stream.uniform() - 1))),
  );
}
