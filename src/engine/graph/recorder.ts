/** A backend of tfjs that records kernels instead of computing them. */
import { UnsupportedOperationError } from "../../check";
import type { Tensor, Tf } from "../tfjs/adapter";
import { withCleanTape } from "../tfjs/corrections";
import { engineOf } from "../tfjs/kernel-watch";
import { GraphBuilder, makeConstant } from "./builder";
import { checkedType, foldConstants } from "./fold-constants";
import { type Constant, type DataType, isConstant, type Value } from "./graph";
import { lowerings } from "./lowering";
import {
  type Complex,
  complexConstant,
  complexEntries,
  complexKernel,
  isComplex,
  type Operand,
} from "./lowering/complex";
import { type GradientWatcher, namingGradients } from "./named-gradients";

/** The backend's name in tfjs's registry of kernels; it is never among tfjs's own backends. */
export const RECORDER_BACKEND = "gradlens-recorder";

/** A tensor as kernels take and give it. */
export interface KernelTensor {
  readonly dataId: object;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** The engine of tfjs, with the fields that a recording sets and reads. */
interface RecordingEngine {
  backendName: string | undefined;
  backendInstance: unknown;
  makeTensorFromTensorInfo(info: KernelTensor, backend: unknown): Tensor;
  readSync(dataId: object): ArrayLike<number>;
}

/** One recording: what is computed while it is the backend becomes nodes of its graph. */
export class Recorder {
  #graph = new GraphBuilder();
  readonly #values = new Map<object, Value>();
  /** Complex tensors, each as two values. */
  readonly #complex = new Map<object, Complex>();
  /** Tensors from elsewhere that were met, such as weights, with the identity of the entries that they had. */
  readonly met: Map<object, object> = new Map();

  readonly #tf: Tf;
  /** Throws when its graph is not worth being recorded further. */
  readonly #grown: ((graph: GraphBuilder) => void) | undefined;

  constructor(tf: Tf, grown?: (graph: GraphBuilder) => void) {
    this.#tf = tf;
    this.#grown = grown;
  }

  /** The graph that nodes are added to now. */
  get graph(): GraphBuilder {
    return this.#graph;
  }

  /** Runs `fn`, of which the nodes go into a graph of their own. */
  within(graph: GraphBuilder, fn: () => void): void {
    const outer = this.#graph;
    this.#graph = graph;
    try {
      fn();
    } finally {
      this.#graph = outer;
    }
  }

  /** Runs `fn` with this as the backend. Synchronous; nothing of it stays behind, also when something throws. */
  run<T>(fn: () => T): T {
    registerKernels(this.#tf);
    const engine = this.#engine;
    const { backendName, backendInstance } = engine;
    engine.backendInstance = this;
    engine.backendName = RECORDER_BACKEND;
    try {
      let result: T | undefined;
      withCleanTape(this.#tf, () => {
        result = namingGradients(this.#tf, (...gradient) => this.#name(...gradient), fn);
      });
      return result as T;
    } finally {
      engine.backendName = backendName;
      engine.backendInstance = backendInstance;
      this.dispose();
    }
  }

  /** A tensor that stands for a value of the graph. */
  tensor(value: Value): Tensor {
    return this.#engine.makeTensorFromTensorInfo(this.info(value), this);
  }

  /** The value that a tensor stands for; a tensor from elsewhere (a weight) is read once, as a constant. */
  value(tensor: KernelTensor, kernel = "the output"): Value {
    const { dataId, shape, dtype } = tensor;
    let value = this.#values.get(dataId);
    if (value === undefined) {
      this.met.set(tensor, dataId);
      const type = checkedType(kernel, dtype);
      value = makeConstant(this.#engine.readSync(dataId), shape, type);
      this.#values.set(dataId, value);
    }
    return value;
  }

  /** One kernel call: computed at once if all inputs are constant, else added to the graph. */
  kernel(
    kernel: string,
    inputs: Readonly<Record<string, Value>> | readonly Value[],
    attrs: Readonly<Record<string, unknown>>,
  ): Value | Value[] {
    const values: readonly Value[] = Object.values(inputs);
    if (values.every(isConstant)) {
      return foldConstants(
        this.#tf,
        kernel,
        inputs as Readonly<Record<string, Constant>> | readonly Constant[],
        attrs,
      );
    }
    this.#grown?.(this.graph);
    const lower = lowerings[kernel];
    if (lower === undefined) {
      throw new UnsupportedOperationError(
        `compiled engine: expected an operation that it can compile, got ${kernel}; engine "eager" computes it`,
      );
    }
    return lower({
      kernel,
      inputs: inputs as Readonly<Record<string, Value>>,
      attrs,
      graph: this.graph,
      tf: this.#tf,
      run: (name, given, options = {}) => this.kernel(name, given, options) as Value,
    });
  }

  /** As tfjs calls a kernel. */
  runKernel(
    kernel: string,
    inputs: Readonly<Record<string, KernelTensor | undefined>> | readonly KernelTensor[],
    attrs: Readonly<Record<string, unknown>>,
  ): KernelTensor | KernelTensor[] {
    const given = Object.entries(inputs as Readonly<Record<string, KernelTensor | undefined>>).flatMap(
      ([name, tensor]): [string, Operand][] => (tensor ? [[name, this.#operand(tensor, kernel)]] : []),
    );
    const complex =
      kernel === "Complex" ||
      attrs["dtype"] === "complex64" ||
      given.some(([, operand]) => isComplex(operand));
    const result = complex
      ? this.#complexKernel(kernel, Object.fromEntries(given), attrs)
      : this.kernel(
          kernel,
          Array.isArray(inputs)
            ? given.map(([, value]) => value as Value)
            : (Object.fromEntries(given) as Readonly<Record<string, Value>>),
          attrs,
        );
    return Array.isArray(result) ? result.map((value) => this.info(value)) : this.info(result);
  }

  /** Has a gradient computed by one operator; what it was computed by may be read elsewhere. */
  #name(...[operator, x, dy, bounds, dx]: Parameters<GradientWatcher>): void {
    const [at, from] = [this.value(x), this.value(dy)];
    if (isConstant(at) || at.dtype !== "float32") return;
    const inputs = [at, from, ...bounds.map((bound) => this.graph.scalar(bound))];
    this.#values.set(dx.dataId, this.graph.add(operator, inputs, at.shape));
  }

  #complexKernel(
    kernel: string,
    inputs: Readonly<Record<string, Operand>>,
    attrs: Readonly<Record<string, unknown>>,
  ): Operand | Operand[] {
    return complexKernel({
      kernel,
      inputs,
      attrs,
      graph: this.graph,
      tf: this.#tf,
      run: (name, given, options = {}) => this.kernel(name, given, options) as Value,
      runAll: (name, given, options) => this.kernel(name, given, options),
    });
  }

  #operand(tensor: KernelTensor, kernel: string): Operand {
    if (tensor.dtype !== "complex64") return this.value(tensor, kernel);
    let parts = this.#complex.get(tensor.dataId);
    if (parts === undefined) {
      this.met.set(tensor, tensor.dataId);
      parts = complexConstant(this.#engine.readSync(tensor.dataId), tensor.shape);
      this.#complex.set(tensor.dataId, parts);
    }
    return parts;
  }

  get #engine(): RecordingEngine {
    return engineOf(this.#tf) as unknown as RecordingEngine;
  }

  /** A value as kernels give it. */
  info(value: Operand): KernelTensor {
    const dataId = {};
    if (isComplex(value)) {
      this.#complex.set(dataId, value);
      return { dataId, shape: [...value.real.shape], dtype: "complex64" };
    }
    this.#values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  // Methods that tfjs requires of any backend.

  write(values: ArrayLike<number>, shape: readonly number[], dtype: string): object {
    return this.info(makeConstant(values, shape, checkedType("a tensor", dtype))).dataId;
  }

  move(dataId: object, values: ArrayLike<number>, shape: readonly number[], dtype: DataType): void {
    this.#values.set(dataId, makeConstant(values, shape, dtype));
  }

  readSync(dataId: object): ArrayLike<number> {
    const parts = this.#complex.get(dataId);
    const known = parts && complexEntries(parts);
    if (known) return known;
    const value = this.#values.get(dataId);
    if (value === undefined || !isConstant(value)) {
      throw new UnsupportedOperationError(
        'compiled engine: expected a computation that is the same for all inputs, got one that reads its own values; engine "eager" computes it',
      );
    }
    return value.entries as ArrayLike<number>;
  }

  read(dataId: object): Promise<ArrayLike<number>> {
    return new Promise((resolve) => resolve(this.readSync(dataId)));
  }

  disposeData(dataId: object): boolean {
    this.#values.delete(dataId);
    this.#complex.delete(dataId);
    return true;
  }

  refCount(): number {
    return 1;
  }

  incRef(): void {}

  decRef(): void {}

  numDataIds(): number {
    return this.#values.size + this.#complex.size;
  }

  memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  dispose(): void {
    this.#values.clear();
    this.#complex.clear();
  }

  timerAvailable(): boolean {
    return false;
  }

  floatPrecision(): 32 {
    return 32;
  }

  /** As on cpu: some operations of tfjs add it. */
  epsilon(): number {
    return 1e-7;
  }
}

/** Makes every kernel of tfjs lead to the recorder that is the backend. */
function registerKernels(tf: Tf): void {
  const names = new Set([
    ...tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName),
    ...Object.keys(lowerings),
  ]);
  for (const kernelName of names) {
    if (tf.getKernel(kernelName, RECORDER_BACKEND)) continue;
    tf.registerKernel({
      kernelName,
      backendName: RECORDER_BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) =>
        (backend as Recorder).runKernel(kernelName, inputs, attrs ?? {}) as never,
    });
  }
}
