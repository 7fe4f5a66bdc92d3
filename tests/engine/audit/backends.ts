import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";

/** The backends the audit runs on: cpu, and tensorflow where tfjs-node is installed. */
export const backends: readonly string[] = tfjsNodeLoads() ? ["cpu", "tensorflow"] : ["cpu"];

function tfjsNodeLoads(): boolean {
  const load = createRequire(__filename);
  try {
    load.resolve("@tensorflow/tfjs-node");
  } catch {
    return false;
  }
  load("@tensorflow/tfjs-node");
  return true;
}

/** Makes `name` the active backend. */
export async function useBackend(name: string): Promise<void> {
  await tf.setBackend(name);
  const backend = tf.backend() as { firstUse?: boolean };
  backend.firstUse = false;
}
