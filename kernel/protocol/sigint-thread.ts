/** The thread that waits for SIGINT in vm's listener. */
import vm from "node:vm";
import { parentPort } from "node:worker_threads";

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const hooks = globalThis as Record<string, unknown>;
hooks.waitForever = () => Atomics.wait(never, 0, 0);
const wait = new vm.Script("waitForever()");
hooks.waitAgain = () => {
  for (;;) {
    try {
      wait.runInThisContext({ breakOnSigint: true });
    } catch {
      parentPort?.postMessage("SIGINT");
    }
  }
};
// The outer script stays registered between two waits, when SIGINT's default action would end the process.
new vm.Script("waitAgain()").runInThisContext({ breakOnSigint: true });
