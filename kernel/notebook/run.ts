/** A notebook, run in a fresh kernel. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { FoundKernel } from "../install/find-kernels";
import { DEFAULT_KERNEL_NAME, DISPLAY_NAME } from "../install/kernelspec";
import type { Content } from "../protocol/message";
import { KernelDied, type Received } from "./client";
import {
  type Cell,
  type NamedDisplays,
  type Notebook,
  normalized,
  type Output,
  OutputCollector,
  readNotebook,
  textOf,
} from "./notebook";
import { type RunningKernel, startKernel } from "./spawn";

export interface RunOptions {
  /** Goes on after a cell that throws. */
  allowErrors?: boolean | undefined;
  /** Longest time for one cell. */
  timeoutSeconds?: number | undefined;
  /** An installed kernel instead of this one. */
  kernel?: FoundKernel | undefined;
  onMessage?: ((message: Received) => void) | undefined;
  onCell?: ((number: number, count: number, cell: Cell) => void) | undefined;
}

export interface CellFailure {
  /** One-based, among the code cells. */
  number: number;
  output: Output;
  /** No later cell could run. */
  fatal: boolean;
}

export interface RunResult {
  notebook: Notebook;
  failures: CellFailure[];
}

/** Time that a cell interrupted for being late may take to stop. */
const INTERRUPT_PATIENCE_MS = 10_000;
/** Time that the last cell's timers of no time may take; those of other cells have the cells after them. */
const LATE_OUTPUT_MS = 20;
const LATE_OUTPUT_PATIENCE_MS = 1000;

/** True of a cell with this tag, as nbclient reads tags. */
function hasTag(cell: Cell, tag: "raises-exception" | "skip-execution"): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}

function errorOutput(name: string, message: string): Output {
  return { output_type: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}

/** Runs the code cells of a notebook in a fresh kernel, in the notebook's own folder. */
export async function runNotebook(file: string, options: RunOptions = {}): Promise<RunResult> {
  if (!existsSync(file)) throw new Error(`runNotebook(): expected a notebook, got no file at ${file}`);
  const notebook = normalized(readNotebook(file));
  if (!options.kernel) checkLanguage(notebook, file);
  const place = path.resolve(file);
  const kernel = await startKernel(path.dirname(place), options.kernel, place);
  if (options.onMessage) kernel.client.onMessage(options.onMessage);
  try {
    const info = await kernel.client.request("shell", "kernel_info_request");
    notebook.metadata = {
      ...notebook.metadata,
      kernelspec: notebook.metadata.kernelspec ?? {
        name: options.kernel?.name ?? DEFAULT_KERNEL_NAME,
        display_name: options.kernel?.displayName ?? DISPLAY_NAME,
        language: options.kernel?.language ?? "typescript",
      },
      language_info: info.language_info,
    };
    const failures = await runCells(kernel, notebook, options);
    return { notebook, failures };
  } finally {
    await kernel.stop();
  }
}

/** A notebook that says nothing of its language is taken for one of ours. */
function checkLanguage({ metadata }: Notebook, file: string): void {
  const { kernelspec, language_info } = metadata as Record<string, Record<string, unknown> | undefined>;
  const language = kernelspec?.language ?? language_info?.name;
  if (typeof language !== "string" || /^(type|java)script$/i.test(language)) return;
  throw new Error(
    `runNotebook(): expected a notebook of TypeScript, got one of ${language}; --kernel ${kernelspec?.name ?? "NAME"} runs ` +
      `it with its own kernel: ${file}`,
  );
}

async function runCells(
  kernel: RunningKernel,
  notebook: Notebook,
  options: RunOptions,
): Promise<CellFailure[]> {
  const failures: CellFailure[] = [];
  const displays: NamedDisplays = new Map();
  const codeCells = notebook.cells.filter((cell) => cell.cell_type === "code");
  for (const cell of codeCells) {
    if (hasTag(cell, "skip-execution")) continue;
    cell.outputs = [];
    cell.execution_count = null;
  }
  for (const [index, cell] of codeCells.entries()) {
    if (hasTag(cell, "skip-execution")) continue;
    options.onCell?.(index + 1, codeCells.length, cell);
    const failure = await runCell(kernel, displays, cell, options);
    if (!failure || (hasTag(cell, "raises-exception") && !failure.fatal)) continue;
    failures.push({ number: index + 1, ...failure });
    if (failure.fatal || !options.allowErrors) break;
  }
  await lateOutput(kernel, failures);
  return failures;
}

/** Waits for what the last cell still publishes after its end. */
async function lateOutput({ client }: RunningKernel, failures: readonly CellFailure[]): Promise<void> {
  if (failures.some(({ fatal }) => fatal)) return;
  await new Promise((resolve) => setTimeout(resolve, LATE_OUTPUT_MS));
  // The thread that runs cells answers this one, after all that it has published.
  const { idle } = client.send("shell", "comm_info_request", {});
  await within(idle, LATE_OUTPUT_PATIENCE_MS / 1000);
}

async function runCell(
  kernel: RunningKernel,
  displays: NamedDisplays,
  cell: Cell,
  { timeoutSeconds, kernel: other }: RunOptions,
): Promise<{ output: Output; fatal: boolean } | undefined> {
  if (textOf(cell.source).trim() === "") return undefined;
  const collector = new OutputCollector(cell, displays);
  const fail = (output: Output, fatal: boolean) => {
    if (!cell.outputs!.includes(output)) cell.outputs!.push(output);
    return { output, fatal };
  };
  // To the end of the run: what arrives later, out of a timer or a promise, is the cell's all the same.
  const started = kernel.client.start(textOf(cell.source), (message) => collector.receive(message));
  const outcome: Promise<Content | "ended"> = started.reply.catch((error) => {
    if (error instanceof KernelDied) return "ended";
    throw error;
  });
  let reply: Content | "ended" | "late" = await within(outcome, timeoutSeconds);
  if (reply === "late") {
    if (other && !other.interruptsByMessage) kernel.process.kill("SIGINT");
    else kernel.client.interrupt().catch(() => {});
    reply = await within(outcome, INTERRUPT_PATIENCE_MS / 1000);
    return fail(
      errorOutput("TimeoutError", `the cell took longer than ${timeoutSeconds} s`),
      reply === "late",
    );
  }
  if (reply === "ended") return fail(errorOutput("KernelDied", "the kernel ended while the cell ran"), true);
  if (reply.status === "ok") return undefined;
  const thrown = cell.outputs!.find((output) => output.output_type === "error");
  return fail(
    thrown ?? errorOutput(String(reply.ename ?? "Error"), String(reply.evalue ?? reply.status)),
    false,
  );
}

async function within<T>(promise: Promise<T>, seconds: number | undefined): Promise<T | "late"> {
  if (seconds === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, seconds * 1000, "late");
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
