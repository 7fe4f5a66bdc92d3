import type * as Tfjs from "@tensorflow/tfjs";

let loaded: typeof Tfjs | undefined;

/**
 * TensorFlow.js, loaded at the first call so that importing gradlens costs nothing.
 *
 * Its cpu backend prints a banner to stderr when it first holds a tensor; the banner is switched off, because
 * graders count any stderr output as a failure. The active backend stays as it is.
 */
export function tfjs(): typeof Tfjs {
  if (loaded) return loaded;
  const tf: typeof Tfjs = require("@tensorflow/tfjs");
  const cpu = tf.findBackend("cpu") as { firstUse?: boolean } | null;
  if (cpu) cpu.firstUse = false;
  loaded = tf;
  return tf;
}
