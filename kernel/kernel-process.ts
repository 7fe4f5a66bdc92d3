/** The kernel on the main thread: all its parts, put together. */
import { existsSync } from "node:fs";
import Module from "node:module";
import { homedir } from "node:os";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { checkOptions } from "../src/check";
import { installGlobals, PendingDisplays } from "./display/globals";
import { isOff } from "./environment";
import { codeCacheFolder } from "./execution/code-cache";
import { Compiler } from "./execution/compiler";
import { showDirectOutput } from "./execution/direct-output";
import { ErrorReporter } from "./execution/errors";
import { Executor } from "./execution/executor";
import { importMetaOf } from "./execution/import-meta";
import { CellImports } from "./execution/imports";
import { InterruptState } from "./execution/interrupt";
import { forwardRequests } from "./execution/package-forwarding";
import { quietLibraries, tellWarning } from "./execution/quiet";
import { Scope } from "./execution/scope";
import { ShellLines } from "./execution/shell-lines";
import { Stage } from "./execution/stage";
import { Inputs } from "./input/input";
import { installStdin } from "./input/stdin";
import { afterTermination, prepareTermination } from "./isolation/async-stack";
import { rememberBuiltIns, withBuiltIns } from "./isolation/built-ins";
import { currentOrigin } from "./isolation/origin";
import { keepListeners } from "./isolation/process-listeners";
import { type CallProgress, ProgressBoard } from "./progress/progress-board";
import { createProgress } from "./progress/progress-global";
import { Phase } from "./protocol/flags";
import { PREPARE_TERMINATION } from "./protocol/interrupter";
import type { ToMain, ToProtocol } from "./protocol/link";
import { offerCollection } from "./protocol/memory-watch";
import type { Content } from "./protocol/message";
import type { StartedProtocol } from "./protocol/start";
import { Session } from "./session";
import { createWidget } from "./widget/widget";

const KEEP_CODE_MS = 3000;

/** tslab's `display` writes through a function of this module; loading the real one would load zeromq's native addon. */
function replaceTslabServer(session: Session): void {
  const file = require.resolve("tslab/dist/jupyter");
  const write = (content: Content, update: boolean) =>
    session.show(update ? "update_display_data" : "display_data", content);
  const stand = new Module(file);
  stand.exports = { lastWriteDisplayData: write };
  stand.loaded = true;
  require.cache[file] = stand;
}

function captureStreams(session: Session): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    const write = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      const text =
        typeof chunk === "string"
          ? typeof encoding === "string" && !/^utf-?8$/i.test(encoding)
            ? Buffer.from(chunk, encoding as BufferEncoding).toString()
            : decoder.end() + chunk
          : decoder.write(Buffer.from(chunk));
      if (text !== "") session.writeStream(name, text);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done as () => void);
      return true;
    };
    process[name].write = write as typeof process.stdout.write;
  }
}

/** The notebook, where the front-end tells it, from here or from its own root; else a name in its folder. */
function notebookFile(cwd: string): string {
  const told = process.env.JPY_SESSION_NAME;
  const places = told ? [path.resolve(cwd, told), path.join(cwd, path.basename(told))] : [];
  return places.find((place) => existsSync(place)) ?? path.join(cwd, "notebook.ts");
}

/** Puts functions where every cell finds them, and a cell may have others of the same name. */
function installCellFunctions(functions: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(functions))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
}

/** It takes a moment, in which no cell can run: after the first cells, between two. */
function keepCodeWhenIdle(compiler: Compiler, interrupts: InterruptState): void {
  const timer = setInterval(() => {
    if (interrupts.sequence === 0 || interrupts.isRunning) return;
    clearInterval(timer);
    interrupts.asKernel(() => compiler.keepCode());
  }, KEEP_CODE_MS);
  timer.unref();
}

/** Runs cells in this process for the clients of a protocol thread that was started before. */
export function runKernel({ worker, flags, input, exit }: StartedProtocol): void {
  const interrupts = new InterruptState(flags);
  const tellProtocol: (message: ToProtocol) => void = worker.postMessage.bind(worker);
  const cwd = process.cwd();
  const stage = new Stage(interrupts);
  const errors = new ErrorReporter((code) => stage.look(code));
  const displays = new PendingDisplays();
  forwardRequests(cwd);
  quietLibraries();
  const codeCache = codeCacheFolder(process.platform, process.env, homedir());
  const scope = new Scope();
  const compiler = new Compiler(cwd, scope, !isOff(process.env.GRADLENS_TYPES), codeCache);
  const shell = new ShellLines((command) => {
    const origin = currentOrigin();
    tellProtocol({ op: "command", command, parent: origin?.silent ? undefined : origin?.header });
  });
  const executor = new Executor(
    compiler,
    scope,
    new CellImports(cwd, compiler, (file, name, positions) => errors.registerFile(file, name, positions)),
    errors,
    interrupts,
    stage,
    importMetaOf(notebookFile(cwd)),
    shell,
  );
  const progress = new ProgressBoard((bundle, options) => session.displayProgress(bundle, options));
  const session: Session = new Session(tellProtocol, {
    compiler,
    executor,
    errors,
    displays,
    stage,
    progress,
  });

  offerCollection();
  errors.install();
  replaceTslabServer(session);
  captureStreams(session);
  showDirectOutput({
    begin: (others) => {
      interrupts.throwIfStopped();
      tellProtocol({ op: "program", others });
    },
    end: () => {
      tellProtocol({ op: "program", others: undefined });
      interrupts.throwIfStopped();
    },
  });
  const widget = createWidget(session.comms);
  installGlobals((bundle, options) => session.display(bundle, options), displays, {
    progress: createProgress(progress),
    widget,
  });
  const inputs = new Inputs(flags, input, tellProtocol, () => session.asker);
  installStdin(
    () => session.asker,
    () => inputs.line(),
    (error) => interrupts.fail(error),
  );
  installCellFunctions({
    input: inputs.input,
    prompt: inputs.prompt,
    confirm: inputs.confirm,
    clearOutput: (options?: { wait?: boolean }) => {
      checkOptions("clearOutput", options, ["wait"]);
      session.clearOutput(options?.wait === true);
    },
  });
  Object.defineProperty(globalThis, Symbol.for("gradlens.host"), {
    configurable: true,
    value: {
      get signal(): AbortSignal | undefined {
        return interrupts.signal;
      },
      onProgress: (moved: CallProgress) => progress.follow(moved),
      onComm: session.comms.onOpen.bind(session.comms),
      widget,
    },
  });
  // Node clears terminals only.
  console.clear = () => session.clearOutput(false);
  keepCodeWhenIdle(compiler, interrupts);
  keepListeners({
    uncaughtException: (error: unknown) => session.reportStray("uncaught exception", error),
    unhandledRejection: (error: unknown) => session.reportStray("unhandled rejection", error),
    warning: tellWarning,
  });
  Object.defineProperty(globalThis, PREPARE_TERMINATION, { value: prepareTermination });
  rememberBuiltIns();
  const receive = (message: ToMain): void => {
    if (message.op === "request") session.receive(message.request);
    else if (message.op === "interrupt") interrupts.receive(message.id, message.sequence);
    else if (message.op === "terminated") {
      afterTermination();
      interrupts.terminated();
      session.afterTermination(() => interrupts.sequence === message.sequence);
    } else if (message.op === "barrier") session.passBarrier(message.id);
    else if (message.op === "ended") shell.ended(message.id, message.how);
    else exit(0);
  };
  worker.on("message", (message: ToMain) => withBuiltIns("kernel", () => receive(message)));
  interrupts.enter(Phase.IDLE);
}
