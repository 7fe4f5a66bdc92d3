/** Gradients through complex numbers and Fourier transforms, as pairs of real ones. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { unexpected } from "../../../check";
import { type Correction, ofEngine, type Tf } from "./correction";

type KernelInputs = Record<string, Tensor | undefined> | Tensor[];
type RunKernel = (kernel: string, inputs: KernelInputs, attrs?: NamedAttrMap) => Tensor | Tensor[];

interface RecordingEngine {
  runKernel: RunKernel;
  isTapeOn(): boolean;
  keep(t: Tensor): Tensor;
  readonly state: { nextTapeNodeId: number; readonly activeTape: TapeNode[] };
}

interface TapeNode {
  readonly id: number;
  readonly kernelName: string;
  readonly inputs: Record<string, Tensor>;
  readonly outputs: readonly Tensor[];
  readonly saved: readonly Tensor[];
}

/** A complex tensor as the two real ones that carry its gradient. */
interface Parts {
  readonly real: Tensor;
  readonly imag: Tensor;
}

/** Kernels that do the same to the real and to the imaginary part. */
export const PARTWISE: ReadonlySet<string> = new Set([
  "Add",
  "Concat",
  "ExpandDims",
  "GatherV2",
  "Identity",
  "Pack",
  "PadV2",
  "Reshape",
  "Slice",
  "SplitV",
  "Sub",
  "Tile",
  "Transpose",
  "Unpack",
]);

/**
 * While a gradient is recorded, a complex tensor z = u + iv is followed as the pair of real tensors u, v.
 *
 * Real z = u, Imag z = v, |z| = √(u² + v²) with gradient 0 at z = 0, and the Fourier transform Fz is linear with
 * adjoint n·F⁻¹. Stock tfjs has no gradient for any of them, and its tape accepts only real gradients.
 */
export const complex: Correction = ofEngine<RecordingEngine>(
  { name: "complex numbers", ops: ["Complex", "Real", "Imag", "ComplexAbs", "FFT", "IFFT"] },
  (engine, tf) => {
    const run = engine.runKernel.bind(engine) as RunKernel;
    const partsOf = new WeakMap<Tensor, Parts>();

    /** The complex tensor of two parts; the tape holds the parts until its gradient is done. */
    const follow = (real: Tensor, imag: Tensor): Tensor => {
      const z = run("Complex", { real, imag }) as Tensor;
      const parts = { real: engine.keep(tf.clone(real)), imag: engine.keep(tf.clone(imag)) };
      engine.state.activeTape.push({
        id: engine.state.nextTapeNodeId++,
        kernelName: "ComplexParts",
        inputs: {},
        outputs: [],
        saved: [parts.real, parts.imag],
      });
      partsOf.set(z, parts);
      return z;
    };

    const parts = (z: Tensor): Parts =>
      partsOf.get(z) ?? {
        real: run("Real", { input: z }) as Tensor,
        imag: run("Imag", { input: z }) as Tensor,
      };

    const rules: Record<string, (inputs: Record<string, Tensor>, attrs: NamedAttrMap) => Tensor> = {
      Complex: ({ real, imag }) => follow(real, imag),
      Real: ({ input }) => tf.clone(parts(input).real),
      Imag: ({ input }) => tf.clone(parts(input).imag),
      ComplexAbs: ({ x }) => magnitude(tf, parts(x)),
      Cast: ({ x }, { dtype }) => {
        if (x.dtype === "complex64") {
          return dtype === "complex64" ? tf.clone(x) : tf.cast(parts(x).real, dtype as "float32");
        }
        const real = tf.cast(x, "float32");
        return follow(real, tf.zerosLike(real));
      },
      Multiply: ({ a, b }) => {
        const [left, right] = [parts(a), parts(b)];
        return follow(
          tf.sub(tf.mul(left.real, right.real), tf.mul(left.imag, right.imag)),
          tf.add(tf.mul(left.real, right.imag), tf.mul(left.imag, right.real)),
        );
      },
      FFT: ({ input }) => follow(...transformed(tf, parts(input), tf.fft)),
      IFFT: ({ input }) => follow(...transformed(tf, parts(input), tf.ifft)),
    };

    engine.runKernel = (kernel, inputs, attrs = {}): Tensor | Tensor[] => {
      const given = Object.values(inputs);
      const isComplex = (t: Tensor | undefined): t is Tensor => t?.dtype === "complex64";
      const concerned = kernel === "Complex" || attrs.dtype === "complex64" || given.some(isComplex);
      if (!concerned || !engine.isTapeOn()) return run(kernel, inputs, attrs);
      const rule = rules[kernel];
      if (rule !== undefined) return rule(inputs as Record<string, Tensor>, attrs);
      if (PARTWISE.has(kernel)) {
        const partInputs = (part: "real" | "imag"): KernelInputs => {
          const take = (t: Tensor | undefined): Tensor | undefined => (isComplex(t) ? parts(t)[part] : t);
          if (Array.isArray(inputs)) return inputs.map((t) => take(t) as Tensor);
          return Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, take(t)]));
        };
        const real = run(kernel, partInputs("real"), attrs);
        const imag = run(kernel, partInputs("imag"), attrs);
        if (!Array.isArray(real)) return follow(real, imag as Tensor);
        return real.map((part, i) => follow(part, (imag as Tensor[])[i]));
      }
      if (given.some((t) => t !== undefined && partsOf.has(t))) {
        throw unexpected(`gradient of ${kernel}`, "real tensors", "a complex one");
      }
      return run(kernel, inputs, attrs);
    };
  },
);

function magnitude(tf: Tf, { real, imag }: Parts): Tensor {
  const squared = tf.add(tf.square(real), tf.square(imag));
  const zero = tf.equal(squared, 0);
  return tf.where(zero, tf.zerosLike(squared), tf.sqrt(tf.where(zero, tf.onesLike(squared), squared)));
}

/** A Fourier transform of the parts along the last axis; its adjoint is the opposite transform, scaled. */
function transformed(tf: Tf, { real, imag }: Parts, transform: Tf["fft"]): [Tensor, Tensor] {
  const length = real.shape[real.rank - 1];
  const [opposite, scale] = transform === tf.fft ? [tf.ifft, length] : [tf.fft, 1 / length];
  const both = tf.customGrad((...args: unknown[]) => {
    const z = transform(tf.complex(args[0] as Tensor, args[1] as Tensor));
    return {
      value: tf.stack([tf.real(z), tf.imag(z)]),
      gradFunc: (dy: Tensor): Tensor[] => {
        const [dReal, dImag] = tf.unstack(dy);
        const back = opposite(tf.complex(dReal, dImag));
        return [tf.mul(tf.real(back), scale), tf.mul(tf.imag(back), scale)];
      },
    };
  })(real, imag);
  const [outReal, outImag] = tf.unstack(both);
  return [outReal, outImag];
}
