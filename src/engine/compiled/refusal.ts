/** Refusals: the compiled engine does not answer a request that the eager engine may answer. */

const refusals = new WeakSet<object>();

/** Marks an error as a refusal: the request was not one for this engine, or its answer was not to be trusted. */
export function refused(error: unknown): unknown {
  if (typeof error === "object" && error !== null) refusals.add(error);
  return error;
}

/** True of an error that says the compiled engine cannot answer, not that the request is wrong. */
export function isRefusal(error: unknown): boolean {
  return typeof error === "object" && error !== null && refusals.has(error);
}

/** Warning to a reader of the map when the eager engine answered instead. */
export function refusalInWords(error: unknown): string {
  const text = String((error as Error | undefined)?.message ?? error)
    .replace(/^compiled engine: /, "")
    .replace(/; (engine "eager" computes|the eager engine) .*$/, "");
  return `computed by the eager engine; the compiled one ${/^expected /.test(text) ? text : `failed: ${text}`}`;
}
