// Seeded weights of an architecture, in the shapes of TensorFlow.js, and the file that every contestant reads:
// `net.json` (architecture and shapes) and `net.bin` (all entries, one after the other).

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * The arrays of each layer in order, as [{ shape, like }], where `like` says how entries are drawn.
 *
 * He et al. 2015: normal with variance 2 / inputs keeps activations of ReLU nets at one scale.
 */
function arraysOf(layers, shape) {
  const arrays = [];
  let current = shape;
  const he = (array, inputs, gain = 2) => arrays.push({ shape: array, like: Math.sqrt(gain / inputs) });
  const vector = (length, like) => arrays.push({ shape: [length], like });
  for (const layer of layers) {
    const channels = current[current.length - 1];
    const slide = (filters) => {
      const side = (n) => Math.floor((n + 2 * (layer.pad ?? 0) - layer.size) / layer.stride) + 1;
      current = [side(current[0]), side(current[1]), filters];
    };
    switch (layer.kind) {
      case "dense":
        he([channels, layer.units], channels, layer.activation ? 2 : 1);
        vector(layer.units, 0.1);
        current = [...current.slice(0, -1), layer.units];
        break;
      case "conv":
        he([layer.size, layer.size, channels, layer.filters], layer.size ** 2 * channels);
        if (layer.bias) vector(layer.filters, 0.1);
        slide(layer.filters);
        break;
      case "depthwise":
        he([layer.size, layer.size, channels, 1], layer.size ** 2);
        slide(channels);
        break;
      case "norm":
        // Factor, shift, mean, variance.
        vector(channels, "positive");
        vector(channels, 0.1);
        vector(channels, 0.1);
        vector(channels, "positive");
        break;
      case "residual": {
        const body = arraysOf(layer.body, current);
        arrays.push(...body.arrays, ...arraysOf(layer.shortcut, current).arrays);
        current = body.shape;
        break;
      }
      case "lstm":
      case "gru": {
        const width = (layer.kind === "lstm" ? 4 : 3) * layer.units;
        he([channels, width], channels, 1);
        he([layer.units, width], layer.units, 1);
        vector(width, 0.1);
        current = layer.sequences ? [current[0], layer.units] : [layer.units];
        break;
      }
      case "encoder":
        // Query, key and value side by side; then what joins the heads; then both normalisations and the hidden layer.
        he([channels, 3 * channels], channels, 1);
        vector(3 * channels, 0.1);
        he([channels, channels], channels, 1);
        vector(channels, 0.1);
        vector(channels, "positive");
        vector(channels, 0.1);
        he([channels, layer.hidden], channels);
        vector(layer.hidden, 0.1);
        he([layer.hidden, channels], layer.hidden, 1);
        vector(channels, 0.1);
        vector(channels, "positive");
        vector(channels, 0.1);
        break;
      case "maxPool":
      case "averagePool":
        slide(channels);
        break;
      case "flatten":
        current = [current.reduce((a, b) => a * b, 1)];
        break;
      case "globalAverage":
      case "meanOfTokens":
        current = [channels];
        break;
      case "activation":
        break;
      default:
        throw new TypeError(`weights: expected a known kind of layer, got ${layer.kind}`);
    }
  }
  return { arrays, shape: current };
}

/** Arrays of normal entries, the same for the same seed. */
export function normals(seed, count) {
  const { random } = require("../../dist/src/index.js");
  const stream = random(seed);
  return Float32Array.from({ length: count }, () => stream.normal());
}

/** Writes an architecture with weights into a folder: given ones in the order of its layers, else seeded ones. */
export function writeNet(folder, { input, layers }, seed, given) {
  const { arrays } = arraysOf(layers, input);
  const parts = arrays.map(({ shape, like }, i) => {
    if (given) return given[i];
    const entries = normals(
      seed + i,
      shape.reduce((a, b) => a * b, 1),
    );
    return like === "positive" ? entries.map((z) => 1 + 0.2 * Math.tanh(z)) : entries.map((z) => z * like);
  });
  const file = join(folder, "net.json");
  writeFileSync(file, JSON.stringify({ input, layers, arrays: arrays.map(({ shape }) => shape) }));
  writeFileSync(
    join(folder, "net.bin"),
    Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))),
  );
  return file;
}

/** The architecture of a file, and its arrays one after the other. */
export function readNet(file) {
  const { input, layers, arrays } = JSON.parse(readFileSync(file, "utf8"));
  const bytes = readFileSync(file.replace(/\.json$/, ".bin"));
  let offset = bytes.byteOffset;
  let i = 0;
  const next = () => {
    const shape = arrays[i++];
    const data = new Float32Array(
      bytes.buffer,
      offset,
      shape.reduce((a, b) => a * b, 1),
    );
    offset += data.byteLength;
    return { shape, data };
  };
  return { input, layers, next };
}
