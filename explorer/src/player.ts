/** Player: moves the open tab on by itself. Integrated gradients take their steps, the other tabs go from one state to the next. */
import type { PatternName } from "./patterns";
import { SPEEDS, type State } from "./state";
import type { Store } from "./store";

/** Steps of the path in a second, for each speed. */
const STEPS_A_SECOND = [3, 8, 18, 40, 90];
/** Milliseconds that a picture, or a randomised layer, stays. */
const STAYS = [2800, 2000, 1300, 800, 400];

const DRAWN: readonly PatternName[] = ["edge", "circle", "diagonal"];

/** Moves the state on while the store plays. */
export class Player {
  readonly #store: Store;
  #last: number | undefined;
  #owed = 0;
  /** Frames and milliseconds of the last play, for those who measure. */
  frames = 0;
  elapsed = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  toggle(): void {
    if (this.#store.playing) this.stop();
    else this.start();
  }

  start(): void {
    const { state } = this.#store;
    if (state.tab === "path" && state.step >= state.steps) this.#store.change({ step: 0 });
    this.#last = undefined;
    this.#owed = 0;
    this.frames = 0;
    this.elapsed = 0;
    this.#store.play(true);
    requestAnimationFrame((now) => this.#frame(now));
  }

  stop(): void {
    this.#store.play(false);
  }

  /** One step on. */
  step(): void {
    this.#store.change(next(this.#store.state, this.#layers, this.#pictures));
  }

  /** Back to where the tab begins. */
  reset(): void {
    this.stop();
    const { tab, net } = this.#store.state;
    if (tab === "path") this.#store.change({ step: 0 });
    else if (tab === "trust") this.#store.change({ randomised: 0 });
    else this.#store.change(net === "logistic" ? { pattern: "edge" } : { pattern: "digit", digit: 0 });
  }

  get #layers(): number {
    return this.#store.answers.randomised?.layers.length ?? 0;
  }

  get #pictures(): number {
    return this.#store.digits.images.length;
  }

  #frame(now: number): void {
    const store = this.#store;
    if (!store.playing) return;
    const passed = this.#last === undefined ? 0 : now - this.#last;
    this.#last = now;
    this.frames++;
    this.elapsed += passed;
    const speed = Math.min(SPEEDS, store.state.speed) - 1;
    const { tab, step, steps } = store.state;
    if (tab === "path") {
      // A walk takes as long whatever the number of its steps.
      this.#owed += (passed / 1000) * STEPS_A_SECOND[speed] * (steps / 50);
      const whole = Math.min(steps - step, Math.floor(this.#owed));
      this.#owed -= whole;
      if (whole > 0) store.change({ step: step + whole });
      if (store.state.step >= steps) this.stop();
    } else {
      this.#owed += passed;
      if (this.#owed >= STAYS[speed] && !store.busy) {
        this.#owed = 0;
        this.step();
      }
    }
    requestAnimationFrame((time) => this.#frame(time));
  }
}

/** The change that one step on makes. */
function next(state: State, layers: number, pictures: number): Partial<State> {
  switch (state.tab) {
    case "path":
      return { step: Math.min(state.steps, state.step + 1) };
    case "trust":
      return { randomised: state.randomised >= layers ? 0 : state.randomised + 1 };
    default: {
      if (state.net !== "logistic") return { pattern: "digit", digit: (state.digit + 1) % pictures };
      return { pattern: DRAWN[(DRAWN.indexOf(state.pattern) + 1) % DRAWN.length] };
    }
  }
}
