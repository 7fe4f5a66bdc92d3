/** Readouts: prediction, strongest pixels, completeness, signal to noise and saturation, each with its sentence. */

import type { Attribution } from "../../../src/attribution";
import { readable, signed } from "../../../src/display/text";
import type { Store } from "../store";
import {
  completenessSaid,
  percent,
  type Said,
  saturationSaid,
  scoreName,
  signalSaid,
  targetOf,
  topCells,
} from "../words";
import { element, together, type View, write } from "./element";

const TOP = 5;

/** The column of readouts. */
export function readouts(store: Store): View {
  return together(element("aside", { class: "readouts", "aria-label": "Readouts" }), [
    prediction(store),
    topPixels(store),
    readout(
      "Completeness of integrated gradients",
      () => completenessValue(store),
      () => completenessSaid(store),
    ),
    readout(
      "Signal to noise",
      () => {
        const value = store.answers.quality?.values[0];
        return value === undefined ? "…" : `${readable(value, 2)}×`;
      },
      () => signalSaid(store.answers.quality?.values[0]),
    ),
    readout(
      "Saturation",
      () => "",
      () => saturationSaid(store),
    ),
  ]);
}

function readout(title: string, value: () => string, said: () => Said): View {
  const number = element("p", { class: "value" });
  const text = element("p", { class: "said" });
  const node = element("section", { class: "card readout" }, element("h3", {}, title), number, text);
  return {
    node,
    update() {
      const { tone, text: words } = said();
      write(number, value());
      write(text, words);
      node.dataset["tone"] = tone;
    },
  };
}

function completenessValue(store: Store): string {
  const map = store.answers.path;
  return map ? `Σ − Δf = ${signed(map.convergenceDelta[0], 3)}` : "…";
}

/** A bar for each class; pressing one explains that class. */
function prediction(store: Store): View {
  const list = element("ul", { class: "classes" });
  const numbers = element("dl", { class: "scores" });
  let names = "";
  return {
    node: element(
      "section",
      { class: "card readout" },
      element("h3", {}, "Prediction"),
      list,
      element("p", { class: "note" }, "Press a class to ask about it; press it again for the predicted one."),
      numbers,
    ),
    update() {
      const answer = store.answers.prediction;
      const { classes } = store.net;
      if (names !== classes.join("|")) {
        names = classes.join("|");
        list.replaceChildren(...classes.map((name, i) => classRow(store, name, i)));
      }
      const target = targetOf(store);
      Array.from(list.children).forEach((row, i) => {
        const share = answer?.probabilities[i] ?? 0;
        const button = row.firstElementChild;
        if (!button) return;
        button.setAttribute("aria-pressed", String(i === target));
        button.classList.toggle("predicted", i === answer?.predicted);
        const [, track, text] = Array.from(button.children);
        if (track?.firstElementChild instanceof HTMLElement)
          track.firstElementChild.style.width = `${100 * share}%`;
        if (text) write(text, answer ? percent(share) : "…");
      });
      const map = store.answers.path;
      const rows: [string, string][] = map
        ? [
            [`F(x)`, readable(map.score[0], 4)],
            [`F(x′)`, readable(map.baselineScore[0], 4)],
            [`Δf = F(x) − F(x′)`, readable(map.score[0] - map.baselineScore[0], 4)],
          ]
        : [];
      const all = [["F is", scoreName(store)], ...rows];
      const key = all.flat().join("|");
      if (numbers.dataset["key"] === key) return;
      numbers.dataset["key"] = key;
      numbers.replaceChildren(
        ...all.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
      );
    },
  };
}

function classRow(store: Store, name: string, index: number): HTMLElement {
  return element(
    "li",
    {},
    element(
      "button",
      {
        type: "button",
        class: "class",
        onclick: () => store.change({ target: store.state.target === index ? undefined : index }),
      },
      element("span", { class: "class-name" }, name),
      element("span", { class: "track" }, element("span", { class: "fill" })),
      element("span", { class: "bar-text" }),
    ),
  );
}

/** The map of the open tab. */
function mapOfTab(store: Store): Attribution | undefined {
  const { answers, state } = store;
  return { saliency: answers.saliency, path: answers.path, compare: answers.path, trust: answers.trusted }[
    state.tab
  ];
}

function topPixels(store: Store): View {
  const list = element("ol", { class: "top" });
  for (let i = 0; i < TOP; i++)
    list.append(
      element(
        "li",
        {},
        element("span", { class: "bar-name" }),
        element("span", { class: "track" }, element("span", { class: "fill" })),
        element("span", { class: "bar-text" }),
      ),
    );
  const title = element("h3");
  return {
    node: element(
      "section",
      { class: "card readout" },
      title,
      list,
      element("p", { class: "note" }, "(row, column), from 0"),
    ),
    update() {
      const map = mapOfTab(store);
      write(
        title,
        `Strongest pixels · ${map?.method === "saliency" ? "saliency" : map?.method === "smoothGrad" ? "SmoothGrad" : "integrated gradients"}`,
      );
      const top = map ? topCells(map, TOP) : [];
      const most = Math.abs(top[0]?.value ?? 0) || 1;
      const { columns } = store.net;
      Array.from(list.children).forEach((row, i) => {
        const found = top[i];
        const [name, track, text] = Array.from(row.children);
        if (!name || !track || !text) return;
        write(name, found ? `(${Math.floor(found.cell / columns)}, ${found.cell % columns})` : "—");
        write(text, found ? signed(found.value) : "");
        const fill = track.firstElementChild;
        if (!(fill instanceof HTMLElement)) return;
        fill.className = `fill ${(found?.value ?? 0) < 0 ? "negative" : "positive"}`;
        fill.style.width = `${(100 * Math.abs(found?.value ?? 0)) / most}%`;
      });
    },
  };
}
