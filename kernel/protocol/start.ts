/** The start of the protocol thread, before anything that takes time to load. */
import fs from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { getHeapStatistics } from "node:v8";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { historyFile } from "../input/history-file";
import { compilerVersion, gradlensVersion } from "../package-root";
import { createFlags } from "./flags";
import type { ProtocolWorkerData } from "./link";
import { type Content, PROTOCOL_VERSION } from "./message";

/** As it is before cells get theirs, which shows what is written in a cell: without this thread nobody would see it. */
const { writeSync } = fs;

/** A protocol thread that answers clients, and what the main thread shares with it. */
export interface StartedProtocol {
  worker: Worker;
  flags: Int32Array;
  /** Where the user's answers come in. */
  input: MessagePort;
  /** Ends the process; `process.exit` only stops a cell. */
  exit: (code: number) => never;
}

/**
 * Starts the protocol thread. Nothing that takes time to load is imported here: clients are answered while the main
 * thread loads the rest of the kernel and the compiler.
 */
export function startProtocol(connectionFile: string): StartedProtocol {
  const exit = keepProcess();
  const flags = createFlags();
  const input = new MessageChannel();
  const workerData: ProtocolWorkerData = {
    connectionFile: path.resolve(connectionFile),
    flags: flags.buffer as SharedArrayBuffer,
    kernelInfo: kernelInfo(),
    heapLimit: getHeapStatistics().heap_size_limit,
    inputPort: input.port2,
    historyFile: historyFile(process.platform, process.env, homedir()),
  };
  const worker = new Worker(path.join(__dirname, "worker.js"), { workerData, transferList: [input.port2] });
  worker.on("error", (error) => {
    writeSync(process.stderr.fd, `gradlens kernel: ${error.message}\n`);
    exit(1);
  });
  return { worker, flags, input: input.port1, exit };
}

function kernelInfo(): Content {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "gradlens",
    implementation_version: gradlensVersion,
    language_info: {
      name: "typescript",
      version: compilerVersion(),
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      // The one name of TypeScript that both CodeMirror 5 and JupyterLab know; without it cells stay grey.
      codemirror_mode: "application/typescript",
      nbconvert_exporter: "script",
    },
    banner: `gradlens ${gradlensVersion}: TypeScript ${compilerVersion()} on Node.js ${process.versions.node}`,
    help_links: [{ text: "TypeScript", url: "https://www.typescriptlang.org/docs/" }],
    debugger: false,
    supported_features: [],
  };
}

/** Error of a cell that would end the process. */
class ProcessExit extends Error {
  override readonly name: string = "ProcessExit";
}

/** Code in cells must not end the kernel: gives the real exit back and leaves functions that throw. */
function keepProcess(): (code: number) => never {
  const exit = process.exit.bind(process);
  const refuse = (call: string) => {
    throw new ProcessExit(`${call} stops the cell; the kernel runs on`);
  };
  process.exit = (code?: unknown) => refuse(`process.exit(${code ?? ""})`);
  process.abort = () => refuse("process.abort()");
  return exit;
}
