/** Verification of what was kept: a record, a log of records or a pack, whatever it turns out to be. */
import { checkOptions, shown, wrongType } from "../check";
import { packProblems } from "./pack";
import { logProblems } from "./record-log";
import { problemsOf } from "./sealed-record";

/** Options of `verify`. */
export interface VerifyOptions {
  /** Fingerprint of the model that must have been explained. */
  readonly fingerprint?: string;
  /** Hash of the last line of a log that was kept elsewhere. */
  readonly last?: string;
  /** Seal of a pack that was kept elsewhere. */
  readonly seal?: string;
}

/** Outcome of a verification. */
export interface Verification {
  readonly kind: "record" | "log" | "pack";
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Everything that is wrong, in sentences. */
  readonly problems: readonly string[];
  /** Records in it. */
  readonly records: number;
  /** Hash of a record, of the last line of a log, or seal of a pack: keep it elsewhere. */
  readonly hash: string | undefined;
}

/**
 * Verifies a record, a log or a pack from its bytes or text: that nothing was changed, taken out, added or cut off, that the numbers add
 * up, and that it is of a version that this reader knows. Needs neither model nor network, and throws for no content whatever.
 */
export async function verify(
  content: Uint8Array | string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const fn = "verify";
  checkOptions(fn, options, ["fingerprint", "last", "seal"]);
  if (typeof content !== "string" && !(content instanceof Uint8Array))
    throw wrongType(fn, "bytes or a text", shown(content));
  try {
    return await verified(content, options);
  } catch (error) {
    // What nests a hundred thousand deep fills the stack of whoever reads it.
    if (!(error instanceof RangeError)) throw error;
    const problems = [`no record that can be read: ${error.message}`];
    return { kind: "record", ok: false, problems, records: 0, hash: undefined };
  }
}

async function verified(content: Uint8Array | string, options: VerifyOptions): Promise<Verification> {
  const isZip = typeof content !== "string" && content[0] === 0x50 && content[1] === 0x4b;
  if (isZip) {
    const { problems, records, seal } = await packProblems(content, options);
    return { kind: "pack", ok: problems.length === 0, problems, records, hash: seal };
  }
  const text = typeof content === "string" ? content : new TextDecoder().decode(content);
  const single = parsed(text);
  const isEntry = typeof single === "object" && single !== null && "index" in single;
  if (single !== undefined && !isEntry) {
    const problems = await problemsOf(single, options);
    const hash =
      typeof single === "object" && single !== null && "hash" in single ? String(single.hash) : undefined;
    return { kind: "record", ok: problems.length === 0, problems, records: 1, hash };
  }
  const { problems, records, last } = await logProblems(text, options);
  const empty = records === 0 ? ["empty: nothing was kept in it"] : [];
  const all = [...empty, ...problems];
  return { kind: "log", ok: all.length === 0, problems: all, records, hash: last };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
