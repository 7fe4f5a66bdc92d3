// An architecture as a TensorFlow.js net: a LayersModel, or a plain function where tf.layers lacks a layer.

import { readNet } from "./weights.mjs";

const EPSILON = 1e-3;

/** The net of a file, with a softmax at its end: logits are what goes into that. */
export function tfjsNet(tf, file) {
  const net = readNet(file);
  return net.layers.some(({ kind }) => kind === "encoder") ? encoderFunction(tf, net) : layersModel(tf, net);
}

function layersModel(tf, { input, layers, next }) {
  const tensors = (count) =>
    Array.from({ length: count }, () => {
      const { data, shape } = next();
      return tf.tensor(data, shape);
    });
  // Drawing initial weights that are replaced at once would take longer than reading them.
  const none = { kernelInitializer: "zeros", recurrentInitializer: "zeros", depthwiseInitializer: "zeros" };
  const padded = (x, pad) => (pad > 0 ? tf.layers.zeroPadding2d({ padding: pad }).apply(x) : x);
  const slid = (x, { size, stride, pad }, make) => {
    const same = stride === 1 && 2 * pad === size - 1;
    return make(same ? "same" : "valid").apply(same ? x : padded(x, pad));
  };
  const run = (list, start) => list.reduce((x, layer) => applied(layer, x), start);
  const applied = (layer, x) => {
    const { size: kernelSize, stride: strides, bias: useBias, activation } = layer;
    switch (layer.kind) {
      case "dense":
        return tf.layers.dense({ ...none, units: layer.units, activation, weights: tensors(2) }).apply(x);
      case "conv":
        return slid(x, layer, (padding) =>
          tf.layers.conv2d({
            ...none,
            filters: layer.filters,
            kernelSize,
            strides,
            useBias,
            activation,
            padding,
            weights: tensors(useBias ? 2 : 1),
          }),
        );
      case "depthwise":
        return slid(x, layer, (padding) =>
          tf.layers.depthwiseConv2d({
            ...none,
            kernelSize,
            strides,
            useBias: false,
            padding,
            weights: tensors(1),
          }),
        );
      case "norm":
        return tf.layers.batchNormalization({ epsilon: EPSILON, weights: tensors(4) }).apply(x);
      case "activation":
        return tf.layers.reLU(activation === "relu6" ? { maxValue: 6 } : {}).apply(x);
      case "maxPool":
        return tf.layers.maxPooling2d({ poolSize: kernelSize, strides }).apply(padded(x, layer.pad));
      case "averagePool":
        return tf.layers.averagePooling2d({ poolSize: kernelSize, strides }).apply(x);
      case "globalAverage":
        return tf.layers.globalAveragePooling2d({}).apply(x);
      case "flatten":
        return tf.layers.flatten().apply(x);
      case "residual":
        return tf.layers.add().apply([run(layer.body, x), run(layer.shortcut, x)]);
      case "lstm":
        return tf.layers
          .lstm({
            ...none,
            units: layer.units,
            returnSequences: layer.sequences,
            recurrentActivation: "sigmoid",
            unitForgetBias: false,
            weights: tensors(3),
          })
          .apply(x);
      case "gru":
        return tf.layers
          .gru({
            ...none,
            units: layer.units,
            returnSequences: layer.sequences,
            recurrentActivation: "sigmoid",
            weights: tensors(3),
          })
          .apply(x);
      default:
        throw new TypeError(`tfjsNet: expected a known kind of layer, got ${layer.kind}`);
    }
  };
  const inputs = tf.input({ shape: input });
  return tf.model({ inputs, outputs: tf.layers.softmax().apply(run(layers, inputs)) });
}

/** Vaswani et al. 2017 (arXiv 1706.03762), normalised after each part, as PyTorch's encoder does by default. */
function encoderFunction(tf, { layers, next }) {
  const tensor = () => {
    const { data, shape } = next();
    return tf.tensor(data, shape);
  };
  const linear = () => {
    const [kernel, bias] = [tensor(), tensor()];
    return (x) =>
      tf.add(
        x.rank === 3
          ? x.reshape([-1, x.shape[2]]).matMul(kernel).reshape([-1, x.shape[1], kernel.shape[1]])
          : x.matMul(kernel),
        bias,
      );
  };
  const normalised = () => {
    const [factor, shift] = [tensor(), tensor()];
    return (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return x.sub(mean).div(variance.add(EPSILON).sqrt()).mul(factor).add(shift);
    };
  };
  const encoder = ({ heads }) => {
    const [mixed, joined, first, widened, narrowed, second] = [
      linear(),
      linear(),
      normalised(),
      linear(),
      linear(),
      normalised(),
    ];
    return (x) => {
      const [, tokens, width] = x.shape;
      const depth = width / heads;
      const parts = mixed(x).reshape([-1, tokens, 3, heads, depth]).transpose([2, 0, 3, 1, 4]);
      const [query, key, value] = parts.unstack();
      const weights = tf.softmax(query.matMul(key, false, true).mul(1 / Math.sqrt(depth)));
      const seen = weights.matMul(value).transpose([0, 2, 1, 3]).reshape([-1, tokens, width]);
      const attended = first(x.add(joined(seen)));
      return second(attended.add(narrowed(tf.relu(widened(attended)))));
    };
  };
  const parts = layers.map((layer) => {
    if (layer.kind === "encoder") return encoder(layer);
    if (layer.kind === "meanOfTokens") return (x) => x.mean(1);
    return linear();
  });
  return (x) => tf.softmax(parts.reduce((value, part) => part(value), x));
}
