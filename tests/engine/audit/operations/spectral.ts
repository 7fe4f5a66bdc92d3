import * as tf from "@tensorflow/tfjs";

type T = tf.Tensor;
type Table = Record<string, (...inputs: never[]) => T>;

export const spectral: Table = {
  "fft real part": (x: T) => tf.real(tf.fft(tf.complex(x, tf.zerosLike(x)))),
  "fft of complex": (a: T, b: T) => tf.imag(tf.fft(tf.complex(a, b))),
  "fft magnitude": (x: T) => tf.abs(tf.fft(tf.complex(x, tf.zerosLike(x)))),
  "ifft magnitude": (a: T, b: T) => tf.abs(tf.ifft(tf.complex(a, b))),
  "rfft magnitude": (x: T) => tf.abs(tf.spectral.rfft(x)),
  "rfft padded": (x: T) => tf.real(tf.spectral.rfft(x, 8)),
  irfft: (a: T, b: T) => tf.spectral.irfft(tf.complex(a, b)),
  "stft magnitude": (x: tf.Tensor1D) => tf.abs(tf.signal.stft(x, 4, 2)),
  "complex product": (a: T, b: T) => tf.imag(tf.mul(tf.complex(a, b), tf.complex(b, a.square()))),
  "complex product broadcast": (a: T, b: T) =>
    tf.imag(tf.mul(tf.complex(a, a.square()), tf.complex(b, b.square()))),
  "complex sum broadcast": (a: T, b: T) =>
    tf.abs(tf.add(tf.complex(a, a.square()), tf.complex(b, b.square()))),
  "complex difference broadcast": (a: T, b: T) =>
    tf.abs(tf.sub(tf.complex(b, b.square()), tf.complex(a, a.square()))),
  "complex arithmetic": (a: T, b: T) =>
    tf.abs(tf.sub(tf.add(tf.complex(a, b), tf.complex(b, b)), tf.complex(a.square(), b))),
};
