/** Planted table: two features that add up, two that multiply, and copies of them that the net does not see. */
import { asModel } from "../../engine";
import { tfjs } from "../../engine/tfjs/tf";
import { type Random, random } from "../../random";
import { ndarray } from "../../tensor";
import type { Draw, PlantedData } from "./planted-data";

const FEATURES = 12;

/**
 * F(x) = x_a − x_b + x_c x_d for four of twelve features, drawn by the seed. Four others are noisy copies of them, on which F does not
 * depend. No value is near zero, so that each of the four always takes part.
 */
export function plantedTable({ examples, seed }: Draw): PlantedData {
  const draw = random(seed, 0x7ab1e);
  const order = shuffled(draw);
  const [a, b, c, d] = order;
  const data = new Float32Array(examples * FEATURES);
  for (let row = 0; row < examples; row++) {
    const at = row * FEATURES;
    for (let i = 0; i < FEATURES; i++) data[at + i] = awayFromZero(draw);
    for (let k = 0; k < 4; k++) data[at + order[4 + k]] = data[at + order[k]] + 0.2 * draw.normal();
  }
  const features = Array.from({ length: FEATURES }, (_, i) => `x${i}`);
  const used = features.map((_, i) => order.indexOf(i) < 4);
  return {
    kind: "tabular",
    net: asModel(
      (x) => {
        const column = (i: number) => tfjs().slice(x, [0, i], [-1, 1]);
        return column(a)
          .sub(column(b))
          .add(column(c).mul(column(d)));
      },
      { features },
    ),
    inputs: ndarray(data, [examples, FEATURES]),
    outcomes: Array.from({ length: examples }, (_, row) => {
      const at = (i: number): number => data[row * FEATURES + i];
      return at(a) - at(b) + at(c) * at(d);
    }),
    features,
    groups: features.map((_, i) => i),
    used: Array.from({ length: examples }, () => used),
  };
}

/** A number of either sign between a half and one and a half. */
export function awayFromZero(draw: Random): number {
  const size = 0.5 + draw.uniform();
  return draw.uniform() < 0.5 ? -size : size;
}

/** The numbers of the features in an order of chance (Fisher–Yates). */
function shuffled(draw: Random): number[] {
  const order = Array.from({ length: FEATURES }, (_, i) => i);
  for (let i = FEATURES - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
