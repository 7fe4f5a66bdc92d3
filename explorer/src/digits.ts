/** Real handwritten digits, which the nets of the page have never seen: E. Alpaydin, C. Kaynak, CC BY 4.0. */
import packed from "../../notebooks/data/digits.bin.gz";

const PIXELS = 64;
const RECORD = PIXELS + 1;
const BRIGHTEST = 16;
const TRAINING = 1497;

/** Pictures from 0, black, to 1, white, and what each is called. */
export interface Digits {
  readonly images: readonly (readonly number[])[];
  readonly names: readonly string[];
}

/** The 300 digits of the test set. */
export async function readDigits(): Promise<Digits> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const records = new Uint8Array(await new Response(stream).arrayBuffer()).subarray(TRAINING * RECORD);
  const starts = Array.from({ length: records.length / RECORD }, (_, i) => i * RECORD);
  return {
    images: starts.map((start) =>
      Array.from(records.subarray(start, start + PIXELS), (value) => value / BRIGHTEST),
    ),
    names: starts.map((start) => `a ${records[start + PIXELS]}`),
  };
}
