/** Inputs that are held at x without being asked for: whole numbers that are neither tokens nor pixels. */
import { axesOf } from "../model/baseline";
import type { Batch, Model } from "../model/model";

/**
 * Inputs of whole numbers or truth values that no look-up alone reads, as an attention mask, a length or a segment: no
 * noise, no baseline and no part would mean anything there. Pixels are told by image axes or by a range. Where nothing
 * else is left to explain, none is held.
 *
 * @param fixed inputs that the call holds itself.
 */
export function heldInputs(model: Model, batch: Batch, fixed: ReadonlySet<number>): ReadonlySet<number> {
  const { inputs, facts } = model;
  const held = inputs.flatMap((input, i) => {
    const counts = input.dtype !== "float32" || input.whole === true;
    if (!counts || fixed.has(i) || facts.range !== undefined || model.lookups(i).length > 0) return [];
    const axes = axesOf(input, batch[i]);
    return axes.includes("height") && axes.includes("width") ? [] : [i];
  });
  const rest = inputs.filter((_, i) => !fixed.has(i) && !held.includes(i));
  return new Set(rest.length > 0 ? held : []);
}

/** A sentence about those inputs. */
export function heldInWords({ inputs }: Model, held: ReadonlySet<number>): string[] {
  if (held.size === 0) return [];
  const names = [...held].map((input) => JSON.stringify(inputs[input].name));
  const [noun, verb] = held.size === 1 ? ["input", "is"] : ["inputs", "are"];
  return [
    `${noun} ${names.join(", ")} ${verb} held at x: whole numbers that are neither tokens nor pixels; ` +
      "to explain pixels, tell asModel their axes or range",
  ];
}
