/** The progress of a cell: one output for all that is under way. */
import type { MimeBundle } from "../display/bundle";
import { isOff } from "../environment";
import { type ProgressState, progressHtml, progressText } from "./progress-bar";

/** Progress that a gradlens call reports to its host; see src/platform/host.ts. */
export interface CallProgress {
  method: string;
  done: number;
  total: number;
  elapsedMs: number;
  /** What goes on where nothing is counted. */
  phase?: string;
}

/** Something under way that its owner moves. */
export interface ProgressRow {
  set(done: number): void;
  end(): void;
}

export type PublishProgress = (bundle: MimeBundle, options: { id: string; update: boolean }) => void;

/** Begins every display id of a progress output: `gradlens run` tells them from other outputs by it. */
export const PROGRESS_ID = "gradlens-progress-";

/** Nothing is shown of what takes less. */
const PATIENCE_MS = 500;
/** Front-ends lose messages that come faster than they draw. */
const INTERVAL_MS = 100;
/** A call that reached its total may be followed by the next one of a comparison: the bar stays for it. */
const LINGER_MS = 400;

/**
 * What is left of progress: nothing to see. An output cannot be taken back, and of one without any data nbconvert
 * complains.
 */
const NOTHING: MimeBundle = { "text/html": "", "text/plain": "" };

interface Row extends ProgressState {
  started: number;
  /** The call seems to have ended: nobody says so. */
  complete: boolean;
}

/**
 * The one progress output of the running cell: a line for each thing under way. It appears when something takes longer
 * than half a second and ends as an output of empty texts, so that a saved notebook shows nothing of it.
 */
export class ProgressBoard {
  readonly #rows: Set<Row> = new Set();
  readonly #calls: Map<string, Row> = new Map();
  #cellRuns = false;
  #cells = 0;
  #id: string | undefined;
  #visible = false;
  #lastPublished = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;

  readonly #publish: PublishProgress;
  readonly #now: () => number;

  constructor(publish: PublishProgress, now: () => number = () => performance.now()) {
    this.#publish = publish;
    this.#now = now;
  }

  beginCell(): void {
    this.#cells++;
    this.#cellRuns = true;
    // Another cell's output is another one to draw.
    this.#lastPublished = Number.NEGATIVE_INFINITY;
  }

  /** Whatever still runs in the background is not followed any more. */
  endCell(): void {
    this.#rows.clear();
    this.#calls.clear();
    this.#draw();
    clearTimeout(this.#timer);
    clearTimeout(this.#lingering);
    clearTimeout(this.#looking);
    this.#timer = undefined;
    this.#id = undefined;
    this.#cellRuns = false;
  }

  /** A gradlens call has moved; calls that follow each other share a line. */
  follow({ method, done, total, elapsedMs, phase }: CallProgress): void {
    if (!this.#cellRuns) return;
    let row = this.#calls.get(method);
    for (const [name, other] of this.#calls) if (other.complete && other !== row) this.#remove(name, other);
    if (!row) {
      row = { label: method, done, total, elapsedMs, started: 0, complete: false };
      this.#calls.set(method, row);
      this.#rows.add(row);
    }
    // What moves backwards is another call under the same name.
    if (phase === undefined && (!row.first || done < row.first.done)) row.first = { done, elapsedMs };
    const started = this.#now() - elapsedMs;
    Object.assign(row, { done, total, elapsedMs, phase, started, complete: done >= total });
    // The next report may be long in coming.
    clearTimeout(this.#looking);
    if (phase !== undefined) this.#looking = unrefed(() => this.#refresh(), PATIENCE_MS);
    clearTimeout(this.#lingering);
    if (row.complete) this.#lingering = unrefed(() => this.#removeComplete(), LINGER_MS);
    this.#refresh();
  }

  /** Begins a line of the user's own. */
  add(label: string, total: number | undefined): ProgressRow {
    const row: Row = { label, done: 0, total, elapsedMs: 0, started: this.#now(), complete: false };
    if (this.#cellRuns) this.#rows.add(row);
    return {
      set: (done) => {
        row.done = done;
        this.#refresh();
      },
      end: () => {
        if (this.#rows.delete(row)) this.#refresh();
      },
    };
  }

  #remove(method: string, row: Row): void {
    this.#calls.delete(method);
    this.#rows.delete(row);
  }

  #removeComplete(): void {
    for (const [name, row] of this.#calls) if (row.complete) this.#remove(name, row);
    this.#refresh();
  }

  /** Draws now, or as soon as the last drawing is old enough. */
  #refresh(): void {
    if (!this.#cellRuns || (!this.#visible && !this.#isWorthShowing())) return;
    const wait = this.#lastPublished + INTERVAL_MS - this.#now();
    if (wait <= 0) this.#draw();
    else
      this.#timer ??= unrefed(() => {
        this.#timer = undefined;
        this.#draw();
      }, wait);
  }

  #isWorthShowing(): boolean {
    if (isOff(process.env.GRADLENS_PROGRESS)) return false;
    const now = this.#now();
    for (const row of this.#rows) if (!row.complete && now - row.started >= PATIENCE_MS) return true;
    return false;
  }

  #draw(): void {
    if (this.#rows.size === 0 && !this.#visible) return;
    const now = this.#now();
    const shown = [...this.#rows].filter(
      (row) => this.#calls.has(row.label) || now - row.started >= PATIENCE_MS,
    );
    if (shown.length === 0 && !this.#visible) return;
    for (const row of shown) row.elapsedMs = now - row.started;
    const update = this.#id !== undefined;
    this.#id ??= `${PROGRESS_ID}${process.pid}-${this.#cells}`;
    this.#visible = shown.length > 0;
    this.#lastPublished = now;
    const bundle: MimeBundle = this.#visible
      ? { "text/html": shown.map(progressHtml).join(""), "text/plain": shown.map(progressText).join("\n") }
      : NOTHING;
    this.#publish(bundle, { id: this.#id, update });
  }
}

function unrefed(action: () => void, milliseconds: number): NodeJS.Timeout {
  const timer = setTimeout(action, milliseconds);
  timer.unref();
  return timer;
}
