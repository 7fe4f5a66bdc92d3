/** Projected gradient descent: many small steps against the score, each brought back into reach. */
import { checkInteger, checkNumber, checkOptions } from "../check";
import type { Net } from "../engine";
import type { Input } from "../model/input";
import type { Attack } from "./attack";
import { DESCENT_OPTIONS, type DescentOptions, descend } from "./descent";

/** Options of `pgd`. */
export interface PgdOptions extends DescentOptions {
  /** Default 20. */
  readonly steps?: number;
  /** Size of a step. Default 2.5 ε / steps, as in the paper's code: far enough to cross the whole reach. */
  readonly stepSize?: number;
  /** Beginnings: the first at x, others at random places in reach; the lowest score of all is kept. Default 1. */
  readonly starts?: number;
}

/**
 * Projected gradient descent: the strongest attack that knows gradients alone, and what a net is trained against.
 *
 * x_{k+1} = Π (x_k − α sign(∂F/∂x_k))
 *
 * Π brings each entry back to within ε of x, into `range`, and to x where `mask` is 0. F as of `fgsm`. Of all points that were visited
 * the one of the lowest score is kept (with `raise`, of the highest).
 *
 * Madry, Makelov, Schmidt, Tsipras, Vladu: Towards Deep Learning Models Resistant to Adversarial Attacks (2017), arXiv 1706.06083.
 * @throws TypeError for token inputs; RangeError for a mask that is not of zeros and ones.
 */
export async function pgd(net: Net, x: Input, options: PgdOptions = {}): Promise<Attack> {
  const fn = "pgd";
  checkOptions(fn, options, ["steps", "stepSize", "starts", ...DESCENT_OPTIONS]);
  const { steps = 20, stepSize, starts = 1, ...asked } = options;
  checkInteger(fn, "steps", steps, 1);
  checkInteger(fn, "starts", starts, 1);
  if (stepSize !== undefined) checkNumber(fn, "stepSize", stepSize, 0, true);
  return descend(fn, net, x, asked, { steps, starts, ...(stepSize === undefined ? {} : { stepSize }) });
}
