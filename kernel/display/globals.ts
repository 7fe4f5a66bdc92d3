import { checkOptions } from "../../src/check";
import type { MimeBundle } from "./bundle";
import { format } from "./format";
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

function createDisplay(publish: Publish, pending: PendingDisplays): CellDisplay {
  const display = (value: unknown, options: DisplayOptions = {}): Promise<void> => {
    checkOptions("display", options, OPTIONS);
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
    checkOptions("display", options, OPTIONS);
    publish(bundle, options);
  };
  // A bundle of undefined would be an empty one.
  const ofType =
    (mime: string, nothing: unknown = "undefined") =>
    (content: unknown, options: DisplayOptions = {}) =>
      raw({ [mime]: content === undefined ? nothing : content }, options);
  return Object.assign(display, {
    html: ofType("text/html"),
    md: ofType("text/markdown"),
    svg: ofType("image/svg+xml"),
    json: ofType("application/json", null),
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
