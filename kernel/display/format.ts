import { inspect } from "node:util";

export type MimeBundle = Record<string, unknown>;

/** An object with this method shows itself: it returns a MIME bundle, or a promise of one. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

interface TensorLike {
  shape: readonly number[];
  dtype: string;
  isDisposed: boolean;
  toString(): string;
}

function isTensor(value: object): value is TensorLike {
  return (
    "dataId" in value && "shape" in value && "dtype" in value && "isDisposed" in value && "dataSync" in value
  );
}

function tensorText(tensor: TensorLike): string {
  const head = `Tensor ${tensor.dtype} [${tensor.shape.join(", ")}]`;
  if (tensor.isDisposed) return `${head} (disposed)`;
  const body = tensor.toString().split("\n").slice(1);
  return [head, ...body.map((line) => line.replace(/^ {4}/, ""))].join("\n");
}

function plainText(value: unknown): string {
  if (typeof value === "object" && value !== null && isTensor(value)) return tensorText(value);
  return inspect(value);
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof method === "function" ? () => method.call(value) : undefined;
}

function failedDisplay(value: unknown, error: unknown): MimeBundle {
  let text: string;
  try {
    text = plainText(value);
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return {
    "text/plain": `${text}\n\nits display failed: ${error instanceof Error ? error.stack : inspect(error)}`,
  };
}

function asBundle(shown: unknown): MimeBundle {
  if (typeof shown !== "object" || shown === null || Array.isArray(shown))
    throw new TypeError(`[Symbol.for("Jupyter.display")](): expected a MIME bundle, got ${inspect(shown)}`);
  return shown as MimeBundle;
}

/** How a value is shown, at once if it can be; a value whose own display fails is shown as text with the error. */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  try {
    const display = displayMethod(value);
    if (!display) return { "text/plain": plainText(value) };
    const shown = display();
    if (!(shown instanceof Promise)) return asBundle(shown);
    return shown.then(asBundle).catch((error) => failedDisplay(value, error));
  } catch (error) {
    return failedDisplay(value, error);
  }
}
