/** Controls: choices, sliders and buttons that change the state. */
import type { State } from "../state";
import type { Store } from "../store";
import { element, type View, write } from "./element";

/** A list to choose from. */
export function choice<Name extends keyof State>(
  store: Store,
  name: Name,
  label: string,
  options: () => readonly { readonly value: State[Name]; readonly label: string }[],
): View {
  const select = element("select", {
    "aria-label": label,
    onchange: () => {
      const chosen = options()[select.selectedIndex];
      if (chosen) store.change(changed(name, chosen.value));
    },
  });
  let key = "";
  return {
    node: element("label", { class: "field" }, element("span", {}, label), select),
    update() {
      const all = options();
      const labels = all.map((option) => option.label);
      if (labels.join("|") !== key) {
        key = labels.join("|");
        select.replaceChildren(...labels.map((text) => element("option", {}, text)));
      }
      select.selectedIndex = all.findIndex(({ value }) => value === store.state[name]);
    },
  };
}

/** A slider with its value beside it. */
export function slider(
  store: Store,
  name: "steps" | "step" | "speed" | "randomised" | "noise" | "seed",
  label: string,
  range: () => { readonly low: number; readonly high: number; readonly by: number },
  shown: (value: number) => string,
): View {
  const input = element("input", {
    type: "range",
    "aria-label": label,
    oninput: () => store.change(changed(name, Number(input.value))),
  });
  const value = element("output");
  return {
    node: element("label", { class: "field" }, element("span", {}, label, " ", value), input),
    update() {
      const { low, high, by } = range();
      const now = store.state[name];
      Object.assign(input, { min: String(low), max: String(high), step: String(by), value: String(now) });
      input.setAttribute("aria-valuetext", shown(now));
      write(value, shown(now));
    },
  };
}

/** Buttons of which one is pressed. */
export function pressed<Value extends string | number>(
  label: string,
  options: readonly { readonly value: Value; readonly label: string; readonly title?: string }[],
  read: () => Value | undefined,
  choose: (value: Value) => void,
): View {
  const buttons = options.map(({ value, label: text, title }) =>
    element("button", { type: "button", class: "chip", title, onclick: () => choose(value) }, text),
  );
  return {
    node: element("div", { class: "chips", role: "group", "aria-label": label }, ...buttons),
    update() {
      const now = read();
      buttons.forEach((button, i) => {
        button.setAttribute("aria-pressed", String(options[i].value === now));
      });
    },
  };
}

/** A change of one field. */
function changed<Name extends keyof State>(name: Name, value: State[Name]): Partial<State> {
  const change: { -readonly [Field in keyof State]?: State[Field] } = {};
  change[name] = value;
  return change;
}

/** A heading over parts, which can be folded. */
export function card(title: string, views: readonly View[], open = true): View {
  const node = element(
    "details",
    { class: "card", open },
    element("summary", {}, title),
    ...views.map((view) => view.node),
  );
  return { node, update: () => views.forEach((view) => void view.update()) };
}

/** A part that is a text alone. */
export function note(read: () => string): View {
  const node = element("p", { class: "note" });
  return { node, update: () => write(node, read()) };
}
