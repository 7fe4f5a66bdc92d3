/** Matrix products by blocks of sixteen entries: the sums stay in registers, which makes them several times as fast as sums in memory. */

/** Extent of a block, both ways. */
const BLOCK = 4;

/** A multiple of the extent of a block. */
export function wholeBlocks(count: number): number {
  return BLOCK * Math.ceil(count / BLOCK);
}

/** A matrix of so many rows and columns, in the order in which blocks of columns are read; `entry` is the place of an entry. */
export function columnBlocks(
  data: ArrayLike<number>,
  rows: number,
  columns: number,
  entry: (row: number, column: number) => number,
): Float32Array {
  const blocks = new Float32Array(rows * wholeBlocks(columns));
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const start = (column - (column % BLOCK)) * rows;
      blocks[start + row * BLOCK + (column % BLOCK)] = data[entry(row, column)];
    }
  return blocks;
}

/**
 * A · B into `product`, whose rows have whole blocks of columns.
 *
 * @param a rows of A, whole blocks of them.
 * @param b `columnBlocks` of B.
 */
export function blockProduct(
  a: Float32Array,
  b: Float32Array,
  { rows, depth, columns }: { readonly rows: number; readonly depth: number; readonly columns: number },
  product: Float32Array,
): void {
  const width = wholeBlocks(columns);
  for (let column = 0; column < columns; column += BLOCK)
    for (let row = 0; row < rows; row += BLOCK) {
      let i = row * depth;
      let j = i + depth;
      let k = j + depth;
      let l = k + depth;
      const end = j;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s23 = 0;
      let s30 = 0;
      let s31 = 0;
      let s32 = 0;
      let s33 = 0;
      for (let at = column * depth; i < end; i++, j++, k++, l++, at += BLOCK) {
        const b0 = b[at];
        const b1 = b[at + 1];
        const b2 = b[at + 2];
        const b3 = b[at + 3];
        const a0 = a[i];
        const a1 = a[j];
        const a2 = a[k];
        const a3 = a[l];
        s00 += a0 * b0;
        s01 += a0 * b1;
        s02 += a0 * b2;
        s03 += a0 * b3;
        s10 += a1 * b0;
        s11 += a1 * b1;
        s12 += a1 * b2;
        s13 += a1 * b3;
        s20 += a2 * b0;
        s21 += a2 * b1;
        s22 += a2 * b2;
        s23 += a2 * b3;
        s30 += a3 * b0;
        s31 += a3 * b1;
        s32 += a3 * b2;
        s33 += a3 * b3;
      }
      const to = row * width + column;
      product.set([s00, s01, s02, s03], to);
      product.set([s10, s11, s12, s13], to + width);
      product.set([s20, s21, s22, s23], to + 2 * width);
      product.set([s30, s31, s32, s33], to + 3 * width);
    }
}
