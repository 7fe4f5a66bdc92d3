/** Palettes: few colours that stand for all colours of a picture. */

/** Colours that occur in a picture, each once, and how many pixels have each. */
export interface CountedColours {
  /** red, green and blue, eight bits each */
  readonly colours: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/** A palette, and for each of the counted colours the entry that stands for it. */
export interface Palette {
  readonly entries: number[][];
  readonly entryOf: Uint8Array;
}

/** A colour of so many times the mean number of pixels is kept as it is: the page, the colours of a map. */
const COMMON = 4;

/** Colours that are drawn alike: numbers of `CountedColours`, their mean and their spread about it. */
interface Box {
  readonly members: number[];
  readonly mean: number[];
  /** channel of the largest spread */
  readonly channel: number;
  /** squared distances from the mean in that channel, over all pixels */
  readonly spread: number;
}

/**
 * At most `limit` colours: those of many pixels exactly, the others by median cut, where the box that errs most is
 * split first, at its mean.
 *
 * Heckbert: Color image quantization for frame buffer display (1982).
 */
export function paletteOf({ colours, counts }: CountedColours, limit: number): Palette {
  const numbers = Array.from({ length: colours.length }, (_, i) => i);
  const pixels = numbers.reduce((sum, i) => sum + counts[i], 0);
  const channels = numbers.map((i) => [colours[i] >> 16, (colours[i] >> 8) & 255, colours[i] & 255]);
  // Half of the entries are for the others.
  const most = [...numbers].sort((a, b) => counts[b] - counts[a]).slice(0, limit / 2);
  const kept = new Set(most.filter((i) => counts[i] >= (COMMON * pixels) / colours.length));
  const common = (i: number): boolean => kept.has(i);
  const boxOf = (members: number[]): Box => spreadOf(members, channels, counts);
  const exact = colours.length <= limit ? numbers : numbers.filter(common);
  const rest = colours.length <= limit ? [] : numbers.filter((i) => !common(i));
  const boxes = exact.map((i) => boxOf([i]));
  if (rest.length > 0) boxes.push(boxOf(rest));
  while (boxes.length < limit) {
    const widest = boxes.reduce((best, box, i) => (box.spread > boxes[best].spread ? i : best), 0);
    const { members, mean, channel, spread } = boxes[widest];
    if (!(spread > 0)) break;
    boxes[widest] = boxOf(members.filter((i) => channels[i][channel] <= mean[channel]));
    boxes.push(boxOf(members.filter((i) => channels[i][channel] > mean[channel])));
  }
  const entryOf = new Uint8Array(colours.length);
  boxes.forEach(({ members }, entry) => {
    for (const i of members) entryOf[i] = entry;
  });
  return { entries: boxes.map(({ mean }) => mean.map(Math.round)), entryOf };
}

function spreadOf(members: number[], channels: readonly number[][], counts: ArrayLike<number>): Box {
  const [sum, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  let pixels = 0;
  for (const i of members) {
    pixels += counts[i];
    for (let c = 0; c < 3; c++) {
      sum[c] += counts[i] * channels[i][c];
      squares[c] += counts[i] * channels[i][c] ** 2;
    }
  }
  const mean = sum.map((total) => total / pixels);
  const spreads = squares.map((total, c) => (members.length > 1 ? total - pixels * mean[c] ** 2 : 0));
  const channel = spreads.indexOf(Math.max(...spreads));
  return { members, mean, channel, spread: spreads[channel] };
}
