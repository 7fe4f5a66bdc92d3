/** The thread that waits for SIGINT in vm's listener. */
import vm from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { Flag } from "./flags";

const flags = new Int32Array(workerData as SharedArrayBuffer);
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
/**
 * Scripts that wait within each other: the innermost gets the signal, and before it waits again the next one does. Without
 * any, SIGINT's default action would end the process.
 */
const DEPTH = 3;

const hooks = globalThis as Record<string, unknown>;
hooks.waitWithin = (depth: number) => {
  if (depth === 0) Atomics.wait(never, 0, 0);
  else for (;;) wait(depth - 1);
};

function wait(depth: number): void {
  try {
    new vm.Script(`waitWithin(${depth})`).runInThisContext({ breakOnSigint: true });
  } catch {
    if (Atomics.exchange(flags, Flag.OWN_SIGNAL, 0) === 1) Atomics.notify(flags, Flag.OWN_SIGNAL);
    else parentPort?.postMessage("SIGINT");
  }
}

for (;;) wait(DEPTH);
