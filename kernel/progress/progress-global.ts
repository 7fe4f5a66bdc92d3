/** `progress` of cells. */
import { checkOptions } from "../../src/check";
import type { ProgressBoard } from "./progress-board";

export interface ProgressOptions {
  label?: string;
  /** Number of items, for an iterable that does not know it itself. */
  total?: number;
}

export interface ProgressTask {
  /** Moves on by some steps, one by default. */
  advance(steps?: number): void;
  /** Sets how many steps are done. */
  set(done: number): void;
  /** Takes the bar away. */
  end(): void;
}

export interface CellProgress {
  <T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
  <T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;
  task(label: string, total?: number): ProgressTask;
}

function lengthOf(items: object): number | undefined {
  const { length, size } = items as { length?: unknown; size?: unknown };
  if (typeof length === "number") return length;
  return typeof size === "number" ? size : undefined;
}

function checkTotal(fn: string, total: unknown): void {
  if (total !== undefined && !(typeof total === "number" && total >= 0))
    throw new RangeError(`${fn}: expected total to be a number of at least 0, got ${String(total)}`);
}

function* walk<T>(board: ProgressBoard, items: Iterable<T>, label: string, total: number | undefined) {
  const row = board.add(label, total);
  let done = 0;
  try {
    for (const item of items) {
      yield item;
      row.set(++done);
    }
  } finally {
    row.end();
  }
}

async function* walkAsync<T>(
  board: ProgressBoard,
  items: AsyncIterable<T>,
  label: string,
  total: number | undefined,
) {
  const row = board.add(label, total);
  let done = 0;
  try {
    for await (const item of items) {
      yield item;
      row.set(++done);
    }
  } finally {
    row.end();
  }
}

/** The `progress` of every cell. */
export function createProgress(board: ProgressBoard): CellProgress {
  const progress = (items: unknown, options: ProgressOptions = {}) => {
    checkOptions("progress", options, ["label", "total"]);
    checkTotal("progress()", options.total);
    const { label = "" } = options;
    const given = Object(items) as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
    const total = options.total ?? (items === undefined || items === null ? undefined : lengthOf(given));
    if (typeof given[Symbol.iterator] === "function")
      return walk(board, items as Iterable<unknown>, label, total);
    if (typeof given[Symbol.asyncIterator] === "function")
      return walkAsync(board, items as AsyncIterable<unknown>, label, total);
    throw new TypeError(`progress(): expected an iterable, got ${items === null ? "null" : typeof items}`);
  };
  const task = (label: string, total?: number): ProgressTask => {
    checkTotal("progress.task()", total);
    const row = board.add(String(label), total);
    let done = 0;
    const set = (now: number) => {
      done = now;
      row.set(done);
    };
    return { advance: (steps = 1) => set(done + steps), set, end: () => row.end() };
  };
  return Object.assign(progress, { task }) as CellProgress;
}
