/** Sounds read from WAV files. */

import type { WaveFile } from "wavefile";
import { checkInteger, checkNumber, checkOptions, failure, outOfRange, shown, wrongType } from "../check";
import type { NdArray } from "../tensor";
import { beginning, bytesOf, type FileSource, sourceName } from "./file-bytes";

/** Samples of a sound, of shape [samples, channels], with their number per second. */
export interface Audio extends NdArray {
  /** samples per second (Hz) */
  readonly sampleRate: number;
}

/** How a sound comes to the rate and the length that a net wants. */
export interface AudioOptions {
  /** samples per second; default: those of the file */
  readonly sampleRate?: number;
  /** samples of the result: what is longer is cut at its end, what is shorter ends in silence; default: all */
  readonly length?: number;
  /** 1 for the mean of the channels; default: those of the file */
  readonly channels?: 1;
}

/**
 * Read a WAV file: PCM of 8 to 64 bits, floats, A-law, µ-law or IMA ADPCM, as samples from −1 to 1.
 *
 * Another sample rate is reached by cubic interpolation behind a low-pass filter that removes what the new rate cannot
 * hold.
 *
 * @param source A path, a `file://` URL, or bytes.
 * @throws Error when there is no such file, or it is broken; TypeError when it is no WAV file.
 */
export async function readAudio(source: FileSource, options: AudioOptions = {}): Promise<Audio> {
  const fn = "readAudio";
  checkOptions(fn, options, ["sampleRate", "length", "channels"]);
  if (options.channels !== undefined && options.channels !== 1)
    throw outOfRange(fn, "channels to be 1, the mean of all", shown(options.channels));
  const wanted =
    options.sampleRate === undefined ? undefined : checkNumber(fn, "sampleRate", options.sampleRate, 0, true);
  const length = options.length === undefined ? undefined : checkInteger(fn, "length", options.length, 1);

  const bytes = await bytesOf(fn, source);
  if (!isWav(bytes))
    throw wrongType(fn, "a WAV file", `${sourceName(source)}, which begins with ${beginning(bytes)}`);
  const { channels, sampleRate } = readWav(fn, bytes, wanted);
  const heard = options.channels === 1 ? [meanOf(channels)] : channels;
  const samples = length ?? heard[0].length;
  const data = new Float32Array(samples * heard.length);
  heard.forEach((channel, c) => {
    for (let i = 0; i < Math.min(samples, channel.length); i++) data[i * heard.length + c] = channel[i];
  });
  return { data, shape: [samples, heard.length], sampleRate };
}

function isWav(bytes: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 12));
  return /^(RIFF|RIFX|RF64).{4}WAVE$/s.test(text);
}

function readWav(
  fn: string,
  bytes: Uint8Array,
  wanted: number | undefined,
): { channels: Float64Array[]; sampleRate: number } {
  const { WaveFile: File }: typeof import("wavefile") = require("wavefile");
  try {
    const file = new File(bytes);
    if (file.bitDepth === "4") file.fromIMAADPCM();
    if (file.bitDepth === "8a") file.fromALaw();
    if (file.bitDepth === "8m") file.fromMuLaw();
    const rate = numberOf(file.fmt, "sampleRate");
    const channels = asFractions(file);
    if (wanted === undefined || wanted === rate) return { channels, sampleRate: rate };
    const other = new File();
    other.fromScratch(channels.length, rate, "32f", channels);
    other.toSampleRate(wanted, { method: "cubic" });
    return { channels: channelsOf(other), sampleRate: wanted };
  } catch (cause) {
    throw failure(fn, "a whole WAV file", `a broken one: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** Samples of each channel from −1 to 1: whole numbers by the most that their bits hold, those of 8 bits from 128 on. */
function asFractions(file: WaveFile): Float64Array[] {
  if (/^(32f|64)$/.test(file.bitDepth)) return channelsOf(file);
  if (!/^(8|16|24|32)$/.test(file.bitDepth)) file.toBitDepth("32");
  const bits = Number(file.bitDepth);
  const zero = bits === 8 ? 128 : 0;
  return channelsOf(file).map((channel) => channel.map((sample) => (sample - zero) / 2 ** (bits - 1)));
}

function channelsOf(file: WaveFile): Float64Array[] {
  const samples = file.getSamples(false, Float64Array);
  // One channel comes alone, and types promise so of all.
  return samples instanceof Float64Array ? [samples] : [...samples];
}

function meanOf(channels: readonly Float64Array[]): Float64Array {
  return channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
}

function numberOf(record: object, name: string): number {
  const found = Object.entries(record).find(([key]) => key === name)?.[1];
  return typeof found === "number" ? found : Number.NaN;
}
