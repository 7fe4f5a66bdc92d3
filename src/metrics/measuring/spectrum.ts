/** Spectrum of an example of a map along axes of positions. */
import { type NdArray, rowSize, sizeOf } from "../../tensor";

/** Energy of each frequency, and the largest frequency along any axis as a share of the highest there is. */
export interface Spectrum {
  readonly energy: Float64Array;
  readonly frequency: Float64Array;
}

/** The discrete Fourier transform of one example along axes, as energies; by the definition, axis after axis. */
export function spectrumAlong(array: NdArray, example: number, axes: readonly number[]): Spectrum {
  const shape = array.shape.slice(1);
  const size = rowSize(array);
  let real = Float64Array.from(array.data.subarray(example * size, (example + 1) * size));
  let imaginary = new Float64Array(size);
  const frequency = new Float64Array(size);
  for (const axis of axes) {
    const extent = shape[axis];
    const stride = sizeOf(shape.slice(axis + 1));
    const cosines = Float64Array.from({ length: extent }, (_, k) => Math.cos((2 * Math.PI * k) / extent));
    const sines = Float64Array.from({ length: extent }, (_, k) => Math.sin((2 * Math.PI * k) / extent));
    const [nextReal, nextImaginary] = [new Float64Array(size), new Float64Array(size)];
    for (let i = 0; i < size; i++) {
      const k = Math.floor(i / stride) % extent;
      const first = i - k * stride;
      for (let n = 0; n < extent; n++) {
        const turn = (k * n) % extent;
        const [re, im] = [real[first + n * stride], imaginary[first + n * stride]];
        nextReal[i] += re * cosines[turn] + im * sines[turn];
        nextImaginary[i] += im * cosines[turn] - re * sines[turn];
      }
      const highest = Math.max(1, Math.floor(extent / 2));
      frequency[i] = Math.max(frequency[i], Math.min(k, extent - k) / highest);
    }
    [real, imaginary] = [nextReal, nextImaginary];
  }
  return { energy: real.map((re, i) => re * re + imaginary[i] * imaginary[i]), frequency };
}
