/** SIGINT, also while the main thread is stuck. */
import path from "node:path";
import { Worker } from "node:worker_threads";

/**
 * SIGINT as a message, also while the main thread is stuck: Node hands signals to the main thread's event loop only,
 * but vm's breakOnSigint listens in a thread of its own, so a small worker waits inside such a script for ever. The
 * newest waiting script gets the signal: a cell's synchronous part, under breakOnSigint as well, is stopped directly.
 * `onSigint` hears of the user's signals; the main thread of the kernel's own, which came too late for a cell.
 */
export function watchSigint(flags: Int32Array, onSigint: () => void): void {
  if (process.platform === "win32") return;
  const watcher = new Worker(path.join(__dirname, "sigint-thread.js"), { workerData: flags.buffer });
  watcher.on("message", onSigint);
  watcher.unref();
}
