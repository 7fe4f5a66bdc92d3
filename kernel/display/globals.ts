import { inspect } from "node:util";
import { checkOptions } from "../../src/check";
import type { MimeBundle } from "./bundle";
import { format } from "./format";
import { mimeBundle } from "./mime-bundle";
import { html, md, svg } from "./tags";

export interface DisplayOptions {
  id?: string;
  update?: boolean;
}

const OPTIONS: readonly (keyof DisplayOptions)[] = ["id", "update"];

export type Publish = (bundle: MimeBundle, options: DisplayOptions) => void;

export interface CellDisplay {
  (value: unknown, options?: DisplayOptions): Promise<void>;
  html(text: string, options?: DisplayOptions): void;
  md(text: string, options?: DisplayOptions): void;
  svg(text: string, options?: DisplayOptions): void;
  json(value: unknown, options?: DisplayOptions): void;
  raw(bundle: MimeBundle, options?: DisplayOptions): void;
}

/** Displays that are still being made; a cell ends after them. */
export class PendingDisplays {
  private readonly pending: Set<Promise<void>> = new Set();

  add(display: Promise<void>): void {
    this.pending.add(display);
    void display.finally(() => this.pending.delete(display));
  }

  async settle(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }
}

function checkDisplayOptions(options: DisplayOptions): void {
  checkOptions("display", options, OPTIONS);
  const { id, update } = options;
  if (id !== undefined && typeof id !== "string")
    throw new TypeError(`display(): expected id to be a string, got ${inspect(id)}`);
  if (update && id === undefined)
    throw new TypeError("display(): expected an id of what to update, got none");
}

/** Markup may come as a value of `html`, `md` or `svg` too. */
const textOf = (content: unknown): string => (typeof content === "symbol" ? inspect(content) : `${content}`);

function createDisplay(publish: Publish, pending: PendingDisplays): CellDisplay {
  const display = (value: unknown, options: DisplayOptions = {}): Promise<void> => {
    checkDisplayOptions(options);
    const bundle = format(value);
    if (!(bundle instanceof Promise)) {
      publish(bundle, options);
      return Promise.resolve();
    }
    const shown = bundle.then((made) => publish(made, options));
    pending.add(shown);
    return shown;
  };
  const raw = (bundle: MimeBundle, options: DisplayOptions = {}): void => {
    checkDisplayOptions(options);
    publish(mimeBundle(bundle, "display.raw()"), options);
  };
  const markup = (mime: string) => (content: unknown, options?: DisplayOptions) =>
    raw({ [mime]: textOf(content), "text/plain": textOf(content) }, options);
  return Object.assign(display, {
    html: markup("text/html"),
    md: markup("text/markdown"),
    svg: markup("image/svg+xml"),
    json: (content: unknown, options?: DisplayOptions) =>
      raw({ "application/json": content ?? null, "text/plain": inspect(content) }, options),
    raw,
  });
}

/** Puts `display`, `html`, `md`, `svg` and what else is given where every cell finds them. */
export function installGlobals(
  publish: Publish,
  pending: PendingDisplays,
  others: Readonly<Record<string, unknown>> = {},
): void {
  const globals = { display: createDisplay(publish, pending), html, md, svg, ...others };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
}
