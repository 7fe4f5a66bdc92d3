/** Sees every kernel that tfjs runs while a function runs: what the engine needs to know and tfjs does not tell. */
import type { Tensor, Tf } from "./adapter";

/** The engine of tfjs, with the fields that are read or set here. */
export interface EngineInternals {
  backendName: string | undefined;
  backendInstance: unknown;
  findBackend(name: string): unknown;
  registryFactory: Readonly<Record<string, unknown>>;
  runKernelFunc(params: KernelCall): Tensor | Tensor[];
  runKernel(
    name: string,
    inputs: Readonly<Record<string, Tensor>> | readonly Tensor[],
    attrs: object,
  ): Tensor | Tensor[];
  readSync(dataId: object): ArrayLike<number>;
  gradients(
    f: () => Tensor,
    xs: Tensor[],
    dy: undefined,
    allowNoGradients: true,
  ): { value: Tensor; grads: (Tensor | undefined)[] };
  state: {
    activeTape: TapeNode[] | null;
    numBytes: number;
    gradientDepth: number;
    kernelDepth: number;
    tensorInfo: WeakMap<object, { backend: unknown }>;
  };
}

/** One call of a kernel. */
export interface KernelCall {
  readonly kernelName?: string;
  readonly inputs: Readonly<Record<string, Tensor | undefined>>;
  readonly attrs?: {
    readonly axis?: number | readonly number[] | null;
    readonly keepDims?: boolean;
    readonly dtype?: string;
    readonly clipValueMin?: number;
    readonly clipValueMax?: number;
    readonly transposeA?: boolean;
    readonly transposeB?: boolean;
    readonly equation?: string;
    readonly strides?: number | [number, number];
    readonly pad?: number | "same" | "valid" | ExplicitPadding;
    readonly dataFormat?: string;
    readonly dilations?: number | [number, number];
    readonly dimRoundingMode?: "floor" | "round" | "ceil";
    readonly activation?: string;
    readonly paddings?: readonly (readonly [number, number])[];
    readonly constantValue?: number;
  };
}

/** Cells in front of and behind each axis of an image. */
type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

/** One entry of tfjs's tape. */
export interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Tensor | Tensor[] | undefined>>;
  readonly outputs: readonly Tensor[];
  readonly gradient?: unknown;
}

/** tfjs's engine object; one per process, whichever copy of tfjs-core made it. */
export function engineOf(tf: Tf): EngineInternals {
  return tf.engine() as unknown as EngineInternals;
}

/** Runs `fn`; after each kernel `seen` is told the call and its result. Synchronous, restored on any exit. */
export function watchingKernels<T>(
  tf: Tf,
  seen: (call: KernelCall, result: Tensor | Tensor[]) => void,
  fn: () => T,
): T {
  const watched: RunKernel = (call, run) => {
    const result = run(call);
    seen(call, result);
    return result;
  };
  return runningKernels(tf, watched, fn);
}

/** A way to run a kernel, by the way that there was before. */
type RunKernel = (call: KernelCall, run: (call: KernelCall) => Tensor | Tensor[]) => Tensor | Tensor[];

/** Runs `fn`, whose kernels are run so. Synchronous, restored on any exit. */
export function runningKernels<T>(tf: Tf, runKernel: RunKernel, fn: () => T): T {
  const engine = engineOf(tf);
  const own = Object.getOwnPropertyDescriptor(engine, "runKernelFunc");
  const original = engine.runKernelFunc;
  const run = (call: KernelCall): Tensor | Tensor[] => original.call(engine, call);
  engine.runKernelFunc = (call) => runKernel(call, run);
  try {
    return fn();
  } finally {
    if (own) Object.defineProperty(engine, "runKernelFunc", own);
    else delete (engine as { runKernelFunc?: unknown }).runKernelFunc;
  }
}

/** Runs `fn`; `seen` is told the entries that code reads as numbers, as by `dataSync`. Synchronous, restored on any exit. */
export function watchingReads<T>(tf: Tf, seen: (dataId: object) => void, fn: () => T): T {
  const engine = engineOf(tf);
  const own = Object.getOwnPropertyDescriptor(engine, "readSync");
  const original = engine.readSync;
  engine.readSync = (dataId) => {
    seen(dataId);
    return original.call(engine, dataId);
  };
  try {
    return fn();
  } finally {
    if (own) Object.defineProperty(engine, "readSync", own);
    else delete (engine as { readSync?: unknown }).readSync;
  }
}

/** Runs `fn` with `name` as the backend, then makes the previous one active again. Synchronous. */
export function onBackend<T>(tf: Tf, name: string, fn: () => T): T {
  const engine = engineOf(tf);
  const { backendName, backendInstance } = engine;
  engine.backendInstance = engine.findBackend(name);
  engine.backendName = name;
  try {
    return fn();
  } finally {
    engine.backendName = backendName;
    engine.backendInstance = backendInstance;
  }
}

/**
 * Runs `fn` as tfjs runs it under a gradient, with fused activations taken apart, but without recording:
 * scores are then computed by the same kernels as gradients.
 */
export function unfused<T>(tf: Tf, fn: () => T): T {
  const { state } = engineOf(tf);
  state.gradientDepth++;
  state.kernelDepth++;
  try {
    return fn();
  } finally {
    state.gradientDepth--;
    state.kernelDepth--;
  }
}
