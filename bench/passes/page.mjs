// docs/pass-gains.md: the figure of each pass that stays.

import { nets } from "./nets.mjs";

/** Passes that are there for exact numbers, whatever they cost. */
const FOR_NUMBERS = {
  preserveSigmoidPrecision: "digits of what is all but 0 or 1",
  separatePadFromMaxPool: "zeros around an image are cells of a pool's windows",
};

const columnTitle = ({ name, runtime }) => (runtime === "onnxruntime-web" ? `${name}, wasm` : name);

/** The page of what was measured. */
export function passesPage({ machine, rounds, columns }) {
  const names = [...new Set(columns.flatMap(({ passes }) => Object.keys(passes)))];
  const largest = (pass) => Math.max(...columns.map(({ passes }) => passes[pass] ?? 1));
  const sorted = names.sort((a, b) => largest(b) - largest(a));
  const cell = (ratio) => {
    if (ratio === undefined) return "";
    const percent = Math.round((ratio - 1) * 100);
    return percent > 0 ? `+${percent} %` : `${String(percent).replace("-", "−")} %`;
  };
  const missing = Object.keys(nets).filter((name) => !columns.some((column) => column.name === name));
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const [left, right] = ["---", "--:"];
  return `# Gains of passes

Written by \`npm run bench -- passes\`.

How much longer a path of integrated gradients takes without each [pass](passes.md) of the pipeline: processor time on one core, medians of ${rounds} rounds in which the graph
with and without the pass ran in turn. Empty cells are graphs that a pass leaves as they are. ${machine.cpu}, Node.js
${machine.node}, onnxruntime-node ${machine.runtime}, onnxruntime-web ${machine.wasm}; its
${machine.cores} cores were under a load of ${machine.load.toFixed(1)} before the run: above ${machine.cores}, others computed at the same time, and a few percent are noise.

${row(["pass", ...columns.map(columnTitle)])}
${row([left, ...columns.map(() => right)])}
${sorted.map((pass) => row([`\`${pass}\``, ...columns.map(({ passes }) => cell(passes[pass]))])).join("\n")}
${row(["the path, in milliseconds", ...columns.map(({ full }) => full.toFixed(full < 10 ? 2 : 0))])}

Some passes are there for numbers and not for time:
${Object.entries(FOR_NUMBERS)
  .map(([pass, why]) => `\`${pass}\` (${why})`)
  .join(
    ", ",
  )}. \`batchPerRowOps\`, \`makeBatchDynamic\` and \`pathGraph\` are what makes a graph of any number of rows, and of a path:
no graph runs without them.

The nets: ${columns
    .filter(({ runtime }) => runtime === "onnxruntime-node")
    .map(({ name, title }) => `${name} is ${title}, ${nets[name].nodes} nodes of the path`)
    .join("; ")}.${missing.length > 0 ? ` Not measured in this run: ${missing.join(", ")}.` : ""}
`;
}
