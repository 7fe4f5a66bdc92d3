// What a comparison says on the terminal while the rest still runs.

import { contestants } from "./contest.mjs";

/** One line per contestant. */
export function printSpeed({ title, aim, speed }) {
  console.log(`\n${title}`);
  for (const [name, result] of Object.entries(speed)) {
    const label = contestants[name].title.padEnd(20);
    if (result.missing) {
      console.log(`  ${label} –  ${result.missing.split("\n")[0]}`);
      continue;
    }
    const ratio = speed.captum?.median
      ? ` · ${(speed.captum.median / result.median).toFixed(2)} × Captum`
      : "";
    console.log(
      `  ${label} median ${result.median.toFixed(1)} ms · least ${result.minimum.toFixed(1)} ms${ratio}` +
        ` · peak ${(result.peakBytes / 2 ** 20).toFixed(0)} MiB · from exact ${result.difference.toExponential(1)}`,
    );
  }
  if (speed.captum?.median && speed.compiled?.median) {
    const met = speed.captum.median / speed.compiled.median >= aim;
    console.log(`  aim ${aim} × Captum: ${met ? "met" : "missed"}`);
  }
}
