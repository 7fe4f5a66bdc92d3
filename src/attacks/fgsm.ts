/** Fast gradient sign method: one step against the score, of the same size in every entry. */
import type { Net } from "../engine";
import type { Input } from "../model/input";
import type { Attack } from "./attack";
import { type DescentOptions, descend } from "./descent";

/** Options of `fgsm`. */
export type FgsmOptions = DescentOptions;

/**
 * The fast gradient sign method: the step that changes a linear score most while no entry moves by more than ε.
 *
 * x* = x − ε sign(∂F/∂x)
 *
 * F is the logarithm of the probability of the target where the net ends in softmax or sigmoid, so that this is the paper's step along
 * the sign of the loss; elsewhere it is the score itself. `raise: true` steps the other way: towards a class that `target` names.
 * The result is a study (decision and score, before and after) with the changed examples as `input`.
 *
 * Goodfellow, Shlens, Szegedy: Explaining and Harnessing Adversarial Examples (2014), arXiv 1412.6572.
 * @throws TypeError for token inputs; RangeError for a mask that is not of zeros and ones.
 */
export function fgsm(net: Net, x: Input, options: FgsmOptions = {}): Promise<Attack> {
  return descend("fgsm", net, x, options, { steps: 1, starts: 1 });
}
