/** Dumps for whoever works on the compiled engine: each stage of each graph, as text and as ONNX. */
import { nodeModule } from "../../platform/node-modules";
import type { Graph } from "../graph/graph";
import { print } from "../graph/print";
import { verify } from "../graph/verify";

/** Graphs that were written so far. */
let written = 0;

/** The folder that the environment variable GRADLENS_DUMP names; undefined where it is not set, and in pages. */
export function dumpFolder(): string | undefined {
  return globalThis.process?.env?.["GRADLENS_DUMP"] || undefined;
}

/**
 * Verifies and writes the graphs behind each stage into a folder of their own, `<n>-<title>`, as `<k>-<stage>.txt` and
 * `.onnx`; does nothing where no folder was named.
 */
export function dumpStages(
  title: string,
  stages: readonly string[],
  graphs: readonly Graph[],
  writeOnnx: (graph: Graph) => Uint8Array,
): void {
  const root = dumpFolder();
  if (root === undefined) return;
  const { mkdirSync, writeFileSync } = nodeModule("engine", "node:fs");
  const { join } = nodeModule("engine", "node:path");
  const folder = join(root, `${written++}-${title}`);
  mkdirSync(folder, { recursive: true });
  graphs.forEach((graph, i) => {
    const file = join(folder, `${i}-${stages[i]}`);
    writeFileSync(`${file}.txt`, print(graph));
    verify(graph);
    writeFileSync(`${file}.onnx`, writeOnnx(graph));
  });
}
