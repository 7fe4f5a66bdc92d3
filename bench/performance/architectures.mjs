// The nets that are measured, as plain lists of layers that both TensorFlow.js (`tfjs-net.mjs`) and PyTorch
// (`torch_net.py`) build. Each ends in logits; the shape of the input has no batch axis.

const dense = (units, activation) => ({ kind: "dense", units, activation });
const conv = (filters, size, { stride = 1, pad = (size - 1) / 2, bias = true, activation } = {}) => ({
  kind: "conv",
  filters,
  size,
  stride,
  pad,
  bias,
  activation,
});
const depthwise = (size, stride) => ({ kind: "depthwise", size, stride, pad: (size - 1) / 2 });
const norm = { kind: "norm" };
const relu = { kind: "activation", activation: "relu" };
const relu6 = { kind: "activation", activation: "relu6" };
const maxPool = (size, stride = size, pad = 0) => ({ kind: "maxPool", size, stride, pad });
const averagePool = (size, stride = size) => ({ kind: "averagePool", size, stride });
const globalAverage = { kind: "globalAverage" };
const flatten = { kind: "flatten" };

/** Conv, norm, ReLU, twice, around a shortcut (He et al. 2015, arXiv 1512.03385). */
function residual(filters, stride, widened) {
  const plain = { pad: 1, bias: false };
  return [
    {
      kind: "residual",
      body: [conv(filters, 3, { ...plain, stride }), norm, relu, conv(filters, 3, plain), norm],
      shortcut: widened ? [conv(filters, 1, { stride, pad: 0, bias: false }), norm] : [],
    },
    relu,
  ];
}

/** ResNet-18 with 1000 classes, for images of the given side. */
export const resnet18 = (side) => ({
  input: [side, side, 3],
  layers: [
    conv(64, 7, { stride: 2, pad: 3, bias: false }),
    norm,
    relu,
    maxPool(3, 2, 1),
    ...[64, 128, 256, 512].flatMap((filters, i) => [
      ...residual(filters, i === 0 ? 1 : 2, i > 0),
      ...residual(filters, 1, false),
    ]),
    globalAverage,
    dense(1000),
  ],
});

const separable = (filters, stride) => [
  depthwise(3, stride),
  norm,
  relu6,
  conv(filters, 1, { pad: 0, bias: false }),
  norm,
  relu6,
];

const convolved = (filters) => conv(filters, 3, { activation: "relu" });

/** A widened depthwise block, around a shortcut where shapes allow (Sandler et al. 2018, arXiv 1801.04381). */
function bottleneck(before, filters, stride, widening) {
  const plain = { pad: 0, bias: false };
  const body = [
    ...(widening === 1 ? [] : [conv(before * widening, 1, plain), norm, relu6]),
    depthwise(3, stride),
    norm,
    relu6,
    conv(filters, 1, plain),
    norm,
  ];
  return stride === 1 && before === filters ? [{ kind: "residual", body, shortcut: [] }] : body;
}

/** MobileNetV2 with 1000 classes, for images of the given side: widening, filters, blocks and first stride of each stage. */
export const mobilenetV2 = (side) => {
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ];
  let before = 32;
  const blocks = stages.flatMap(([widening, filters, count, stride]) =>
    Array.from({ length: count }, (_, i) => {
      const block = bottleneck(before, filters, i === 0 ? stride : 1, widening);
      before = filters;
      return block;
    }).flat(),
  );
  return {
    input: [side, side, 3],
    layers: [
      conv(32, 3, { stride: 2, bias: false }),
      norm,
      relu6,
      ...blocks,
      conv(1280, 1, { pad: 0, bias: false }),
      norm,
      relu6,
      globalAverage,
      dense(1000),
    ],
  };
};

/** The convolutional net of the notebooks, 8×8 digits; its weights are those that the repository ships. */
export const digits = {
  input: [8, 8, 1],
  layers: [
    conv(8, 3),
    norm,
    relu,
    maxPool(2),
    conv(16, 3),
    norm,
    relu,
    averagePool(2),
    flatten,
    dense(32, "relu"),
    dense(10),
  ],
};

/**
 * By short name: title, the ratio to Captum that is aimed at, whether the slowest engine can do it in seconds
 * (`small`), and the net.
 */
export const architectures = {
  mlp: {
    title: "MLP 784-512-256-10",
    aim: 5,
    small: true,
    input: [784],
    layers: [dense(512, "relu"), dense(256, "relu"), dense(10)],
  },
  lenet: {
    title: "LeNet 28×28",
    aim: 2,
    small: true,
    input: [28, 28, 1],
    layers: [
      conv(6, 5, { activation: "relu" }),
      maxPool(2),
      conv(16, 5, { pad: 0, activation: "relu" }),
      maxPool(2),
      flatten,
      dense(120, "relu"),
      dense(84, "relu"),
      dense(10),
    ],
  },
  cnn: {
    title: "CNN with batch norm 28×28",
    aim: 2,
    small: true,
    input: [28, 28, 1],
    layers: [
      conv(32, 3, { bias: false }),
      norm,
      relu,
      conv(32, 3, { bias: false }),
      norm,
      relu,
      maxPool(2),
      conv(64, 3, { bias: false }),
      norm,
      relu,
      averagePool(2),
      flatten,
      dense(128, "relu"),
      dense(10),
    ],
  },
  lstm: {
    title: "LSTM 12×8, two layers",
    aim: 3,
    small: true,
    input: [12, 8],
    layers: [
      { kind: "lstm", units: 64, sequences: true },
      { kind: "lstm", units: 64, sequences: false },
      dense(10),
    ],
  },
  transformer: {
    title: "transformer encoder, d 256, 128 tokens, 4 layers",
    aim: 1,
    small: false,
    input: [128, 256],
    layers: [
      ...Array.from({ length: 4 }, () => ({ kind: "encoder", heads: 8, hidden: 1024 })),
      { kind: "meanOfTokens" },
      dense(10),
    ],
  },
  resnet18: { title: "ResNet-18 at 64×64", aim: 1, small: false, ...resnet18(64) },
  vgg11: {
    title: "VGG-11 at 64×64",
    aim: 1,
    small: false,
    input: [64, 64, 3],
    layers: [
      ...[[64], [128], [256, 256], [512, 512], [512, 512]].flatMap((block) => [
        ...block.map(convolved),
        maxPool(2),
      ]),
      flatten,
      dense(4096, "relu"),
      dense(4096, "relu"),
      dense(1000),
    ],
  },
  mobilenet: {
    title: "MobileNet-like depthwise net at 64×64",
    aim: 2,
    small: false,
    input: [64, 64, 3],
    layers: [
      conv(32, 3, { stride: 2, bias: false }),
      norm,
      relu6,
      ...separable(64, 1),
      ...separable(128, 2),
      ...separable(128, 1),
      ...separable(256, 2),
      ...separable(256, 1),
      ...separable(512, 2),
      ...separable(512, 1),
      globalAverage,
      dense(1000),
    ],
  },
};
