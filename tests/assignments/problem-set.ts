import { join } from "node:path";
import { type NotebookCell, type NotebookFile, readNotebook, root } from "../notebooks/notebook-files";

/** A problem set as its source has it, and submissions made from its release. */

/** What nbgrader keeps in a cell. */
export interface GradedCell extends NotebookCell {
  readonly metadata: {
    readonly nbgrader?: {
      readonly grade_id: string;
      readonly grade: boolean;
      readonly solution: boolean;
      readonly points?: number;
    };
  };
}

export const course: string = join(root, "notebooks", "assignments", "ps1");
export const sourceFile: string = join(course, "source", "ps1", "ps1.ipynb");
export const releaseFile: string = join(course, "release", "ps1", "ps1.ipynb");

export const cellsOf = (notebook: NotebookFile): readonly GradedCell[] =>
  notebook.cells as readonly GradedCell[];

export const textOf = (cell: NotebookCell): string => [cell.source].flat().join("");

/** Solution cells of the source by their id, without the markers. */
export function solutions(): Record<string, string> {
  const cells = cellsOf(readNotebook(sourceFile)).filter((cell) => cell.metadata.nbgrader?.solution);
  return Object.fromEntries(
    cells.map((cell) => [
      cell.metadata.nbgrader?.grade_id,
      textOf(cell).replace(/^.*(BEGIN|END) SOLUTION.*\n?/gm, ""),
    ]),
  );
}

/** Points of the graded cells by their id. */
export function points(): Record<string, number> {
  const cells = cellsOf(readNotebook(sourceFile)).filter((cell) => cell.metadata.nbgrader?.grade);
  return Object.fromEntries(
    cells.map(({ metadata }) => [metadata.nbgrader?.grade_id, metadata.nbgrader?.points ?? 0]),
  );
}

/** The released notebook with these answers in place of its stubs. */
export function submission(answers: Readonly<Record<string, string>>): NotebookFile {
  const release = readNotebook(releaseFile);
  const open = new Set(Object.keys(answers));
  const cells = cellsOf(release).map((cell) => {
    const id = cell.metadata.nbgrader?.grade_id ?? "";
    return open.delete(id) ? { ...cell, source: answers[id] as string } : cell;
  });
  if (open.size > 0) throw new Error(`no such cells: ${[...open].join(", ")}`);
  return { ...release, cells };
}
