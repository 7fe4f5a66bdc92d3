/** Rows computed at once: chosen from shapes and the memory cap, never from time or free memory. */
import { outOfRange } from "../../check";
import { type Facts, isCapped, maxBytesOf } from "../../model/model";

/**
 * Tensors of one chunk on the cpu backend, at most. It gains nothing from large batches, and small chunks keep
 * timers, interrupts and progress alive.
 */
const CPU_CHUNK_BYTES = 24 * 2 ** 20;

/**
 * Rows per chunk when one row needs `bytesPerRow`. A row cannot be divided: where it needs more than a cap that was set
 * that is an error, and where none was set rows are computed one by one.
 */
export function rowsPerChunk(
  fn: string,
  bytesPerRow: number,
  {
    facts,
    asked,
    backend,
  }: { readonly facts: Facts; readonly asked: number | undefined; readonly backend: string },
): number {
  const maxBytes = maxBytesOf(facts, asked);
  if (bytesPerRow > maxBytes && isCapped(facts, asked)) {
    throw outOfRange(fn, `maxBytes of at least ${bytesPerRow} (what one example needs)`, String(maxBytes));
  }
  const budget = backend === "cpu" ? Math.min(maxBytes, CPU_CHUNK_BYTES) : maxBytes;
  return Math.max(1, Math.floor(budget / Math.max(1, bytesPerRow)));
}

/** Lets timers, messages and interrupts have their turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) =>
    typeof setImmediate === "function" ? setImmediate(resolve) : setTimeout(resolve, 0),
  );
}
