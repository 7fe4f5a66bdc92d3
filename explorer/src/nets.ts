/** Nets that the page can explain: those of the notebooks, and the logistic model of Chism's explorer. */
import type { LayersModel } from "@tensorflow/tfjs";
import cnnTopology from "../../notebooks/data/models/digits-cnn/model.json";
import cnnWeights from "../../notebooks/data/models/digits-cnn/weights.bin";
import mlpTopology from "../../notebooks/data/models/digits-mlp/model.json";
import mlpWeights from "../../notebooks/data/models/digits-mlp/weights.bin";
import { asModel } from "../../src/engine";
import { tfjs } from "../../src/engine/tfjs/tf";
import type { Model } from "../../src/model/model";
import { ndarray } from "../../src/tensor";
import type { Digits } from "./digits";
import type { NetName } from "./net-names";

/** A net that can be chosen, and how its input lies on the page. */
export interface ExplorerNet {
  readonly label: string;
  /** What it is, in a sentence. */
  readonly says: string;
  readonly model: Model;
  readonly classes: readonly string[];
  /** Shape of one input, and the grid that it is drawn as. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** What black and white are to the net. */
  readonly range: readonly [number, number];
  /** Whether an input needs its batch axis: that of a function, of which no shape is known. */
  readonly batched?: true;
  /** Whether it is the reader's own. */
  readonly own?: true;
}

/** The nets of a page by name; one that a notebook opened has the notebook's alone. */
export type Nets = Readonly<Partial<Record<NetName, ExplorerNet>>>;

/** The net of a name; of a page that has none of that name, the one that it has. */
export function netOf(nets: Nets, name: NetName): ExplorerNet {
  const found = nets[name] ?? Object.values(nets)[0];
  if (!found) throw new Error("explorer: expected a net, got none");
  return found;
}

const SIDE = 8;
const SHAPE = [SIDE, SIDE, 1];
const TEN = Array.from("0123456789");

/** The nets of the page. */
export async function readNets(digits: Digits): Promise<Nets> {
  const data = ndarray(Float32Array.from(digits.images.flat()), [digits.images.length, ...SHAPE]);
  const net = (label: string, says: string, model: LayersModel, classes: readonly string[]): ExplorerNet => ({
    label,
    says,
    classes,
    model: asModel(model, {
      classes,
      data,
      range: [0, 1],
      axes: ["height", "width", "channel"],
      engine: "eager",
    }),
    shape: SHAPE,
    rows: SIDE,
    columns: SIDE,
    range: [0, 1],
  });
  const [cnn, mlp] = await Promise.all([
    layersModel(cnnTopology, cnnWeights),
    layersModel(mlpTopology, mlpWeights),
  ]);
  return {
    cnn: net(
      "Convolutional net",
      "Two convolutions, 3,754 weights, right on 97.7 % of unseen digits.",
      cnn,
      TEN,
    ),
    mlp: net("Dense net", "Two hidden layers, 5,018 weights, right on 96.0 % of unseen digits.", mlp, TEN),
    logistic: net(
      "Logistic model",
      "σ(W·x + b), the model of the original explorer: in the logit it is linear, so every gradient map is W.",
      logisticModel(),
      ["class 0", "class 1"],
    ),
  };
}

interface SavedModel {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: readonly unknown[] }[];
}

function layersModel({ modelTopology, weightsManifest }: SavedModel, weights: Uint8Array<ArrayBuffer>) {
  const tf = tfjs();
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const weightData = weights.slice().buffer;
  return tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weightSpecs as never, weightData }),
  );
}

/** P(class 1) = σ(W·x − 0.15) with W(r, c) = 0.28 (c − 3.5) + 0.82 exp(−((r − 3.5)² + (c − 3.5)²) / 5.5). */
function logisticModel(): LayersModel {
  const tf = tfjs();
  const weights = Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [r, c] = [Math.floor(i / SIDE) - 3.5, (i % SIDE) - 3.5];
    return 0.28 * c + 0.82 * Math.exp(-(r ** 2 + c ** 2) / 5.5);
  });
  return tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: SHAPE }),
      tf.layers.dense({
        units: 1,
        activation: "sigmoid",
        name: "logistic",
        weights: [tf.tensor2d(weights, [SIDE * SIDE, 1]), tf.tensor1d([-0.15])],
      }),
    ],
  });
}
