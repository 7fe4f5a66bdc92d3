import { writeFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { notebookToHtml } from "./html";
import { writeNotebook } from "./notebook";
import { runNotebook } from "./run";

export interface RunCommandOptions {
  output?: string | undefined;
  html?: string | undefined;
  allowErrors: boolean;
  timeoutSeconds?: number | undefined;
}

/** `gradlens run`: gives the exit status. */
export async function runCommand(file: string, options: RunCommandOptions): Promise<number> {
  const started = Date.now();
  const { notebook, failures } = await runNotebook(file, options);
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
      `\ncode cell ${number} of ${file}:\n${process.stderr.isTTY ? traceback : stripVTControlCharacters(traceback)}`,
    );
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${cells} cells in ${seconds} s${failures.length > 0 ? `, ${failures.length} failed` : ""}`);
  return failures.some(({ fatal }) => fatal || !options.allowErrors) ? 1 : 0;
}
