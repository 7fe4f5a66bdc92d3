/** Arrays as text: their values in brackets, and a summary. */
import { numberText } from "./cell-text";

export type Values = ArrayLike<number | string | boolean | bigint>;

const MOST_VALUES = 144;
const EDGE = 3;

/** Nested brackets, one row a line; of long axes only the ends. */
export function valuesText(values: Values, shape: readonly number[]): string {
  const size = shape.reduce((product, length) => product * length, 1);
  const edge = size > MOST_VALUES ? EDGE : Number.POSITIVE_INFINITY;
  const entry = (at: number): string => {
    const value = values[at];
    return typeof value === "number" ? numberText(value) : (JSON.stringify(value, bigints) ?? String(value));
  };
  const block = (axis: number, offset: number, stride: number): string => {
    if (axis === shape.length) return entry(offset);
    const length = shape[axis]!;
    const step = length === 0 ? 0 : stride / length;
    const last = axis === shape.length - 1;
    const items: string[] = [];
    for (let i = 0; i < length; i++) {
      if (length > 2 * edge + 1 && i === edge) {
        items.push("…");
        i = length - edge;
      }
      items.push(block(axis + 1, offset + i * step, step));
    }
    return `[${items.join(last ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
  };
  return block(0, 0, size);
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

export interface Summary {
  min: number;
  max: number;
  mean: number;
  notFinite: number;
}

/** Of the finite values; undefined when there is none. */
export function summary(values: ArrayLike<number>): Summary | undefined {
  let [min, max, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    finite++;
  }
  return finite === 0 ? undefined : { min, max, mean: sum / finite, notFinite: values.length - finite };
}

export function summaryText({ min, max, mean, notFinite }: Summary): string {
  const parts = [`min ${numberText(min)}`, `mean ${numberText(mean)}`, `max ${numberText(max)}`];
  if (notFinite > 0) parts.push(`${notFinite} not finite`);
  return parts.join(" · ");
}
