/** Planted confounding: a symptom that the net reads and nobody can act on, and a cause that it does not read. */
import { asModel } from "../../engine";
import { tfjs } from "../../engine/tfjs/tf";
import { random } from "../../random";
import { ndarray } from "../../tensor";
import type { Draw, PlantedData } from "./planted-data";
import { awayFromZero } from "./tabular";

/** Names of the features, in their order. */
const FEATURES = ["cause", "symptom", "upstream", "noise"];
/** Weight of the hidden confounder in the outcome, and the widest error of what is seen of it. */
const [WEIGHT, ERROR] = [2, 0.3];

/**
 * A world with a hidden confounder z: cause = upstream + e₁, symptom = z + e₂, outcome = cause + 2 z. The net is the best linear one
 * for it, F(x) = cause + 2 Var(z) / (Var(z) + Var(e₂)) · symptom. Setting the symptom changes F and not the outcome; setting upstream
 * changes the outcome, by way of the cause, and not F.
 */
export function plantedConfounding({ examples, seed }: Draw): PlantedData {
  const draw = random(seed, 0xc0f0);
  const width = FEATURES.length;
  const data = new Float32Array(examples * width);
  const outcomes = Array.from({ length: examples }, (_, row) => {
    const error = (): number => ERROR * (2 * draw.uniform() - 1);
    const [z, upstream, noise] = [awayFromZero(draw), awayFromZero(draw), awayFromZero(draw)];
    const cause = upstream + error();
    data.set([cause, z + error(), upstream, noise], row * width);
    return cause + WEIGHT * z;
  });
  // Of ± uniform(½, 1½): 1 + 1/12. Of uniform(−e, e): e²/3.
  const [spread, spreadOfError] = [13 / 12, ERROR ** 2 / 3];
  const weights = [1, (WEIGHT * spread) / (spread + spreadOfError), 0, 0];
  const inEach = (names: readonly string[]): boolean[][] => {
    const mine = FEATURES.map((name) => names.includes(name));
    return Array.from({ length: examples }, () => mine);
  };
  return {
    kind: "confounded",
    net: asModel((x) => tfjs().mul(x, weights).sum(1, true), { features: FEATURES }),
    inputs: ndarray(data, [examples, width]),
    outcomes,
    features: FEATURES,
    groups: FEATURES.map((_, i) => i),
    used: inEach(["cause", "symptom"]),
    causes: inEach(["cause", "upstream"]),
  };
}
