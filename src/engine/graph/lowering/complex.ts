/** Complex numbers as pairs of real arrays, since ONNX's operators know real ones only. */
import { sizeOf } from "../../../tensor";
import { PARTWISE } from "../../tfjs/corrections/complex";
import { makeConstant } from "../builder";
import { type Constant, isConstant, type Value } from "../graph";
import { type KernelCall, unsupported } from "./lowering";

/** A complex array: z = real + i · imag. */
export interface Complex {
  readonly real: Value;
  readonly imag: Value;
}

/** Input or output of a kernel where complex numbers take part. */
export type Operand = Value | Complex;

/** One call of a kernel with complex inputs or a complex output. */
export interface ComplexCall extends Omit<KernelCall, "inputs"> {
  readonly inputs: Readonly<Record<string, Operand>>;
  /** A kernel on real values; several outputs where it has several. */
  runAll(
    kernel: string,
    inputs: Readonly<Record<string, Value>> | readonly Value[],
    attrs: Readonly<Record<string, unknown>>,
  ): Value | Value[];
}

/** Kernels of complex numbers alone. */
export const COMPLEX_KERNELS: readonly string[] = ["Complex", "ComplexAbs", "FFT", "IFFT", "Imag", "Real"];

/** A Fourier transform is a product with a matrix; above this length the matrix is too large to keep. */
const LONGEST_TRANSFORM = 2048;

/** Whether an operand is complex. */
export function isComplex(operand: Operand): operand is Complex {
  return "imag" in operand;
}

/** cos and sin of 2π jk / n, symmetric. */
function waves(n: number): [Constant, Constant] {
  const wave = (of: (angle: number) => number): Constant =>
    makeConstant(
      Float32Array.from({ length: n * n }, (_, i) =>
        // The remainder keeps the angle small, and so exact.
        of((2 * Math.PI * ((Math.floor(i / n) * (i % n)) % n)) / n),
      ),
      [n, n],
      "float32",
    );
  return [wave(Math.cos), wave(Math.sin)];
}

/** Σ z e^∓2πijk/n along the last axis; the inverse has the other sign and a factor 1/n. */
function transformed(call: ComplexCall, z: Complex, inverse: boolean): Complex {
  const { shape } = z.real;
  const n = shape[shape.length - 1];
  if (n > LONGEST_TRANSFORM) throw unsupported(call, `of more than ${LONGEST_TRANSFORM} entries`);
  const [cosine, sine] = waves(n);
  const rows = [sizeOf(shape) / n, n];
  const product = (part: Value, matrix: Value): Value =>
    call.run(
      "_FusedMatMul",
      { a: call.run("Reshape", { x: part }, { shape: rows }), b: matrix },
      { transposeA: false, transposeB: false },
    );
  const [across, along] = inverse ? ["Sub", "Add"] : ["Add", "Sub"];
  const real = call.run(across, { a: product(z.real, cosine), b: product(z.imag, sine) });
  const imag = call.run(along, { a: product(z.imag, cosine), b: product(z.real, sine) });
  const whole = (part: Value): Value => {
    const scaled = inverse ? call.run("Multiply", { a: part, b: call.graph.scalar(1 / n) }) : part;
    return call.run("Reshape", { x: scaled }, { shape });
  };
  return { real: whole(real), imag: whole(imag) };
}

function magnitude(call: ComplexCall, { real, imag }: Complex): Value {
  const [a, b] = [real, imag].map((x) => call.run("Square", { x })) as [Value, Value];
  return call.run("Sqrt", { x: call.run("Add", { a, b }) });
}

/** Output of a kernel for complex inputs, or the complex array that it makes of real ones. */
export function complexKernel(call: ComplexCall): Operand | Operand[] {
  const { kernel, inputs, attrs } = call;
  const zeros = (x: Value): Value => call.run("ZerosLike", { x });
  const complex = (name: string): Complex => {
    const operand = inputs[name];
    return isComplex(operand) ? operand : { real: operand, imag: zeros(operand) };
  };
  switch (kernel) {
    case "Complex":
      return { real: inputs["real"] as Value, imag: inputs["imag"] as Value };
    case "Real":
      return complex("input").real;
    case "Imag":
      return complex("input").imag;
    case "ComplexAbs":
      return magnitude(call, complex("x"));
    case "Cast": {
      const { real } = complex("x");
      if (attrs["dtype"] !== "complex64") return call.run("Cast", { x: real }, attrs);
      const x = inputs["x"];
      if (isComplex(x)) return x;
      const float = call.run("Cast", { x }, { dtype: "float32" });
      return { real: float, imag: zeros(float) };
    }
    case "Multiply": {
      const [a, b] = [complex("a"), complex("b")];
      const times = (left: Value, right: Value): Value => call.run("Multiply", { a: left, b: right });
      return {
        real: call.run("Sub", { a: times(a.real, b.real), b: times(a.imag, b.imag) }),
        imag: call.run("Add", { a: times(a.real, b.imag), b: times(a.imag, b.real) }),
      };
    }
    case "FFT":
    case "IFFT":
      return transformed(call, complex("input"), kernel === "IFFT");
  }
  if (!PARTWISE.has(kernel) && kernel !== "ZerosLike") throw unsupported(call, "of complex numbers");
  const part = (name: "real" | "imag"): Value | Value[] => {
    const taken = Object.entries(inputs).map(([key, x]): [string, Value] => [
      key,
      isComplex(x) ? x[name] : x,
    ]);
    return call.runAll(kernel, Object.fromEntries(taken), attrs);
  };
  const [real, imag] = [part("real"), part("imag")];
  if (!Array.isArray(real)) return { real, imag: imag as Value };
  return real.map((value, i) => ({ real: value, imag: (imag as Value[])[i] }));
}

/** A complex constant out of numbers that are real and imaginary in turn. */
export function complexConstant(entries: ArrayLike<number>, shape: readonly number[]): Complex {
  const every = (offset: number): Value =>
    makeConstant(
      Float32Array.from({ length: entries.length / 2 }, (_, i) => entries[2 * i + offset]),
      shape,
      "float32",
    );
  return { real: every(0), imag: every(1) };
}

/** The numbers of a complex constant, real and imaginary in turn; undefined while they are not known. */
export function complexEntries({ real, imag }: Complex): Float32Array | undefined {
  if (!isConstant(real) || !isConstant(imag)) return undefined;
  return Float32Array.from({ length: 2 * real.entries.length }, (_, i) =>
    Number((i % 2 === 0 ? real : imag).entries[i >> 1]),
  );
}
