// What the machine itself can do on ONNX Runtime: one large product of matrices and one convolution, in fp32.

import { createRequire } from "node:module";
import { availableParallelism } from "node:os";

const require = createRequire(import.meta.url);

/** Multiplications and additions per second, the best of `seconds` each. */
export async function machineLimit(side, seconds) {
  const { GraphBuilder, makeValue } = require("../../dist/src/engine/graph/builder.js");
  const runs = {
    matmul: (builder, a, b) => builder.add("MatMul", [a, b], [side, side]),
    convolution: (builder, a, b) =>
      builder.add("Conv", [a, b], [8, 64, 56, 56], "float32", { pads: [1, 1, 1, 1] }),
  };
  const shapes = {
    matmul: [
      [side, side],
      [side, side],
    ],
    convolution: [
      [8, 64, 56, 56],
      [64, 64, 3, 3],
    ],
  };
  const operations = { matmul: 2 * side ** 3, convolution: 2 * 8 * 64 * 56 * 56 * 64 * 9 };
  const found = {};
  for (const name of Object.keys(runs)) {
    const builder = new GraphBuilder();
    const inputs = shapes[name].map((shape, i) => ({
      name: `input${i}`,
      value: makeValue(shape, "float32"),
    }));
    const value = runs[name](builder, ...inputs.map((port) => port.value));
    found[name] =
      operations[name] /
      (await fastest({ inputs, outputs: [{ name: "y", value }], nodes: builder.nodes }, seconds));
  }
  return found;
}

async function fastest(graph, seconds) {
  const runtime = require("onnxruntime-node");
  const { writeOnnx } = require("../../dist/src/engine/compiled/onnx/write-onnx.js");
  const session = await runtime.InferenceSession.create(writeOnnx(graph), {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 4,
  });
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, value: { shape } }) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.random());
      return [name, new runtime.Tensor("float32", data, shape)];
    }),
  );
  let best = Number.POSITIVE_INFINITY;
  for (const begun = performance.now(); performance.now() - begun < 1000 * seconds; ) {
    const started = performance.now();
    await session.run(feeds);
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  return best;
}
