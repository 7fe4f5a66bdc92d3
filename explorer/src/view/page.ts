/** Page: header, tabs, stage, controls and readouts, drawn once a frame when something has changed. */
import { minimumSteps, RULE_NAMES } from "../../../src/quadrature";
import { toFragment } from "../link";
import { NET_NAMES } from "../net-names";
import { PATTERN_NAMES, type PatternName } from "../patterns";
import { Player } from "../player";
import {
  BASELINE_CHOICES,
  EXPLAIN_CHOICES,
  FEWEST_STEPS,
  MOST_STEPS,
  SCALE_CHOICES,
  SPEEDS,
  TAB_NAMES,
  type TabName,
} from "../state";
import type { Store } from "../store";
import { BASELINE_LABELS, happening, scoreName, TAB_LABELS, walked } from "../words";
import { concepts } from "./concepts";
import { card, choice, note, pressed, slider } from "./controls";
import { element, together, type View, write } from "./element";
import { INKS } from "./paint";
import { readouts } from "./readouts";
import { STAGES, type Stage } from "./stages";
import { type Zoom, zoomDialog } from "./zoom";

const PATTERN_LABELS: Readonly<Record<PatternName, string>> = {
  digit: "Digit",
  edge: "Edge",
  circle: "Circle",
  diagonal: "Diagonal",
  custom: "Custom",
};

/** A pattern's name; a net of the reader's own has examples in place of digits. */
function patternLabel(store: Store, name: PatternName): string {
  return name === "digit" && store.net.own ? "Example" : PATTERN_LABELS[name];
}

/** The whole page, alive until `stop` is called. */
export interface Page {
  readonly node: HTMLElement;
  readonly player: Player;
  stop(): void;
}

export function page(store: Store): Page {
  const player = new Player(store);
  const zoom = zoomDialog();
  const node = element("div", { class: "gx" });
  const views: View[] = [
    header(store, node),
    tabs(store),
    body(store, zoom, player),
    concepts(),
    credits(),
    zoom,
  ];
  node.append(...views.map((view) => view.node));
  let asked = 0;
  const draw = (): void => {
    asked = 0;
    for (const view of views) view.update();
    node.dataset["busy"] = String(store.busy);
  };
  const soon = (): void => {
    if (asked === 0) asked = requestAnimationFrame(draw);
  };
  const stopListening = store.onChange(soon);
  const sizes = new ResizeObserver(soon);
  sizes.observe(node);
  const themes = followTheme(node, soon);
  const keys = (event: KeyboardEvent): void => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || !store.canUndo) return;
    event.preventDefault();
    store.undo();
  };
  node.addEventListener("keydown", keys);
  soon();
  return {
    node,
    player,
    stop() {
      player.stop();
      stopListening();
      sizes.disconnect();
      themes();
      cancelAnimationFrame(asked);
    },
  };
}

/** Sets the theme: that of the button, else of Jupyter, else the reader's system's; gives a function that ends it. */
function followTheme(node: HTMLElement, soon: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    const jupyter = document.body?.getAttribute("data-jp-theme-light");
    const system = jupyter === null || jupyter === undefined ? dark.matches : jupyter === "false";
    node.dataset["theme"] = node.dataset["chosen"] ?? (system ? "dark" : "light");
    soon();
  };
  const watcher = new MutationObserver(apply);
  watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  watcher.observe(node, { attributes: true, attributeFilter: ["data-chosen"] });
  dark.addEventListener("change", apply);
  apply();
  return () => {
    watcher.disconnect();
    dark.removeEventListener("change", apply);
  };
}

function header(store: Store, root: HTMLElement): View {
  const theme = element(
    "button",
    {
      type: "button",
      class: "chip",
      onclick: () => {
        root.dataset["chosen"] = root.dataset["theme"] === "dark" ? "light" : "dark";
      },
    },
    "Dark / light",
  );
  const link = element(
    "button",
    {
      type: "button",
      class: "chip",
      onclick: async () => {
        const address = `${location.href.replace(/#.*$/, "")}#${toFragment(store.state)}`;
        await navigator.clipboard?.writeText(address).catch(() => undefined);
        write(link, "Link copied");
        setTimeout(() => write(link, "Copy link"), 1500);
      },
    },
    "Copy link",
  );
  return {
    node: element(
      "header",
      { class: "head" },
      element(
        "div",
        {},
        element("h1", {}, "Gradient attribution explorer"),
        element(
          "p",
          { class: "lead" },
          store.net.own
            ? "Paint an input and see, cell by cell, why your net says what it says."
            : "Paint a digit and see, pixel by pixel, why the net says what it says.",
        ),
      ),
      element("div", { class: "chips" }, link, theme),
    ),
    update: () => {},
  };
}

function tabs(store: Store): View {
  const open = (tab: TabName): void => {
    store.play(false);
    store.change({ tab });
  };
  const buttons = TAB_NAMES.map((name) =>
    element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `gx-tab-${name}`,
        "aria-controls": "gx-stage",
        onclick: () => open(name),
      },
      TAB_LABELS[name],
    ),
  );
  const node = element("div", { class: "tabs", role: "tablist", "aria-label": "Activities" }, ...buttons);
  node.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    const count = TAB_NAMES.length;
    const to = (TAB_NAMES.indexOf(store.state.tab) + move + count) % count;
    open(TAB_NAMES[to]);
    buttons[to].focus();
  });
  return {
    node,
    update() {
      TAB_NAMES.forEach((name, i) => {
        buttons[i].setAttribute("aria-selected", String(name === store.state.tab));
        buttons[i].tabIndex = name === store.state.tab ? 0 : -1;
      });
    },
  };
}

function body(store: Store, zoom: Zoom, player: Player): View {
  return together(element("div", { class: "body" }), [
    main(store, zoom, player),
    readouts(store),
    settings(store),
  ]);
}

function main(store: Store, zoom: Zoom, player: Player): View {
  const heading = element("h2", { class: "heading" });
  const place = element("div", { class: "stage" });
  const below = element("div", { class: "stage below" });
  const node = element("main", { id: "gx-stage", role: "tabpanel" });
  const stages = new Map<TabName, Stage>();
  const parts = [patterns(store), playBar(store, player), happens(store)];
  node.append(heading, parts[0].node, place, parts[1].node, parts[2].node, below);
  let shown: TabName | undefined;
  return {
    node,
    update() {
      const { tab } = store.state;
      const stage = stages.get(tab) ?? STAGES[tab](store, zoom);
      stages.set(tab, stage);
      if (shown !== tab) {
        shown = tab;
        place.replaceChildren(stage.panels.node);
        below.replaceChildren(...(stage.below ? [stage.below.node] : []));
        node.setAttribute("aria-labelledby", `gx-tab-${tab}`);
      }
      write(
        heading,
        `${TAB_LABELS[tab]} — ${patternLabel(store, store.state.pattern).toLowerCase()} · ${store.net.label.toLowerCase()} · ${scoreName(store)}`,
      );
      stage.panels.update();
      stage.below?.update();
      for (const part of parts) part.update();
    },
  };
}

/** What is painted on: patterns, digits, the brush and undo. */
function patterns(store: Store): View {
  const choose = (pattern: PatternName): void => {
    store.keep();
    store.change(pattern === "custom" ? { pattern, pixels: store.cells } : { pattern });
  };
  const names = pressed(
    "Input pattern",
    PATTERN_NAMES.map((value) => ({ value, label: patternLabel(store, value) })),
    () => store.state.pattern,
    choose,
  );
  const turn = (by: number): void => {
    const count = store.digits.images.length;
    store.keep();
    store.change({ pattern: "digit", digit: (store.state.digit + by + count) % count });
  };
  const which = element("span", { class: "which" });
  const digits = element(
    "div",
    { class: "chips", role: "group", "aria-label": "Digit" },
    element(
      "button",
      { type: "button", class: "chip", "aria-label": "Digit before", onclick: () => turn(-1) },
      "‹",
    ),
    which,
    element(
      "button",
      { type: "button", class: "chip", "aria-label": "Next digit", onclick: () => turn(1) },
      "›",
    ),
  );
  const inks = pressed(
    "Brush",
    INKS.map((value) => ({ value, label: "", title: `brush: grey ${value}` })),
    () => store.state.ink,
    (ink) => store.change({ ink }),
  );
  inks.node.classList.add("inks");
  Array.from(inks.node.children).forEach((button, i) => {
    button.setAttribute("aria-label", `grey ${INKS[i]}`);
    if (button instanceof HTMLElement) button.style.setProperty("--ink", `${100 * INKS[i]}%`);
  });
  const undo = element("button", { type: "button", class: "chip", onclick: () => store.undo() }, "↶ Undo");
  const clear = element(
    "button",
    {
      type: "button",
      class: "chip",
      onclick: () => {
        store.keep();
        store.change({ pattern: "custom", pixels: store.cells.map(() => 0) });
      },
    },
    "Clear",
  );
  const node = element(
    "div",
    { class: "toolbar" },
    names.node,
    digits,
    element("div", { class: "brush" }, inks.node, element("div", { class: "chips" }, undo, clear)),
  );
  return {
    node,
    update() {
      names.update();
      inks.update();
      undo.disabled = !store.canUndo;
      const { pattern, digit } = store.state;
      write(
        which,
        pattern === "digit"
          ? (store.digits.names[digit % store.digits.names.length] ?? "")
          : store.net.own
            ? "examples"
            : "digits",
      );
    },
  };
}

/** Play, step, reset, where one is, and how fast it goes. */
function playBar(store: Store, player: Player): View {
  const play = element("button", { type: "button", class: "play", onclick: () => player.toggle() });
  const step = element("button", { type: "button", class: "chip", onclick: () => player.step() }, "Step →");
  const reset = element(
    "button",
    { type: "button", class: "chip", onclick: () => player.reset() },
    "↺ Reset",
  );
  const position = slider(
    store,
    "step",
    "Step",
    () => ({ low: 0, high: store.state.steps, by: 1 }),
    (value) => `${value} / ${store.state.steps} · α = ${(walked(store)?.alpha ?? 0).toFixed(2)}`,
  );
  const speed = slider(
    store,
    "speed",
    "Speed",
    () => ({ low: 1, high: SPEEDS, by: 1 }),
    (value) => `${value}×`,
  );
  position.node.classList.add("position");
  speed.node.classList.add("speed");
  const bar = element("div", { class: "play-bar" }, play, step, reset, position.node, speed.node);
  return {
    node: bar,
    update() {
      write(play, store.playing ? "■ Stop" : "▶ Play");
      position.node.hidden = store.state.tab !== "path";
      position.update();
      speed.update();
    },
  };
}

function happens(store: Store): View {
  const text = element("p");
  const node = element("section", { class: "card happening" }, element("h3", {}, "What's happening?"), text);
  return {
    node,
    update() {
      const said = happening(store);
      write(text, said.text);
      node.dataset["tone"] = said.tone;
    },
  };
}

function settings(store: Store): View {
  return together(element("aside", { class: "settings", "aria-label": "Settings" }), [
    card("Model", [
      choice(store, "net", "Net", () =>
        NET_NAMES.flatMap((value) => {
          const net = store.nets[value];
          return net ? [{ value, label: net.label }] : [];
        }),
      ),
      note(() => store.net.says),
      choice(store, "target", "Target class", () => [
        { value: undefined, label: "predicted" },
        ...store.net.classes.map((label, value) => ({ value, label })),
      ]),
      choice(store, "explain", "Score F", () => EXPLAIN_CHOICES.map((value) => ({ value, label: value }))),
    ]),
    card("Baseline", [
      choice(store, "baseline", "Compare with", () =>
        BASELINE_CHOICES.map((value) => ({ value, label: BASELINE_LABELS[value] })),
      ),
      note(() => "In the tab Integrated gradients it can be painted on."),
      slider(store, "seed", "Seed of what is random", () => ({ low: 0, high: 20, by: 1 }), String),
    ]),
    card("Integration", [
      slider(
        store,
        "steps",
        "Steps m",
        () => ({ low: Math.max(FEWEST_STEPS, minimumSteps(store.state.rule)), high: MOST_STEPS, by: 5 }),
        String,
      ),
      choice(store, "rule", "Rule", () => RULE_NAMES.map((value) => ({ value, label: value }))),
      note(() => {
        const map = store.answers.path;
        return map
          ? `${map.passes.backward} gradients in ${map.elapsedMs.toFixed(0)} ms. More steps take longer; how near the sum comes stands under Completeness.`
          : "…";
      }),
    ]),
    card("Colours", [
      choice(store, "scale", "Full colour is", () =>
        SCALE_CHOICES.map((value, i) => ({
          value,
          label: ["each map's largest value", "the largest of maps of one unit", "the value 1"][i],
        })),
      ),
      note(
        () => "Colours say red above zero and blue below; the legends say how much, hover says each number.",
      ),
    ]),
  ]);
}

function credits(): View {
  const node = element("footer", { class: "credits" });
  node.append(
    "After the ",
    element(
      "a",
      {
        href: "https://gchism94.github.io/uofa-neural-networks/gradient_attribution/ga_explorer.html",
        rel: "noopener",
      },
      "Gradient Attribution — Interactive Explorer",
    ),
    " of Greg T. Chism, © 2026, MIT licence; written anew for gradlens, MIT licence. Digits: E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, ",
    element("a", { href: "https://creativecommons.org/licenses/by/4.0/", rel: "noopener" }, "CC BY 4.0"),
    ". Everything is computed in this page.",
  );
  return { node, update: () => {} };
}
