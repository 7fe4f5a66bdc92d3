/** A gradient that fails leaves no tensor behind. */
import type { Tensor, TensorContainer } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

interface TapeState {
  readonly gradientDepth: number;
  /** Undefined before the first gradient. */
  activeTape: readonly { readonly saved: readonly Tensor[] }[] | null | undefined;
}

/**
 * Disposes of what a failed gradient left behind: the tensors saved on the tape, and the tape.
 *
 * tfjs keeps the saved tensors out of every tidy and drops them only after a gradient that succeeded. Inside another
 * gradient nothing is done: the tape then belongs to the outer one, which cleans it.
 */
export function disposeFailedTape(tf: Tf): void {
  const state = tf.engine().state as unknown as TapeState;
  if (state.gradientDepth > 0 || state.activeTape == null) return;
  for (const node of state.activeTape) {
    for (const tensor of node.saved) {
      if (!tensor.isDisposed) tensor.dispose();
    }
  }
  state.activeTape = null;
}

/** Runs `fn` in a tidy; if it throws, nothing of its gradients is left, and the error goes on to the caller. */
export function withCleanTape<T extends TensorContainer>(tf: Tf, fn: () => T): T {
  try {
    return tf.tidy(fn);
  } catch (error) {
    disposeFailedTape(tf);
    throw error;
  }
}
