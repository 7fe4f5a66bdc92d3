/** The parts of a small transformer, as layers of TensorFlow.js, and two nets made of them: a classifier and a language model. */
import * as tf from "@tensorflow/tfjs";

/** What a layer gets: one tensor, or several. */
type Inputs = tf.Tensor | tf.Tensor[];

/** Adds a vector of its own to each position: without it a transformer would read a bag of words. */
export class Positions extends tf.layers.Layer {
  static readonly className = "Positions";
  readonly #length: number;
  #vectors: tf.LayerVariable | undefined;

  constructor(config: { readonly length: number; readonly name?: string }) {
    super(config);
    this.supportsMasking = true;
    this.#length = config.length;
  }

  override build(shape: tf.Shape): void {
    const start = tf.initializers.randomNormal({ stddev: 0.1 });
    this.#vectors = this.addWeight("vectors", [this.#length, shape[2]], "float32", start);
    super.build(shape);
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const x = first(inputs);
      return x.add(built(this.#vectors).slice([0, 0], [x.shape[1] ?? 0, -1]));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), length: this.#length };
  }
}

/**
 * Self-attention: every position becomes a weighted sum of all of them, with weights softmax(q·kᵀ / √d) in each head.
 * Padding is never looked at; with `causal`, nor is what comes later.
 */
export class SelfAttention extends tf.layers.Layer {
  static readonly className = "SelfAttention";
  readonly #heads: number;
  readonly #causal: boolean;
  #kernels: tf.LayerVariable[] = [];
  /** Told of the weights [example, head, query, key], for losses that are made of them. */
  watch: ((weights: tf.Tensor) => void) | undefined;

  constructor(config: { readonly heads: number; readonly causal?: boolean; readonly name?: string }) {
    super(config);
    this.supportsMasking = true;
    this.#heads = config.heads;
    this.#causal = config.causal ?? false;
  }

  override build(shape: tf.Shape): void {
    const width = shape[2];
    const start = tf.initializers.glorotUniform({});
    this.#kernels = ["query", "key", "value", "output"].map((name) =>
      this.addWeight(name, [width, width], "float32", start),
    );
    super.build(shape);
  }

  override call(inputs: Inputs, { mask }: { readonly mask?: Inputs } = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = first(inputs);
      const [, tokens = 0, width = 0] = x.shape;
      const times = (t: tf.Tensor, kernel: tf.LayerVariable): tf.Tensor =>
        t.reshape([-1, width]).matMul(built(kernel));
      const split = (kernel: tf.LayerVariable): tf.Tensor =>
        times(x, kernel)
          .reshape([-1, tokens, this.#heads, width / this.#heads])
          .transpose([0, 2, 1, 3]);
      const [query, key, value, output] = this.#kernels;
      let scores = split(query)
        .matMul(split(key), false, true)
        .div(Math.sqrt(width / this.#heads));
      if (mask) scores = scores.add(unseen(first(mask)).reshape([-1, 1, 1, tokens]));
      if (this.#causal) scores = scores.add(unseen(tf.linalg.bandPart(tf.ones([tokens, tokens]), -1, 0)));
      const weights = tf.softmax(scores);
      this.watch?.(weights);
      const mixed = weights.matMul(split(value)).transpose([0, 2, 1, 3]);
      return times(mixed, output).reshape([-1, tokens, width]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), heads: this.#heads, causal: this.#causal };
  }
}

/** Every position's vector with mean 0 and variance 1, then scaled and shifted; the layer of TensorFlow.js learns far slower. */
export class Norm extends tf.layers.Layer {
  static readonly className = "Norm";
  #scale: tf.LayerVariable | undefined;
  #shift: tf.LayerVariable | undefined;

  constructor(config: { readonly name?: string } = {}) {
    super(config);
    this.supportsMasking = true;
  }

  override build(shape: tf.Shape): void {
    this.#scale = this.addWeight("scale", [shape[2]], "float32", tf.initializers.ones());
    this.#shift = this.addWeight("shift", [shape[2]], "float32", tf.initializers.zeros());
    super.build(shape);
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const x = first(inputs);
      const centred = x.sub(x.mean(-1, true));
      const variance = centred.square().mean(-1, true);
      return centred.div(variance.add(1e-5).sqrt()).mul(built(this.#scale)).add(built(this.#shift));
    });
  }
}

/** What goes around a layer, added to what comes out of it. */
export class Residual extends tf.layers.Layer {
  static readonly className = "Residual";

  constructor(config: { readonly name?: string } = {}) {
    super(config);
    this.supportsMasking = true;
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => tf.addN([inputs].flat()));
  }

  override computeOutputShape(shapes: tf.Shape[]): tf.Shape {
    return shapes[0];
  }

  override computeMask(_: Inputs, mask?: Inputs): tf.Tensor {
    return [mask].flat()[0] as tf.Tensor;
  }
}

/** The vector of the first token, which asks on behalf of the whole text. */
export class FirstToken extends tf.layers.Layer {
  static readonly className = "FirstToken";

  constructor(config: { readonly name?: string } = {}) {
    super(config);
    this.supportsMasking = true;
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const x = first(inputs);
      return x.slice([0, 0, 0], [-1, 1, -1]).reshape([-1, x.shape[2] ?? 0]);
    });
  }

  override computeOutputShape([rows, , width]: tf.Shape): tf.Shape {
    return [rows, width];
  }

  override computeMask(): tf.Tensor {
    return null as unknown as tf.Tensor;
  }
}

for (const layer of [Positions, SelfAttention, Norm, Residual, FirstToken])
  tf.serialization.registerClass(layer as tf.serialization.SerializableConstructor<tf.layers.Layer>);

/** Sizes of a transformer. */
export interface TransformerSizes {
  readonly vocabulary: number;
  /** The longest text, in tokens. */
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

/** An encoder whose first token is read by a dense layer: one logit per class. */
export function classifier(sizes: TransformerSizes, classes: number, name: string): tf.LayersModel {
  const { ids, vectors } = blocks(sizes, false);
  const read = applied(new FirstToken({ name: "first" }), vectors);
  const logits = applied(tf.layers.dense({ units: classes, name: "logits" }), read);
  return tf.model({ inputs: ids, outputs: logits, name });
}

/** A decoder that gives, at each token, one logit per word for the token that comes next. */
export function languageModel(sizes: TransformerSizes, name: string): tf.LayersModel {
  const { ids, vectors } = blocks(sizes, true);
  const logits = applied(tf.layers.dense({ units: sizes.vocabulary, name: "next" }), vectors);
  return tf.model({ inputs: ids, outputs: logits, name });
}

/** Words, positions, and blocks of attention and a dense pair, each behind a layer norm and with a way around it. */
function blocks({ vocabulary, length, width, heads, layers }: TransformerSizes, causal: boolean) {
  const ids = tf.input({ shape: [null], dtype: "int32", name: "tokens" });
  const words = tf.layers.embedding({
    inputDim: vocabulary,
    outputDim: width,
    maskZero: true,
    name: "words",
    embeddingsInitializer: tf.initializers.randomNormal({ stddev: 0.3 }),
  });
  const norm = (name: string, x: tf.SymbolicTensor): tf.SymbolicTensor => applied(new Norm({ name }), x);
  let x = applied(new Positions({ length, name: "positions" }), applied(words, ids));
  for (let layer = 1; layer <= layers; layer++) {
    const attention = new SelfAttention({ heads, causal, name: `attention${layer}` });
    const looked = applied(attention, norm(`norm${layer}a`, x));
    x = applied(new Residual({ name: `sum${layer}a` }), [x, looked]);
    const wide = tf.layers.dense({ units: 2 * width, activation: "relu", name: `wide${layer}` });
    const narrow = tf.layers.dense({ units: width, name: `narrow${layer}` });
    x = applied(new Residual({ name: `sum${layer}b` }), [
      x,
      applied(narrow, applied(wide, norm(`norm${layer}b`, x))),
    ]);
  }
  return { ids, vectors: norm("norm", x) };
}

function applied(layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor {
  return layer.apply(x) as tf.SymbolicTensor;
}

function first(inputs: Inputs): tf.Tensor {
  return [inputs].flat()[0];
}

function built(variable: tf.LayerVariable | undefined): tf.Tensor {
  if (variable === undefined)
    throw new Error("call(): expected a layer that was built, got one that was not");
  return variable.read();
}

/** 0 where something may be looked at, and a number that no softmax comes back from elsewhere. */
function unseen(mask: tf.Tensor): tf.Tensor {
  return mask.toFloat().sub(1).mul(1e9);
}
