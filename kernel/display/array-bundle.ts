/** Tensors of TensorFlow.js and `{ data, shape }`, known by their form: no library is loaded for them. */
import { pictureLayout, picturesHtml, sparklineSvg, sparklineText } from "./array-picture";
import { summary, summaryText, type Values, valuesText } from "./array-text";
import type { MimeBundle } from "./bundle";
import { numberText } from "./cell-text";
import { leftOut, type Table, tableHtml } from "./table";
import { escapeMarkup } from "./tags";

interface TensorLike {
  shape: readonly number[];
  dtype: string;
  isDisposed: boolean;
  name?: unknown;
  trainable?: unknown;
  dataSync(): Values;
}

/** More is not read from the backend for looking at it. */
const MOST_READ = 1 << 24;
const MOST_ROWS = 12;
const MOST_COLUMNS = 12;

function isTensor(value: object): value is TensorLike {
  return (
    "dataId" in value && "shape" in value && "dtype" in value && "isDisposed" in value && "dataSync" in value
  );
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((length) => Number.isInteger(length) && length >= 0);
}

function isTypedArray(data: unknown): data is Values & { constructor: { name: string } } {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}

const ARRAY_FIELDS = new Set(["data", "shape", "dtype"]);

function isNdArray(value: object): value is { data: Values & object; shape: readonly number[] } {
  const { data, shape } = value as { data?: unknown; shape?: unknown };
  if (!isShape(shape) || !(isTypedArray(data) || Array.isArray(data))) return false;
  return data.length === sizeOf(shape) && Object.keys(value).every((field) => ARRAY_FIELDS.has(field));
}

function numbersOf(values: Values): ArrayLike<number> | undefined {
  return typeof values[0] === "number" &&
    (isTypedArray(values) || Array.from(values).every((v) => typeof v === "number"))
    ? (values as ArrayLike<number>)
    : undefined;
}

function matrixHtml(values: ArrayLike<number>, rows: number, columns: number): string {
  const [shownRows, shownColumns] = [Math.min(rows, MOST_ROWS), Math.min(columns, MOST_COLUMNS)];
  const upTo = (length: number) => Array.from({ length }, (_, i) => i);
  const table: Table = {
    columns: upTo(shownColumns).map(String),
    index: upTo(shownRows).map(String),
    rows: upTo(shownRows).map((row) =>
      upTo(shownColumns).map((column) => numberText(values[row * columns + column]!)),
    ),
    numeric: upTo(shownColumns).map(() => true),
    more: [...leftOut(rows, shownRows, "row"), ...leftOut(columns, shownColumns, "column")],
  };
  return tableHtml(table);
}

function arrayBundle(head: string, values: Values, shape: readonly number[]): MimeBundle {
  const body = valuesText(values, shape);
  const plain = shape.length === 0 ? `${head} ${body}` : `${head}\n${body}`;
  const numbers = numbersOf(values);
  const figures = numbers && values.length > 1 ? summary(numbers) : undefined;
  // A look at it says nothing more than the text.
  if (!numbers || !figures || values.length < 4) return { "text/plain": plain };
  const flat = shape.length === 1 && values.length > MOST_COLUMNS;
  const layout = pictureLayout(shape);
  let picture: string;
  if (layout) picture = picturesHtml(numbers, layout, figures);
  else if (flat) picture = sparklineSvg(numbers, figures);
  else if (shape.length === 2) picture = matrixHtml(numbers, shape[0]!, shape[1]!);
  else picture = `<pre>${escapeMarkup(body)}</pre>`;
  const html = `<div><b>${escapeMarkup(head)}</b> <span style="opacity:.7">${summaryText(figures)}</span></div>${picture}`;
  const line = flat ? `\n${sparklineText(numbers, figures)}` : "";
  const numbersText = values.length > MOST_COLUMNS ? `\n${summaryText(figures)}` : "";
  return { "text/html": html, "text/plain": `${plain}${line}${numbersText}` };
}

function tensorBundle(tensor: TensorLike): MimeBundle {
  const kind = "trainable" in tensor ? `Variable ${String(tensor.name)}` : "Tensor";
  const head = `${kind} ${tensor.dtype} [${tensor.shape.join(", ")}]`;
  if (tensor.isDisposed) return { "text/plain": `${head} (disposed)` };
  const size = sizeOf(tensor.shape);
  if (size > MOST_READ)
    return { "text/plain": `${head}\n${size.toLocaleString("en-US")} values, too many to show` };
  // Complex numbers lie in pairs.
  if (tensor.dtype === "complex64")
    return { "text/plain": `${head}\n${valuesText(tensor.dataSync(), [...tensor.shape, 2])}` };
  return arrayBundle(head, tensor.dataSync(), tensor.shape);
}

/** A tensor, or numbers with their shape. */
export function numbersBundle(value: object): MimeBundle | undefined {
  if (isTensor(value)) return tensorBundle(value);
  if (!isNdArray(value)) return undefined;
  const kind = Array.isArray(value.data) ? "Array" : value.data.constructor.name;
  return arrayBundle(`${kind} [${value.shape.join(", ")}]`, value.data, value.shape);
}
