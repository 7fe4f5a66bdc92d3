import * as tf from "@tensorflow/tfjs";

type T = tf.Tensor;
type Table = Record<string, (...inputs: never[]) => T>;

const unary = (op: (x: T) => T) => op;

export const elementwise: Table = {
  abs: unary(tf.abs),
  acos: unary(tf.acos),
  acosh: unary(tf.acosh),
  asin: unary(tf.asin),
  asinh: unary(tf.asinh),
  atan: unary(tf.atan),
  atanh: unary(tf.atanh),
  cos: unary(tf.cos),
  cosh: unary(tf.cosh),
  elu: unary(tf.elu),
  erf: unary(tf.erf),
  exp: unary(tf.exp),
  expm1: unary(tf.expm1),
  leakyRelu: unary(tf.leakyRelu),
  log: unary(tf.log),
  log1p: unary(tf.log1p),
  logSigmoid: unary(tf.logSigmoid),
  neg: unary(tf.neg),
  reciprocal: unary(tf.reciprocal),
  relu: unary(tf.relu),
  relu6: unary(tf.relu6),
  rsqrt: unary(tf.rsqrt),
  selu: unary(tf.selu),
  sigmoid: unary(tf.sigmoid),
  sin: unary(tf.sin),
  sinh: unary(tf.sinh),
  softplus: unary(tf.softplus),
  sqrt: unary(tf.sqrt),
  square: unary(tf.square),
  tan: unary(tf.tan),
  tanh: unary(tf.tanh),
  gelu: (x: T) => x.mul(0.5).mul(tf.erf(x.div(Math.SQRT2)).add(1)),
  "gelu tanh": (x: T) =>
    x.mul(0.5).mul(tf.tanh(x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))).add(1)),
  mish: (x: T) => x.mul(tf.tanh(tf.softplus(x))),
  swish: (x: T) => x.mul(tf.sigmoid(x)),
  softsign: (x: T) => x.div(x.abs().add(1)),
  "pow constant": (x: T) => x.pow(2.5),
  "pow of constant": (x: T) => tf.pow(2.5, x),
  "pow both": (a: T, b: T) => a.pow(b),
  "pow cube of negative": (x: T) => x.pow(3),
  "pow integer exponent": (x: T) => x.pow(tf.tensor1d([0, 1, 2, 3, 4], "int32")),
  "pow broadcast": (a: T, b: T) => a.pow(b),
  prelu: (x: T, alpha: T) => tf.prelu(x, alpha),
  "clip by value": (x: T) => tf.clipByValue(x, -0.5, 0.5),
  mod: (a: T, b: T) => tf.mod(a, b),
  atan2: (a: T, b: T) => tf.atan2(a, b),
  div: (a: T, b: T) => tf.div(a, b),
  "div no nan": (a: T, b: T) => tf.divNoNan(a, b),
  add: (a: T, b: T) => tf.add(a, b),
  sub: (a: T, b: T) => tf.sub(a, b),
  mul: (a: T, b: T) => tf.mul(a, b),
  "add n": (a: T, b: T) => tf.addN([a, a.square(), b]),
  "squared difference": (a: T, b: T) => tf.squaredDifference(a, b),
  "squared difference broadcast": (a: T, b: T) => tf.squaredDifference(a, b),
  maximum: (a: T, b: T) => tf.maximum(a, b),
  "maximum broadcast": (a: T, b: T) => tf.maximum(a, b),
  minimum: (a: T, b: T) => tf.minimum(a, b),
  "minimum broadcast": (a: T, b: T) => tf.minimum(a, b),
  "maximum of equals": (a: T) => tf.maximum(a, a.mul(1)),
  where: (a: T, b: T) => tf.where(tf.greater(a, 0), a.square(), b),
  "where broadcast": (a: T, b: T) => tf.where(tf.tensor1d([1, 0, 1, 1, 0], "bool"), a, b),
  "floor plus square": (x: T) => x.floor().add(x.square()),
  "ceil times x": (x: T) => x.ceil().mul(x),
  "round times x": (x: T) => x.mul(3).round().mul(x),
  "sign times x": (x: T) => x.sign().mul(x),
  "step times x": (x: T) => x.step(0.25).mul(x),
  "floor div times x": (x: T) => tf.floorDiv(x, tf.scalar(0.3)).mul(x),
  "searchSorted times x": (x: T) =>
    tf
      .searchSorted(tf.tensor1d([-0.5, 0, 0.3]), x.reshape([-1]) as tf.Tensor1D)
      .toFloat()
      .reshape(x.shape)
      .mul(x),
  "searchSorted right times x": (x: T) =>
    tf
      .searchSorted(tf.tensor1d([-0.5, 0, 0.3]), x.reshape([-1]) as tf.Tensor1D, "right")
      .toFloat()
      .reshape(x.shape)
      .mul(x),
  "x times greater": (x: T) => x.mul(x.greater(0.1)),
  "x times logic": (x: T) =>
    x.mul(tf.logicalAnd(x.less(0.5), tf.logicalNot(tf.logicalOr(x.equal(0), x.lessEqual(-0.5)))).toFloat()),
  "x times xor": (x: T) => x.mul(tf.logicalXor(x.greaterEqual(0), x.notEqual(0.2)).toFloat()),
  "x times is nan": (x: T) =>
    tf.where(tf.isNaN(x), tf.zerosLike(x), x).mul(tf.isFinite(x).toFloat()).sub(tf.isInf(x).toFloat()),
  "x plus truncated x": (x: T) => x.add(x.mul(3).toInt().toFloat().mul(x)),
  "x plus cast bool": (x: T) => x.mul(x.toBool().toFloat()),
  "argmax one hot": (x: T) => x.mul(tf.oneHot(tf.argMax(x, 1) as tf.Tensor1D, 5)),
  "argmin one hot": (x: T) => x.mul(tf.oneHot(tf.argMin(x, 1) as tf.Tensor1D, 5)),
  "any and all": (x: T) =>
    x.mul(x.greater(0.9).any(1, true).toFloat()).add(x.mul(x.greater(-2).all(1, true).toFloat())),
};
