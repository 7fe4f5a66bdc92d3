/** Settings in the user's environment variables: `off`, in any of its spellings, or a place. */
import path from "node:path";

export function isOff(value: string | undefined): boolean {
  return /^(off|0|no|false)$/i.test(value ?? "");
}

/** Where something is kept on disk: where the user says, else in the usual place; undefined when it is turned off. */
export function keptAt(chosen: string | undefined, usual: () => string): string | undefined {
  if (isOff(chosen)) return undefined;
  return chosen ? path.resolve(chosen) : usual();
}
