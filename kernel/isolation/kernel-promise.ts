/** Promises that the kernel awaits while cells' built-ins are in place. */

// Held here: cells may have others.
const { defineProperty } = Reflect;
const original: PropertyDescriptor = Object.assign(Object.create(null), { value: Promise });

/**
 * The promise, one of the kernel's own, with its constructor as a property. `await` asks for that, and where it is not
 * the original `Promise`, as cells can make it, calls `then`, which cells may have replaced.
 */
export function kernelPromise<T>(promise: Promise<T>): Promise<T> {
  defineProperty(promise, "constructor", original);
  return promise;
}
