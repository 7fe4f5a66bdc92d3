/** The display protocol of notebooks and of node, and what answers it. */

/** Content that a notebook shows of an object, by MIME type. */
export type MimeBundle = Record<string, unknown>;

/** What a bundle says of its pictures, such as their size: a property of the bundle, by MIME type. */
const METADATA: unique symbol = Symbol.for("Jupyter.metadata");

/** The bundle, with what is said of its contents: not one of its contents. */
export function withMetadata(bundle: MimeBundle, metadata: MimeBundle): MimeBundle {
  return Object.defineProperty({ ...bundle }, METADATA, { value: metadata });
}

/** What a bundle says of its contents. */
export function metadataOf(bundle: object): MimeBundle {
  const metadata: unknown = (bundle as { [METADATA]?: unknown })[METADATA];
  return typeof metadata === "object" && metadata !== null ? (metadata as MimeBundle) : {};
}

/** Method that notebooks call to show an object. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** Method that node calls to print an object. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** An object that shows itself in notebooks and prints as one line. */
export interface Displayed {
  [DISPLAY](): Promise<MimeBundle>;
  [INSPECT](): string;
}
