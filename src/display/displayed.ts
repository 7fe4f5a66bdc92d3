/** The display protocol of notebooks and of node, and what answers it. */

/** Content that a notebook shows of an object, by MIME type. */
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
