import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { normals } from "../../../models";
import { blocks, type Draw, fitsAll } from "./blocks";
import { OperationLayer } from "./operation-layers";

const { layers } = tf;
type Symbolic = tf.SymbolicTensor;

/** Numbers that choose a block and its settings. */
type Choices = readonly number[];

/** An architecture as plain data: fast-check makes it, `build` makes a model of it. */
interface Architecture {
  readonly trunks: readonly { readonly shape: number; readonly blocks: readonly Choices[] }[];
  readonly head: readonly Choices[];
  readonly ending: Choices;
  readonly weights: number;
}

const choices = fc.array(fc.nat({ max: 1 << 20 }), { minLength: 10, maxLength: 10 });

const architecture: fc.Arbitrary<Architecture> = fc.record({
  trunks: fc.oneof({ weight: 3, arbitrary: trunks(1, 5) }, { weight: 1, arbitrary: trunks(2, 3) }),
  head: fc.array(choices, { maxLength: 2 }),
  ending: choices,
  weights: fc.nat({ max: 1 << 20 }),
});

function trunks(count: number, longest: number): fc.Arbitrary<Architecture["trunks"]> {
  const trunk = fc.record({
    shape: fc.nat({ max: 1 << 20 }),
    blocks: fc.array(choices, { minLength: 1, maxLength: longest }),
  });
  return fc.array(trunk, { minLength: count, maxLength: count });
}

/** The architecture of a seed. */
export function sampled(seed: number): Architecture {
  return fc.sample(architecture, { seed, numRuns: 1 })[0] as Architecture;
}

/** How many tokens there are. */
export const TOKENS = 9;

/** Shapes of inputs, batch axis left out; images more often than the others. "tokens" are 6 whole numbers. */
const SHAPES: readonly (readonly number[] | "tokens")[] = [
  "tokens",
  [6],
  [9],
  [6, 4],
  [8, 3],
  [5, 5],
  [8, 8, 1],
  [7, 6, 3],
  [6, 6, 2],
  [6, 5, 4],
  [9, 7, 2],
  [4, 5, 4, 2],
  [3, 4, 4, 1],
];

/** More entries than this are pooled before anything else follows. */
const LARGEST = 600;

/**
 * A net that squeezes all it sees through one or two numbers has a gradient of one or two degrees of freedom. By chance these
 * all but vanish: then single precision keeps few digits of the gradient, however it is computed.
 */
export const NARROWEST = 4;

/** A model and what is asked of it. */
export interface BuiltArchitecture {
  readonly model: tf.LayersModel;
  readonly shapes: readonly (readonly number[])[];
  /** For each input, whether it consists of tokens, which a look-up turns into vectors. */
  readonly tokens: readonly boolean[];
  readonly output: number;
  /** Of one example. */
  readonly target: readonly number[];
  /** Names of its blocks. */
  readonly used: readonly string[];
  readonly description: string;
}

const MASKED = "masked recurrent";
const RECURRENT: readonly string[] = ["recurrent", "bidirectional", "stacked cells", "conv LSTM"];

function drawer(numbers: Choices): Draw {
  let next = 0;
  return (n) => (numbers[next++ % numbers.length] as number) % n;
}

const sizeOf = (x: Symbolic): number => x.shape.slice(1).reduce((a: number, b) => a * (b as number), 1);

/** One block, chosen among those that can follow. */
function followed(x: Symbolic, numbers: Choices, used: string[], narrowest: number): Symbolic {
  const draw = drawer(numbers);
  const shape = x.shape.slice(1) as number[];
  // tfjs hands a mask on to every recurrent layer that it runs later, of however many steps: no net has both.
  const [taken, masks] = [RECURRENT, [MASKED]].map((names) => names.some((name) => used.includes(name)));
  const left = (name: string): boolean => !(taken && name === MASKED) && !(masks && RECURRENT.includes(name));
  const fitting = Object.keys(blocks).filter((name) => blocks[name]?.fits(shape) && left(name));
  const general = draw(4) === 0;
  const drawn = fitting.filter((name) => fitsAll(name) === general);
  const among = drawn.length > 0 ? drawn : fitting;
  const name = among[draw(among.length)] as string;
  const next = (blocks[name] as (typeof blocks)[string]).build(x, draw);
  // A dilated window may be larger than what it slides over.
  if (next.shape.includes(0) || sizeOf(next) < Math.min(narrowest, sizeOf(x))) return x;
  used.push(name);
  return next;
}

/** Brings a tensor of any rank down to vectors. */
export function asVector(x: Symbolic, narrowest = 1): Symbolic {
  if (x.shape.length === 2) return x;
  const narrow = (x.shape[x.shape.length - 1] as number) < narrowest;
  if (sizeOf(x) <= 150 || x.shape.length === 5 || narrow) return layers.flatten({}).apply(x) as Symbolic;
  const pool = x.shape.length === 3 ? layers.globalAveragePooling1d({}) : layers.globalAveragePooling2d({});
  return pool.apply(x) as Symbolic;
}

function trunk(input: Symbolic, numbers: readonly Choices[], used: string[], narrowest: number): Symbolic {
  return numbers.reduce((x, choice) => {
    const next = followed(x, choice, used, narrowest);
    return sizeOf(next) > LARGEST ? asVector(next, narrowest) : next;
  }, input);
}

/** The model of an architecture, with random weights; blocks that narrow it to fewer than `narrowest` numbers are left out. */
export function build(
  { trunks, head, ending, weights }: Architecture,
  narrowest: number = NARROWEST,
): BuiltArchitecture {
  const vectorOf = (x: Symbolic): Symbolic => asVector(x, narrowest);
  const draw = drawer(ending);
  const used: string[] = [];
  const drawn = trunks.map(({ shape }) => SHAPES[shape % SHAPES.length] as readonly number[] | "tokens");
  const tokens = drawn.map((shape) => shape === "tokens");
  const shapes = drawn.map((shape) => (shape === "tokens" ? [6] : shape));
  const inputs = shapes.map((shape, i) =>
    tf.input({ shape: [...shape], dtype: tokens[i] ? "int32" : "float32" }),
  );
  const ends = trunks.map(({ blocks: numbers }, i) => {
    const input = inputs[i] as Symbolic;
    if (!tokens[i]) return trunk(input, numbers, used, narrowest);
    used.push("look-up of tokens");
    const vectors = layers.embedding({ inputDim: TOKENS, outputDim: 4 }).apply(input) as Symbolic;
    // Without positions, windows of the same tokens tie for the largest, and rounding has the choice.
    const placed = new OperationLayer("positions added", i).apply(vectors) as Symbolic;
    return trunk(placed, numbers, used, narrowest);
  });
  let x = ends[0] as Symbolic;
  if (ends.length > 1) {
    const units = 6;
    // Two inputs of the same width may share what brings them together.
    const vectors = ends.map(vectorOf) as [Symbolic, Symbolic];
    const alike = vectors[0].shape[1] === vectors[1].shape[1];
    const shared = layers.dense({ units, activation: "tanh" });
    const wide = vectors.map(
      (vector) => (alike ? shared : layers.dense({ units, activation: "tanh" })).apply(vector) as Symbolic,
    );
    const merges = [layers.concatenate, layers.add, layers.multiply, layers.average, layers.maximum];
    x = (merges[draw(merges.length)] as typeof layers.add)({}).apply(wide) as Symbolic;
    used.push(alike ? "inputs through a shared layer" : "several inputs");
  }
  x = trunk(x, head, used, narrowest);
  const outputs: Symbolic[] = [];
  // One in six explains an entry of a dense output as it is.
  if (draw(6) === 0) {
    outputs.push(layers.activation({ activation: "linear" }).apply(x) as Symbolic);
    used.push("dense output");
  } else {
    const activation = (["softmax", "sigmoid", "linear"] as const)[draw(3)] as "softmax";
    outputs.push(layers.dense({ units: 3, activation }).apply(vectorOf(x)) as Symbolic);
  }
  if (draw(5) === 0) {
    outputs.push(layers.dense({ units: 2, activation: "softmax" }).apply(vectorOf(x)) as Symbolic);
    used.push("several outputs");
  }
  const model = tf.model({ inputs, outputs });
  randomise(model, weights);
  const output = draw(outputs.length);
  const target = (outputs[output] as Symbolic).shape.slice(1).map((extent) => draw(extent as number));
  const described = shapes.map((shape) => `[${shape}]`).join(" and ");
  return { model, shapes, tokens, output, target, used, description: `${described} → ${used.join(" → ")}` };
}

/** Weights of single precision that keep numbers at about their size from layer to layer; variances are positive. */
function randomise(model: tf.LayersModel, seed: number): void {
  const values = model.weights.map((weight, i) => {
    const shape = weight.shape as number[];
    const inputs = Math.max(
      1,
      shape.slice(0, -1).reduce((a, b) => a * b, 1),
    );
    const { data } = normals(seed + i, shape);
    const value = ((): ArrayLike<number> => {
      if (weight.name.includes("variance")) return data.map((v) => 0.5 + v * v);
      if (weight.name.includes("gamma")) return data.map((v) => 1 + 0.2 * v);
      if (shape.length === 1) return data.map((v) => 0.2 * v);
      return data.map((v) => v / Math.sqrt(inputs));
    })();
    return tf.tensor(Array.from(value, Math.fround), shape);
  });
  model.setWeights(values);
  tf.dispose(values);
}
