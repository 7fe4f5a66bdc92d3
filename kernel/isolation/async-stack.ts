/**
 * Node's own stack of asynchronous contexts, which async hooks keep while they are on (`node:test`, AsyncLocalStorage
 * before Node 24): code that is torn out of such a context never leaves it, and Node ends the process when it finds
 * the stack out of order. Node 20 and 22 let it be mended; Node 24 keeps AsyncLocalStorage without hooks.
 */

interface AsyncWrap {
  async_hook_fields: Uint32Array;
  async_id_fields: Float64Array;
  constants: { kStackLength: number; kTotals: number; kCheck: number; kExecutionAsyncId: number };
  popAsyncContext(asyncId: number): boolean;
  clearAsyncIdStack(): void;
}

/** Members of `process` that its types leave out. */
interface Bindings {
  binding?(name: string): unknown;
  noDeprecation?: boolean;
}

function findAsyncWrap(): AsyncWrap | undefined {
  const node = process as unknown as Bindings;
  const { noDeprecation = false } = node;
  try {
    node.noDeprecation = true;
    return node.binding?.("async_wrap") as AsyncWrap | undefined;
  } catch {
    return undefined;
  } finally {
    node.noDeprecation = noDeprecation;
  }
}

const wrap: AsyncWrap | undefined = findAsyncWrap();
/** State set aside while a termination is under way. */
let aside: { totals: number; check: number } | undefined;

export function asyncStackDepth(): number {
  return wrap ? wrap.async_hook_fields[wrap.constants.kStackLength]! : 0;
}

/** After synchronous code was torn out of what it had entered. */
export function unwindAsyncStack(depth: number): void {
  if (!wrap) return;
  for (let left = asyncStackDepth(); left > depth; left--)
    wrap.popAsyncContext(wrap.async_id_fields[wrap.constants.kExecutionAsyncId]!);
}

/** Before V8 terminates whatever runs: nothing of it will leave its context, up to the event loop. */
export function prepareTermination(): void {
  if (!wrap) return;
  const { async_hook_fields: fields, constants } = wrap;
  aside ??= { totals: fields[constants.kTotals]!, check: fields[constants.kCheck]! };
  // Until then Node does not look whether the stack is in order.
  fields[constants.kTotals] = 0;
  fields[constants.kCheck] = 0;
  wrap.clearAsyncIdStack();
}

/** When the event loop goes on. */
export function afterTermination(): void {
  if (!wrap || !aside) return;
  // Contexts entered between the two.
  wrap.clearAsyncIdStack();
  wrap.async_hook_fields[wrap.constants.kTotals] = aside.totals;
  wrap.async_hook_fields[wrap.constants.kCheck] = aside.check;
  aside = undefined;
}
