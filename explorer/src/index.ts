/** The module of the explorer, in the shape that anywidget's hosts know: `render({ model, el })`. */
import { type Digits, readDigits } from "./digits";
import { fromFragment, toFragment } from "./link";
import { readNets } from "./nets";
import { type Answers, QUESTIONS } from "./questions";
import { checkedState, START, type State } from "./state";
import { Store } from "./store";
import style from "./style.css";
import { page } from "./view/page";

/** What the page uses of its host's model; a stand-alone page has none. */
export interface HostModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on?(event: string, listener: () => void): void;
}

/** Where the page lives, and what it may be told. */
export interface Hosted {
  readonly model?: HostModel;
  readonly el: HTMLElement;
}

interface Parts {
  readonly digits: Digits;
  readonly nets: Awaited<ReturnType<typeof readNets>>;
}

let parts: Promise<Parts> | undefined;

/** Digits and nets, read once for all explorers of a page. */
function readParts(): Promise<Parts> {
  parts ??= readDigits().then(async (digits) => ({ digits, nets: await readNets(digits) }));
  return parts;
}

/** Draws the explorer into an element; gives a function that ends it. */
async function render({ model, el }: Hosted): Promise<() => void> {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = style;
  const { digits, nets } = await readParts();
  const store = new Store(startState(model), digits, nets);
  const { node, player, stop } = page(store);
  root.replaceChildren(sheet, node);
  Object.assign(el, { explorer: { store, player } });
  const ends = model ? [tellHost(store, model)] : [];
  return () => {
    for (const end of ends) end();
    stop();
    root.replaceChildren();
  };
}

/** The state that the host holds, as a link's fragment or as fields. */
function startState(model: HostModel | undefined): State {
  const given = model?.get("state");
  if (typeof given === "string") return fromFragment(given);
  return typeof given === "object" && given !== null ? checkedState({ ...given }) : START;
}

/** Tells the host the state after each change. */
function tellHost(store: Store, model: HostModel): () => void {
  let last = toFragment(store.state);
  return store.onChange(() => {
    const now = toFragment(store.state);
    if (now === last) return;
    last = now;
    model.set("state", now);
    model.save_changes();
  });
}

/** The library's answer to one question about a state, as the page asks it. */
export async function answer<Name extends keyof Answers>(
  name: Name,
  given: Readonly<Record<string, unknown>>,
): Promise<Answers[Name]> {
  const state = checkedState(given);
  const { digits, nets } = await readParts();
  return QUESTIONS[name].ask({ state, net: nets[state.net], digits });
}

export { fromFragment, toFragment };
export default { render };
