/** Input patterns that need no data: edge, circle and diagonal, as Chism's explorer defines them on 8 × 8 pixels. */

export const PATTERN_NAMES = ["digit", "edge", "circle", "diagonal", "custom"] as const;

/** Patterns by name; "digit" is one of the real ones, "custom" what was painted. */
export type PatternName = (typeof PATTERN_NAMES)[number];

const SIDE = 8;

/** Value of each drawn pattern at a row and a column of the 8 × 8 grid. */
const DRAWN: Readonly<Record<"edge" | "circle" | "diagonal", (row: number, column: number) => number>> = {
  edge: (_, column) => (column < 3.75 ? 0.9 : 0.1),
  circle: (row, column) => {
    const distance = Math.hypot(row - 3.5, column - 3.5);
    return distance <= 2.2 ? 0.92 : distance <= 2.8 ? 0.45 : 0.06;
  },
  diagonal: (row, column) => 1 - (row + column) / 14,
};

/** A drawn pattern on a grid of any size: each cell has the value at its place on the 8 × 8 grid. */
export function pattern(name: keyof typeof DRAWN, rows: number, columns: number): number[] {
  const place = (index: number, count: number): number => ((index + 0.5) * SIDE) / count - 0.5;
  return Array.from({ length: rows * columns }, (_, i) => {
    const value = DRAWN[name](place(Math.floor(i / columns), rows), place(i % columns, columns));
    return Math.min(1, Math.max(0, value));
  });
}
