/** The target of a call: what it means for the outputs of the clean input. */
import { outOfRange } from "../check";
import type { ReadInput } from "../model/input";
import type { ForwardAnswer, Model } from "../model/model";
import { type NeuronTarget, neuronScore } from "../model/neuron";
import type { LayerPlace } from "../model/place";
import type { ResolvedTarget } from "../model/score";
import { resolveTarget, type Target } from "../model/target";
import { checkOneValue } from "./named-layers";
import type { Common } from "./options";
import type { Budget } from "./problem-state";

/** The target of a call, resolved on the outputs of the clean input. */
export async function resolvedTarget(
  fn: string,
  model: Model,
  common: Common,
  read: ReadInput,
  { outputs, heads }: Pick<ForwardAnswer, "outputs" | "heads">,
  budget: Budget,
): Promise<ResolvedTarget> {
  const outputValues = outputs[common.output];
  if (outputValues === undefined)
    throw outOfRange(fn, `output from 0 to ${outputs.length - 1}`, String(common.output));
  const head = heads[common.output];
  if (head === "none" && common.explain === "logProbability") {
    throw outOfRange(
      fn,
      'explain "logProbability" only for a model that ends in softmax or sigmoid',
      "an output of another kind",
    );
  }
  const { classes } = model.facts;
  const widths = outputs.map(({ shape }) => (shape.length > 1 ? shape[shape.length - 1] : 1));
  if (classes && !widths.includes(classes.length)) {
    const each = widths.length === 1 ? "one per output" : "one per entry of an output's last axis";
    throw outOfRange(fn, `${widths.join(" or ")} class names, ${each}`, `${classes.length}`);
  }
  const { target } = common;
  const layerShape =
    typeof target === "object" && "kind" in target && target.kind === "neuron"
      ? await shapeOfLayer(fn, model, read, target, budget)
      : undefined;
  return resolveTarget({
    fn,
    target,
    reads: common.outputNamed || outputs.length === 1 ? "output" : "outputs",
    ...(layerShape ? { layerShape } : {}),
    explain: common.explain,
    output: common.output,
    outputValues,
    head,
    // Names of one output are not those of another.
    ...(classes && classes.length === widths[common.output] ? { classes } : {}),
  });
}

/** Throws for neurons that their layer does not have, where its shape is known before the net runs. */
export function checkNeurons(fn: string, { layers }: Model, target: Target): void {
  if (typeof target !== "object" || !("kind" in target) || target.kind !== "neuron") return;
  const { layer, side, entry } = target;
  if (side !== "output" || entry !== undefined) return;
  const shape = layers.find(({ name }) => name === layer)?.shape?.slice(1);
  const known = shape?.flatMap((extent) => (extent === null || extent < 0 ? [] : [extent])) ?? [];
  if (shape !== undefined && known.length === shape.length) neuronScore(fn, target, known, 1);
}

/** The shape of one row of the layer whose neurons are explained. */
async function shapeOfLayer(
  fn: string,
  model: Model,
  read: ReadInput,
  { layer, side, entry }: NeuronTarget,
  budget: Budget,
): Promise<readonly number[]> {
  const place: LayerPlace = { layer, side, ...(entry === undefined ? {} : { entry }) };
  checkOneValue(fn, model, place);
  const { activations } = await model.forward(read.batch, { ...budget.asked, at: [place] });
  budget.forward += read.examples;
  return activations[0].shape.slice(1);
}
