/** What a notebook shows of an object: content by MIME type. */
export type MimeBundle = Record<string, unknown>;

/** Method that notebooks call to show an object. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** Method that node calls to print an object. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** An object that shows itself in notebooks and prints as one line. */
export interface Displayed {
  [DISPLAY](): Promise<MimeBundle>;
  [INSPECT](): string;
}
