/** One correction of tfjs: the gradient of a kernel, or a method of its engine, registered once. */
import type { GradConfig, NamedAttrMap, Rank, Tensor } from "@tensorflow/tfjs";

/** The module object of TensorFlow.js; it is loaded lazily, so it is always passed in. */
export type Tf = typeof import("@tensorflow/tfjs");

/** One repair of TensorFlow.js's gradient system. */
export interface Correction {
  readonly name: string;
  /** The kernels whose gradient is replaced or added. */
  readonly ops: readonly string[];
  /** Safe to call any number of times. */
  install(tf: Tf): void;
}

/** Result of a gradient function: for each input a function that computes its gradient on demand. */
export type InputGradients = Record<string, () => Tensor>;

/** The gradient of one kernel, without the name of the kernel. */
export interface GradientRule {
  readonly inputsToSave?: string[];
  readonly saveAllInputs?: boolean;
  readonly outputsToSave?: boolean[];
  /** `dy` holds one gradient per output of the kernel. */
  readonly backward: (dy: Tensor[], saved: Tensor[], attrs: NamedAttrMap) => InputGradients;
}

/** Marks our own entries in the registry, which every copy of tfjs-core in the process shares. */
const ownGradient = Symbol.for("gradlens.gradient");

/** A correction that registers the gradient of `kernel`. */
export function gradientOf(kernel: string, rule: (tf: Tf) => GradientRule): Correction {
  return {
    name: kernel,
    ops: [kernel],
    install(tf: Tf): void {
      const registered: (GradConfig & { [ownGradient]?: boolean }) | undefined = tf.getGradient(kernel);
      if (registered?.[ownGradient]) return;
      const { backward, inputsToSave, saveAllInputs, outputsToSave } = rule(tf);
      const config: GradConfig & { [ownGradient]?: boolean } = {
        kernelName: kernel,
        inputsToSave: inputsToSave ?? [],
        saveAllInputs: saveAllInputs ?? false,
        outputsToSave: outputsToSave ?? [],
        gradFunc: (dy, saved, attrs) => backward(Array.isArray(dy) ? dy : [dy], saved, attrs),
        [ownGradient]: true,
      };
      tf.registerGradient(config);
    },
  };
}

/** A correction that puts other methods in place of those of tfjs's engine: once, however often it is installed. */
export function ofEngine<Methods extends object>(
  { name, ops = [] }: { readonly name: string; readonly ops?: readonly string[] },
  wrap: (engine: Methods, tf: Tf) => void,
): Correction {
  const wrapped = Symbol.for(`gradlens.engine: ${name}`);
  return {
    name,
    ops,
    install(tf: Tf): void {
      const engine = tf.engine() as unknown as Methods & { [wrapped]?: boolean };
      if (wrapped in engine) return;
      Object.defineProperty(engine, wrapped, { value: true });
      wrap(engine, tf);
    },
  };
}

/** Runs a kernel by its name, as recorded on the tape. */
export function runKernel<R extends Rank>(
  tf: Tf,
  kernel: string,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap = {},
): Tensor<R> {
  return tf.engine().runKernel(kernel, inputs, attrs) as unknown as Tensor<R>;
}

/** Sums `t` over the axes along which `shape` was broadcast, so that it has that shape again. */
export function sumToShape(tf: Tf, t: Tensor, shape: readonly number[]): Tensor {
  const missing = t.rank - shape.length;
  const axes = t.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < missing || (shape[axis - missing] === 1 && t.shape[axis] !== 1));
  return tf.reshape(axes.length > 0 ? tf.sum(t, axes) : t, [...shape]);
}

/** Zeros of type float32, the only type the tape accepts as a gradient. */
export function zerosOf(tf: Tf, t: Tensor): Tensor {
  return tf.zeros(t.shape, "float32");
}

/** A stride or dilation given as a number or a tuple, as a tuple of `rank` numbers. */
export function tuple(value: unknown, rank: number): number[] {
  if (value === undefined || value === null) return Array<number>(rank).fill(1);
  const values = Array.isArray(value) ? (value as number[]) : [value as number];
  return values.length === 1 ? Array<number>(rank).fill(values[0]) : values;
}
