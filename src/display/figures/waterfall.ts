/** Waterfall: the way from the baseline's score to the score, one feature after the other. */

import { outOfRange } from "../../check";
import { reducedNotes } from "../cancelling";
import {
  type Contribution,
  contributionColours,
  contributionsOf,
  errorLines,
  hoverOf,
  NEUTRAL,
} from "../contributions";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BarPanel } from "../figure-description";
import { notFiniteNotes } from "../map-scales";
import { sumOfExample } from "../map-text";
import { exampleOf } from "../part-grids";
import { ERROR_NOTE } from "../sampling-error";
import { readable, signed } from "../text";

const BARS = 12;
/** A convergence delta below this share of the way would be no wider than a line. */
const VISIBLE = 2e-3;

/**
 * From F(x′) to F(x): each bar begins where the one before ends, the largest contribution first.
 *
 * At most `max` (12) features; the rest is summed into one bar, and so is what inputs of other kinds add. Shows one
 * example: `example` (0). Throws when the map has no score of a baseline to begin at.
 */
export const waterfall: DefinedFigure = defineFigure(
  {
    name: "waterfall",
    title: "Waterfall",
    shows:
      "The way from the baseline's score F(x′) to the score F(x): each bar begins where the one before ends, the largest contribution first, the small ones summed. A grey bar is the convergence delta: what the contributions miss.",
    cannotShow:
      "An order in which the model works: bars are sorted by size, and any order would arrive at F(x). Nor what a feature would add alone, since interactions are shared out among features.",
    modalities: ["table", "text"],
    needs: ["baselineScore"],
    max: "features (12)",
  },
  ({ view, parts, example, options }) => {
    const score = view.score[example];
    const from = view.baselineScore![example];
    if (!Number.isFinite(score) || !Number.isFinite(from))
      throw outOfRange("waterfall", "finite scores of input and baseline", `${from} and ${score}`);
    const shown = contributionsOf(parts, example, Math.max(2, options.max ?? BARS));
    const others = sumOfExample(
      { ...view, parts: view.parts.filter((part) => !parts.includes(part)) },
      example,
    );
    const missed = -view.convergenceDelta![example];
    const visible = Math.abs(missed) > VISIBLE * Math.abs(score - from);
    const row = (label: string, value: number): Contribution => ({
      name: label,
      label,
      value,
      magnitude: 0,
      input: "",
    });
    const delta = row("convergence delta", missed);
    const rows = [
      row("baseline F(x′)", 0),
      ...shown,
      ...(others === 0 ? [] : [row("other inputs", others)]),
      ...(visible ? [delta] : []),
      row("input F(x)", 0),
    ];
    const values = rows.map(({ value }) => value);
    // Where each row ends; a value that is not finite leads nowhere.
    let end = from;
    const ends = values.map((value) => (end += Number.isFinite(value) ? value : 0));
    const last = rows.length - 1;
    const errors = errorLines(rows);
    const fills = contributionColours(rows, options.colormap);
    const panel: BarPanel = {
      kind: "bars",
      title: "",
      caption: [],
      width: 420,
      height: rows.length * 22,
      labels: rows.map(({ label }) => label),
      values,
      starts: [from, ...ends.slice(0, last - 1), score],
      texts: values.map((value, i) =>
        i === 0 ? readable(from) : i === last ? readable(score) : signed(value),
      ),
      valueLabel: view.explain,
      ...(errors && { errors }),
      fills: fills.map((fill, i) => (rows[i] === delta ? NEUTRAL : fill)),
      hover: [...hoverOf(rows, parts), { label: "score after it", texts: ends.map((at) => readable(at, 5)) }],
    };
    return {
      rows: [[panel]],
      notes: [
        ...(errors ? [ERROR_NOTE] : []),
        ...reducedNotes(parts),
        ...notFiniteNotes(parts.map((part) => exampleOf(part.values, example))),
      ],
    };
  },
);
