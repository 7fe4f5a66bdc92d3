// Time of `require("gradlens")` in a fresh process: median of nine.

import { execFileSync } from "node:child_process";
import { root } from "../scripts/toolbox.mjs";

const code = `
const started = performance.now();
require("gradlens");
console.log(performance.now() - started);`;

const times = Array.from({ length: 9 }, () =>
  Number(execFileSync(process.execPath, ["-e", code], { cwd: root })),
);
console.log(`require("gradlens"): ${times.sort((a, b) => a - b)[4].toFixed(0)} ms`);
