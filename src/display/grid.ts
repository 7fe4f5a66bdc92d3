/** Grids of numbers: interpolation, means of blocks, names of blocks. */

/** A row-major rectangle of numbers. */
export interface Grid {
  rows: number;
  columns: number;
  values: number[];
}

/** Bilinear interpolation with pixel centres at half positions, edges held (as `align_corners=False`). */
export function resize(grid: Grid, rows: number, columns: number): Grid {
  if (grid.rows === rows && grid.columns === columns) return grid;
  const values = new Array<number>(rows * columns);
  for (let r = 0; r < rows; r++) {
    const [top, bottom, down] = neighbours(r, rows, grid.rows);
    for (let c = 0; c < columns; c++) {
      const [left, right, across] = neighbours(c, columns, grid.columns);
      const at = (y: number, x: number) => grid.values[y * grid.columns + x];
      const upper = mix(at(top, left), at(top, right), across);
      const lower = mix(at(bottom, left), at(bottom, right), across);
      values[r * columns + c] = mix(upper, lower, down);
    }
  }
  return { rows, columns, values };
}

function neighbours(index: number, size: number, sourceSize: number): [number, number, number] {
  const position = Math.min(Math.max(((index + 0.5) * sourceSize) / size - 0.5, 0), sourceSize - 1);
  const low = Math.floor(position);
  return [low, Math.min(low + 1, sourceSize - 1), position - low];
}

// A weight of zero must not let a neighbour that is not a number through.
function mix(a: number, b: number, share: number): number {
  return share === 0 ? a : share === 1 ? b : a + share * (b - a);
}

/** Means of blocks, at most `limit` blocks a side; the last block of a row or column may be smaller. */
export function blockMeans(grid: Grid, limit: number): Grid & { blockRows: number; blockColumns: number } {
  const blockRows = Math.ceil(grid.rows / limit);
  const blockColumns = Math.ceil(grid.columns / limit);
  const rows = Math.ceil(grid.rows / blockRows);
  const columns = Math.ceil(grid.columns / blockColumns);
  const sums = new Array<number>(rows * columns).fill(0);
  const counts = new Array<number>(rows * columns).fill(0);
  for (let r = 0; r < grid.rows; r++) {
    for (let c = 0; c < grid.columns; c++) {
      const block = Math.floor(r / blockRows) * columns + Math.floor(c / blockColumns);
      sums[block] += grid.values[r * grid.columns + c];
      counts[block]++;
    }
  }
  return { rows, columns, values: sums.map((s, i) => s / counts[i]), blockRows, blockColumns };
}

/**
 * Names of the blocks of `blockMeans`, of the names of a grid's cells: `"age … height (mean of 2)"`; the last block of
 * a row or column may be smaller.
 */
export function blockNames(
  names: readonly string[],
  grid: { rows: number; columns: number },
  limit: number,
): string[] {
  const down = Math.ceil(grid.rows / limit);
  const across = Math.ceil(grid.columns / limit);
  const blocks: string[] = [];
  for (let top = 0; top < grid.rows; top += down) {
    const bottom = Math.min(top + down, grid.rows) - 1;
    for (let left = 0; left < grid.columns; left += across) {
      const right = Math.min(left + across, grid.columns) - 1;
      const [first, last] = [names[top * grid.columns + left], names[bottom * grid.columns + right]];
      const count = (bottom - top + 1) * (right - left + 1);
      blocks.push(count === 1 ? first : `${first} … ${last} (mean of ${count})`);
    }
  }
  return blocks;
}
