/** Placement of a session on the processor's cores. */
import { availableRuntimes } from "./runtimes";
import type { Placement } from "./session-runner";

/**
 * The cores that a request is given: one; each by itself, for rows that are shared out among copies of the session; or all
 * of them for every operator.
 */
export type Cores = "one" | "each" | "all";

/** Arithmetic per row below which threads cost more, by waiting for each other, than they gain. */
const THREADED_OPERATIONS = 1e7;

/** Work that keeps a core busy for so long, about a millisecond, that it is worth waking another. */
const CORE_WORK = 1e8;

/** Rows of a forward pass from which it is worth more than one core. */
const MANY_ROWS = 8;

/**
 * Bytes of weights that a core's cache keeps from one row to the next, or nearly so. Copies that answer for a row or two each
 * would all wait for larger ones to be read.
 */
const CACHED_BYTES = 16 * 2 ** 20;

/** Rows that a session is foreseen to get at once: copies that these do not keep busy are not loaded. */
const FORESEEN_ROWS = 256;

/** Copies at most: each is a thread with an engine of JavaScript in it. */
const MOST_COPIES = 8;

/** Bytes of models that all copies of a session may hold together. */
const COPIED_BYTES = 128 * 2 ** 20;

/** Placement for a model. Copies are for native code: WebAssembly's would each have threads of their own. */
export function placementFor(
  cores: Cores,
  model: {
    readonly modelBytes: number;
    readonly operationsPerRow: number;
    readonly workPerRow: number;
  },
): Placement {
  const [runtime] = availableRuntimes();
  const all = runtime?.threads ?? 1;
  const shared = (copies: number): Placement => ({
    copies,
    threads: model.operationsPerRow < THREADED_OPERATIONS ? 1 : Math.floor(all / copies),
  });
  if (cores === "one") return { copies: 1, threads: 1 };
  if (cores === "all" || runtime?.name !== "onnxruntime-node") return shared(1);
  const busy = copiesFor({ copies: Math.min(all, MOST_COPIES), ...model }, FORESEEN_ROWS);
  return shared(Math.max(1, Math.min(busy, Math.floor(COPIED_BYTES / model.modelBytes))));
}

/** The cores for a request of so many rows. */
export function coresFor(question: {
  readonly rows: number;
  /** A stretch of a path has many rows whatever the request has. */
  readonly path: boolean;
  readonly gradients: boolean;
  readonly weightBytes: number;
}): Cores {
  const { rows, path, gradients, weightBytes } = question;
  if (path) return "each";
  // A gradient's pass for target and scores is small, and comes at the same time as the gradient or just before.
  if (!gradients) return rows >= MANY_ROWS ? "each" : "one";
  return rows > 1 && weightBytes <= CACHED_BYTES ? "each" : "all";
}

/** Copies of a session that so many rows are shared out among. */
export function copiesFor(
  { copies, workPerRow }: { readonly copies: number; readonly workPerRow: number },
  rows: number,
): number {
  return Math.min(copies, rows, Math.max(1, Math.round((rows * workPerRow) / CORE_WORK)));
}
