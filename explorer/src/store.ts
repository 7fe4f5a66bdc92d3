/** Store: the state, the answers to it, and what can be undone. Views look at it and are told when it changes. */
import { Asker } from "./asker";
import type { Digits } from "./digits";
import { type ExplorerNet, type Nets, netOf } from "./nets";
import { type Answers, cellsOf, type Subject } from "./questions";
import type { State } from "./state";

/** What is painted on: the input, or the baseline of one's own. */
export type Surface = "input" | "baseline";

type Painted = Pick<State, "pattern" | "digit" | "pixels" | "baseline" | "baselinePixels">;

const MOST_UNDONE = 100;

/** Everything that the page shows. */
export class Store {
  readonly digits: Digits;
  readonly nets: Nets;
  answers: Partial<Answers> = {};
  /** Why the last question has no answer. */
  failure = "";
  playing = false;
  /** The cell under the pointer, in whichever panel. */
  hovered: number | undefined;
  readonly #asker: Asker;
  readonly #listeners: Set<() => void> = new Set();
  readonly #undo: Painted[] = [];
  #state: State;

  constructor(state: State, digits: Digits, nets: Nets) {
    this.digits = digits;
    this.nets = nets;
    this.#state = state;
    this.#asker = new Asker((answers, failure) => {
      this.answers = { ...this.answers, ...answers };
      if (failure !== undefined) this.failure = failure instanceof Error ? failure.message : String(failure);
      else if (Object.keys(answers).length > 0) this.failure = "";
      this.#told();
    });
    this.#asker.ask(this.subject);
  }

  get state(): State {
    return this.#state;
  }

  get net(): ExplorerNet {
    return netOf(this.nets, this.#state.net);
  }

  get subject(): Subject {
    return { state: this.#state, net: this.net, digits: this.digits };
  }

  /** Values of the input's cells. */
  get cells(): readonly number[] {
    return cellsOf(this.subject);
  }

  /** Whether answers are still to come. */
  get busy(): boolean {
    return this.#asker.busy;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  /** Changes the state; what was asked of it is asked anew where that matters. */
  change(changes: Partial<State>): void {
    const before = this.#state;
    const now = { ...before, ...changes };
    this.#state = { ...now, step: Math.min(now.step, now.steps) };
    if (this.#state.net !== before.net) {
      this.answers = {};
      this.#asker.forget();
    }
    this.#asker.ask(this.subject);
    this.#told();
  }

  /** Keeps what is painted, so that it can come back: called before a stroke. */
  keep(): void {
    const { pattern, digit, pixels, baseline, baselinePixels } = this.#state;
    this.#undo.push({ pattern, digit, pixels, baseline, baselinePixels });
    if (this.#undo.length > MOST_UNDONE) this.#undo.shift();
  }

  /** Takes the last stroke back. */
  undo(): void {
    const last = this.#undo.pop();
    if (last) this.change(last);
  }

  /** Paints a cell; the input becomes one of the reader's own. */
  paint(surface: Surface, cell: number, value: number): void {
    if (surface === "input") {
      this.change({ pattern: "custom", pixels: this.cells.map((old, i) => (i === cell ? value : old)) });
      return;
    }
    const old = this.baselineCells;
    this.change({ baseline: "custom", baselinePixels: old.map((grey, i) => (i === cell ? value : grey)) });
  }

  /** Values of the baseline's cells: those that the last map was made against. */
  get baselineCells(): readonly number[] {
    const { baseline, baselinePixels } = this.#state;
    const count = this.net.rows * this.net.columns;
    if (baseline === "custom") return Array.from({ length: count }, (_, i) => baselinePixels[i] ?? 0);
    const used = this.answers.path?.baseline;
    return Array.from({ length: count }, (_, i) => used?.data[i] ?? 0);
  }

  hover(cell: number | undefined): void {
    if (cell === this.hovered) return;
    this.hovered = cell;
    this.#told();
  }

  play(playing: boolean): void {
    this.playing = playing;
    this.#told();
  }

  /** Called after every change; gives a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #told(): void {
    for (const listener of this.#listeners) listener();
  }
}
