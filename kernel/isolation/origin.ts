/** Origins of output: the request whose code writes, however late. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Header } from "../header";

/** The request whose code writes, shows or fails, however late: through timers, promises, events, other threads. */
export interface Origin {
  readonly header: Header;
  /** Nothing that it shows goes out. */
  readonly silent: boolean;
}

const storage = new AsyncLocalStorage<Origin>();
// Held here: cells may have other methods of the same names.
const getStore = storage.getStore.bind(storage);
const run = storage.run.bind(storage);

/** Undefined where Node does not know it: in a native library's callback, say. */
export function currentOrigin(): Origin | undefined {
  return getStore();
}

/** Runs code as a request's own. */
export function runAs<T>(origin: Origin, code: () => T): T {
  return run(origin, code) as T;
}

/** The function as the code's own that has made it. */
export function keepOrigin<Parameters extends unknown[], Result>(
  made: (...given: Parameters) => Result,
): (...given: Parameters) => Result {
  const origin = getStore();
  return origin === undefined ? made : (...given) => runAs(origin, () => made(...given));
}
