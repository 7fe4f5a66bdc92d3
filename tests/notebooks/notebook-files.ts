import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** What the tests read of a notebook file. */
export interface NotebookFile {
  readonly nbformat: number;
  readonly nbformat_minor: number;
  readonly metadata: { readonly kernelspec?: { readonly name: string; readonly language: string } };
  readonly cells: readonly NotebookCell[];
}

/** One cell. */
export interface NotebookCell {
  readonly id?: string;
  readonly cell_type: "code" | "markdown" | "raw";
  readonly source: string | readonly string[];
  readonly outputs?: readonly NotebookOutput[];
  readonly execution_count?: number | null;
}

/** One output of a cell. */
export interface NotebookOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly ename?: string;
  readonly evalue?: string;
}

export const root: string = resolve(__dirname, "../..");
export const tutorials: string = join(root, "notebooks", "tutorials");

/** File names of the tutorials, in order. */
export const tutorialNames: string[] = readdirSync(tutorials)
  .filter((file) => file.endsWith(".ipynb"))
  .sort();

/** Read a notebook from disk. */
export function readNotebook(file: string): NotebookFile {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** What went wrong while a notebook ran: errors, and anything on stderr. Empty when all is well. */
export function complaints(notebook: NotebookFile): string[] {
  return notebook.cells.flatMap(({ id, outputs = [] }) =>
    outputs.flatMap((output) => {
      if (output.output_type === "error") return [`${id}: ${output.ename}: ${output.evalue}`];
      if (output.name === "stderr") return [`${id}: stderr: ${[output.text].flat().join("")}`];
      return [];
    }),
  );
}

/** Cells that never ran. */
export function skipped(notebook: NotebookFile): string[] {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  return code.filter((cell) => cell.execution_count == null).map((cell) => cell.id ?? "?");
}
