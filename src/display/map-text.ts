/** A map in words: its line, its target, its scores. */

import type { MapView, PartView } from "./map-view";
import { largestError } from "./sampling-error";
import { readable, shown } from "./text";

/** One readable line: method, target, F(x), sum of the attribution, convergence delta, shape. */
export function mapText(view: MapView): string {
  const count = view.score.length;
  const shapes = view.parts.map((part) => {
    const shape = part.values.shape.slice(1).join("×") || "1";
    return view.parts.length > 1 || part.at === "layer" ? `${part.name} ${shape}` : shape;
  });
  const facts =
    count === 1
      ? [
          targetText(view, 0),
          `F(x) ${readable(view.score[0])}`,
          `Σ ${readable(sumOfExample(view, 0))}`,
          ...(view.convergenceDelta ? [`δ ${readable(view.convergenceDelta[0], 2)}`] : []),
          ...detailTexts(view, 0),
        ]
      : [
          `${count} examples`,
          ...(view.convergenceDelta ? [`largest |δ| ${readable(largest(view.convergenceDelta), 2)}`] : []),
        ];
  const error = largestError(
    view,
    view.score.map((_, example) => example),
  );
  if (error !== undefined) facts.push(`standard error ≤ ${readable(error, 2)}`);
  const warnings =
    view.warnings.length === 0
      ? []
      : [view.warnings.length === 1 ? "1 warning" : `${view.warnings.length} warnings`];
  return shown([view.method, ...facts, shapes.join(", "), ...warnings].join(" · "));
}

/** `target "7"` of one example. */
export function targetText(view: MapView, example: number): string {
  return `target "${shown(view.target[example] ?? "?")}"`;
}

/** Scores of one example, and what F is: `logit F(x) = 12.3, F(x′) = 0.1, convergence delta = −0.02`. */
export function scoreText(view: MapView, example: number): string {
  const facts = [`${view.explain} F(x) = ${readable(view.score[example])}`];
  if (view.baselineScore) facts.push(`F(x′) = ${readable(view.baselineScore[example])}`);
  if (view.convergenceDelta) facts.push(`convergence delta = ${readable(view.convergenceDelta[example], 2)}`);
  facts.push(...detailTexts(view, example));
  return facts.join(", ");
}

/** A method's own numbers of one example: `R² = 0.93`. */
function detailTexts({ details = {} }: MapView, example: number): string[] {
  return Object.entries(details).map(([name, values]) => `${name} = ${readable(values[example], 2)}`);
}

/** The same in short lines, for small panels. */
export function shortScoreLines(view: MapView, example: number): string[] {
  const delta = view.convergenceDelta?.[example];
  return [
    `F(x) = ${readable(view.score[example])}`,
    ...(delta === undefined ? [] : [`δ = ${readable(delta, 2)}`]),
    ...detailTexts(view, example),
  ];
}

/** Name of a part where there are several, or where it is a layer. */
export function partTitle(view: MapView, part: PartView): string {
  if (part.at === "layer") return `at layer ${part.name}`;
  return view.parts.length > 1 ? `input ${part.name}` : "";
}

/** Sum of the attribution of one example over all parts. */
export function sumOfExample(view: MapView, example: number): number {
  let sum = 0;
  for (const { values } of view.parts) {
    const size = values.data.length / values.shape[0];
    for (let i = example * size; i < (example + 1) * size; i++) sum += values.data[i];
  }
  return sum;
}

function largest(values: readonly number[]): number {
  return values.reduce((most, v) => (Math.abs(v) > most || Number.isNaN(v) ? Math.abs(v) : most), 0);
}
