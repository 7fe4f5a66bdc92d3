/** Runs that the rows of a request are cut into. */

/** Rows of a part of a request: the first, and the one after the last. */
export type Span = readonly [number, number];

/** Rows 0 … total − 1 in parts of a size. */
export function spans(total: number, size: number): Span[] {
  return Array.from(
    { length: Math.ceil(total / size) },
    (_, i): Span => [i * size, Math.min(total, (i + 1) * size)],
  );
}

/** Examples and nodes of a path that are computed at once. */
export interface PathPart {
  readonly rows: Span;
  readonly span: Span;
}

/** A path in parts of at most `size` rows; where there are few, so many that copies of a session share them evenly. */
export function pathParts(examples: number, nodes: number, size: number, copies: number): PathPart[] {
  const rows = spans(examples, Math.max(1, Math.floor(size / nodes)));
  let perExample = Math.ceil(nodes / size);
  const uneven = (rows.length * perExample) % copies !== 0 && rows.length * perExample < 4 * copies;
  if (uneven) perExample = Math.min(nodes, perExample * copies);
  const stretches = spans(nodes, Math.ceil(nodes / perExample));
  return rows.flatMap((some) => stretches.map((span) => ({ rows: some, span })));
}
