/** docs/passes.md: the passes of the compiled engine in their order, from the pipeline. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../../src/engine/graph/graph";
import { pipeline, type Stage } from "../../src/engine/graph/passes/pipeline";
import { root, table } from "./generated-page";
import { headOf } from "./source-comments";

/** What each stage is for. */
const PURPOSE: Readonly<Record<string, string>> = {
  batch: "one graph for any number of rows",
  simplify:
    "fewer operations; those that are linear stay so, since what is linear on a path is found by operator",
  path: "nodes, weights and the sum over the path become part of the graph",
  fuse: "operators that do several things at once",
  layout: "the form that ONNX Runtime likes; costs are counted before it",
};

/** Where passes are defined: each in a file of its own name. */
const FOLDERS = ["src/engine/graph/passes", "src/engine/graph"];

function fileOf(pass: string): string {
  const name = pass.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const candidates = [
    name,
    name.replace("mat-mul", "matmul"),
    name.replace("make-batch-dynamic", "dynamic-batch"),
  ];
  const files = FOLDERS.flatMap((folder) => candidates.map((each) => `${folder}/${each}.ts`));
  const file = files.find((each) => existsSync(join(root, each)));
  if (!file) throw new Error(`passesPage(): expected a file of the pass ${pass}, got none`);
  return file;
}

export function passesPage(): string {
  const twin: Graph = { inputs: [], outputs: [], nodes: [] };
  const stages = pipeline({ twin, path: { at: ["x"], scored: false }, inBlocks: true });
  const order = stages.map(({ name }) => name).join(" → ");
  const seen = new Set<string>();
  const section = ({ name: stage, passes }: Stage): string[] => {
    if (seen.has(stage)) return [];
    seen.add(stage);
    const purpose = PURPOSE[stage];
    if (purpose === undefined)
      throw new Error(`passesPage(): expected a purpose of stage ${stage}, got none`);
    const rows = passes.map(({ name, required }, i) => {
      const file = fileOf(name);
      return [String(i + 1), `[${name}](../${file})${required === true ? " (always)" : ""}`, headOf(file)];
    });
    return [`## ${stage}: ${purpose}`, table(["", "pass", "does"], rows)];
  };
  return [
    `# Passes of the compiled engine

From a recording to the graph that ONNX Runtime gets, in this order (\`src/engine/graph/passes/pipeline.ts\`; tests in
\`tests/engine/graph/passes\`). No pass changes a number beyond rounding. A path goes through ${order};
a single gradient lacks the stage \`path\`, and is simplified once. [How the engines work](internals.md) tells the rest.`,
    ...stages.flatMap(section),
  ].join("\n\n");
}
