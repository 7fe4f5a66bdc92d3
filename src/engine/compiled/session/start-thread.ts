/** Starts the thread of ONNX Runtime: a worker thread in Node, a Web Worker in pages. */
import { nodeModule } from "../../../platform/node-modules";
import { inNode } from "./runtimes";
import { type Reply, type Request, type Runtime, serveSessions } from "./session-thread";

/** A thread that sessions live in. */
export interface Thread {
  post(request: Request, transfer: ArrayBuffer[]): void;
  /** The process stays alive for it; `unref` ends that. */
  ref(): void;
  unref(): void;
}

/** The parts of a page's Web Worker that are used here. */
interface PageWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  onmessage: ((event: { data: Reply }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

/** Starts a thread; it is told what it answers, and why it ended. */
export function startThread(
  runtimes: readonly Runtime[],
  heard: (reply: Reply) => void,
  ended: (why: string) => void,
): Thread {
  return inNode() ? nodeThread(runtimes, heard, ended) : pageThread(runtimes, heard, ended);
}

/** Bundlers that keep the names of functions wrap them in a helper of this name. */
const HELPERS = "const __name = (value) => value;";

/** Places in the state of a thread: whether it computes, and whether the process is about to exit. */
const WORKING = 0;
const EXITING = 1;

/** Wait of an exit for chunks that compute: these take about half a second. */
const EXIT_MS = 5000;

/** States of the threads that are there. */
const states = new Set<Int32Array>();
let watchingExit = false;

/**
 * Native code that is torn from its thread ends the process with a signal: an exit waits for what it computes, and nothing
 * more begins.
 */
function waitAtExit(state: Int32Array): void {
  if (!watchingExit) globalThis.process.once("exit", leaveThreads);
  watchingExit = true;
  states.add(state);
}

function leaveThreads(): void {
  for (const state of states) Atomics.store(state, EXITING, 1);
  for (const state of states) Atomics.wait(state, WORKING, 1, EXIT_MS);
}

function nodeThread(
  runtimes: readonly Runtime[],
  heard: (reply: Reply) => void,
  ended: (why: string) => void,
): Thread {
  const { Worker } = nodeModule("engine", "node:worker_threads");
  const state = new Int32Array(new SharedArrayBuffer(8));
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { runtimes, state } = workerData;
    const rest = () => {
      Atomics.store(state, ${WORKING}, 0);
      Atomics.notify(state, ${WORKING});
    };
    ${HELPERS}
    (${serveSessions.toString()})(runtimes, {
      load: (file) => require(file),
      post: (reply, transfer) => parentPort.postMessage(reply, transfer),
      listen: (heard) => parentPort.on("message", heard),
      begin: () => {
        Atomics.store(state, ${WORKING}, 1);
        if (Atomics.load(state, ${EXITING}) === 0) return true;
        rest();
        return false;
      },
      end: rest,
    });
  `;
  const workerData = { runtimes, state };
  const worker = new Worker(program, { eval: true, workerData, name: "gradlens sessions" });
  worker.unref();
  waitAtExit(state);
  worker.on("message", heard);
  worker.on("error", (error) => ended(`ONNX Runtime: ${error.message}`));
  worker.on("exit", () => {
    states.delete(state);
    ended("the thread of ONNX Runtime ended");
  });
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}

function pageThread(
  runtimes: readonly Runtime[],
  heard: (reply: Reply) => void,
  ended: (why: string) => void,
): Thread {
  const page = globalThis as unknown as {
    Worker: new (address: string) => PageWorker;
    Blob: new (parts: string[], options: { type: string }) => object;
    URL: { createObjectURL(blob: object): string };
  };
  const program = `
    ${HELPERS}
    (${serveSessions.toString()})(${JSON.stringify(runtimes)}, {
      load: (file) => { importScripts(file); return self.ort; },
      post: (reply, transfer) => self.postMessage(reply, transfer),
      listen: (heard) => { self.onmessage = (event) => heard(event.data); },
      begin: () => true,
      end() {},
    });
  `;
  const address = page.URL.createObjectURL(new page.Blob([program], { type: "text/javascript" }));
  const worker = new page.Worker(address);
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = ({ message }) => ended(`ONNX Runtime: ${message ?? "its worker could not be started"}`);
  return { post: (request, transfer) => worker.postMessage(request, transfer), ref() {}, unref() {} };
}
