/** Frames of figures that move: which one is shown first, and what the slider is called. */

import type { FrameSequence } from "../figure-description";

/** Number of the frame shown first. */
export function firstFrame({ readouts, start }: FrameSequence): number {
  return start ?? readouts.length - 1;
}

/** The name beside a slider, with room behind it. */
export function sliderName({ name = "frame" }: FrameSequence): string {
  return `${name} `;
}
