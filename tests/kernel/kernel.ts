import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Compiler as CellCompiler } from "../../kernel/execution/compiler";
import type { Scope as NotebookScope } from "../../kernel/execution/scope";
import type { ExecuteOptions, KernelClient, Received } from "../../kernel/notebook/client";
import type { KernelCommand, RunningKernel } from "../../kernel/notebook/spawn";

/** Real kernels from the build, as tests use them. */

// Cells of tests are none of the user's history.
process.env.GRADLENS_HISTORY ??= "off";
process.env.GRADLENS_CACHE ??= "off";

export const root: string = path.resolve(__dirname, "..", "..");
export const mainFile: string = path.join(root, "dist", "kernel", "main.js");

const built = createRequire(mainFile);
const spawned = built("./notebook/spawn.js") as typeof import("../../kernel/notebook/spawn");
const specs = built("./install/kernelspec.js") as typeof import("../../kernel/install/kernelspec");
const scopes = built("./execution/scope.js") as typeof import("../../kernel/execution/scope");
const compilers = built("./execution/compiler.js") as typeof import("../../kernel/execution/compiler");
const clients = built("./notebook/client.js") as typeof import("../../kernel/notebook/client");

export const startKernel: (cwd: string, kernel?: KernelCommand) => Promise<RunningKernel> =
  spawned.startKernel;
export const Scope: typeof NotebookScope = scopes.Scope;
export const Compiler: typeof CellCompiler = compilers.Compiler;
export const kernelArguments: typeof specs.kernelArguments = specs.kernelArguments;
export const Client: typeof KernelClient = clients.KernelClient;

export interface CellResult {
  status: string;
  count: number;
  stdout: string;
  stderr: string;
  /** MIME bundle of the execute_result. */
  result: Record<string, unknown> | undefined;
  /** text/plain of the execute_result. */
  text: string | undefined;
  displays: Received[];
  error: { ename: string; evalue: string; traceback: string } | undefined;
  messages: Received[];
}

/** Runs a cell and sorts what came of it. */
export async function run(
  client: KernelClient,
  code: string,
  options: ExecuteOptions = {},
): Promise<CellResult> {
  const messages: Received[] = [];
  const reply = await client.execute(code, (message) => messages.push(message), options);
  const ofType = (type: string) => messages.filter((message) => message.header.msg_type === type);
  const stream = (name: string) =>
    ofType("stream")
      .filter(({ content }) => content.name === name)
      .map(({ content }) => content.text)
      .join("");
  const result = ofType("execute_result")[0]?.content.data as Record<string, unknown> | undefined;
  const error = ofType("error")[0]?.content as
    | { ename: string; evalue: string; traceback: string[] }
    | undefined;
  return {
    status: String(reply.status),
    count: Number(reply.execution_count),
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    result,
    text: result?.["text/plain"] as string | undefined,
    displays: messages.filter(({ header }) => /^(update_)?display_data$/.test(header.msg_type)),
    error: error && { ...error, traceback: stripVTControlCharacters(error.traceback.join("\n")) },
    messages,
  };
}

/** Runs a cell and interrupts it once, a while after the kernel has begun with it. */
export async function runInterrupted(
  client: KernelClient,
  code: string,
  afterMs: number,
  interrupt: () => Promise<unknown> = () => client.interrupt(),
): Promise<CellResult> {
  let begun = false;
  const stopListening = client.onMessage(({ header, content }) => {
    begun ||= header.msg_type === "execute_input" && content.code === code;
  });
  const running = run(client, code);
  await until(() => begun, 30_000, "the cell's beginning");
  stopListening();
  await sleep(afterMs);
  await interrupt();
  return running;
}

export interface TemporaryFolder {
  path: string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(path.join(tmpdir(), "gradlens-test-"));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for a condition; fails loudly when it does not come true. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  milliseconds: number,
  what: string,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await sleep(25);
  }
}
