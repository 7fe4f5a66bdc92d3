/** The module of the explorer, in the shape that anywidget's hosts know: `render({ model, el })`. */
import { type Digits, readDigits } from "./digits";
import { type HostModel, withoutKernel } from "./host-model";
import { fromFragment, toFragment } from "./link";
import { type Nets, netOf, readNets } from "./nets";
import { readOwn } from "./own-net";
import { type Answers, methodOf, QUESTIONS } from "./questions";
import { checkedState, type State } from "./state";
import { Store } from "./store";
import style from "./style.css";
import { page } from "./view/page";

/** Where the page lives, and what it may be told. */
export interface Hosted {
  readonly model?: HostModel;
  readonly el: HTMLElement;
}

interface Parts {
  readonly digits: Digits;
  readonly nets: Nets;
}

let parts: Promise<Parts> | undefined;

/** Digits and nets, read once for all explorers of a page. */
function readParts(): Promise<Parts> {
  parts ??= readDigits().then(async (digits) => ({ digits, nets: await readNets(digits) }));
  return parts;
}

/** Digits and nets of a page: a notebook's own where its host has one. */
async function partsOf(model: HostModel | undefined): Promise<Parts> {
  const own = model && (await readOwn(model));
  return own ? { digits: own.examples, nets: { own: own.net } } : readParts();
}

/** Draws the explorer into an element; gives a function that ends it. */
async function render({ model, el }: Hosted): Promise<() => void> {
  const { digits, nets } = await partsOf(model);
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = style;
  const store = new Store(startState(model, nets), digits, nets);
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

/** The state that the host holds, as a link's fragment or as fields; a page of one net of its own opens with that. */
function startState(model: HostModel | undefined, nets: Nets): State {
  const given = model?.get("state");
  const found =
    typeof given === "string"
      ? fromFragment(given)
      : checkedState(typeof given === "object" && given !== null ? { ...given } : {});
  if (!nets.own) return found;
  return { ...found, net: "own", ...(given ? {} : { digit: 0 }) };
}

/** Milliseconds in which changes are gathered: a brush makes hundreds in a second. */
const GATHERED = 100;

/** Tells the host the state, what is painted and the question of the open tab after each change, and hears of the host's. */
function tellHost(store: Store, model: HostModel): () => void {
  let last = toFragment(store.state);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    waiting = undefined;
    model.set("state", last);
    model.set("cells", Array.from(store.cells));
    model.set("asked", methodOf(store.subject));
    model.save_changes();
  };
  const hear = (): void => {
    const given = model.get("state");
    if (typeof given !== "string" || given === "" || given === last) return;
    last = given;
    store.change({ ...fromFragment(given), net: store.state.net });
  };
  // Another view of the same explorer.
  model.on?.("change:state", hear);
  // What was painted before the page was loaded anew. The kernel does not read links: it hears what they show.
  const connected = (): void => {
    hear();
    waiting ??= setTimeout(tell, GATHERED);
  };
  model.on?.("change:connected", connected);
  if (model.get("connected") === true) connected();
  const end = store.onChange(() => {
    const now = toFragment(store.state);
    if (now === last) return;
    last = now;
    waiting ??= setTimeout(tell, GATHERED);
  });
  return () => {
    clearTimeout(waiting);
    end();
  };
}

/** Opens an explorer that a notebook saved: with its kernel where the front-end gives one, else by itself. */
export function open(el: HTMLElement, data: Readonly<Record<string, unknown>>): Promise<() => void> {
  const connect: unknown = Reflect.get(globalThis, Symbol.for("gradlens.connect"));
  const model: HostModel = typeof connect === "function" ? connect(el, data) : withoutKernel(data);
  return render({ model, el });
}

/** The library's answer to one question about a state, as the page asks it. */
export async function answer<Name extends keyof Answers>(
  name: Name,
  given: Readonly<Record<string, unknown>>,
): Promise<Answers[Name]> {
  const state = checkedState(given);
  const { digits, nets } = await readParts();
  return QUESTIONS[name].ask({ state, net: netOf(nets, state.net), digits });
}

export { fromFragment, toFragment };
export default { render };
