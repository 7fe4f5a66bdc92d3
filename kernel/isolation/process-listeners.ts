/**
 * Listeners of the process that a cell cannot take away: without that for uncaught exceptions Node would end the kernel
 * at the next one.
 */
import { withBuiltIns } from "./built-ins";

type Listener = (...given: any[]) => void;

const REMOVERS = ["removeAllListeners", "removeListener", "off"] as const;

export function keepListeners(listeners: Readonly<Record<string, Listener>>): void {
  const kept = new Map(Object.entries(listeners));
  const { on, listeners: listenersOf } = process as NodeJS.EventEmitter;
  const addMissing = () => {
    for (const [event, listener] of kept)
      if (!listenersOf.call(process, event).includes(listener)) on.call(process, event, listener);
  };
  addMissing();
  for (const name of REMOVERS) {
    const remove = process[name] as (this: typeof process, ...given: unknown[]) => typeof process;
    Object.defineProperty(process, name, {
      configurable: true,
      writable: true,
      value(...given: unknown[]) {
        remove.apply(process, given);
        withBuiltIns("kernel", addMissing);
        return process;
      },
    });
  }
}
