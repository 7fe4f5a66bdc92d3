/** TypeScript files beside the notebook, and their changes. */
import { statSync } from "node:fs";
import type * as ts from "typescript";

/** Changes when the file does; empty when there is none. */
export function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : "";
}

interface SideFile {
  stamp: string;
  tell: ts.FileWatcherCallback;
}

/**
 * Files that cells import, looked at before a cell is compiled instead of being watched: the next cell sees an edit at
 * once. A file that no cell imports any more is kept, for the converter still thinks it converted when one does again.
 */
export class SideFiles {
  readonly #known: Map<string, SideFile> = new Map();

  watch(file: string, tell: ts.FileWatcherCallback): ts.FileWatcher {
    this.#known.set(file, { stamp: this.#known.get(file)?.stamp ?? stampOf(file), tell });
    return { close: () => {} };
  }

  /** Tells the compiler of the files that have changed. */
  look(): void {
    for (const [file, seen] of this.#known) {
      const before = seen.stamp;
      seen.stamp = stampOf(file);
      if (seen.stamp !== before) seen.tell(file, kindOf(before, seen.stamp));
    }
  }

  /** A new converter has converted none of them. */
  clear(): void {
    this.#known.clear();
  }
}

function kindOf(before: string, now: string): ts.FileWatcherEventKind {
  if (before === "") return 0 satisfies ts.FileWatcherEventKind.Created;
  if (now === "") return 2 satisfies ts.FileWatcherEventKind.Deleted;
  return 1 satisfies ts.FileWatcherEventKind.Changed;
}
