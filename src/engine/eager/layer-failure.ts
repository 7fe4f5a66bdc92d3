/** Errors of TensorFlow.js in a layer, with its name: their own words tell of a kernel, and not of whose it is. */
import { failure, outOfRange } from "../../check";

/** Our own errors, which say what they are about. */
const OWN = /^[\w. ]+(\(\))?: expected /;

/** A position that a look-up does not have. */
const OUTSIDE = /index value (-?\d+) is not in \[0, (\d+)\]/;

/** Files of TensorFlow.js in a line of a stack. */
const FRAME = /@tensorflow[/\\]tfjs|tfjs-(core|layers|converter|backend)/;

/** True of an error that TensorFlow.js threw itself: one of a layer of the caller's own is the caller's. */
function isTensorFlows({ name, message, stack }: Error): boolean {
  if (name !== "Error" || OWN.test(message)) return false;
  const first = stack?.split("\n").find((line) => /^\s+at /.test(line));
  return first !== undefined && FRAME.test(first);
}

/**
 * An error with the innermost layer that it came from; the same error where that is none's, or where it is one of ours, of
 * the net's code or of the caller's.
 *
 * @param again does once more what failed, and tells the layers that it fails in.
 */
export function withLayer(
  fn: string,
  error: unknown,
  again: (failed: (error: unknown, layer: string) => void) => void,
): unknown {
  if (!(error instanceof Error && isTensorFlows(error))) return error;
  let innermost: string | undefined;
  try {
    again((_, layer) => {
      innermost ??= layer;
    });
  } catch {
    // As before.
  }
  if (innermost === undefined) return error;
  const row = OUTSIDE.exec(error.message);
  if (row)
    return outOfRange(
      fn,
      `positions from 0 to ${row[2]} in the table of layer ${JSON.stringify(innermost)}`,
      `${row[1]}: numbers that are looked up take neither noise nor a path; layer: ${JSON.stringify(innermost)} explains what the table gives`,
    );
  const cause = { cause: error };
  return failure(fn, `layer ${JSON.stringify(innermost)} to compute`, JSON.stringify(error.message), cause);
}
