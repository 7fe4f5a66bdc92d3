import * as tf from "@tensorflow/tfjs";

type T = tf.Tensor;
type T1 = tf.Tensor1D;
type T2 = tf.Tensor2D;
type Table = Record<string, (...inputs: never[]) => T>;

export const products: Table = {
  matmul: (a: T, b: T) => tf.matMul(a, b),
  "matmul transposed left": (a: T, b: T) => tf.matMul(a, b, true),
  "matmul transposed right": (a: T, b: T) => tf.matMul(a, b, false, true),
  "matmul transposed both": (a: T, b: T) => tf.matMul(a, b, true, true),
  "matmul batched": (a: T, b: T) => tf.matMul(a, b),
  "matmul broadcast right": (a: T, b: T) => tf.matMul(a, b),
  "matmul broadcast left": (a: T, b: T) => tf.matMul(a, b),
  "matmul broadcast transposed": (a: T, b: T) => tf.matMul(a, b, true, true),
  "matmul broadcast along the second axis": (a: T, b: T) => tf.matMul(a, b),
  "matmul broadcast on both sides": (a: T, b: T) => tf.matMul(a, b, true),
  dot: (a: T1, b: T1) => tf.dot(a, b),
  "outer product": (a: T1, b: T1) => tf.outerProduct(a, b),
  "einsum matmul": (a: T, b: T) => tf.einsum("bij,bjk->bik", a, b),
  "einsum sum": (a: T) => tf.einsum("bij->bi", a),
  "einsum transpose": (a: T) => tf.einsum("bij->jbi", a),
  "einsum lone index": (a: T, b: T) => tf.einsum("ij,jk->i", a, b),
  "einsum two contracted": (a: T, b: T) => tf.einsum("bij,bij->b", a, b),
  "einsum to scalar": (a: T, b: T) => tf.einsum("ij,ij->", a, b),
  "einsum outer": (a: T, b: T) => tf.einsum("bi,bj->bij", a, b),
  "einsum attention": (a: T, b: T) => tf.einsum("bthd,bshd->bhts", a, b),
  "fused matmul": (a: T, b: T, bias: T) => tf.fused.matMul({ a, b, bias }),
  "fused matmul transposed": (a: T, b: T) => tf.fused.matMul({ a, b, transposeA: true, transposeB: true }),
  "fused matmul batched": (a: T, b: T, bias: T) => tf.fused.matMul({ a, b, bias }),
  "fused matmul relu": (a: T, b: T, bias: T) => tf.fused.matMul({ a, b, bias, activation: "relu" }),
  "lstm cell": (x: T2, kernel: T2, bias: T1, c: T2, h: T2) =>
    tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c, h)[1],
  "lstm cell two steps": (x: T2, kernel: T2, bias: T1, c: T2, h: T2) => {
    const [c1, h1] = tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c, h);
    return tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c1, h1)[1];
  },
  "batch normalisation 2d": (x: T2, mean: T1, variance: T1, offset: T1, scale: T1) =>
    tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  "batch normalisation 3d": (x: T, mean: T1, variance: T1, offset: T1, scale: T1) =>
    tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  "batch normalisation 4d": (x: T, mean: T1, variance: T1, offset: T1, scale: T1) =>
    tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  "batch normalisation bare": (x: T, mean: T1, variance: T1) => tf.batchNorm(x, mean, variance),
  "batch normalisation without scale": (x: T, mean: T1, variance: T1, offset: T1) =>
    tf.batchNorm(x, mean, variance, offset),
  "batch normalisation without offset": (x: T, mean: T1, variance: T1, scale: T1) =>
    tf.batchNorm(x, mean, variance, undefined, scale),
  "batch normalisation axis 1": (x: T, mean: T, variance: T) => tf.batchNorm(x, mean, variance),
  "batch normalisation full shape": (x: T, mean: T, variance: T) => tf.batchNorm(x, mean, variance),
  "local response normalisation": (x: tf.Tensor4D) => tf.localResponseNormalization(x, 2, 1, 0.7, 0.6),
};
