/** SIGINT, also while the main thread is stuck. */
import path from "node:path";
import { Worker } from "node:worker_threads";

/**
 * SIGINT as a message, also while the main thread is stuck: Node hands signals to the main thread's event loop only,
 * but vm's breakOnSigint listens in a thread of its own, so a small worker waits inside such a script for ever. The
 * newest waiting script gets the signal: a cell's synchronous part, under breakOnSigint as well, is stopped directly.
 */
export function watchSigint(onSigint: () => void): void {
  if (process.platform === "win32") return;
  const watcher = new Worker(path.join(__dirname, "sigint-thread.js"));
  watcher.on("message", onSigint);
  watcher.unref();
}
