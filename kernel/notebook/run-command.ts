/** `gradlens run`. */
import { statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { isOff } from "../environment";
import { jupyterDataFolders, namedKernel } from "../install/find-kernels";
import { notebookToHtml } from "./html";
import { writeNotebook } from "./notebook";
import { runNotebook } from "./run";
import { RunLine } from "./run-line";

export interface RunCommandOptions {
  output?: string | undefined;
  html?: string | undefined;
  allowErrors: boolean;
  timeoutSeconds?: number | undefined;
  /** Name of an installed kernel. */
  kernel?: string | undefined;
}

/** `gradlens run`: gives the exit status. */
export async function runCommand(file: string, options: RunCommandOptions): Promise<number> {
  for (const target of [options.output, options.html]) if (target !== undefined) checkFolder(target);
  const started = Date.now();
  const line = process.stderr.isTTY && !isOff(process.env.GRADLENS_PROGRESS) ? new RunLine() : undefined;
  const kernel =
    options.kernel === undefined
      ? undefined
      : namedKernel(options.kernel, jupyterDataFolders(process.platform, process.env, homedir()));
  const { notebook, failures } = await runNotebook(file, {
    ...options,
    kernel,
    onCell: line && ((number, count) => line.cell(number, count)),
    onMessage: line && ((message) => line.receive(message)),
  }).finally(() => line?.clear());
  const cells = notebook.cells.filter((cell) => cell.execution_count != null).length;
  if (options.output !== undefined) {
    writeNotebook(options.output, notebook);
    console.log(`wrote ${options.output}`);
  }
  if (options.html !== undefined) {
    writeFileSync(options.html, notebookToHtml(notebook, path.basename(file, ".ipynb")));
    console.log(`wrote ${options.html}`);
  }
  for (const { number, output } of failures) {
    const traceback = (output.traceback ?? []).join("\n");
    console.error(
      `\ncode cell ${number} of ${file}:\n${process.stderr.isTTY && !process.env.NO_COLOR ? traceback : stripVTControlCharacters(traceback)}`,
    );
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${cells} cells in ${seconds} s${failures.length > 0 ? `, ${failures.length} failed` : ""}`);
  return failures.some(({ fatal }) => fatal || !options.allowErrors) ? 1 : 0;
}

/** Before everything is run in vain. */
function checkFolder(target: string): void {
  const folder = path.dirname(path.resolve(target));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`runCommand(): expected a place in an existing folder, got ${target}`);
}
