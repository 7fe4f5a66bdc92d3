/** WAV files read as samples, at the rate and in the length that a net wants. */
import { describe, expect, it } from "vitest";
import { io } from "../../src";

/** A WAV file of interleaved samples; `code` is 1 for whole numbers, 3 for floats, 6 for A-law, 7 for µ-law. */
function wav(
  code: number,
  bits: number,
  rate: number,
  channels: number,
  samples: Uint8Array | Int16Array | Float32Array,
): Uint8Array {
  const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const file = new Uint8Array(44 + data.length);
  const view = new DataView(file.buffer);
  const text = (at: number, word: string): void => file.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + data.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * channels * bits) / 8, true);
  view.setUint16(32, (channels * bits) / 8, true);
  view.setUint16(34, bits, true);
  text(36, "data");
  view.setUint32(40, data.length, true);
  file.set(data, 44);
  return file;
}

const tone = (rate: number, hertz: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

describe("readAudio", () => {
  it.each<[string, Uint8Array, number[]]>([
    ["16 bits", wav(1, 16, 8000, 1, Int16Array.of(0, 16_384, -32_768)), [0, 0.5, -1]],
    ["8 bits", wav(1, 8, 8000, 1, Uint8Array.of(128, 192, 0)), [0, 0.5, -1]],
    ["floats", wav(3, 32, 8000, 1, Float32Array.of(0.25, -0.75)), [0.25, -0.75]],
    // The corners of G.711: 0x80 and 0xff are the smallest of either law, 0xaa and 0x80 among the largest.
    ["µ-law", wav(7, 8, 8000, 1, Uint8Array.of(0xff, 0x80, 0x00)), [0, 32_124 / 32_768, -32_124 / 32_768]],
    [
      "A-law",
      wav(6, 8, 8000, 1, Uint8Array.of(0xd5, 0xaa, 0x2a)),
      [8 / 32_768, 32_256 / 32_768, -32_256 / 32_768],
    ],
  ])("reads %s", async (_, file, values) => {
    const sound = await io.readAudio(file);
    expect(sound.shape).toEqual([values.length, 1]);
    expect(sound.sampleRate).toBe(8000);
    values.forEach((value, i) => {
      expect(sound.data[i]).toBeCloseTo(value, 3);
    });
  });

  it("keeps channels apart, or gives their mean", async () => {
    const file = wav(3, 32, 8000, 2, Float32Array.of(0.5, -0.5, 0.25, 0.75));
    const both = await io.readAudio(file);
    expect(both.shape).toEqual([2, 2]);
    expect([...both.data]).toEqual([0.5, -0.5, 0.25, 0.75]);
    const mean = await io.readAudio(file, { channels: 1 });
    expect(mean.shape).toEqual([2, 1]);
    expect([...mean.data]).toEqual([0, 0.5]);
  });

  it("cuts and fills to the length that is wanted", async () => {
    const file = wav(3, 32, 8000, 1, Float32Array.of(0.5, 0.25, 0.75));
    expect([...(await io.readAudio(file, { length: 2 })).data]).toEqual([0.5, 0.25]);
    expect([...(await io.readAudio(file, { length: 5 })).data]).toEqual([0.5, 0.25, 0.75, 0, 0]);
  });

  it("resamples what a rate can hold, and removes what it cannot", async () => {
    const low = await io.readAudio(wav(3, 32, 16_000, 1, tone(16_000, 440, 8000)), { sampleRate: 8000 });
    expect(low.sampleRate).toBe(8000);
    expect(Math.abs(low.shape[0] - 4000)).toBeLessThanOrEqual(1);
    const rms = (data: Float32Array): number =>
      Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    expect(rms(low.data)).toBeCloseTo(0.5 / Math.SQRT2, 2);
    const high = await io.readAudio(wav(3, 32, 16_000, 1, tone(16_000, 7000, 8000)), { sampleRate: 8000 });
    // Without the filter it would be heard at 1,000 Hz, as loud as before.
    expect(rms(high.data)).toBeLessThan(0.05);
  });

  it("says what it does not read, and what it was asked for wrongly", async () => {
    const file = wav(1, 16, 8000, 1, Int16Array.of(1, 2, 3));
    for (const [source, options, says] of [
      [new TextEncoder().encode("ID3"), {}, "expected a WAV file, got bytes, which begins with 49 44 33"],
      [new TextEncoder().encode("RIFF....AVI LIST"), {}, "expected a WAV file"],
      [file.subarray(0, 20), {}, "expected a whole WAV file, got a broken one: "],
      [file.subarray(0, 36), {}, "expected a whole WAV file, got a broken one: "],
      [file, { sampleRate: 0 }, "expected sampleRate to be a finite number above 0, got 0"],
      [file, { length: -1 }, "expected length to be a whole number of at least 1, got -1"],
      [file, { channels: 2 }, "expected channels to be 1, the mean of all, got 2"],
      [file, { rate: 2 }, "expected a known option"],
    ] as const)
      await expect(io.readAudio(source, options as never), says).rejects.toThrow(says);
  });
});
