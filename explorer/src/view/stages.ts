/** Stages: what each tab shows. All of them begin with the picture that is painted on. */

import type { Attribution } from "../../../src/attribution";
import { largestMagnitude } from "../../../src/display/colour";
import { rankCorrelation } from "../../../src/display/rank-correlation";
import { readable, signed } from "../../../src/display/text";
import { between } from "../../../src/tensor";
import type { TabName } from "../state";
import { TRUSTED_CHOICES } from "../state";
import type { Store } from "../store";
import {
  BASELINE_LABELS,
  METHOD_LABELS,
  randomisedSaid,
  removalSaid,
  scoreName,
  stabilitySaid,
  walked,
} from "../words";
import { bars, lineChart } from "./chart";
import { note, pressed, slider } from "./controls";
import { element, together, type View, write } from "./element";
import { paintable } from "./paint";
import { gridOf, type PanelContent, panel } from "./panel";
import type { Zoom } from "./zoom";

/** A stage: the panels that one plays with, and what stands below the play bar. */
export interface Stage {
  readonly panels: View;
  readonly below?: View;
}

/** Makes the stage of each tab. */
export const STAGES: Readonly<Record<TabName, (store: Store, zoom: Zoom) => Stage>> = {
  saliency: saliencyStage,
  path: pathStage,
  compare: compareStage,
  trust: trustStage,
};

const PER_PIXEL = "per unit of grey";
const SHARES = "of F";

/** A map as a panel; full colour as the state says. */
function mapContent(
  store: Store,
  map: Attribution | undefined,
  title: string,
  subtitle: string,
  unit: string,
  shared: readonly Attribution[] = [],
): PanelContent | undefined {
  if (!map) return undefined;
  const all = [map, ...shared].map(({ values }) => largestMagnitude(values.data));
  const limit = { panel: undefined, shared: Math.max(...all), raw: 1 }[store.state.scale];
  return { title, subtitle, ...gridOf(map.values, store.net), colours: "signed", limit, unit };
}

/** The picture that is painted on. */
function inputPanel(store: Store, zoom: Zoom): View {
  return paintable(store, zoom, "input", () => {
    const { rows, columns } = store.net;
    return {
      title: "Your picture",
      subtitle: `paint on it · ${rows} × ${columns} pixels`,
      values: store.cells,
      rows,
      columns,
      colours: "grey",
      unit: "",
    };
  });
}

function panels(...views: readonly View[]): View {
  return together(element("div", { class: `panels of-${views.length}` }), views);
}

/** A view that is made anew from what it shows, when that changes. */
function remade(key: () => string, make: () => HTMLElement): View {
  const node = element("div", { class: "remade" });
  let last: string | undefined;
  return {
    node,
    update() {
      const now = key();
      if (now === last) return;
      last = now;
      node.replaceChildren(make());
    },
  };
}

function saliencyStage(store: Store, zoom: Zoom): Stage {
  const map = panel(store, zoom, () =>
    mapContent(
      store,
      store.answers.saliency,
      "Gradient ∂F/∂x",
      `how ${scoreName(store)} answers to each pixel`,
      PER_PIXEL,
    ),
  );
  return { panels: panels(inputPanel(store, zoom), map) };
}

function pathStage(store: Store, zoom: Zoom): Stage {
  const baselineContent = (): PanelContent => ({
    title: "Baseline x′",
    subtitle: BASELINE_LABELS[store.state.baseline],
    values: store.baselineCells,
    rows: store.net.rows,
    columns: store.net.columns,
    colours: "grey",
    unit: "",
  });
  const interpolated = panel(store, zoom, () => {
    const map = store.answers.path;
    const at = walked(store);
    if (!map?.baseline || !at) return undefined;
    const point = between(map.baseline, map.input, at.alpha);
    return {
      title: "On the way",
      subtitle: `x′ + α (x − x′), α = ${at.alpha.toFixed(2)} (step ${at.step} / ${at.count})`,
      ...gridOf(point, store.net),
      colours: "grey",
      unit: "",
    };
  });
  const accumulated = panel(store, zoom, () => accumulatedContent(store));
  const chart = remade(
    () => JSON.stringify([store.answers.path?.path?.runningSum, walked(store)?.step]),
    () => pathCharts(store),
  );
  return {
    panels: panels(
      inputPanel(store, zoom),
      paintable(store, zoom, "baseline", baselineContent),
      interpolated,
      accumulated,
    ),
    below: chart,
  };
}

/** The map as it is after the steps that were taken. */
function accumulatedContent(store: Store): PanelContent | undefined {
  const map = store.answers.path;
  const at = walked(store);
  if (!map?.path || !at) return undefined;
  const { accumulated } = map.path;
  const [frames] = accumulated;
  const size = map.values.data.length;
  const data =
    at.step === 0 ? new Float32Array(size) : frames.data.subarray((at.step - 1) * size, at.step * size);
  const whole = largestMagnitude(map.values.data);
  return {
    title: "Attribution so far",
    subtitle: `Σ of ${at.step} gradients × (x − x′)`,
    ...gridOf({ data, shape: map.values.shape }, store.net),
    colours: "signed",
    // The colours of the whole map, so that a reader sees it grow.
    limit: store.state.scale === "raw" ? 1 : whole || undefined,
    unit: SHARES,
  };
}

function pathCharts(store: Store): HTMLElement {
  const map = store.answers.path;
  const at = walked(store);
  if (!map?.path || !at) return element("p", { class: "note" }, "…");
  const { alphas, runningSum, scores } = map.path;
  const sums = runningSum[0];
  const rise = scores[0].map((score) => score - map.baselineScore[0]);
  const added = sums.map((sum, i) => sum - (i === 0 ? 0 : sums[i - 1]));
  return element(
    "div",
    { class: "charts" },
    lineChart({
      title: "The sum grows to F(x) − F(x′)",
      xLabel: "α, from the baseline to your picture",
      xRange: [0, 1],
      yLabel: "score",
      lines: [
        { name: "F on the way − F(x′)", look: "quiet", x: alphas, y: rise },
        {
          name: "sum of the map so far",
          look: "main",
          x: alphas.slice(0, at.step),
          y: sums.slice(0, at.step),
        },
      ],
      levels: [{ name: "F(x) − F(x′)", y: at.difference }],
      cursor: at.alpha,
    }),
    lineChart({
      title: "What each step adds",
      xLabel: "α",
      xRange: [0, 1],
      yLabel: "score per step",
      lines: [],
      bars: { x: alphas, y: added.map((value, i) => (i < at.step ? value : 0)) },
      cursor: at.alpha,
    }),
  );
}

function compareStage(store: Store, zoom: Zoom): Stage {
  const kinds = [
    ["Fast, but local: the gradient at the picture alone.", PER_PIXEL],
    ["Shares of the score, gathered on the way from the baseline.", SHARES],
    ["Calmer: the mean gradient over 25 noisy copies.", PER_PIXEL],
    ["Where in a layer: coarse, in positions and not in pixels.", "score per position"],
  ] as const;
  const names = ["Vanilla gradients", "Integrated gradients", "SmoothGrad", "Grad-CAM"];
  const maps = kinds.map(([says, unit], i) => {
    const read = (): PanelContent | undefined => {
      const found = store.answers.compared?.[i];
      const others = (store.answers.compared ?? []).flatMap(({ map }, k) =>
        map && kinds[k][1] === unit ? [map] : [],
      );
      return found && mapContent(store, found.map, found.name, says, unit, others);
    };
    const shown = panel(store, zoom, read);
    const numbers = element("p", { class: "numbers-line" });
    shown.node.append(numbers);
    return {
      node: shown.node,
      update() {
        shown.update();
        const found = store.answers.compared?.[i];
        shown.node.classList.toggle("absent", found !== undefined && !found.map);
        write(numbers, found ? comparedLine(found) : `${names[i]} …`);
      },
    };
  });
  const below = remade(
    () =>
      JSON.stringify(store.answers.compared?.map(({ name, delta, magnitude }) => [name, delta, magnitude])),
    () => compareCharts(store),
  );
  return { panels: panels(inputPanel(store, zoom), ...maps), below };
}

function comparedLine({
  name,
  map,
  why,
  signalToNoise,
  delta,
}: {
  readonly name: string;
  readonly map: Attribution | undefined;
  readonly why: string;
  readonly signalToNoise: number | undefined;
  readonly delta: number | undefined;
}): string {
  if (!map) return `${name}: ${why}`;
  const snr = `SNR ${signalToNoise === undefined ? "—" : `${readable(signalToNoise, 2)}×`}`;
  return map.values.shape[0] === map.input.shape[0] && delta !== undefined
    ? `${snr} · Σ − Δf ${signed(delta, 2)}`
    : snr;
}

function compareCharts(store: Store): HTMLElement {
  const there = (store.answers.compared ?? []).filter(({ map }) => map);
  if (there.length === 0) return element("p", { class: "note" }, "…");
  const size = store.net.rows * store.net.columns;
  const flat = there.filter(({ map }) => map?.values.data.length === size);
  const ranks = flat.flatMap((a, i) =>
    flat.slice(i + 1).map((b) => {
      const rho = rankCorrelation(Array.from(a.map?.values.data ?? []), Array.from(b.map?.values.data ?? []));
      return { name: `${a.name} ~ ${b.name}`, value: rho, text: readable(rho, 2) };
    }),
  );
  return element(
    "div",
    { class: "charts" },
    element(
      "figure",
      { class: "chart" },
      element(
        "figcaption",
        {},
        "Σ |attribution| of each map",
        element("span", { class: "panel-subtitle" }, "each in its own unit"),
      ),
      bars(
        there.map(({ name, magnitude }) => ({ name, value: magnitude, text: readable(magnitude ?? 0, 3) })),
      ),
    ),
    element(
      "figure",
      { class: "chart" },
      element(
        "figcaption",
        {},
        "Do they put the same pixels first?",
        element(
          "span",
          { class: "panel-subtitle" },
          "rank correlation: 1 the same order, 0 none, −1 reversed",
        ),
      ),
      bars(ranks),
    ),
  );
}

function trustStage(store: Store, zoom: Zoom): Stage {
  const trustedMap = panel(store, zoom, () =>
    mapContent(
      store,
      store.answers.trusted,
      "The map on trial",
      METHOD_LABELS[store.state.trusted],
      unitOf(store),
    ),
  );
  const which = pressed(
    "method on trial",
    TRUSTED_CHOICES.map((value) => ({ value, label: METHOD_LABELS[value] })),
    () => store.state.trusted,
    (trusted) => store.change({ trusted }),
  );
  const removal = remade(
    () => JSON.stringify([store.answers.removal?.deletion.curve, store.answers.removal?.insertion.curve]),
    () => removalChart(store),
  );
  const randomised = panel(store, zoom, () =>
    mapContent(
      store,
      store.answers.randomised?.map,
      "Its map after that",
      `${Math.min(store.state.randomised, store.answers.randomised?.layers.length ?? 0)} layers drawn anew`,
      unitOf(store),
    ),
  );
  const layers = slider(
    store,
    "randomised",
    "Layers drawn anew, from the output",
    () => ({ low: 0, high: store.answers.randomised?.layers.length ?? 1, by: 1 }),
    (value) =>
      `${Math.min(value, store.answers.randomised?.layers.length ?? value)} of ${store.answers.randomised?.layers.length ?? "…"}`,
  );
  const noisy = panel(store, zoom, () => {
    const stability = store.answers.stability;
    return (
      stability && {
        title: "A noisy copy",
        subtitle: `σ = ${readable(store.state.noise, 2)}`,
        ...gridOf(stability.input, store.net),
        colours: "grey",
        unit: "",
      }
    );
  });
  const noisyMap = panel(store, zoom, () =>
    mapContent(
      store,
      store.answers.stability?.map,
      "Its map",
      "for the class of the clean picture",
      unitOf(store),
    ),
  );
  const noise = slider(
    store,
    "noise",
    "Noise on the picture",
    () => ({ low: 0, high: 0.5, by: 0.01 }),
    (value) => `σ = ${readable(value, 2)}`,
  );
  return {
    panels: together(element("div"), [which, panels(inputPanel(store, zoom), trustedMap)]),
    below: together(element("div", { class: "trials" }), [
      trial("Take away what it puts first", [removal, note(() => removalSaid(store))]),
      trial("Destroy what the net has learned", [
        layers,
        panels(randomised),
        note(() => randomisedSaid(store)),
      ]),
      trial("Compare with something else", [baselinePanels(store, zoom), note(() => baselinesSaid(store))]),
      trial("Shake the picture", [noise, panels(noisy, noisyMap), note(() => stabilitySaid(store))]),
    ]),
  };
}

function unitOf(store: Store): string {
  return store.state.trusted === "integratedGradients" ? SHARES : PER_PIXEL;
}

function trial(title: string, views: readonly View[]): View {
  return together(element("section", { class: "trial" }, element("h3", {}, title)), views);
}

function removalChart(store: Store): HTMLElement {
  const removal = store.answers.removal;
  if (!removal?.deletion.curve || !removal.insertion.curve) return element("p", { class: "note" }, "…");
  const { deletion, insertion } = removal;
  const [first, last] = [deletion.curve, insertion.curve];
  if (!first || !last) return element("p");
  return lineChart({
    title: `Deletion ${readable(deletion.values[0] ?? 0, 3)} · insertion ${readable(insertion.values[0] ?? 0, 3)}`,
    xLabel: "share of the pixels",
    yLabel: "area under each curve; score",
    lines: [
      { name: "taken away", look: "main", x: first.at, y: first.values[0] },
      { name: "put back", look: "second", x: last.at, y: last.values[0] },
    ],
  });
}

/** Maps against each baseline, side by side; pressing one makes it the baseline of the page. */
function baselinePanels(store: Store, zoom: Zoom): View {
  const node = element("div", { class: "panels small" });
  const views = new Map<string, View>();
  return {
    node,
    update() {
      const all = store.answers.baselines ?? [];
      for (const { baseline } of all) {
        if (views.has(baseline)) continue;
        const shown = panel(store, zoom, () => {
          const found = store.answers.baselines?.find((each) => each.baseline === baseline)?.map;
          return mapContent(store, found, baseline, "", "");
        });
        const use = element(
          "button",
          { type: "button", class: "chip use", onclick: () => store.change({ baseline }) },
          "use",
        );
        use.setAttribute("aria-label", `use ${baseline} as baseline`);
        shown.node.append(use);
        views.set(baseline, { node: shown.node, update: shown.update });
        node.append(shown.node);
      }
      for (const [baseline, view] of views) {
        view.node.hidden = !all.some((each) => each.baseline === baseline);
        view.node
          .querySelector(".use")
          ?.setAttribute("aria-pressed", String(baseline === store.state.baseline));
        view.update();
      }
    },
  };
}

function baselinesSaid(store: Store): string {
  const all = store.answers.baselines;
  const own = all?.find(({ baseline }) => baseline === store.state.baseline)?.map;
  if (!all || !own) return "…";
  const others = all.flatMap(({ baseline, map }) =>
    baseline === store.state.baseline
      ? []
      : [
          `${baseline} ${readable(rankCorrelation(Array.from(own.values.data), Array.from(map.values.data)), 2)}`,
        ],
  );
  return `Integrated gradients answer “why this score rather than the baseline's?”: another baseline is another question. Rank correlation with the map against ${store.state.baseline}: ${others.join(", ")}. A pixel that equals its baseline has no share.`;
}
