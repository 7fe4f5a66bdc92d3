/** The stand-alone page: the explorer in the whole window, its state in the address. */
import type { HostModel } from "./host-model";
import explorer from "./index";

const LATER = 250;

const el = document.getElementById("explorer");
let state: unknown = location.hash;
let waiting = false;
let end: (() => void) | undefined;

const model: HostModel = {
  get: () => state,
  set(_, value) {
    state = value;
  },
  // Browsers allow some hundred changes of the address in half a minute; a brush makes more.
  save_changes() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      history.replaceState(null, "", `#${state}`);
    }, LATER);
  },
};

async function open(): Promise<void> {
  end?.();
  if (el) end = await explorer.render({ model, el });
  document.getElementById("loading")?.remove();
}

addEventListener("hashchange", () => {
  state = location.hash;
  void open();
});
void open();
