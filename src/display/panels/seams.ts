/** Seams between the cells of a panel. */

import type { ColourScale } from "../colour";
import type { VegaLite } from "./vega-lite-parts";

// Neighbours overlap a little: otherwise the page shines through between them at fractional zoom.
export const SEAMLESS: VegaLite = { width: { band: 1.04 }, height: { band: 1.04 }, clip: true };

/** Cells through which the page shows must not overlap: their seams would be seen. */
export function isOpaque({ stops }: ColourScale): boolean {
  return stops[0].length <= 7;
}
