/** Embedding: examples that are explained alike lie close to each other. */

import { checkInteger, nearest, outOfRange, shown, wrongType } from "../../check";
import { type ColourScale, divergingScale, extent, largestMagnitude, rankScale } from "../colour";
import { evenly, type FeatureColumn, featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { PointPanel } from "../figure-description";
import { attributionLabel } from "../map-scales";
import { readable, shorten } from "../text";

const MOST_POINTS = 1000;
/** Features of largest mean magnitude that the plane is made of: the others hardly turn it. */
const MOST_FEATURES = 128;

/** Options of the embedding beside those of all figures. */
export interface EmbeddingOptions {
  /** colour is the attribution of this feature; the score where not said */
  feature: string | undefined;
  /** points drawn at most */
  points: number;
}

/**
 * The examples of a map in the plane in which their attributions differ most.
 *
 * Rows of A are attributions of examples; the axes are (A − Ā) v₁ and (A − Ā) v₂ with the first two eigenvectors v of the
 * covariance of A (Pearson 1901), each turned so that its largest entry is positive; unit: that of the score.
 *
 * `feature` (none: the score) is what colours show, `points` (1,000) how many are drawn at most. Of more than 128 features those of
 * the largest mean magnitude make the plane. Throws when there is no such feature, or fewer than two features.
 */
export const embedding: DefinedFigure<EmbeddingOptions> = defineFigure(
  {
    name: "embedding",
    title: "Embedding",
    shows:
      "The examples of a data set in the plane in which their attributions differ most: two that lie close to each other are explained alike, and groups apart are explained by different features. Colour is the score, or the attribution of one feature.",
    cannotShow:
      "What of the differences lies outside the plane, of which the axes tell the share inside; nor that two examples have like inputs, only like attributions.",
    ...OVER_A_DATA_SET,
    options: {
      feature: {
        default: undefined,
        check: (fn, value): string => {
          if (typeof value !== "string") throw wrongType(fn, "feature to be a name", shown(value));
          return value;
        },
        says: "name of the feature whose attribution is the colour; the score where not said",
      },
      points: {
        default: MOST_POINTS,
        check: (fn, value) => checkInteger(fn, "points", value, 2),
        says: "points drawn at most",
      },
    },
  },
  (scene) => {
    const { view, options } = scene;
    const columns = featureColumns(scene);
    if (columns.length < 2) throw outOfRange("embedding", "two features or more", `${columns.length}`);
    const used = columns.slice(0, MOST_FEATURES);
    const finite = scene.examples
      .map((_, place) => place)
      .filter((place) => used.every(({ attributions }) => Number.isFinite(attributions[place])));
    if (finite.length === 0) throw outOfRange("embedding", "an example of finite attributions", "none");
    const { axes, share } = planeOf(used, finite);
    const places = evenly(finite, options.points);
    const pick = (values: readonly number[]) => places.map((place) => values[place]);
    const strongest = places.map((place) => strongestOf(used, place));
    const scores = scene.examples.map((example) => view.score[example]);
    const colour =
      options.feature === undefined
        ? ofScores(scores, `${view.explain} F(x)`)
        : ofFeature(options.feature, columns, attributionLabel(view));
    const panel: PointPanel = {
      kind: "points",
      title: "",
      caption: [],
      width: 420,
      height: 320,
      x: pick(axes[0].positions),
      y: pick(axes[1].positions),
      xLabel: axisLabel("first", axes[0]),
      yLabel: axisLabel("second", axes[1]),
      values: pick(colour.values),
      colour: "point",
      size: 7,
      hover: [
        { label: "example", values: places.map((place) => scene.examples[place]) },
        { label: `${view.explain} F(x)`, values: pick(scores) },
        { label: "strongest feature", values: strongest, names: used.map(({ name }) => name) },
        {
          label: "its attribution",
          values: places.map((place, i) => used[strongest[i]].attributions[place]),
        },
      ],
      legend: true,
    };
    const left = scene.examples.length - finite.length;
    return {
      rows: [[panel]],
      colours: { point: colour.scale },
      notes: [
        `The plane holds ${readable(100 * share, 3)} % of the variance of the attributions${used.length < columns.length ? ` of ${used.length} features; ${columns.length - used.length} of smaller mean magnitude are left out` : ""}.`,
        ...(places.length < finite.length
          ? [`${places.length} of ${finite.length} examples: option points shows more.`]
          : []),
        ...(left > 0
          ? [`Left out, since an attribution is not finite: ${left} of ${scene.examples.length} examples.`]
          : []),
      ],
    };
  },
);

/** Number of the column of the largest magnitude of an example. */
function strongestOf(columns: readonly FeatureColumn[], place: number): number {
  const magnitude = (i: number) => Math.abs(columns[i].attributions[place]);
  return columns.reduce((most, _, i) => (magnitude(i) > magnitude(most) ? i : most), 0);
}

interface Axis {
  /** per example; of those that are not finite, nothing */
  readonly positions: readonly number[];
  /** of all variance */
  readonly share: number;
  /** the features of the largest entries */
  readonly strongest: readonly FeatureColumn[];
}

/** The first two principal components of the columns over these examples. */
function planeOf(
  columns: readonly FeatureColumn[],
  examples: readonly number[],
): { axes: Axis[]; share: number } {
  // Loaded where it is used, so that importing gradlens stays cheap.
  const { EigenvalueDecomposition, Matrix }: typeof import("ml-matrix") = require("ml-matrix");
  const centred = columns.map(({ attributions }) => {
    const mean = examples.reduce((sum, e) => sum + attributions[e], 0) / examples.length;
    return attributions.map((value) => value - mean);
  });
  const covariance = centred.map((a) =>
    centred.map((b) => examples.reduce((sum, e) => sum + a[e] * b[e], 0) / examples.length),
  );
  const total = covariance.reduce((sum, row, i) => sum + row[i], 0);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(covariance), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const axes = order.slice(0, 2).map((component): Axis => {
    const vector = eigenvectorMatrix.getColumn(component);
    const largest = vector.map((_, i) => i).sort((a, b) => Math.abs(vector[b]) - Math.abs(vector[a]));
    const sign = vector[largest[0]] < 0 ? -1 : 1;
    return {
      positions: centred[0].map((_, e) =>
        centred.reduce((sum, column, i) => sum + sign * vector[i] * column[e], 0),
      ),
      share: total > 0 ? Math.max(0, realEigenvalues[component]) / total : 0,
      strongest: largest.slice(0, 2).map((i) => columns[i]),
    };
  });
  return { axes, share: axes.reduce((sum, axis) => sum + axis.share, 0) };
}

function axisLabel(which: string, { share, strongest }: Axis): string {
  const names = strongest.map(({ name }) => shorten(name, 18)).join(", ");
  return `${which} component (${readable(100 * share, 3)} %), mostly ${names}`;
}

/** What colours show, one value per example, and their scale. */
interface Colouring {
  readonly values: readonly number[];
  readonly scale: ColourScale;
}

function ofScores(scores: readonly number[], label: string): Colouring {
  const [low, high] = extent(scores);
  const ends = high > low ? { low, high } : { constant: low };
  return { values: scores, scale: { ...rankScale(label), ...ends } };
}

function ofFeature(feature: string, columns: readonly FeatureColumn[], label: string): Colouring {
  const names = columns.map(({ name }) => name);
  const column = columns[names.indexOf(feature)];
  if (!column) {
    const near = nearest(feature, names).map((name) => `"${name}"`);
    throw outOfRange("embedding", `a feature of the map (nearest: ${near.join(", ")})`, `"${feature}"`);
  }
  const { attributions } = column;
  const scale = divergingScale(largestMagnitude(attributions), `${label} of ${shorten(feature, 24)}`);
  return { values: attributions, scale };
}
