// Loops over the questions about one net, each of which is a graph of its own: layers, outputs, row counts.

/** A net of so many convolutions of 16 filters at 48×48, and so many outputs. */
function convolutions(tf, depth, outputs) {
  const { layers } = tf;
  const input = tf.input({ shape: [48, 48, 3] });
  let x = input;
  for (let k = 0; k < depth; k++) {
    const kernelInitializer = tf.initializers.glorotNormal({ seed: k + 1 });
    x = layers
      .conv2d({
        filters: 16,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        name: `layer${k}`,
        kernelInitializer,
      })
      .apply(x);
  }
  const pooled = layers.globalAveragePooling2d({}).apply(x);
  const heads = Array.from({ length: outputs }, (_, k) => {
    const kernelInitializer = tf.initializers.glorotNormal({ seed: 100 + k });
    return layers.dense({ units: 5, name: `output${k}`, kernelInitializer }).apply(pooled);
  });
  return tf.model({ inputs: input, outputs: heads });
}

/** For each name a title, a net, and its questions one after the other, as promises of results. */
export const questions = {
  layers: {
    title: "integrated gradients at each of 24 layers",
    net: (tf) => convolutions(tf, 24, 1),
    *asked({ integratedGradients }, net, x) {
      for (let k = 0; k < 24; k++)
        yield () =>
          integratedGradients(net, x, { layer: `layer${k}`, target: 1, steps: 20, engine: "compiled" });
    },
  },
  outputs: {
    title: "saliency of each of 50 outputs",
    net: (tf) => convolutions(tf, 8, 50),
    *asked({ saliency }, net, x) {
      for (let output = 0; output < 50; output++)
        yield () => saliency(net, x, { output, target: 1, engine: "compiled" });
    },
  },
  functions: {
    title: "saliency of 200 functions of one net",
    net: (tf) => convolutions(tf, 4, 1),
    *asked({ asModel, saliency }, net, x, tf, bound) {
      for (let k = 0; k < 200; k++)
        yield () => {
          const scaled = (input) => tf.mul(net.predict(input), k + 1);
          const facts = { engine: "compiled", cacheBytes: bound };
          return saliency(asModel(scaled, facts), { ...x }, { target: 1 });
        };
    },
  },
};
